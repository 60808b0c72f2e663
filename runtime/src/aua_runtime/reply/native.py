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
        frames = frame_of(_ids(request), events.START)
        if request.route is not None:
            frames += frame_of(explained(request, request.route), events.ROUTE)
            asked = request.route.specialists if answer is None else (answer.specialist,)
            for specialist in asked:
                frames += frame_of({"specialist": specialist.name if specialist is not None else None}, events.SPECIALIST_START)
        await self.frames(frames)

    async def relay(self, request: Request, pieces: "list[Piece]") -> None:
        note_first_byte(request)
        texts = [
            text
            for piece in pieces
            for choice in (piece.data or {}).get("choices") or ()
            if not choice.get("index") and isinstance(text := (choice.get("delta") or {}).get("content"), str) and text
        ]
        if texts:
            await self.frames(b"".join([frame_of({"text": text}, events.CHUNK) for text in texts]))

    def words(self, frames: bytes, words: str) -> bytes:  # noqa: ARG002 - this dialect has frames of its own
        return frame_of({"text": words}, events.CHUNK)

    async def relayed(self, request: Request, answer: Answer) -> None:
        if request.stream:
            await self.event(events.SPECIALIST_DONE, {**words(answer), "utility": None})
            await self.end(frame_of(_document(request, answer), events.DONE))
        else:
            self.whole(200, orjson.dumps(_document(request, answer)), route_headers(request, answer))

    async def decided(self, request: Request, answer: Answer) -> None:
        if request.stream:
            note_first_byte(request)
            await self.event(events.CHUNK, {"text": answer.text})
            await self.end(frame_of(_document(request, answer), events.DONE))
        else:
            self.whole(200, orjson.dumps(_document(request, answer)), route_headers(request, answer))

    async def fail(self, failure: Failure, trace_id: str, more: str) -> None:
        await self.failed(failure, native_body(failure, trace_id), events.ERROR, more)


def _ids(request: Request) -> dict[str, str]:
    return {
        "id": request.id,
        "trace_id": request.trace_id,
        "session_id": request.session_id,
        "plan": request.services.plan_digest,
    }


def _document(request: Request, answer: Answer) -> dict[str, Any]:
    return {**_ids(request), **words(answer), **told(request, answer), "usage": answer.usage}
