"""Checks of what an answer claims, by parsing alone: Python and JSON blocks parse, sums hold. Nothing in an answer is ever executed.

At most 16 kB of an answer are read, in a thread, so that no answer can hold up the event loop.
"""

import ast
import asyncio
import re
import warnings
from dataclasses import dataclass
from fractions import Fraction

import orjson

CHARACTERS_MAX = 16 * 1024
BOUND_S = 1.0
"""Longest wait for the checks: parsing 16 kB takes a few milliseconds."""

_BLOCK = re.compile(r"^[ \t]*```[ \t]*([A-Za-z0-9_+-]*)[^\n]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
_NUMBER = r"[-\u2212]?\d{1,15}(?:\.\d{1,15})?"
_SIGN = r"[-+*/\u2212\u00d7\u00f7]"
_SUM = re.compile(rf"(?<![\w.])({_NUMBER}) ?({_SIGN}) ?({_NUMBER}) ?= ?({_NUMBER})(?!\.?\d| ?(?:{_SIGN}|[\^%=]))")
_INSIDE = re.compile(rf"(?:{_SIGN}|[\^%=)])\s*\Z")  # before a sum: it is the end of a longer expression
_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Checks:
    """How many verifiable claims hold, and how many do not."""

    passed: int
    failed: int

    @property
    def total(self) -> int:
        return self.passed + self.failed


NOTHING = Checks(0, 0)


async def checks_of(text: str) -> Checks:
    """Check an answer off the event loop; one that takes too long counts as unchecked."""
    if "```" not in text and "=" not in text:
        return NOTHING
    try:
        return await asyncio.wait_for(asyncio.to_thread(check, text[:CHARACTERS_MAX]), BOUND_S)
    except TimeoutError:
        return NOTHING


def check(text: str) -> Checks:
    """Check every closed code block by its language, and every plain sum `a + b = c` outside of them.

    >>> check("It is 2 + 2 = 5, not 2 * 3 = 6.")
    Checks(passed=1, failed=1)
    """
    results = [holds for language, code in _BLOCK.findall(text) if (holds := _parses(language.lower(), code)) is not None]
    prose = _BLOCK.sub("\n", text)
    results += [holds for found in _SUM.finditer(prose) if (holds := _sum_holds(found, prose)) is not None]
    passed = sum(results)
    return Checks(passed, len(results) - passed)


def _parses(language: str, code: str) -> bool | None:
    """Whether a block parses; None for a language that is not parsed here."""
    try:
        if language in {"python", "py", "python3"}:
            if code.lstrip().startswith((">>>", "$", "%", "!")) or re.search(r"^\s*\.\.\.\s*$", code, re.MULTILINE):
                return None  # a session or an excerpt
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an answer's doubtful escapes are not our warnings
                ast.parse(code)
        elif language == "json":
            orjson.loads(code)
        else:
            return None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _sum_holds(found: re.Match[str], text: str) -> bool | None:
    """Whether the right side is the left side, as exactly as it is written; None where it is part of a longer expression."""
    if _INSIDE.search(text, max(0, found.start() - 8), found.start()):
        return None
    left, sign, right, result = (group.replace(_MINUS, "-") for group in found.groups())
    a, b, claimed = Fraction(left), Fraction(right), Fraction(result)
    match sign:
        case "+":
            value = a + b
        case "-":
            value = a - b
        case "*" | "\u00d7":
            value = a * b
        case _ if b == 0:
            return False
        case _:
            value = a / b
    decimals = len(result.partition(".")[2])
    return abs(value - claimed) <= Fraction(1, 2 * 10**decimals) if decimals else value == claimed
