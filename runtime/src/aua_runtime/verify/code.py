"""Whether the code in an answer parses. Nothing is executed or compiled to run: Python is read up to its syntax tree, JSON to its value."""

import ast
import re
import warnings
from collections.abc import Iterator

import orjson

BLOCKS_MAX = 40
NESTING_MAX = 100
"""Brackets that may be open at once. CPython gives up at 200; code that people write stays below 20."""

BLOCK = re.compile(r"^[ \t]*```[ \t]*([A-Za-z0-9_+-]{0,20})[^\n]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
"""A closed code block: its language, its text."""
_ELLIPSIS_LINE = re.compile(r"^\s*\.\.\.\s*$", re.MULTILINE)
_PYTHON = frozenset({"python", "py", "python3"})
_FILE = "aua-answer"


def results(text: str) -> Iterator[bool]:
    """Whether each closed block of a known language parses."""
    for count, (language, code) in enumerate(BLOCK.findall(text)):
        if count == BLOCKS_MAX:
            return
        holds = parses(language.lower(), code)
        if holds is not None:
            yield holds


def parses(language: str, code: str) -> bool | None:
    """Whether code parses; None for a language that is not read here, an excerpt, and what is too deep to say."""
    if language == "json":
        return value_of(code) is not None
    if language not in _PYTHON or code.lstrip().startswith((">>>", "$", "%", "!")) or _ELLIPSIS_LINE.search(code):
        return None
    if _nesting(code) > NESTING_MAX:
        return None
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=_FILE)  # an answer's doubtful escapes are not our warnings
            ast.parse(code, _FILE)
    except (RecursionError, MemoryError):
        return None
    except (SyntaxError, ValueError):
        return False
    return True


def value_of(text: str) -> "tuple[object] | None":
    """The value of a JSON text, in a tuple so that `null` is a value too; None where it is not JSON."""
    try:
        return (orjson.loads(text),)
    except (orjson.JSONDecodeError, ValueError):
        return None


def _nesting(code: str) -> int:
    """The most brackets open at once, at least: those in strings count too, which only makes it more."""
    if code.count("(") + code.count("[") + code.count("{") <= NESTING_MAX:
        return 0
    depth = deepest = 0
    for character in code:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth = max(0, depth - 1)
    return deepest
