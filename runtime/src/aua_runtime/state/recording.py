"""What is counted and kept of a request once it is over."""

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING

from aua_runtime.contract import labels, metrics
from aua_runtime.contract.errors import INTERNAL, Failure
from aua_runtime.state.cost import cost_micro

if TYPE_CHECKING:
    from aua_runtime.request import Request
    from aua_runtime.state.groups import Record, Values

MODEL_CHARACTERS = 100
"""Of the model name that a client asked for."""

_CLIENT_FAULTS = frozenset({"invalid_request_error", "authentication_error", "permission_error", "not_found_error"})
"""Classes of failure that a client mends; the others count against the service."""
_NO_ROUTE = (None, None, None, None, None)


class recorded:  # noqa: N801 - used as a statement: `with recorded(request):`
    """Whatever becomes of the request inside, it is counted and recorded once it is over."""

    __slots__ = ("_request",)

    def __init__(self, request: "Request") -> None:
        self._request = request

    def __enter__(self) -> None:
        self._request.services.metrics.count(metrics.IN_FLIGHT)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        request = self._request
        if error is None:
            pass
        elif isinstance(error, Failure):
            request.outcome = "rejected" if error.code.type in _CLIENT_FAULTS else "failed"
            request.error = error.code.name
        elif isinstance(error, asyncio.CancelledError):
            request.outcome = "cancelled"
        else:
            request.error = INTERNAL.name
        services = request.services
        ended_s = request.answered_s if request.answered_s is not None else services.clock()
        services.metrics.count(metrics.IN_FLIGHT, by=-1)
        _count(request, ended_s)
        services.recorder.record(record_of(request, ended_s))


def _count(request: "Request", ended_s: float) -> None:
    counted = request.services.metrics
    route, answer = request.route, request.answer
    field = route.field_name if route is not None else labels.NONE
    mode = route.mode if route is not None else labels.NONE
    specialist = answer.specialist.name if answer is not None and answer.specialist is not None else labels.NONE
    counted.count(metrics.QUERIES, field, specialist, mode, request.outcome)
    if request.outcome != "cancelled":
        counted.observe(metrics.QUERY_LATENCY, ended_s - request.received_s, field, mode)


def record_of(request: "Request", ended_s: float) -> "Record":
    """The rows that a finished request leaves, in the order of `schema`'s columns. Times of calls count from when the request came."""
    services = request.services
    received_s = request.received_s
    answer, route = request.answer, request.route
    score = answer.score if answer is not None else None
    first_s = request.first_byte_s
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
        answer.specialist.name if answer is not None and answer.specialist is not None else None,
        ended_s - received_s,
        first_s - received_s if first_s is not None else None,
        *((score.utility, score.efficacy, score.confidence, score.curiosity) if score is not None else (None, None, None, None)),
        services.plan_digest,
    )
    trace: Values = _NO_ROUTE
    if route is not None:
        trace = (route.mode, route.reason, route.field_name, route.probability, ",".join([one.name for one in route.specialists]))
    verdicts = [
        (position, verdict.word, verdict.confidence, verdict.by, int(verdict.usable)) for position, verdict in enumerate(request.verdicts)
    ]
    return row + trace, _calls(request), verdicts


def _calls(request: "Request") -> "list[Values]":
    services, received_s = request.services, request.received_s
    rows: list[Values] = []
    for position, call in enumerate(request.calls):
        started_s = call.started_s
        price = services.upstreams[call.specialist].specialist.price
        cost = cost_micro(price, call.prompt_tokens, call.completion_tokens) if price is not None else None
        if cost is not None:
            services.metrics.count(metrics.COST, call.specialist, by=cost)
        rows.append(
            (
                position,
                call.specialist,
                call.status,
                call.error,
                call.prompt_tokens,
                call.completion_tokens,
                started_s - received_s,
                call.ended_s - started_s if call.ended_s is not None else None,
                call.first_token_s - started_s if call.first_token_s is not None else None,
                cost,
            )
        )
    return rows
