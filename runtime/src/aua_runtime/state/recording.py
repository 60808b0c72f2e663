"""What is counted and kept of a request once it is over."""

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING

from aua_runtime.contract import labels
from aua_runtime.contract.errors import INTERNAL, Failure

if TYPE_CHECKING:
    from aua_runtime.request import Request
    from aua_runtime.state.groups import Values

MODEL_CHARACTERS = 100
"""Of the model name that a client asked for."""

_CLIENT_FAULTS = frozenset({"invalid_request_error", "authentication_error", "permission_error", "not_found_error"})
"""Classes of failure that a client mends; the others count against the service."""


class recorded:  # noqa: N801 - used as a statement: `with recorded(request):`
    """Whatever becomes of the request inside, it is counted and recorded once it is over."""

    __slots__ = ("_request",)

    def __init__(self, request: "Request") -> None:
        self._request = request

    def __enter__(self) -> None:
        self._request.services.metrics.in_flight.value += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        request = self._request
        services = request.services
        services.metrics.in_flight.value -= 1
        request.over_s = services.clock()
        if error is not None:
            _blame(request, error)
        if request.trace is None:
            services.settling.add(request)
            return
        with request.trace.stage("settle"):
            services.settling.now(request)
        request.trace.finished(request, error)


def _blame(request: "Request", error: BaseException) -> None:
    if isinstance(error, Failure):
        request.outcome = "rejected" if error.code.type in _CLIENT_FAULTS else "failed"
        request.error = error.code.name
    elif isinstance(error, asyncio.CancelledError):
        request.outcome = "cancelled"
    else:
        request.error = INTERNAL.name


def keep(request: "Request") -> None:
    """Count and record a request that is over."""
    services, route, answer, received_s = request.services, request.route, request.answer, request.received_s
    duration_s = (request.answered_s if request.answered_s is not None else request.over_s) - received_s
    first_s = request.first_byte_s
    specialist = answer.specialist.name if answer is not None and answer.specialist is not None else None
    mode = reason = field = probability = asked = None
    if route is not None:
        mode, reason, field, probability = route.mode, route.reason, route.field_name, route.probability
        asked = ",".join([one.name for one in route.specialists])
    utility = efficacy = confidence = curiosity = None
    if answer is not None and (score := answer.score) is not None:
        utility, efficacy, confidence, curiosity = score.utility, score.efficacy, score.confidence, score.curiosity

    counted = services.metrics
    way = counted.queries(field or labels.NONE, specialist, mode or labels.NONE, request.outcome)
    way.note(duration_s)
    if request.trace is not None and way.latency is not None:
        way.latency.exemplify(duration_s, request.trace_id, services.wall())
    row = (
        request.id,
        request.trace_id,
        request.session_id,
        services.wall() - (services.clock() - received_s),
        request.dialect,
        int(request.stream),
        request.model[:MODEL_CHARACTERS].replace("\0", ""),  # what a client typed; Postgres takes no NUL
        request.outcome,
        request.error,
        answer.finish_reason if answer is not None else None,
        specialist,
        duration_s,
        first_s - received_s if first_s is not None else None,
        utility,
        efficacy,
        confidence,
        curiosity,
        services.plan_digest,
        mode,
        reason,
        field,
        probability,
        asked,
    )
    services.recorder.record((row, _calls(request) if request.calls else (), _verdicts(request) if request.verdicts else ()))


def _verdicts(request: "Request") -> "list[Values]":
    return [
        (
            position,
            verdict.word,
            verdict.confidence,
            verdict.by,
            int(verdict.usable),
            verdict.settlement.payment if verdict.settlement is not None else None,
        )
        for position, verdict in enumerate(request.verdicts)
    ]


def _calls(request: "Request") -> "list[Values]":
    """The rows of the calls, whose times count from when the request came; and what they cost, counted."""
    counted, received_s, prices = request.services.metrics, request.received_s, request.settings.prices
    field = request.route.field_name if request.route is not None else labels.NONE
    rows: list[Values] = []
    for position, call in enumerate(request.calls):
        name, started_s, ended_s, first_s = call.specialist, call.started_s, call.ended_s, call.first_token_s
        rows.append(
            (
                position,
                name,
                call.status,
                call.error,
                call.prompt_tokens,
                call.completion_tokens,
                started_s - received_s,
                ended_s - started_s if ended_s is not None else None,
                first_s - started_s if first_s is not None else None,
                counted.calls(name).charge(prices.of.get(name), call, field),
                call.cached_tokens,
                prices.id,
            )
        )
    return rows
