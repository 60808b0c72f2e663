"""The lock as data: one entry a line, `<kind>/<name>: <digest, commit or image>`, sorted, the same on every machine."""

from collections.abc import Mapping
from typing import Annotated

from aua_compile.config.declare import Choice, Key, MapOf, Pattern
from aua_compile.frozen import dataclass
from aua_compile.registry.pins import Pins
from aua_compile.span import Span

LOCK = "aua.lock"
VERSION = "1"

IMAGES = "images/"
REVISIONS = "revisions/"
_PINS = (IMAGES, REVISIONS)

_NAME = Pattern(r"[a-z]+/[A-Za-z0-9][A-Za-z0-9._/@-]{0,199}", "`<kind>/<name>`, such as `models/qwen-coder-7b`")
_VALUE = Pattern(r"[!-~]{1,400}", "a digest, a commit or an image reference")


@dataclass(frozen=True, slots=True)
class LockFile:
    """The keys of `aua.lock`."""

    lock_version: Annotated[str, Key("Version of the form of this file.", Choice((VERSION,)))]
    entries: Annotated[Mapping[str, str], Key("What is locked, by kind and name.", MapOf(_VALUE, _NAME))]


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock as read. `places` says where each entry stands in `file`."""

    file: str
    entries: Mapping[str, str]
    places: Mapping[str, Span]

    @property
    def pins(self) -> Pins:
        """The commits and images that hold against newer ones of the registry."""
        return pins_of(self.entries)


def pins_of(entries: Mapping[str, str]) -> Pins:
    """The commits and images among the entries of a lock."""
    return Pins(_below(REVISIONS, entries), _below(IMAGES, entries))


def as_entries(pins: Pins) -> Mapping[str, str]:
    """Commits and images as entries of a lock."""
    found = ((REVISIONS, pins.revisions), (IMAGES, pins.images))
    return {kind + name: value for kind, held in found for name, value in held.items()}


def is_pin(entry: str) -> bool:
    """Whether the lock can hold the entry's value: a digest says only that something changed, a commit or an image can be used again."""
    return entry.startswith(_PINS)


def _below(kind: str, entries: Mapping[str, str]) -> Mapping[str, str]:
    return {name.removeprefix(kind): value for name, value in entries.items() if name.startswith(kind)}
