"""A lock's next entries: what is lacking comes in, what is upgraded is replaced, and all else stays as it was."""

from collections.abc import Iterable, Mapping

from aua_compile.frozen import dataclass
from aua_compile.lock.model import is_pin


@dataclass(frozen=True, slots=True)
class Change:
    """What a run of `aua lock` does. `entries` is the whole lock afterwards; the others name entries of it, or of what it was.

    `held` are pins that stay although something else is known now; `stale` are digests that no longer hold and were not upgraded.
    """

    entries: Mapping[str, str]
    added: tuple[str, ...]
    upgraded: tuple[str, ...]
    dropped: tuple[str, ...]
    held: tuple[str, ...]
    stale: tuple[str, ...]


def change(locked: Mapping[str, str], known: Mapping[str, str], upgrade: Iterable[str], *, prune: bool) -> Change:
    """`known` is what a compile without lock uses; `upgrade` are entries' whole names, those of `known` or of `locked`."""
    wanted = set(upgrade)
    dropped = tuple(sorted(name for name in locked if name not in known and (prune or name in wanted)))
    kept = {name: value for name, value in locked.items() if name not in dropped}
    entries = {**known, **kept, **{name: known[name] for name in wanted & known.keys()}}
    behind = sorted(name for name in kept if name in known and entries[name] != known[name])
    return Change(
        entries=dict(sorted(entries.items())),
        added=tuple(sorted(known.keys() - locked.keys())),
        upgraded=tuple(sorted(name for name in kept if entries[name] != kept[name])),
        dropped=dropped,
        held=tuple(name for name in behind if is_pin(name)),
        stale=tuple(name for name in behind if not is_pin(name)),
    )


def named(asked: str, known: Iterable[str]) -> tuple[str, ...]:
    """The entries that a user means: the one of that whole name, or all whose name ends in it after a `/`; none if there are none."""
    return tuple(sorted(name for name in known if name == asked or name.endswith(f"/{asked}")))
