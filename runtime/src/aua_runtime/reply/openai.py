"""The shapes of OpenAI's chat completions, and what all of OpenAI's shapes share."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from aua_runtime.contract.errors import Failure, openai_body
from aua_runtime.reply.told import route_headers, told
from aua_runtime.reply.wire import Wire, note_first_byte
from aua_runtime.request import Answer, Request
from aua_runtime.route import ROUTED
from aua_runtime.sse import DONE, frame_of

if TYPE_CHECKING:
    from aua_runtime.upstream.stream import Piece

PIECE_CHARACTERS = 256
"""Of a decided answer per chunk: large enough to cost little, small enough to be shown as it comes."""
PIECES_MAX = 256
"""Chunks that an answer is cut into at most; a longer one has longer chunks, so that cutting it up does not hold the loop."""


class OpenAIClient(Wire):
    """Speaks the shapes of OpenAI's chat completions."""

    __slots__ = ()
    chunk = "chat.completion.chunk"

    async def event(self, name: str, data: Mapping[str, Any]) -> None:
        """Chat completions have no named events."""

    async def relay(self, request: Request, pieces: "list[Piece]") -> None:
        note_first_byte(request)
        wanted = wants_usage(request)
        frames = b"".join(
            piece.frame + b"\n\n" if wanted or piece.data is None or "usage" not in piece.data else _without_usage(piece.data)
            for piece in pieces
        )
        if frames:
            await self.frames(frames)

    def words(self, frames: bytes, words: str) -> bytes:  # noqa: ARG002 - the frames hold them
        return frames

    async def relayed(self, request: Request, answer: Answer) -> None:
        if request.stream:
            await self.end(DONE)
        else:
            self.whole(200, answer.raw, route_headers(request, answer))

    async def decided(self, request: Request, answer: Answer) -> None:
        body = self.shaped(request, answer)
        if not request.stream:
            self.whole(200, orjson.dumps(body), route_headers(request, answer))
            return
        note_first_byte(request)
        shared: dict[str, Any] = {key: body[key] for key in ("id", "created", "model", "system_fingerprint") if key in body}
        shared["object"] = self.chunk
        *earlier, last = ({**shared, "choices": [choice]} for choice in self.choices(body))
        chunks = [*earlier, {**last, "aua": body["aua"]}]  # in no chunk of its own: many clients read a choice of every chunk
        if wants_usage(request):
            chunks.append({**shared, "choices": [], "usage": body.get("usage")})
        for chunk in chunks:
            await self.frames(frame_of(chunk))
        await self.end(DONE)

    def shaped(self, request: Request, answer: Answer) -> dict[str, Any]:
        """A decided answer as one document."""
        return _completion(request, answer)

    def choices(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The choice of each chunk in which that document is streamed."""
        return _choices(body)

    async def fail(self, failure: Failure, trace_id: str, more: str) -> None:  # noqa: ARG002 - OpenAI's shape has no place for it; a header has
        await self.failed(failure, openai_body(failure), None, more)


def wants_usage(request: Request) -> bool:
    return bool((request.body.get("stream_options") or {}).get("include_usage"))


def _without_usage(data: dict[str, Any]) -> bytes:
    """A frame without the usage that only the router asked for; nothing where the frame held nothing else."""
    if not data.get("choices"):
        return b""
    return frame_of({key: value for key, value in data.items() if key != "usage"})


def _completion(request: Request, answer: Answer) -> dict[str, Any]:
    """A chat completion: the specialist's own, or an abstention."""
    if answer.body is None:
        choice = {"index": 0, "message": _withheld(request, answer.text), "finish_reason": answer.finish_reason}
        return {
            "id": f"chatcmpl-{request.id}",
            "object": "chat.completion",
            "created": int(request.services.wall()),
            "model": ROUTED,
            "choices": [choice],
            "usage": answer.usage,
            "aua": told(request, answer),
        }
    return as_asked(request, answer, answer.body)


def as_asked(request: Request, answer: Answer, body: dict[str, Any]) -> dict[str, Any]:
    """A specialist's document with how it was decided, and without log-probabilities that only the router asked for."""
    body = {**body, "aua": told(request, answer)}
    if not request.body.get("logprobs"):
        body["choices"] = [{key: value for key, value in choice.items() if key != "logprobs"} for choice in body["choices"]]
    return body


def _withheld(request: Request, text: str) -> dict[str, Any]:
    """The message of an abstention. Where the client asked for a shape, it is a refusal: its words would not have that shape."""
    shaped = (request.body.get("response_format") or {"type": "text"}) != {"type": "text"}
    return {"role": "assistant", "content": None if shaped else text, "refusal": text if shaped else None}


def _choices(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The choice of each chunk in which a whole completion is streamed."""
    found: list[dict[str, Any]] = []

    def add(index: int, delta: dict[str, Any], finish_reason: str | None = None, more: Mapping[str, Any] = {}) -> None:
        found.append({"index": index, "delta": delta, **more, "finish_reason": finish_reason})

    for position, choice in enumerate(body["choices"]):
        index = choice.get("index", position)
        message = choice.get("message") or {}
        add(index, {"role": message.get("role", "assistant"), "content": ""})
        content = message.get("content")
        others = {key: value for key, value in message.items() if key not in {"role", "content"} and value}
        if "tool_calls" in others:
            others["tool_calls"] = [{"index": number, **call} for number, call in enumerate(others["tool_calls"])]
        if others:
            add(index, others)
        if isinstance(content, str):
            for piece in pieces_of(content):
                add(index, {"content": piece})
        add(index, {}, choice.get("finish_reason") or "stop", {"logprobs": choice["logprobs"]} if choice.get("logprobs") else {})
    return found


def pieces_of(text: str) -> list[str]:
    """A decided text in the pieces that it is streamed in."""
    size = max(PIECE_CHARACTERS, -(-len(text) // PIECES_MAX))
    return [text[start : start + size] for start in range(0, len(text), size)]
