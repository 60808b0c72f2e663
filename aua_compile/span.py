"""A place in a file, and how to find it from an offset."""

from bisect import bisect_right
from collections.abc import Iterator

from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one file. Lines and columns count from 1, columns in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of_file(cls, file: str) -> "Span":
        """The place to point at when a whole file is meant."""
        return cls(file, 1, 1, 1, 1)


class Lines:
    """The lines of one file's text, to find the line and column of an offset. Lines end in a line feed."""

    __slots__ = ("_file", "_starts", "_text")

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._starts: list[int] = []

    def span(self, start: int, end: int) -> Span:
        """The stretch from offset `start` to `end`, cut to what the text has."""
        end = min(end, len(self._text))
        return Span(self._file, *self._place(min(start, end)), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        if not self._starts:
            self._starts = [0, *(found + 1 for found in _line_feeds(self._text))]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def _line_feeds(text: str) -> Iterator[int]:
    at = text.find("\n")
    while at >= 0:
        yield at
        at = text.find("\n", at + 1)
