"""Every lock holds a key that can be weakened."""

from collections.abc import Iterator

from aua_compile.config.declare import walk
from aua_compile.config.mistakes import nearest, shown
from aua_compile.config.model import Config
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def lock_without_key(subject: Subject, index: int, path: str, known: list[str]) -> Diagnostic:
    """A lock on a key that does not exist, or has no safer side.

    What it checks: each entry of `locked` is the path of a key whose values can be more or less safe.
    Why: a misspelt lock protects nothing, and nobody would notice.
    Example: `locked: [safety.abstention]`.
    Instead: `locked: [safety.abstention_enabled]`.
    """
    place = subject.place(f"locked.{index}", "locked")
    near = nearest(path, known)
    advice = f"Did you mean `{near}`?" if near else f"Keys that can be locked: {', '.join(f'`{name}`' for name in known)}."
    return Diagnostic("AUA0289", "error", f"{shown(path)} cannot be locked.", place.span, place.path, advice)


def check(subject: Subject) -> Iterator[Diagnostic]:
    locked = subject.config.locked
    if not locked:
        return
    known = [path for path, declared in walk(Config) if declared.key.safer is not None and "[" not in path and "<" not in path]
    yield from (lock_without_key(subject, index, path, known) for index, path in enumerate(locked) if path not in known)
