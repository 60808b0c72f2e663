"""The router's own shapes: an answer with how it was decided, and named events."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from aua_runtime.contract import events
from aua_runtime.contract.errors import Failure, native_body
from aua_runtime.reply.told import explained, route_headers, told, words
from aua_runtime.reply.wire import Wire, note_first_byte
from aua_runtime.request import Answer, Request
from aua_runtime.sse import frame_of

if TYPE_CHECKING:
    from aua_runtime.upstream.stream import Piece


class NativeClient(Wire):
    """Speaks the router's own shapes: an answer with how it was decided, and named events."""

    __slots__ = ()

    async def event(self, name: str, data: Mapping[str, Any]) -> None:
        await self.frames(frame_of(data, name))

    async def begin(self, request: Request, answer: Answer | None) -> None:
        await super().begin(request, answer)
        if answer is not None and request.route is not None:
            await self.event(events.ROUTE, explained(request, request.route))

    async def relay(self, request: Request, pieces: "list[Piece]") -> None:
        note_first_byte(request)
        for piece in pieces:
            for choice in (piece.data or {}).get("choices") or ():
                if text := (choice.get("delta") or {}).get("content"):
                    await self.event(events.DELTA, {"text": text})

    def words(self, frames: bytes, words: str) -> bytes:  # noqa: ARG002 - this dialect has frames of its own
        return frame_of({"text": words}, events.DELTA)

    async def relayed(self, request: Request, answer: Answer) -> None:
        await self.decided(request, answer)

    async def decided(self, request: Request, answer: Answer) -> None:
        body = {
            "id": request.id,
            "trace_id": request.trace_id,
            "session_id": request.session_id,
            "plan": request.services.plan_digest,
            **words(answer),
            **told(request, answer),
            "usage": answer.usage,
        }
        if request.stream:
            await self.end(frame_of(body, events.ANSWER))
        else:
            await self.whole(200, orjson.dumps(body), route_headers(request, answer))

    async def fail(self, failure: Failure, trace_id: str) -> None:
        await self.failed(failure, native_body(failure, trace_id), events.ERROR)
