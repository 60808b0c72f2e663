"""What a migration is, and which of them a store still needs. A store whose history is not the beginning of ours is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256


class StateUnusable(Exception):
    """The store cannot be opened, or another release has changed it."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of a schema: statements that run together or not at all."""

    number: int
    name: str
    statements: tuple[str, ...]

    @property
    def checksum(self) -> str:
        """SHA-256 of the statements, each followed by a line feed."""
        return sha256("".join(f"{statement}\n" for statement in self.statements).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration as a store remembers it."""

    number: int
    name: str
    checksum: str


def pending(known: Sequence[Migration], applied: Iterable[Applied], store: str) -> tuple[Migration, ...]:
    """What is still to be applied, in order. StateUnusable when the store's history is not the beginning of ours.

    `known` are numbered from 1 without gaps. `store` names the store in messages.
    """
    done = sorted(applied, key=lambda one: one.number)
    for place, one in enumerate(done):
        if place >= len(known):
            raise StateUnusable(
                f"{store} has migration {one.number} ({one.name}), which a later release made; this one knows {len(known)}."
                " Run that release, or give this one a store of its own"
            )
        ours = known[place]
        if one.number != ours.number:
            raise StateUnusable(f"{store} lacks migration {ours.number} ({ours.name}) but has {one.number} ({one.name})")
        if one.checksum != ours.checksum:
            raise StateUnusable(
                f"{store} was made by another migration {one.number} ({one.name}) than this release has:"
                f" checksum {one.checksum[:12]} there, {ours.checksum[:12]} here"
            )
    return tuple(known[len(done) :])
