"""How output looks on what it goes to: columns and tables here; colour, width and progress as for the commands of the runtime."""

from collections.abc import Iterator, Sequence

from aua_runtime.looks import progress, room_of, takes_colour, width_of, working

from aua_compile.characters import escaped

__all__ = ["columns", "cut", "hanging", "padded", "progress", "room_of", "table", "takes_colour", "width_of", "working"]

ELLIPSIS = "…"
NARROWEST_COLUMN = 8
FEWEST_COLUMNS = 2
"""What a table keeps however narrow the terminal is: a name and what is said of it first."""


def columns(text: str) -> int:
    """The columns that a terminal gives to a text: two for wide characters, none for those that combine with the one before."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1 for character in text)


def cut(text: str, width: int) -> str:
    """A text in at most `width` columns, with an ellipsis where something was left out.

    >>> cut("quantizations", 8), cut("漢字漢字", 6), cut("short", 8)
    ('quantiz…', '漢字…', 'short')
    """
    if columns(text) <= width:
        return text
    kept, taken = "", 0
    for character in text:
        taken += columns(character)
        if taken > width - 1:
            break
        kept += character
    return kept + ELLIPSIS


def padded(text: str, width: int) -> str:
    """A text with blanks up to `width` columns."""
    return text + " " * (width - columns(text))


def hanging(lead: str, text: str, width: int) -> Iterator[str]:
    """Lines of a text behind a lead, its further lines below its first; a word that is longer than `width` stays whole."""
    from textwrap import wrap

    lines = wrap(text, max(20, width - len(lead)), break_long_words=False, break_on_hyphens=False) or [""]
    indent = " " * len(lead)
    yield (lead + lines[0]).rstrip()
    yield from (indent + line for line in lines[1:])


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Columns two blanks apart, the last not padded. With `width` they share it, and what is cut says so.

    The widest give way first, then the last ones go, and the first column comes last: it says what a row is about, and is what one
    types to ask for more.
    """
    cells = [[escaped(cell) for cell in row] for row in (head, *rows)]
    wanted = [max(columns(row[index]) for row in cells) for index in range(len(head))]
    kept = len(head)
    while width is not None and kept > FEWEST_COLUMNS and _least(wanted[:kept]) > width - 3 * (kept < len(head)):
        kept -= 1
    if kept < len(head):
        cells = [[*row[:kept], "" if number else ELLIPSIS] for number, row in enumerate(cells)]
        wanted = [*wanted[:kept], len(ELLIPSIS)]
    widths = _shared(wanted, width)
    lines = ["  ".join(padded(cut(cell, most), most) for cell, most in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines) + "\n"


def _least(wanted: list[int]) -> int:
    """The columns that a table takes at least while its first column is whole."""
    first, *others = wanted
    return first + sum(2 + min(each, NARROWEST_COLUMN) for each in others)


def _shared(wanted: list[int], width: int | None) -> list[int]:
    """The widths of columns in all of `width`, none cut below NARROWEST_COLUMN."""
    first, *others = wanted
    while width is not None and (over := first + sum(others) + 2 * len(others) - width) > 0:
        widest = max(others, default=0)
        if widest <= NARROWEST_COLUMN:
            first = min(first, max(first - over, NARROWEST_COLUMN))
            break
        others[others.index(widest)] -= 1
    return [first, *others]
