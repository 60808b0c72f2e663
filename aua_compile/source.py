"""Where text comes from: a file's text, and a place in it."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read: its name as it is shown (project-relative, with `/`), and its decoded text."""

    name: str
    text: str
