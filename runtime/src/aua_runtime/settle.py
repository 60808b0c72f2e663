"""What is left to do for requests that are over: scoring their answers, counting, recording, a line in the log.

It is done for some requests together, once they have their responses. The code and the tables that it takes are then in the processor's
caches for all of them but the first: a request whose client pins a specialist costs a tenth less.
"""

import asyncio

from aua_runtime import score
from aua_runtime.contract import metrics
from aua_runtime.contract.errors import INTERNAL
from aua_runtime.log import LEVELS
from aua_runtime.request import Request
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
            if services.log.level <= LEVELS["info"]:
                _tell(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the requests beside it are settled
            services.metrics.count(metrics.ERRORS, INTERNAL.name)
            ids = {"request_id": request.id, "trace_id": request.trace_id}
            services.log.error("internal_error", **ids, error=type(error).__name__, where="settle")  # noqa: TRY400 - not logging's


def _tell(request: Request) -> None:
    route, answer, log = request.route, request.answer, request.services.log
    facts: dict[str, object] = {}
    if log.prompts:
        facts = {"question": request.question, "answer": answer.text if answer is not None else None}
    log.info(
        "query",
        request_id=request.id,
        trace_id=request.trace_id,
        outcome=request.outcome,
        code=request.error,
        field=route.field_name if route is not None else None,
        mode=route.mode if route is not None else None,
        specialist=answer.specialist.name if answer is not None and answer.specialist is not None else None,
        client=request.client_host,
        calls=len(request.calls),
        seconds=int((request.over_s - request.received_s) * 1e4) / 1e4,  # rounding takes ten times as long
        **facts,
    )
