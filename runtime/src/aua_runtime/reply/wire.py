"""What both dialects share: heads, bodies and frames."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from aua_runtime.contract import headers, metrics
from aua_runtime.contract.errors import Failure
from aua_runtime.reply.told import route_headers
from aua_runtime.request import Answer, Request
from aua_runtime.sse import HEARTBEAT, frame_of

Send = Callable[[dict[str, Any]], Awaitable[None]]

_JSON = (b"content-type", b"application/json")
_STREAM_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # nginx would else collect the stream
)


class Wire:
    """Writes one response."""

    __slots__ = ("_now", "_send", "base", "started")

    def __init__(self, send: Send, base: list[tuple[bytes, bytes]], now: Callable[[], float]) -> None:
        self._send = send
        self._now = now
        self.base = base
        self.started = False

    async def begin(self, request: Request, answer: Answer | None) -> None:
        self.started = True
        found = [*_STREAM_HEADERS, *self.base, *route_headers(request, answer)]
        await self._send({"type": "http.response.start", "status": 200, "headers": found})

    async def heartbeat(self) -> None:
        await self.frames(HEARTBEAT)

    async def whole(self, status: int, body: bytes, more: list[tuple[bytes, bytes]]) -> None:
        """A response that is one JSON document."""
        self.started = True
        found = [_JSON, (b"content-length", b"%d" % len(body)), *self.base, *more]
        await self._send({"type": "http.response.start", "status": status, "headers": found})
        await self._send({"type": "http.response.body", "body": body})

    async def frames(self, frames: bytes) -> None:
        await self._send({"type": "http.response.body", "body": frames, "more_body": True})

    async def end(self, frames: bytes = b"") -> None:
        await self._send({"type": "http.response.body", "body": frames, "more_body": False})

    async def failed(self, failure: Failure, body: dict[str, Any], event: str | None) -> None:
        if self.started:
            await self.end(frame_of(body, event))
            return
        more = []
        if failure.retry_after_s is not None:
            more.append((headers.RETRY_AFTER.encode(), b"%d" % failure.retry_after_s))
        if failure.upstream_status is not None:
            more.append((headers.UPSTREAM_STATUS.encode(), b"%d" % failure.upstream_status))
        if failure.status == 401:  # noqa: PLR2004 - the status that must say how to authenticate (RFC 9110, section 15.5.2)
            more.append((b"www-authenticate", b"Bearer"))
        await self.whole(failure.status, orjson.dumps(body), more)


def note_first_byte(request: Request) -> None:
    """Note when the first content went out to a streaming client."""
    if request.first_byte_s is None and request.route is not None:
        request.first_byte_s = request.services.clock()
        name = request.calls[-1].specialist if request.calls else "none"
        request.services.metrics.observe(metrics.FIRST_TOKEN, request.first_byte_s - request.received_s, name, request.route.mode)
