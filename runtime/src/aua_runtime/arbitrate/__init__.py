"""The arbiter: which of two answers stands, by checks, by their agreement, by a judge model or by welfare. Verdicts: a, b, both, neither.

Checks come first, in every mode. In the mode `pairwise` a judge then decides. A judge prefers what it reads first (Zheng et al., "Judging
LLM-as-a-Judge with MT-Bench and Chatbot Arena", NeurIPS 2023, section 3.4), so it is asked in both orders; see `contract.arbitration`.
In the mode `vcg` the expected utilities of the candidates decide; see `welfare`.

A verdict that cannot be used - the judge fails, answers something else, or is less sure than the threshold - never reaches the user: the
balanced policy then takes the answer of higher utility, the conservative one abstains where abstaining is on.
"""

from aua_runtime import safety
from aua_runtime.agreement import similarity
from aua_runtime.arbitrate.judge import Judge, asked
from aua_runtime.arbitrate.welfare import settle
from aua_runtime.contract import metrics
from aua_runtime.contract.arbitration import Policy
from aua_runtime.request import Abstention, Answer, Request, Verdict
from aua_runtime.verify import NOTHING, Checks

__all__ = ["Judge", "decided", "reviewed"]

SAME = 0.9
"""Similarity from which two answers are one: nothing is left to decide between them."""


async def decided(request: Request, answers: list[Answer], judge: Judge) -> Answer:
    """The answer that stands among candidates, best first; an abstention where none is acceptable."""
    started_s = request.services.clock()
    standing = await (_by_welfare if judge.mode == "vcg" else _by_judge)(request, answers, judge)
    request.services.metrics.observe(metrics.STAGE_DURATION, request.services.clock() - started_s, "arbitrate")
    if standing is not None:
        return standing
    return answers[0] if judge.abstention is None else safety.abstained(request, judge.abstention, Abstention("no_acceptable_answer"))


async def reviewed(request: Request, answer: Answer, judge: Judge) -> Answer:
    """One answer, looked at by the judge where it is not sure enough for its field, or where the field is one of high risk."""
    assert request.route is not None
    field = request.route.field
    if field is None:
        return answer
    if not _careful(request, judge) and safety.sureness(request, answer) >= request.settings.fields[field.name].confidence_threshold:
        return answer
    return await decided(request, [answer], judge)


async def _by_judge(request: Request, answers: list[Answer], judge: Judge) -> Answer | None:
    """Each winner meets the next candidate."""
    standing: Answer | None = answers[0]
    if len(answers) == 1:
        standing = await _alone(request, answers[0], judge)
    for challenger in answers[1:]:
        standing = (
            await _between(request, standing, challenger, judge) if standing is not None else await _alone(request, challenger, judge)
        )
    return standing


async def _by_welfare(request: Request, answers: list[Answer], judge: Judge) -> Answer | None:
    """The candidate of greatest welfare among those that do not fail checks which another passes. High risk needs the judge besides."""
    settings = request.settings.welfare
    assert settings is not None
    left = answers
    if any(_passes(answer) for answer in answers):
        left = [answer for answer in answers if not _checks(answer).failed]
    if len(left) == 1 < len(answers):
        _record(request, Verdict("a" if left[0] is answers[0] else "b", 1.0, "checks", "the others fail checks that this answer passes"))
        standing: Answer | None = left[0]
    else:
        standing, verdict = settle(request, left, settings)
        _record(request, verdict)
    return await _alone(request, standing, judge) if standing is not None and _careful(request, judge) else standing


async def _alone(request: Request, answer: Answer, judge: Judge) -> Answer | None:
    """The answer if the judge accepts it; None if not."""
    verdict = await asked(request, (answer,), judge, _policy(request))
    _record(request, verdict)
    if not verdict.usable:
        return None if _policy(request) == "conservative" or _careful(request, judge) else answer
    return None if verdict.word == "neither" else answer


async def _between(request: Request, one: Answer, other: Answer, judge: Judge) -> Answer | None:
    """The better of two answers; None if neither is acceptable. `one` has the higher utility."""
    careful = _careful(request, judge)  # two models that agree may both be wrong
    verdict = (None if careful else _by_checks(request, one, other)) or await asked(request, (one, other), judge, _policy(request))
    _record(request, verdict)
    if not verdict.usable:
        return None if _policy(request) == "conservative" or careful else one
    match verdict.word:
        case "a" | "both":
            return one
        case "b":
            return other
        case _:
            return None


def _careful(request: Request, judge: Judge) -> bool:
    """Whether the judge must accept what this request is answered with."""
    assert request.route is not None
    return judge.always_for_high_risk and request.route.field is not None and request.route.field.high_risk


def _policy(request: Request) -> Policy:
    assert request.route is not None
    return request.route.field.arbiter_policy if request.route.field is not None else "balanced"


def _by_checks(request: Request, one: Answer, other: Answer) -> Verdict | None:
    """The verdict that needs no judge: only one of the answers fails its checks, or both say the same."""
    if _checks(one).failed and _passes(other):
        return Verdict("b", 1.0, "checks", "the first answer fails checks that the second passes")
    if _checks(other).failed and _passes(one):
        return Verdict("a", 1.0, "checks", "the second answer fails checks that the first passes")
    alike = similarity(one.text, other.text, request.question)
    if alike >= SAME and not _checks(one).failed and not _checks(other).failed:
        return Verdict("both", alike, "checks", "the answers say the same")
    return None


def _checks(answer: Answer) -> Checks:
    return answer.checks or NOTHING


def _passes(answer: Answer) -> bool:
    """Whether an answer passes checks and fails none."""
    return _checks(answer).passed > 0 and not _checks(answer).failed


def _record(request: Request, verdict: Verdict) -> None:
    assert request.route is not None
    request.verdicts.append(verdict)
    if request.trace is not None:
        request.trace.decided(verdict)
    request.services.metrics.count(metrics.VERDICTS, request.route.field_name, verdict.word, verdict.by)
