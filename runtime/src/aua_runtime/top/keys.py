"""What was pressed, from the bytes that a terminal sends."""

import codecs
import re
from collections.abc import Iterator

ESCAPE = "escape"
_NAMED = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b[H": "home",
    "\x1b[F": "end",
    "\x1bOH": "home",
    "\x1bOF": "end",
    "\x1b[1~": "home",
    "\x1b[4~": "end",
    "\x1b[Z": "back tab",
    "\t": "tab",
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x0c": "redraw",
    "\x15": "clear",
    "\x03": "quit",
    "\x04": "quit",
}
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?")
"""The beginning of a sequence, which more bytes may complete."""


class Keys:
    """Takes bytes as they come, cut anywhere. A lone escape is a key once nothing follows it."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""

    @property
    def unsure(self) -> bool:
        """Whether what came so far may be the beginning of a longer sequence."""
        return bool(self._text)

    def take(self, data: bytes) -> Iterator[str]:
        """The keys that these bytes complete: names of keys, and characters as they are. A sequence of no known key is left out."""
        self._text += self._decoder.decode(data)
        while self._text:
            text = self._text
            if text[0] != "\x1b":
                self._text = text[1:]
                name = _NAMED.get(text[0], text[0])
                if len(name) > 1 or name.isprintable():
                    yield name
            elif (found := _SEQUENCE.match(text)) is not None:
                self._text = text[found.end() :]
                if found[0] in _NAMED:
                    yield _NAMED[found[0]]
            elif _BEGUN.fullmatch(text):
                return
            else:  # an escape, and then something else
                self._text = text[1:]
                yield ESCAPE

    def settle(self) -> Iterator[str]:
        """Nothing follows: what began as a sequence was an escape, and characters."""
        text, self._text = self._text, ""
        if text:
            yield ESCAPE
            yield from (each for each in text[1:] if each.isprintable())
