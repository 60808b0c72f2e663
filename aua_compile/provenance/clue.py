"""Which leaves a line speaks of, by its words: a guess at what to try first. Experiments decide."""

import re
from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any

from aua_compile.provenance.leaf import Leaf

_WORD = re.compile(r"[A-Za-z]+|[0-9]+")
_SPELLINGS_MAX = 400  # characters of a value that are looked for; a line that holds more of it holds these


def likely(line: str, leaves: Iterable[Leaf], most: int) -> list[Leaf]:
    """The leaves whose value, in some spelling, stands in the line; those first whose value is long or whose name stands there too."""
    words = {word.lower() for word in _WORD.findall(line)}
    scored = [(score, leaf) for leaf in leaves if leaf.changes and (score := _score(leaf, line, words)) > 0]
    return [leaf for _, leaf in sorted(scored, key=lambda pair: -pair[0])[:most]]


def _score(leaf: Leaf, line: str, words: set[str]) -> float:
    found = max((len(spelling) for spelling in _spellings(leaf.value) if _stands(spelling, line)), default=0)
    if not found:
        return 0
    own = [word.lower() for word in _WORD.findall(leaf.name)]
    return found + 3 * sum(word in words for word in own[-2:]) + sum(word in words for word in own[:-2]) - 0.01 * len(own)


def _stands(spelling: str, line: str) -> bool:
    """Whether it stands there as a whole: not as a part of a longer word or number."""
    at = line.find(spelling)
    while at >= 0:
        before, after = line[at - 1 : at], line[at + len(spelling) : at + len(spelling) + 1]
        if not (before.isalnum() and spelling[0].isalnum()) and not (after.isalnum() and spelling[-1].isalnum()):
            return True
        at = line.find(spelling, at + 1)
    return False


def _spellings(value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        yield from ("true", "True") if value else ("false", "False")
    elif isinstance(value, int | float):
        yield from {f"{value}", f"{value:g}", f"{ceil(value)}", f"{value * 100:.0f}", f"{value * 1000:.0f}", f"{value * 1024:.0f}"}
    elif isinstance(value, str) and value.strip():
        text = value.strip()[:_SPELLINGS_MAX]
        yield from {text, text.replace("_", "-"), text.upper().replace("-", "_"), text.split("\n", 1)[0], text.rsplit("/", 1)[-1] or text}
