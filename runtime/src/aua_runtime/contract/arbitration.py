"""How statements become a verdict: pure functions that the router decides with, and the compiler proves its thresholds by.

A verdict is about two answers, `a` and `b`: one of them, both (either may be given), or neither.
"""

from typing import Literal

from aua_runtime.contract.frozen import dataclass

Word = Literal["a", "b", "both", "neither"]
Mode = Literal["pairwise", "vcg"]
Policy = Literal["balanced", "conservative"]

WORDS: tuple[Word, ...] = ("a", "b", "both", "neither")
SWAPPED: dict[Word, Word] = {"a": "b", "b": "a", "both": "both", "neither": "neither"}
SUREST = 0.99
"""No judge counts as surer than this, whatever it says of itself: models call themselves certain and are wrong (Xiong et al., "Can LLMs
Express Their Uncertainty?", ICLR 2024)."""
RECORD_MOST = 200.0
"""Answers that a specialist's record in a field weighs at most; older ones fade, so that a record can be lost and won again."""

_CAREFUL_FIRST: tuple[Word, ...] = ("neither", "a", "b", "both")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a judge said once: its word, in terms of one fixed order of the answers, and how sure it is, from 0 to `SUREST`."""

    word: Word
    confidence: float


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is made of statements. One that is not usable decides nothing."""

    word: Word
    confidence: float
    usable: bool


def settled(first: Statement, second: Statement, least: float, policy: Policy) -> Ruling:
    """The ruling of a judge that was asked twice, with the answers in either order; `second` is already told in the order of `first`.

    Each statement gives its word its confidence, and the other three words the rest in equal parts; the two are averaged, so that what a
    judge gives to a place rather than to an answer cancels out: balanced position calibration, Wang et al., "Large Language Models are not
    Fair Evaluators" (ACL 2024). A judge that prefers first one answer and then the other has preferred neither: `both`, with the confidence
    that is left. The conservative policy follows only two statements that agree and are each sure enough.

    >>> settled(Statement("a", 0.9), Statement("a", 0.7), 0.6, "balanced")
    Ruling(word='a', confidence=0.8, usable=True)
    >>> settled(Statement("a", 0.9), Statement("b", 0.9), 0.6, "balanced").word
    'both'
    """
    said = (first, second)
    shares = {word: sum(_share(statement, word) for statement in said) / 2 for word in WORDS}
    word = max(_CAREFUL_FIRST, key=lambda candidate: round(shares[candidate], 9))
    confidence = round(shares[word], 9)
    if {first.word, second.word} == {"a", "b"}:
        word = "both"
    usable = confidence >= least
    if policy == "conservative":
        usable = first.word == second.word and min(first.confidence, second.confidence) >= least
    return Ruling(word, confidence, usable)


def _share(statement: Statement, word: Word) -> float:
    return statement.confidence if statement.word == word else (1 - statement.confidence) / 3


def expected(prior: float, prior_weight: float, total: float, count: float) -> float:
    """The mean of `count` observations that sum to `total`, shrunk towards `prior` as if that had been seen `prior_weight` times.

    Efron and Morris, "Stein's Estimation Rule and Its Competitors", JASA 1973.
    """
    return (prior_weight * prior + total) / (prior_weight + count)


def bounds_of_welfare(prior: float, prior_weight: float) -> tuple[float, float]:
    """The least and the greatest welfare that any record can lead to: every answer seen, and this one, worth 0, or 1."""
    count = RECORD_MOST + 1
    return expected(prior, prior_weight, 0.0, count), expected(prior, prior_weight, count, count)


def settled_by_welfare(a: float, b: float, margin: float, least: float) -> Word:
    """The verdict on two answers of this welfare: none below `least`, either where they are within `margin`, else the greater one."""
    if max(a, b) < least:
        return "neither"
    if abs(a - b) <= margin:
        return "both"
    return "a" if a > b else "b"


def reachable_by_judge(least: float, policy: Policy) -> frozenset[Word]:
    """The verdicts that two statements can lead to. Confidence grows with that of agreeing statements, so the surest decide."""
    return frozenset(
        ruling.word for word in WORDS if (ruling := settled(Statement(word, SUREST), Statement(word, SUREST), least, policy)).usable
    )


def reachable_by_welfare(prior: float, prior_weight: float, margin: float, least: float) -> frozenset[Word]:
    """The verdicts that two records can lead to. The corners of what welfare can be decide: each verdict's condition is linear in it."""
    low, high = bounds_of_welfare(prior, prior_weight)
    corners = ((low, low), (low, high), (high, low), (high, high))
    return frozenset(settled_by_welfare(a, b, margin, least) for a, b in corners)
