"""What is left to do for requests that are over: scoring their answers, counting, recording, a line in the log.

It is done for some requests together, once they have their responses. The code and the tables that it takes are then in the processor's
caches for all of them but the first: a request whose client pins a specialist costs a tenth less.
"""

import asyncio

from aua_runtime import score
from aua_runtime.contract import log_fields, metrics
from aua_runtime.contract.errors import INTERNAL
from aua_runtime.contract.routes import QUERY, QUERY_STREAM
from aua_runtime.log import place_of
from aua_runtime.request import PATHS, Request
from aua_runtime.state.recording import keep

TOGETHER = 16
BEHIND_S = 0.005
"""So many requests are settled together, or those of so long: with `state.groups` a record is on its way for at most 20 ms."""


class Settling:
    """Requests that are over and not yet settled. One event loop only."""

    __slots__ = ("_over", "_timer")

    def __init__(self) -> None:
        self._over: list[Request] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, request: Request) -> None:
        """Settle a request soon."""
        self._over.append(request)
        if len(self._over) == TOGETHER:
            asyncio.get_running_loop().call_soon(self.settle)
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BEHIND_S, self.settle)

    def settle(self) -> None:
        """Settle now what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        over, self._over = self._over, []
        for request in over:
            self.now(request)

    def now(self, request: Request) -> None:
        """Score a request's answer where that is still to be done, count it, record it, and tell it in the log."""
        services = request.services
        try:
            if request.unscored and request.answer is not None:
                score.note(request, [request.answer], services.clock())
            keep(request)
            _tell(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the requests beside it are settled
            services.metrics.count(metrics.ERRORS, INTERNAL.name)
            ids = {"request_id": request.id, "trace_id": request.trace_id}
            services.log.tell(log_fields.INTERNAL_ERROR, {**ids, "error": type(error).__name__, "where": place_of(error)})


def _tell(request: Request) -> None:
    """Its line: of all that failed, and of as many of the others as the settings ask for."""
    log = request.services.log
    if not log.wants(log_fields.QUERY) or (request.error is None and not _drawn(request)):
        return
    route, answer, verdicts = request.route, request.answer, request.verdicts
    log.tell(
        log_fields.QUERY,
        {
            "request_id": request.id,
            "trace_id": request.trace_id,
            "session_id": request.session_id,
            "route": PATHS[request.operation] if request.dialect == "openai" else QUERY_STREAM if request.stream else QUERY,
            "outcome": request.outcome,
            "code": request.error,
            "field": route.field_name if route is not None else None,
            "confidence": _short(route.probability) if route is not None else None,
            "mode": route.mode if route is not None else None,
            "specialist": answer.specialist.name if answer is not None and answer.specialist is not None else None,
            "utility_score": _short(answer.score.utility) if answer is not None and answer.score is not None else None,
            "verdict": verdicts[-1].word if verdicts else None,
            "contradiction": answer.agreement < score.AGREES if answer is not None and answer.agreement is not None else None,
            "calls": len(request.calls),
            "latency_ms": int((request.over_s - request.received_s) * 1e4) / 10,  # rounding takes ten times as long
            "client": request.client_host,
        },
    )
    if log.prompts:
        log.tell(log_fields.QUESTION, {"request_id": request.id, "trace_id": request.trace_id, "content": request.question})
        if answer is not None:
            log.tell(log_fields.ANSWER, {"request_id": request.id, "trace_id": request.trace_id, "content": answer.text})


def _short(value: float | None) -> float | None:
    return int(value * 1e4) / 1e4 if value is not None else None


def _drawn(request: Request) -> bool:
    """Whether this request is among those whose line is written; the same ones of a trace everywhere, for its id decides."""
    share = request.settings.log_sample
    return share >= 1 or int(request.trace_id[-8:], 16) < share * 2**32
