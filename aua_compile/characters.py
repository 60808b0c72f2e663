"""Which characters a config may hold, and how text is shown to a person without harm.

The ranges are spelled out rather than asked of `str.isprintable`, whose answer changes with the Unicode version of each Python.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

ECHO_LIMIT = 60
"""The most characters of a user's text that one message repeats."""

_INVISIBLE = (
    "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"  # control characters, U+0085 among them; tab and carriage return are judged apart
    "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f"  # soft hyphen, joiners and fillers that show nothing
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f"  # zero width, line and paragraph separators, bidi overrides and isolates
    "\\u3164\\ud800-\\udfff\\ufdd0-\\ufdef\\ufeff\\uffa0\\ufff9-\\ufffb\\ufffe\\uffff"  # fillers, surrogates, non-characters
    "\\U000e0000-\\U000e0fff"  # tag characters and variation selectors that can carry a hidden text
)


@cache
def _pattern(begin: str, end: str) -> re.Pattern[str]:
    return re.compile(begin + _INVISIBLE + end)


def invisible_in_file(text: str) -> Iterator[re.Match[str]]:
    """Every character of a file that a reader cannot see as what it is. Line feeds are fine, also after a carriage return."""
    return _pattern("[\\t", "]|\\r(?!\\n)").finditer(text)


def invisible_in_value(text: str) -> str:
    """The first character of a decoded value that is neither printable nor a line feed; empty if there is none."""
    found = _pattern("[\\t\\r", "]").search(text)
    return found.group() if found else ""


def escaped(text: str) -> str:
    """`text` on one line, with every invisible character written as its escape."""
    if text.isascii() and text.isprintable():
        return text
    return _pattern("[\\t\\r\\n", "]").sub(lambda found: escape(found.group()), text)


def escape(character: str) -> str:
    r"""How an invisible character is written: `\n`, `\t`, `\r`, else `\x00`, `\u200b` or `\U000e0001`."""
    return character.encode("unicode_escape").decode("ascii")


def shown(text: str, limit: int = ECHO_LIMIT) -> str:
    """A user's words as a message repeats them: escaped, and cut to `limit` characters with an ellipsis."""
    return escaped(text) if len(text) <= limit else escaped(text[: limit - 1]) + "…"


def code_point(character: str) -> str:
    """`U+0430 CYRILLIC SMALL LETTER A`; a control character has no name."""
    from unicodedata import name  # only a refusal needs the names

    return f"U+{ord(character):04X} {name(character, '')}".rstrip()


def listed(names: Iterable[str], most: int = 10) -> str:
    """Names for a message, sorted and in backticks: so many at most, the rest counted.

    >>> listed(["b", "a", "c"], 2)
    '`a`, `b` and 1 more'
    """
    found = sorted(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(f"`{shown(name, 200)}`" for name in found[:most]) + more
