"""Which lines of a text another version of it lacks or says otherwise."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Moved:
    """Lines of the first text by number from 0: `said` otherwise in the second, or `gone` from it."""

    said: frozenset[int]
    gone: frozenset[int]

    def __contains__(self, line: int) -> bool:
        return line in self.said or line in self.gone


NOTHING = Moved(frozenset(), frozenset())


def moved(old: Sequence[str], new: Sequence[str] | None) -> Moved:
    """What became of the lines of `old`; without a second text all are gone."""
    if new is None:
        return Moved(frozenset(), frozenset(range(len(old))))
    if len(old) == len(new):
        differ = frozenset(index for index, (before, after) in enumerate(zip(old, new, strict=True)) if before != after)
        if len(differ) * 3 <= len(old) or len(old) < _SHORT:
            return Moved(differ, frozenset())
    said, gone = set[int](), set[int]()
    for tag, start, end, _, _ in _opcodes(old, new):
        if tag != "equal":
            (said if tag == "replace" else gone).update(range(start, end))
    return Moved(frozenset(said), frozenset(gone))


_SHORT = 12  # lines that need no alignment to be compared one by one


def counterpart(old: Sequence[str], new: Sequence[str], line: int) -> tuple[int | None, range]:
    """The number in `new` of a line of `old` that both have; else None, and the lines of `new` that stand in its place."""
    for tag, start, end, new_start, new_end in _opcodes(old, new):
        if start <= line < end:
            return (new_start + line - start, range(0)) if tag == "equal" else (None, range(new_start, new_end))
    return None, range(0)


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """The edits that make `new` of `old`. What both begin and end with is set aside first: most edits are small, and matching is not."""
    head = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))))
    rest = min(len(old), len(new)) - head
    tail = 0
    while tail < rest and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    matcher = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    middle = [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in matcher.get_opcodes()]
    before = [("equal", 0, head, 0, head)] if head else []
    after = [("equal", len(old) - tail, len(old), len(new) - tail, len(new))] if tail else []
    return [*before, *middle, *after]
