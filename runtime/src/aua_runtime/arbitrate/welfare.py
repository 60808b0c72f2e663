"""The mode `vcg`: candidates are bidders for the one place that an answer has, and the one that serves the likely fields best gets it.

Welfare of candidate i: W_i = sum over fields f of p(f | question) * u(i, f). p is the classifier's. u is the expected utility of i in f:
the utilities of its compared answers, this one included, each weighted with the probability of the field and scored with that field's
weights, shrunk towards `arbiter.vcg.prior` as if that had been seen `arbiter.vcg.prior_weight` times.

With one place to give, the mechanism of Vickrey, Clarke and Groves chooses the greatest welfare, and the winner's Clarke pivot payment is
the welfare that the others lose by its presence: that of the best of them (Clarke, "Multipart Pricing of Public Goods", Public Choice
1971). Nobody pays; the payment is recorded: the winner's welfare less its payment says how much it was needed.

Records live in one router process and begin anew with it. They move this choice between answers, never a route.
"""

from collections.abc import Mapping, Sequence

from aua_runtime.contract.arbitration import settled_by_welfare
from aua_runtime.contract.settings import WelfareSettings
from aua_runtime.request import Answer, Request, Settlement, Verdict
from aua_runtime.score import DEFAULT_WEIGHTS, utility_of


def settle(request: Request, answers: Sequence[Answer], settings: WelfareSettings) -> tuple[Answer | None, Verdict]:
    """The answer of greatest welfare, None where it is less than what is asked for; and the verdict on it and the next best."""
    record = request.services.track_record
    by_field = [_utilities(request, answer) for answer in answers]
    probabilities = _probabilities(request)
    welfare = [
        sum(share * record.expected(_name(answer), field, utilities[field], settings) for field, share in probabilities.items())
        for answer, utilities in zip(answers, by_field, strict=True)
    ]
    for answer, utilities in zip(answers, by_field, strict=True):
        for field, share in probabilities.items():
            record.note(_name(answer), field, utilities[field], share)
    ranked = sorted(range(len(answers)), key=lambda index: -welfare[index])
    best, others = ranked[0], ranked[1:]
    payment = welfare[others[0]] if others else 0.0
    first, second = sorted(ranked[:2]) if others else (best, best)  # as the answers came: `a` has the higher utility
    word = settled_by_welfare(welfare[first], welfare[second], settings.margin if others else -1.0, settings.least_welfare)
    if not others and word != "neither":
        word = "a"
    chosen = {"a": first, "b": second, "both": first, "neither": None}[word]
    settlement = Settlement({_name(answer): value for answer, value in zip(answers, welfare, strict=True)}, payment)
    reason = f"the greatest welfare is {welfare[best]:.3f}" + (f", the next {payment:.3f}" if others else "")
    verdict = Verdict(word, min(1.0, welfare[best]), "welfare", reason, settlement=settlement)
    return (answers[chosen] if chosen is not None else None), verdict


def _probabilities(request: Request) -> Mapping[str, float]:
    """The probabilities of the fields, scaled to sum to 1."""
    assert request.route is not None
    found = {field: share for field, share in request.route.probabilities.items() if share > 0}
    total = sum(found.values())
    return {field: share / total for field, share in found.items()} if total else {request.route.field_name: 1.0}


def _utilities(request: Request, answer: Answer) -> dict[str, float]:
    """An answer's utility by field, each with the field's own weights."""
    score = answer.score
    assert score is not None
    fields = request.settings.fields
    return {
        field: utility_of(score.efficacy, score.confidence, score.curiosity, fields[field].weights if field in fields else DEFAULT_WEIGHTS)
        for field in _probabilities(request)
    }


def _name(answer: Answer) -> str:
    return answer.specialist.name if answer.specialist is not None else ""
