"""What a plain (unquoted) scalar means: YAML 1.2's core schema, and where YAML 1.1 reads another value.

Files that the compiler accepts mean the same to both versions, because many tools around it still read 1.1. The rules are those of
https://yaml.org/spec/1.2.2/#103-core-schema and https://yaml.org/type/: the second one's
pattern for floats also matches `1.2.3`, which no implementation takes for a number, and neither does this module.
"""

import re
from functools import cache
from math import isfinite
from typing import TypeAlias

from aua_compile.frozen import dataclass

Value: TypeAlias = str | int | float | bool | None

LENGTH_LIMIT = 64
"""The most characters of a number: far beyond any number that is meant, and far below what makes conversion slow."""

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_OLD_BOOLEANS = {
    **{form: "true" for word in ("y", "yes", "on") for form in (word, word.capitalize(), word.upper())},
    **{form: "false" for word in ("n", "no", "off") for form in (word, word.capitalize(), word.upper())},
}
_OLD_INDICATORS = {"<<": "a merge key", "=": "a default value"}
_NUMBER_STARTS = frozenset("-+.0123456789")
_NUMBER_CHARACTERS = frozenset("0123456789+-._:abcdefABCDEFxoinINTtZ ")
"""What a number or a point in time can be made of, in either version."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A plain scalar that the two versions of YAML read differently, each reading in words, and how to write what is meant.

    `old_value` is what 1.1 reads; points in time and merge keys stay text.
    """

    old: str
    new: str
    spellings: tuple[str, ...]
    old_value: Value


@dataclass(frozen=True, slots=True)
class Unbounded:
    """A number that is infinite, not a number, or beyond what a number may be; `reason` completes "the number ... "."""

    reason: str


def read_plain(text: str) -> Value | Ambiguous | Unbounded:
    """The value of a plain scalar; its own text where it is no constant and no number."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in _NUMBER_STARTS:
        return _decimal(text) if text.isascii() and len(text) <= LENGTH_LIMIT else _numeric(text)
    if text in _OLD_BOOLEANS:
        return Ambiguous(
            f"the boolean `{_OLD_BOOLEANS[text]}`",
            _as_text(text),
            (f"`{_OLD_BOOLEANS[text]}`", f'`"{text}"`'),
            _OLD_BOOLEANS[text] == "true",
        )
    if text in _OLD_INDICATORS:
        return Ambiguous(_OLD_INDICATORS[text], _as_text(text), (f'`"{text}"`',), text)
    return text


def _decimal(text: str) -> Value | Ambiguous | Unbounded:
    """Most of what begins like a number, told without patterns: plain decimals, and texts with a character that no number has."""
    whole, point, part = text.partition(".")
    if whole.isdigit() and (whole[0] != "0" or whole == "0") and (part.isdigit() if point else True):
        return float(text) if point else int(text)
    return _numeric(text) if _NUMBER_CHARACTERS.issuperset(text) else text


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    new = {
        "new_integer": r"[-+]?[0-9]+",
        "new_octal": r"0o[0-7]+",
        "new_hexadecimal": r"0x[0-9a-fA-F]+",
        "new_float": r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
        "not_finite": r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    }
    old = {
        "old_binary": r"[-+]?0b[01_]*[01][01_]*",
        "old_octal": r"[-+]?0[0-7_]*",
        "old_hexadecimal": r"[-+]?0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*",
        "old_integer": r"[-+]?(?:0|[1-9][0-9_]*)",
        "old_float": r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?",
        "old_sexagesimal": r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?",
        "old_date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "old_time": (
            r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
            r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
        ),
    }
    return {name: re.compile(pattern) for name, pattern in (new | old).items()}


def _numeric(text: str) -> Value | Ambiguous | Unbounded:
    """`text` begins like a number: read it by both versions and compare."""
    matches = {name for name, pattern in _patterns().items() if pattern.fullmatch(text)}
    if not matches:
        return text
    if "not_finite" in matches:
        return Unbounded("is not finite")
    if "old_date" in matches or "old_time" in matches:
        return Ambiguous("a point in time", _as_text(text), (f'`"{text}"`',), text)
    if len(text) > LENGTH_LIMIT:
        return Unbounded(f"has {len(text):,} characters, more than the {LENGTH_LIMIT} allowed")
    new, old = _new(text, matches), _old(text, matches)
    if isinstance(new, float) and not isfinite(new):
        return Unbounded("is too large")
    if new == old and type(new) is type(old):
        return new
    return Ambiguous(_in_words(old), _in_words(new), _spellings(text, new, old), old)


def _new(text: str, matches: set[str]) -> int | float | str:
    if "new_integer" in matches:
        return int(text)
    if "new_octal" in matches or "new_hexadecimal" in matches:
        return int(text, 0)
    return float(text) if "new_float" in matches else text


def _old(text: str, matches: set[str]) -> int | float | str:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").replace("_", "")
    for name, base in (("old_binary", 2), ("old_hexadecimal", 16)):
        if name in matches:
            return sign * int(digits[2:], base)
    if "old_integer" in matches:
        return sign * int(digits)
    if "old_octal" in matches:
        return sign * int(digits, 8)
    if "old_float" in matches:
        return sign * float(digits)
    if "old_sexagesimal" in matches:
        return sign * _sexagesimal(digits)
    return text


def _sexagesimal(digits: str) -> int | float:
    value: int | float = 0
    for part in digits.split(":"):
        value = value * 60 + (float(part) if "." in part else int(part))
    return value


def _in_words(value: float | str) -> str:
    return _as_text(value) if isinstance(value, str) else f"the number {value}"


def _as_text(text: str) -> str:
    return f'the text "{text}"'


def _spellings(text: str, new: float | str, old: float | str) -> tuple[str, ...]:
    """Every way to write one of the readings so that both versions agree; the text itself, quoted, comes last."""
    numbers = [value for value in (new, old) if not isinstance(value, str)]
    if ":" in text:
        numbers = []  # nobody who writes `12:30` means 750
    return (*(f"`{_plainly(value)}`" for value in dict.fromkeys(numbers)), f'`"{text}"`')


def _plainly(value: float) -> str:
    """A spelling of the number that both versions read alike: Python's own, with a point and a signed exponent."""
    written = repr(value)
    mantissa, exponent_mark, exponent = written.partition("e")
    if not exponent_mark:
        return written
    point = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{point}e{exponent if exponent[0] in '+-' else '+' + exponent}"
