"""Lines as what a terminal understands; a picture as what differs from the one before."""

from collections.abc import Mapping, Sequence

from aua_runtime.top.lines import Line, Style, width_of

BEGIN = "\x1b[?1049h\x1b[?25l\x1b[?7l"
END = "\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
"""A screen of its own without a cursor, whose lines do not wrap; and back."""
_TOGETHER = "\x1b[?2026h", "\x1b[?2026l"
"""What lies between is shown at once, by terminals that can; the others ignore it."""
_CLEAR = "\x1b[0m\x1b[2J"

_COLOURED: Mapping[Style, str] = {
    "": "",
    "title": "7",
    "head": "1;36",
    "focus": "1;7;36",
    "dim": "2",
    "strong": "1",
    "good": "32",
    "warn": "33",
    "bad": "1;31",
}
_PLAIN: Mapping[Style, str] = {**_COLOURED, "head": "1", "focus": "1;7", "good": "", "warn": "1", "bad": "1;4"}


def drawn(shown: Line, *, colour: bool) -> str:
    """One line, ending without a style."""
    codes = _COLOURED if colour else _PLAIN
    return "".join(f"\x1b[0;{codes[span.style]}m{span.text}" if codes[span.style] else f"\x1b[0m{span.text}" for span in shown) + "\x1b[0m"


class Screen:
    """Knows what is on the screen, and so what has to be written for it to show something else."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._size = (0, 0)
        self._rows: list[str] = []

    def forget(self) -> None:
        """Somebody else wrote on the screen."""
        self._size = (0, 0)

    def update(self, lines: Sequence[Line], width: int, height: int) -> str:
        """What to write so that these lines show; nothing where they do already."""
        rows = [drawn(each, colour=self._colour) + ("\x1b[K" if width_of(each) < width else "") for each in lines[:height]]
        rows += ["\x1b[K"] * (height - len(rows))
        anew = (width, height) != self._size
        changed = [
            f"\x1b[{number};1H{row}"
            for number, row in enumerate(rows, 1)
            if anew or number > len(self._rows) or self._rows[number - 1] != row
        ]
        self._size, self._rows = (width, height), rows
        if not changed:
            return ""
        return _TOGETHER[0] + (_CLEAR if anew else "") + "".join(changed) + _TOGETHER[1]
