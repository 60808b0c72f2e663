"""The utility of an answer, U = w_e*E + w_c*C + w_k*K, from what is known about this very answer; docs/scoring.md measures how it ranks.

E, efficacy: f * v, with f by finish reason and v by the checks of `verify`. Where none failed, v is Laplace's rule of succession over those
that passed, with nine prior successes and one prior failure, (9 + passed) / (10 + passed): an answer without checkable claims is taken to
be mostly right, and each check that holds adds less than the one before. Where some failed, those that passed do not redeem it - a
derivation with one false step is false - and v is the same rule over the failures alone with one prior success, 1 / (2 + failed).
Laplace, "A Philosophical Essay on Probabilities" (1814), chapter 3.

C, confidence: the mean of what is known of two signals. Likelihood: the geometric mean of the token probabilities, exp(mean log p), where
the server gives them; Malinin and Gales, "Uncertainty Estimation in Autoregressive Structured Prediction" (ICLR 2021), section 3.
Agreement: how far the other candidates say the same, counted twice; Wang et al., "Self-Consistency Improves Chain of Thought Reasoning"
(ICLR 2023), where weighting votes by likelihood adds nothing to counting them (table 1). Where neither is known the term is left out and
the other weights are scaled up.

K, curiosity: 1 minus the containment of the answer in the question, |answer - question| / |answer| over words; Broder, "On the Resemblance
and Containment of Documents" (1997). An answer that repeats the question adds nothing.
"""

from itertools import combinations
from math import exp, fsum
from typing import Any, Literal

from aua_runtime.agreement import similarity
from aua_runtime.contract import metrics
from aua_runtime.contract.settings import Weights
from aua_runtime.request import Answer, Request, Score, text_of
from aua_runtime.verify import ANY_OBJECT, NOTHING, Checks, Claim, Given, Shape, ToolCall, checkable
from aua_runtime.verify.citation import CONTEXT_CHARACTERS

FINISHED = {"stop": 1.0, "tool_calls": 1.0, "function_call": 1.0, "length": 0.4, "content_filter": 0.1}
"""f: an answer cut off at the token limit is partly useful, a filtered one hardly. An unknown reason counts like a cut."""
UNCHECKED = 0.9
"""v of an answer without a claim that could be checked."""
AGREES = 0.2
"""Similarity from which two answers count as agreeing: of pairs of right answers of the built-in evaluation nine in ten reach it, of pairs
of a right and a wrong one half (docs/scoring.md)."""
ANSWER_CHARACTERS, QUESTION_CHARACTERS = 60, 80
"""Of an answer's end and a question's beginning that K looks at: every answer pays for this look, and a good one may begin by repeating the
question, but does not end with it."""

MESSAGES_READ = 200
"""Of a conversation, the last ones, that an answer may quote."""

DEFAULT_WEIGHTS = Weights(efficacy=0.5, confidence=0.35, curiosity=0.15)
"""For an answer in no served field: those of the registry's field `general`."""


async def scored(request: Request, answers: list[Answer]) -> list[Answer]:
    """Check and score answers; the agreement between them is part of it. Best first.

    One that its client has already, and that holds nothing to check, is scored when its request is settled.
    """
    started_s = request.services.clock()
    if claiming := [answer for answer in answers if not _plain(request, answer)]:
        await _check(request, claiming)
    elif request.answered_s is not None and request.trace is None:
        request.unscored = True
        return answers
    if len(answers) > 1:
        _compare(request, answers)
    note(request, answers, started_s)
    return answers if len(answers) == 1 else sorted(answers, key=lambda answer: -answer.score.utility if answer.score is not None else 0.0)


def note(request: Request, answers: list[Answer], started_s: float) -> None:
    """Score answers that have been checked, and count it; scoring them began at `started_s`."""
    assert request.route is not None
    weights = request.settings.fields[request.route.field.name].weights if request.route.field is not None else DEFAULT_WEIGHTS
    for answer in answers:
        answer.score = score_of(answer, request.question, weights)
        _count(request, answer, answer.score)
    request.services.metrics.scoring.observe(request.services.clock() - started_s)


def score_of(answer: Answer, question: str, weights: Weights) -> Score:
    """The utility of an answer whose checks have been made, and its terms."""
    checks = answer.checks or NOTHING
    efficacy = efficacy_of(answer, checks)
    likelihood = likelihood_of(answer)
    confidence = confidence_of(likelihood, answer.agreement)
    curiosity = curiosity_of(answer.text, question)
    utility = utility_of(efficacy, confidence, curiosity, weights)
    return Score(utility, efficacy, confidence, curiosity, likelihood, answer.agreement, checks)


def utility_of(efficacy: float, confidence: float | None, curiosity: float, weights: Weights) -> float:
    """U. Where C is not known, its weight is shared by the other terms as they share theirs."""
    known = weights.efficacy * efficacy + weights.curiosity * curiosity
    if confidence is not None:
        return known + weights.confidence * confidence
    total = weights.efficacy + weights.curiosity
    return known / total if total else efficacy


def efficacy_of(answer: Answer, checks: Checks) -> float:
    """E: 0 for an answer that holds nothing at all."""
    if not answer.calls_tools and (not answer.text or answer.text.isspace()):
        return 0.0
    return FINISHED.get(answer.finish_reason or "", FINISHED["length"]) * verified(checks)


def verified(checks: Checks) -> float:
    """v, as in the module's words.

    >>> [round(verified(Checks(passed, failed)), 2) for passed, failed in ((5, 0), (0, 0), (5, 1), (0, 3))]
    [0.93, 0.9, 0.33, 0.2]
    """
    return (9 + checks.passed) / (10 + checks.passed) if not checks.failed else 1 / (2 + checks.failed)


def likelihood_of(answer: Answer) -> float | None:
    """The geometric mean of the token probabilities; None where the server gave none."""
    known = answer.token_log_probabilities
    return exp(min(0.0, fsum(known) / len(known))) if known else None  # a server's nonsense above 0 counts as certainty


def confidence_of(likelihood: float | None, agreement: float | None) -> float | None:
    """C: None where neither log-probabilities nor other candidates say anything."""
    if likelihood is None or agreement is None:
        return likelihood if agreement is None else agreement
    return (likelihood + 2 * agreement) / 3


def curiosity_of(text: str, question: str) -> float:
    """K: 0 for an answer made of the question's own words, 1 for one that shares none."""
    words = set(text[-ANSWER_CHARACTERS:].lower().split())
    if not words:
        return 0.0
    own = words.intersection(question[:QUESTION_CHARACTERS].lower().split())
    return (len(words) - len(own)) / len(words)


# --- what answers are held against


async def _check(request: Request, answers: list[Answer]) -> None:
    """Note the checks of the answers that hold something to check; they are made off the event loop."""
    given = given_of(request)
    if checked := [answer for answer in answers if answer.calls_tools or checkable(answer.text, given)]:
        claims = [Claim(answer.text, _calls_of(answer)) for answer in checked]
        for answer, checks in zip(checked, await request.services.verifier.checks_of(claims, given), strict=True):
            answer.checks = checks


def _plain(request: Request, answer: Answer) -> bool:
    """Whether an answer is prose without a sign that anything in it could be checked."""
    text = answer.text
    return not (
        "=" in text
        or "```" in text
        or "[" in text
        or '"' in text
        or "\u201c" in text
        or "\u2248" in text
        or answer.calls_tools
        or "response_format" in request.body
    )


def given_of(request: Request) -> Given:
    """What the conversation gives to hold its answer against."""
    body = request.body
    messages = body["messages"][-MESSAGES_READ:] if request.operation == "chat" else ()
    context = "\n".join(map(text_of, messages))[-CONTEXT_CHARACTERS:] or request.question[-CONTEXT_CHARACTERS:]
    return Given(request.question, context, _shape_of(body.get("response_format")), _tools_of(body.get("tools")))


def _shape_of(asked: object) -> Shape | None:
    """The shape that a request's `response_format` asks for."""
    if not isinstance(asked, dict):
        return None
    if asked.get("type") == "json_object":
        return ANY_OBJECT
    named = asked.get("json_schema")
    schema = named.get("schema") if asked.get("type") == "json_schema" and isinstance(named, dict) else None
    return schema if isinstance(schema, dict) else None


def _tools_of(offered: object) -> dict[str, Any]:
    """The schemas of the arguments of the tools that a request offers."""
    found: dict[str, Any] = {}
    for tool in offered if isinstance(offered, list) else ():
        function = tool.get("function") if isinstance(tool, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            parameters = function.get("parameters")
            found[function["name"]] = parameters if isinstance(parameters, dict) else ANY_OBJECT
    return found


def _calls_of(answer: Answer) -> tuple[ToolCall, ...]:
    """The calls of tools in a whole answer; those of a stream were relayed and are not kept."""
    if not answer.calls_tools or answer.body is None:
        return ()
    message = answer.body["choices"][0]["message"]
    functions = [call.get("function") for call in message.get("tool_calls") or ()]
    return tuple(
        ToolCall(function["name"], function["arguments"])
        for function in functions
        if isinstance(function, dict) and isinstance(function.get("name"), str) and isinstance(function.get("arguments"), str)
    )


def _compare(request: Request, answers: list[Answer]) -> None:
    found: list[list[float]] = [[] for _ in answers]
    assert request.route is not None
    for one, other in combinations(range(len(answers)), 2):
        value = similarity(answers[one].text, answers[other].text, request.question)
        found[one].append(value)
        found[other].append(value)
        result: Literal["agree", "contradict"] = "agree" if value >= AGREES else "contradict"
        request.services.metrics.count(metrics.COMPARISONS, request.route.field_name, result)
    for answer, values in zip(answers, found, strict=True):
        answer.agreement = fsum(values) / len(values)


def _count(request: Request, answer: Answer, score: Score) -> None:
    assert request.route is not None
    name = answer.specialist.name if answer.specialist is not None else "none"
    request.services.metrics.scores(request.route.field_name, name).note(score)
