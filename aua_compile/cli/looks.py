"""How output looks on what it goes to: whether it is coloured, how wide it is, and how a command that takes long shows that it lives.

Every command asks here. What goes into a file or a pipe is whole, without colour and without progress.
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO, TypeVar

from aua_compile.characters import escaped

T = TypeVar("T")

ELLIPSIS = "…"
NARROWEST_COLUMN = 8
QUIET_S = 1.0
"""How long a command may take before it shows progress."""

_CLEAR = "\r\x1b[K"


def takes_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether text for a stream is coloured: a terminal that can, unless somebody said otherwise.

    NO_COLOR (https://no-color.org) goes first, then FORCE_COLOR and CLICOLOR_FORCE, then CLICOLOR=0 and TERM=dumb.
    """
    if environment.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if said := environment.get(name):
            return said != "0"
    return stream.isatty() and environment.get("CLICOLOR") != "0" and environment.get("TERM") != "dumb"


def width_of(stream: TextIO, environment: Mapping[str, str]) -> int | None:
    """The columns of the terminal that a stream goes to; COLUMNS wins. None where it goes to no terminal: nothing is cut there."""
    return _columns_of(stream, environment) if stream.isatty() else None


def room_of(stream: TextIO, environment: Mapping[str, str], otherwise: int) -> int:
    """The columns for text that is wrapped, so that nothing is lost in a file either: COLUMNS, the terminal's, or `otherwise`."""
    return _columns_of(stream, environment) or otherwise


def _columns_of(stream: TextIO, environment: Mapping[str, str]) -> int | None:
    said = environment.get("COLUMNS", "")
    if said.isdigit() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


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


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Columns two blanks apart, the last not padded. With `width` they share it: the widest give way first, and what is cut says so."""
    cells = [[escaped(cell) for cell in row] for row in (head, *rows)]
    widths = _shared([max(columns(row[index]) for row in cells) for index in range(len(head))], width)
    lines = ["  ".join(padded(cut(cell, most), most) for cell, most in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines) + "\n"


def _shared(wanted: list[int], width: int | None) -> list[int]:
    """The widths of columns in all of `width`, none cut below NARROWEST_COLUMN."""
    widths = list(wanted)
    while width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        widest = max(widths)
        if widest <= NARROWEST_COLUMN:
            break
        widths[widths.index(widest)] -= 1
    return widths


def progress(things: Sequence[T], doing: str, stream: TextIO | None = None) -> Iterator[T]:
    """Each of `things`; on a terminal (standard error) a line says how far it is, once it has taken a second."""
    stream = sys.stderr if stream is None else stream
    shows = stream.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
    began, shown = time.monotonic(), False
    try:
        for done, thing in enumerate(things):
            if shows and time.monotonic() - began > QUIET_S:
                shown = True
                stream.write(f"{_CLEAR}{doing}: {done} of {len(things)}")
                stream.flush()
            yield thing
    finally:
        if shown:
            stream.write(_CLEAR)
            stream.flush()
