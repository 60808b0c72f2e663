"""Lines of a screen: pieces of text, each in one style."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Style = Literal["", "title", "head", "focus", "dim", "strong", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line."""

    text: str
    style: Style = ""


Line = tuple[Span, ...]


_APART = "  "


def line(*parts: str | Span) -> Line:
    """A line of texts and of pieces that have their style."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def plain(shown: Line) -> str:
    """A line without its styles."""
    return "".join(span.text for span in shown)


def width_of(shown: Line) -> int:
    """How many columns a line takes: every character that `clean` lets pass takes one."""
    return sum(len(span.text) for span in shown)


def cut(shown: Line, width: int) -> Line:
    """As much of a line as fits; what is left out shows as `…`."""
    if width_of(shown) <= width:
        return shown
    kept: list[Span] = []
    room = width - 1
    for span in shown:
        if room <= 0:
            break
        kept.append(Span(span.text[:room], span.style))
        room -= len(span.text)
    return (*kept, Span("…" if width > 0 else "", "dim"))


def padded(shown: Line, width: int) -> Line:
    """A line of exactly this width."""
    short = cut(shown, width)
    return (*short, Span(" " * (width - width_of(short))))


def spread(left: Line, right: Line, width: int) -> Line:
    """One line at the left edge and one at the right; the left one is cut where both do not fit."""
    room = width - width_of(right) - len(_APART)
    return (*padded(left, room), Span(_APART), *right) if room > 0 else padded(left, width)


def clean(text: object) -> str:
    r"""A text from outside as one line of characters that take a column each; what does not is shown as `?`.

    >>> clean("a\\x1b[31mb"), clean("日本")
    ('a?[31mb', '??')
    """
    return "".join(each if _is_plain(each) else "?" for each in str(text))


def _is_plain(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    wide = unicodedata.east_asian_width(character) in "WF"
    return character.isprintable() and not wide and not unicodedata.combining(character) and unicodedata.category(character) != "Cf"


def joined(parts: Iterable[Line], between: str) -> Line:
    """Lines one after the other as one line."""
    found: list[Span] = []
    for part in parts:
        if found:
            found.append(Span(between))
        found.extend(part)
    return tuple(found)
