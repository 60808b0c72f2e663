"""The utility of an answer, U = w_e*E + w_c*C + w_k*K, from what is known about this very answer.

E, efficacy: f * (1 + passed) / (1 + checked), with f by finish reason and the checks of `verify`. It is Laplace's rule of succession
with one prior success ("A Philosophical Essay on Probabilities", 1814), so that an answer without checkable claims is judged by f alone.

C, confidence: the geometric mean of the token probabilities, exp(mean log p), where the server gives them. Length-normalised likelihood:
Malinin and Gales, "Uncertainty Estimation in Autoregressive Structured Prediction" (ICLR 2021), section 3. Where several candidates
answered, it is averaged with their agreement, after Wang et al., "Self-Consistency Improves Chain of Thought Reasoning" (ICLR 2023);
where only the agreement is known, C is that. Where neither is known the term is left out and the other weights are scaled up.

K, curiosity: the share of an answer's words that the question does not contain. An answer that repeats the question adds nothing.
"""

import re
from itertools import combinations
from math import exp, fsum
from typing import Literal

from aua_runtime.contract import metrics
from aua_runtime.contract.settings import Weights
from aua_runtime.request import Answer, Request, Score
from aua_runtime.verify import CHARACTERS_MAX, NOTHING, Checks, checks_of

FINISHED = {"stop": 1.0, "tool_calls": 1.0, "function_call": 1.0, "length": 0.4, "content_filter": 0.1}
"""f: an answer cut off at the token limit is partly useful, a filtered one hardly. An unknown reason counts like a cut."""
AGREES = 0.15
"""Similarity from which two answers count as agreeing. Right answers in different words shared 0.17 to 0.39 of them, answers to different
questions 0.02 to 0.21 (five pairs and twenty, written for this purpose): below it two answers hardly speak of the same thing."""

_WORD = re.compile(r"\w+")
_FINAL = re.compile(r"[-\u2212]?\d+(?:[.,]\d+)*")


async def scored(request: Request, answers: list[Answer]) -> list[Answer]:
    """Check and score answers; the agreement between them is part of it. Best first."""
    started_s = request.services.clock()
    for answer in answers:
        answer.checks = await checks_of(answer.text)
    _compare(request, answers)
    assert request.route is not None
    weights = request.settings.fields[request.route.field.name].weights if request.route.field is not None else DEFAULT_WEIGHTS
    for answer in answers:
        answer.score = score_of(answer, request.question, weights)
        _note(request, answer, answer.score)
    request.services.metrics.observe(metrics.STAGE_DURATION, request.services.clock() - started_s, "score")
    return sorted(answers, key=lambda answer: -answer.score.utility if answer.score is not None else 0.0)


DEFAULT_WEIGHTS = Weights(efficacy=0.5, confidence=0.35, curiosity=0.15)
"""For an answer in no served field: those of the registry's field `general`."""


def score_of(answer: Answer, question: str, weights: Weights) -> Score:
    """The utility of an answer whose checks have been made, and its terms."""
    checks = answer.checks or NOTHING
    efficacy = efficacy_of(answer, checks)
    confidence = confidence_of(answer)
    curiosity = curiosity_of(answer.text, question)
    known = [(weights.efficacy, efficacy), (weights.curiosity, curiosity)]
    if confidence is not None:
        known.append((weights.confidence, confidence))
    total = fsum(weight for weight, _ in known)
    utility = fsum(weight * value for weight, value in known) / total if total else efficacy
    return Score(utility, efficacy, confidence, curiosity)


def efficacy_of(answer: Answer, checks: Checks) -> float:
    """E: 0 for an answer that holds nothing at all."""
    if not answer.text.strip() and not answer.calls_tools:
        return 0.0
    return FINISHED.get(answer.finish_reason or "", FINISHED["length"]) * (1 + checks.passed) / (1 + checks.total)


def confidence_of(answer: Answer) -> float | None:
    """C: None where neither log-probabilities nor other candidates say anything."""
    known = []
    if answer.token_log_probabilities:
        known.append(min(1.0, exp(fsum(answer.token_log_probabilities) / len(answer.token_log_probabilities))))
    if answer.agreement is not None:
        known.append(answer.agreement)
    return fsum(known) / len(known) if known else None


def curiosity_of(text: str, question: str) -> float:
    """K: 0 for an answer made of the question's own words, 1 for one that shares none."""
    words = words_of(text)
    return len(words - words_of(question)) / len(words) if words else 0.0


def words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text[:CHARACTERS_MAX].lower()))


def similarity(one: str, other: str) -> float:
    """How far two answers say the same: Jaccard's index of their words, and no less than 0.9 where both end in the same number.

    Jaccard, "The distribution of the flora in the alpine zone" (1912).

    >>> similarity("The answer is 42.", "I get 42"), similarity("yes", "no")
    (0.9, 0.0)
    """
    a, b = words_of(one), words_of(other)
    if not a or not b:
        return float(a == b)
    overlap = len(a & b) / len(a | b)
    numbers = [_FINAL.findall(text[:CHARACTERS_MAX]) for text in (one, other)]
    if all(numbers) and len(one) + len(other) < _SHORT and numbers[0][-1] == numbers[1][-1]:
        return max(overlap, 0.9)
    return overlap


_SHORT = 4000
"""Characters of two answers together up to which the last number counts as their result; long texts end in numbers by chance."""


def _compare(request: Request, answers: list[Answer]) -> None:
    pairs = list(combinations(range(len(answers)), 2))
    if not pairs:
        return
    found: dict[int, list[float]] = {index: [] for index in range(len(answers))}
    for one, other in pairs:
        value = similarity(answers[one].text, answers[other].text)
        found[one].append(value)
        found[other].append(value)
        result: Literal["agree", "contradict"] = "agree" if value >= AGREES else "contradict"
        assert request.route is not None
        request.services.metrics.count(metrics.COMPARISONS, request.route.field_name, result)
    for index, values in found.items():
        answers[index].agreement = fsum(values) / len(values)


def _note(request: Request, answer: Answer, score: Score) -> None:
    assert request.route is not None
    counted = request.services.metrics
    name = answer.specialist.name if answer.specialist is not None else "none"
    counted.observe(metrics.UTILITY, score.utility, request.route.field_name, name)
    counted.observe(metrics.UTILITY_PART, score.efficacy, name, "efficacy")
    counted.observe(metrics.UTILITY_PART, score.curiosity, name, "curiosity")
    if score.confidence is not None:
        counted.observe(metrics.UTILITY_PART, score.confidence, name, "confidence")
