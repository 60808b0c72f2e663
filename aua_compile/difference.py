"""How two texts differ, short enough for a message."""

from difflib import SequenceMatcher
from itertools import islice

from aua_compile.frozen import dataclass

MOST_LINES = 24
LONGEST_LINE = 160
_CONTEXT = 1
_MOST_COMPARED = 5000  # lines of either side between the first and the last that differ; comparing more takes longer than a look is worth


@dataclass(frozen=True, slots=True)
class Difference:
    """`line` is the first of the old text that differs, from 1; `text` a unified diff without file names, cut to MOST_LINES."""

    line: int
    text: str


def difference(old: str, new: str) -> Difference:
    r"""What makes `new` of `old`.

    >>> print(difference("a\nb\nc\n", "a\nB\nc\n").text)
    @@ -1,3 +1,3 @@
     a
    -b
    +B
     c
    """
    before, after = old.split("\n"), new.split("\n")
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    lead = max(0, start - _CONTEXT)
    tail = max(0, end - _CONTEXT)
    was, now = before[lead : len(before) - tail], after[lead : len(after) - tail]
    lines = _hunks(was, now, lead) if max(len(was), len(now)) <= _MOST_COMPARED else _cut(was, now, lead, start)
    shown = [_short(line) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"… and {len(lines) - MOST_LINES:,} more lines")
    return Difference(start + 1, "\n".join(shown))


def _shared(one: list[str], other: list[str]) -> int:
    """How many lines two texts begin with alike."""
    return next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _hunks(was: list[str], now: list[str], lead: int) -> list[str]:
    lines: list[str] = []
    for group in SequenceMatcher(None, was, now).get_grouped_opcodes(_CONTEXT):
        _, first, _, begin, _ = group[0]
        _, _, last, _, stop = group[-1]
        lines.append(f"@@ -{lead + first + 1},{last - first} +{lead + begin + 1},{stop - begin} @@")
        for tag, i, j, k, m in group:
            if tag == "equal":
                lines += [f" {line}" for line in was[i:j]]
            else:
                lines += [f"-{line}" for line in was[i:j]] + [f"+{line}" for line in now[k:m]]
    return lines


def _cut(was: list[str], now: list[str], lead: int, start: int) -> list[str]:
    """Of texts too different to compare: where it begins, as one that goes and one that comes."""
    half = MOST_LINES // 2
    at = start - lead
    gone = [f"-{line}" for line in islice(was, at, None)]
    come = [f"+{line}" for line in islice(now, at, None)]
    head = f"@@ -{start + 1},{len(gone)} +{start + 1},{len(come)} @@"
    return [head, *gone[: half - 1], *come[:half], *gone[half - 1 :], *come[half:]]


def _short(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
