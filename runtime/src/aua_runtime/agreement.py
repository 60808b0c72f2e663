"""How far two answers to one question say the same: by their results where both state one, else by the words they share."""

import re
from typing import Any

import orjson

from aua_runtime.verify import CHARACTERS_MAX

SAME_RESULT = 0.9
"""Similarity, at least, of two answers that come to the same result."""
OTHER_RESULT = 0.1
"""Similarity, at most, of two answers whose results are different numbers."""

_SHORT = 4000
"""Characters of two answers together up to which their last numbers count as results; long texts end in numbers by chance."""
_ENDING = 1000
"""Characters at the end of an answer in which it states its result."""
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"[-\u2212]?\d+(?:[.,]\d+)*")
_STATED = re.compile(
    r"(?:\b(?:answer|result|solution|total)\b[^.\n=:]{0,40}?(?:\bis\b|=|:)|\\boxed\{)[\s*$\\({:=]{0,6}([^\n]{1,60}?)(?=[.,;!]?(?:\s|\*|\$|\}|\)|$))",
    re.IGNORECASE,
)


def similarity(one: str, other: str, question: str = "") -> float:
    """How far two answers say the same, 0 to 1.

    Where both state a result, it decides: the same one gives at least 0.9, another number at most 0.1. Two JSON values are compared member
    by member. Else Jaccard's index of the words ("The distribution of the flora in the alpine zone", 1912), without those that the question
    holds too and those of which every text is full: what both would say anyway is no agreement. It is raised to 0.9 where two short
    answers end in the same number.

    >>> similarity("The answer is 42.", "So the answer is: 41."), similarity("The answer is 42.", "I get 42"), similarity("yes", "no")
    (0.1, 0.9, 0.0)
    """
    one, other = one[:CHARACTERS_MAX], other[:CHARACTERS_MAX]
    if (same := _same_members(one, other)) is not None:
        return same
    a, b = words_of(one), words_of(other)
    if not a or not b:
        return float(a == b)
    common = words_of(question) | _COMMON
    if a - common and b - common:
        a, b = a - common, b - common
    overlap = len(a & b) / len(a | b)
    stated = _stated(one), _stated(other)
    if stated[0] is not None and stated[1] is not None:
        if stated[0] == stated[1]:
            return max(overlap, SAME_RESULT)
        if all(_NUMBER.fullmatch(result) for result in stated if result is not None):
            return min(overlap, OTHER_RESULT)
        return overlap
    if len(one) + len(other) < _SHORT:
        ends = [_NUMBER.findall(text)[-1:] for text in (one, other)]
        if ends[0] and ends[0] == ends[1]:
            return max(overlap, SAME_RESULT)
    return overlap


# fmt: off - a line of words reads better than a column
_COMMON = frozenset(
    (
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "else",
        "for",
        "from",
        "had",
        "has",
        "have",
        "here",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "let",
        "like",
        "may",
        "me",
        "might",
        "must",
        "my",
        "of",
        "on",
        "or",
        "our",
        "own",
        "please",
        "shall",
        "she",
        "he",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "too",
        "us",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "will",
        "with",
        "would",
        "you",
        "your",
        "am",
        "about",
        "also",
        "because",
        "being",
        "between",
        "during",
        "further",
        "get",
        "got",
        "her",
        "him",
        "his",
        "other",
        "out",
        "since",
        "still",
        "through",
        "upon",
        "way",
        "well",
    )
)
# fmt: on
"""English words that say nothing by themselves. Negations, numbers, amounts and directions are none of them."""


def words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text[:CHARACTERS_MAX].lower()))


def _stated(text: str) -> str | None:
    """The result that an answer states last, in a form that can be compared."""
    found = None
    for found in _STATED.finditer(text[-_ENDING:]):  # noqa: B007 - the last one is wanted
        pass
    if found is None:
        return None
    word = found[1].strip(" *$().,;:{}").lower()
    number = _NUMBER.match(word)
    if number is None:
        return word
    digits = number[0].replace("\u2212", "-").replace(",", "")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _same_members(one: str, other: str) -> float | None:
    """The share of equal members of two JSON objects or lists; None where the answers are not both such."""
    if not one.lstrip().startswith(("{", "[")) or not other.lstrip().startswith(("{", "[")):
        return None
    try:
        a, b = orjson.loads(one), orjson.loads(other)
    except orjson.JSONDecodeError:
        return None
    if a == b:
        return 1.0
    pairs = _pairs(a, b)
    return sum(x == y for x, y in pairs) / len(pairs) if pairs else 0.0


def _pairs(a: Any, b: Any) -> list[tuple[Any, Any]]:
    """The members of two values that stand at the same place; `_ABSENT` for one that is missing."""
    if isinstance(a, dict) and isinstance(b, dict):
        return [(a.get(key, _ABSENT), b.get(key, _ABSENT)) for key in a.keys() | b.keys()]
    if isinstance(a, list) and isinstance(b, list):
        longest = max(len(a), len(b))
        return list(zip(a + [_ABSENT] * (longest - len(a)), b + [_ABSENT] * (longest - len(b)), strict=True))
    return []


_ABSENT = object()
