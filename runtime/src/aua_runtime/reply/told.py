"""What both dialects tell of a decision, as data."""

from typing import Any

from aua_runtime.classify import reasons
from aua_runtime.contract import headers
from aua_runtime.request import Answer, Request, Verdict
from aua_runtime.route import Route


def explained(request: Request, route: Route) -> dict[str, Any]:
    """A decision in words that programs can read: who is asked, why, and the numbers that decided."""
    routing = request.settings.routing
    return {
        "mode": route.mode,
        "stream_mode": "direct" if route.mode == "single" else "decided",
        "reason": route.reason,
        "field": route.field_name,
        "specialists": [specialist.name for specialist in route.specialists],
        "probabilities": {name: round(value, 4) for name, value in route.probabilities.items()},
        "thresholds": {"single": routing.single_threshold, "fanout": routing.fanout_threshold},
    }


def reasoned(request: Request, route: Route) -> dict[str, Any]:
    """The same with the words that spoke for each field; none where the client chose the route."""
    if not route.probabilities:
        return {**explained(request, route), "words": {}}
    said = reasons(request.question, request.context, request.services.vocabulary)
    loud = {name: [{"word": word, "weight": weight} for word, weight in said[name]] for name in route.probabilities if said.get(name)}
    return {**explained(request, route), "words": loud}


def words(answer: Answer) -> dict[str, Any]:
    return {
        "specialist": answer.specialist.name if answer.specialist is not None else None,
        "answer": answer.text,
        "finish_reason": answer.finish_reason,
    }


def utility_of(answer: Answer) -> dict[str, Any] | None:
    score = answer.score
    if score is None:
        return None
    return {
        "utility": score.utility,
        "efficacy": score.efficacy,
        "confidence": score.confidence,
        "curiosity": score.curiosity,
        "signals": {
            "likelihood": score.likelihood,
            "agreement": score.agreement,
            "checks_passed": score.checks.passed,
            "checks_failed": score.checks.failed,
        },
    }


def verdict_of(verdict: Verdict) -> dict[str, Any]:
    data: dict[str, Any] = {
        "verdict": verdict.word,
        "confidence": verdict.confidence,
        "basis": verdict.by,
        "reason": verdict.reason,
        "usable": verdict.usable,
    }
    if verdict.settlement is not None:
        data |= {"welfare": verdict.settlement.welfare, "payment": verdict.settlement.payment}
    return data


def abstention_of(answer: Answer) -> dict[str, Any] | None:
    found = answer.abstention
    return None if found is None else {"reason": found.reason, "confidence": found.confidence, "least_confidence": found.least}


def told(request: Request, answer: Answer) -> dict[str, Any]:
    route = request.route
    assert route is not None
    return {
        "field": route.field_name,
        "mode": route.mode,
        "reason": route.reason,
        "specialist": answer.specialist.name if answer.specialist is not None else None,
        "abstained": answer.specialist is None,
        "abstention": abstention_of(answer),
        "utility": utility_of(answer),
        "verdicts": [verdict_of(verdict) for verdict in request.verdicts],
    }


def route_headers(request: Request, answer: Answer | None) -> str:
    """The headers that tell of a decision, as they go over the wire, and those of the specialist that pass through."""
    route = request.route
    if route is None:
        return ""
    found = f"{headers.FIELD}: {route.field_name}\r\n{headers.MODE}: {route.mode}\r\n"
    if answer is None:
        return found
    if answer.specialist is not None:
        found += f"{headers.SPECIALIST}: {answer.specialist.name}\r\n"
    for name, value in answer.headers:
        found += f"{name.decode('latin-1')}: {value.decode('latin-1')}\r\n"
    return found
