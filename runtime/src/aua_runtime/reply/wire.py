"""What both dialects share: heads, bodies and frames."""

from typing import TYPE_CHECKING, Any

import orjson

from aua_runtime.contract import headers, metrics
from aua_runtime.contract.errors import Failure
from aua_runtime.reply.told import route_headers
from aua_runtime.request import Answer, Request
from aua_runtime.sse import HEARTBEAT, frame_of
from aua_runtime.statuses import METHOD_NOT_ALLOWED, UNAUTHORIZED

if TYPE_CHECKING:
    from aua_runtime.visit import Visit

_STREAM_HEADERS = (
    "content-type: text/event-stream; charset=utf-8\r\n"
    "cache-control: no-cache\r\n"
    "x-accel-buffering: no\r\n"  # nginx would else collect the stream
)


class Wire:
    """Writes one response. `common` are the headers that all responses have, as they go over the wire."""

    __slots__ = ("_common", "_visit", "started")

    def __init__(self, visit: "Visit", common: str) -> None:
        self._visit = visit
        self._common = common
        self.started = False

    async def begin(self, request: Request, answer: Answer | None) -> None:
        self.started = True
        self._visit.begin(f"{_STREAM_HEADERS}{self._common}{route_headers(request, answer)}")

    async def heartbeat(self) -> None:
        await self.frames(HEARTBEAT)

    def whole(self, status: int, body: bytes, more: str) -> None:
        """A response that is one JSON document."""
        self.started = True
        self._visit.whole(status, f"content-type: application/json\r\n{self._common}{more}", body)

    def offer(self, frames: bytes) -> bool:
        return self._visit.offer(frames)

    async def frames(self, frames: bytes) -> None:
        await self._visit.send(frames)

    async def end(self, frames: bytes = b"") -> None:
        await self._visit.end(frames)

    async def failed(self, failure: Failure, body: dict[str, Any], event: str | None, more: str) -> None:
        if self.started:
            await self.end(frame_of(body, event))
            return
        if failure.retry_after_s is not None:
            more += f"{headers.RETRY_AFTER}: {failure.retry_after_s}\r\n"
        if failure.upstream_status is not None:
            more += f"{headers.UPSTREAM_STATUS}: {failure.upstream_status}\r\n"
        if failure.status == METHOD_NOT_ALLOWED:  # it must say what is allowed (RFC 9110, section 15.5.6)
            more += f"allow: {failure.details['allow']}\r\n"
        if failure.status == UNAUTHORIZED:  # it must say how to authenticate (RFC 9110, section 15.5.2)
            more += "www-authenticate: Bearer\r\n"
        self.whole(failure.status, orjson.dumps(body), more)


def note_first_byte(request: Request) -> None:
    """Note when the first content went out to a streaming client."""
    if request.first_byte_s is None and request.route is not None:
        request.first_byte_s = request.services.clock()
        name = _whose(request)
        if name is not None:
            took_s = request.first_byte_s - request.received_s
            histogram = request.services.metrics.histogram(metrics.FIRST_TOKEN, name)
            histogram.observe(took_s)
            if request.trace is not None:
                histogram.exemplify(took_s, request.trace_id, request.services.wall())


def _whose(request: Request) -> str | None:
    """Whose answer begins: the one that was decided on, else that of the call which is relayed; None for an abstention."""
    if request.answer is not None:
        return request.answer.specialist.name if request.answer.specialist is not None else None
    return request.calls[-1].specialist if request.calls else None
