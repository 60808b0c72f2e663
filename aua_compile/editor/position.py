"""Places in a text as editors count them, and a text that takes their edits.

Lines count from 0. Columns count UTF-16 units, or characters where the editor can: a character beyond the basic plane is two units.
"""

import re
from bisect import bisect_right
from typing import Literal, NamedTuple

from aua_compile.frozen import dataclass
from aua_compile.span import Span

Encoding = Literal["utf-16", "utf-32"]
"""The unit in which an editor counts columns: half a character beyond the basic plane, or a character."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_BASIC_PLANE = "\uffff"


class At(NamedTuple):
    """A place: line and column, both from 0, columns in characters."""

    line: int
    column: int


class Stretch(NamedTuple):
    """A stretch of one line, in characters; the end is exclusive."""

    line: int
    start: int
    end: int

    def holds(self, at: At) -> bool:
        """Whether a cursor at `at` touches it, its end included."""
        return at.line == self.line and self.start <= at.column <= self.end


@dataclass(frozen=True, slots=True)
class Buffer:
    """A text with its lines, without their ends."""

    text: str
    starts: tuple[int, ...]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Buffer":
        """The buffer of a whole text."""
        starts, lines, begin = [0], [], 0
        for end in _LINE_END.finditer(text):
            lines.append(text[begin : end.start()])
            begin = end.end()
            starts.append(begin)
        return cls(text, tuple(starts), (*lines, text[begin:]))

    def at(self, line: int, units: int, encoding: Encoding) -> At:
        """The place that an editor means; one that does not exist is moved to the nearest that does."""
        if line < 0:
            return At(0, 0)
        if line >= len(self.lines):
            return At(len(self.lines) - 1, len(self.lines[-1]))
        return At(line, _characters(self.lines[line], max(0, units), encoding))

    def units(self, at: At, encoding: Encoding) -> int:
        """A place's column as the editor counts it."""
        if encoding == "utf-32" or at.line >= len(self.lines):
            return at.column
        before = self.lines[at.line][: at.column]
        return len(before) if before.isascii() else len(before.encode("utf-16-le", "surrogatepass")) // 2

    def offset(self, at: At) -> int:
        """How many characters stand before a place."""
        return self.starts[at.line] + at.column

    def place(self, offset: int) -> At:
        """The place before which `offset` characters stand."""
        line = bisect_right(self.starts, offset) - 1
        return At(line, min(offset - self.starts[line], len(self.lines[line])))

    def edited(self, start: At, end: At, text: str) -> "Buffer":
        """The buffer after what lies from `start` to `end` became `text`."""
        first, last = sorted((self.offset(start), self.offset(end)))
        return Buffer.of(self.text[:first] + text + self.text[last:])


def _characters(line: str, units: int, encoding: Encoding) -> int:
    """How many characters of a line an editor's column is; inside of a character is before it."""
    if encoding == "utf-32" or line.isascii():
        return min(units, len(line))
    for column, character in enumerate(line):
        units -= 2 if character > _BASIC_PLANE else 1
        if units < 0:
            return column
    return len(line)


def ends_of(span: Span) -> tuple[At, At]:
    """Where a span of a finding begins and ends."""
    return At(span.line - 1, span.column - 1), At(span.end_line - 1, span.end_column - 1)
