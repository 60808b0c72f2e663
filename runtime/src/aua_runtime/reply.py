"""What a client gets: OpenAI's shapes on `/v1`, the router's own elsewhere; whole or as server-sent events.

A `Client` is one request's way back. The pipeline calls `relayed` or `decided` on it through the functions below; `begin`, `relay` and
`fail` are for the stages that stream.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from aua_runtime.contract import events, headers, metrics
from aua_runtime.contract.errors import Failure, native_body, openai_body
from aua_runtime.request import Answer, Request, Verdict
from aua_runtime.route import ROUTED, Route
from aua_runtime.sse import DONE, HEARTBEAT, frame_of

if TYPE_CHECKING:
    from aua_runtime.upstream import Piece

Send = Callable[[dict[str, Any]], Awaitable[None]]

HEARTBEAT_S = 10.0
"""Between heartbeats: proxies commonly give up on a silent response after 30 to 60 s."""
PIECE_CHARACTERS = 256
"""Of a decided answer per chunk: large enough to cost little, small enough to be shown as it comes."""

_JSON = (b"content-type", b"application/json")
_STREAM_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # nginx would else collect the stream
)


class Client(Protocol):
    """One request's way back to its client."""

    started: bool
    base: list[tuple[bytes, bytes]]

    async def begin(self, request: Request, answer: Answer | None) -> None:
        """Send the head of a stream; `answer` names the specialist where it is known already."""

    async def relay(self, request: Request, pieces: "list[Piece]") -> None:
        """Pass on frames of a specialist's stream."""

    async def heartbeat(self) -> None:
        """Show that the stream is alive."""

    async def event(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell what happens meanwhile, where the client's dialect has words for it."""

    async def relayed(self, request: Request, answer: Answer) -> None:
        """End a relayed stream, or send the specialist's whole body as it is."""

    async def decided(self, request: Request, answer: Answer) -> None:
        """Send an answer that was withheld until now."""

    async def fail(self, failure: Failure, trace_id: str) -> None:
        """Say that there is no answer: as a status while nothing was sent, else as an event, without a false end."""


# --- stages of the pipeline


@asynccontextmanager
async def waiting(request: Request) -> AsyncIterator[None]:
    """While an answer is being decided, a streaming client gets its headers at once and a heartbeat from time to time."""
    if not request.stream:
        yield
        return
    await request.client.begin(request, None)
    if request.route is not None:
        await request.client.event(events.ROUTE, explained(request, request.route))
    beating = asyncio.create_task(_beat(request))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat(request: Request) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        await request.client.heartbeat()


async def candidates(request: Request, answers: list[Answer]) -> None:
    """Show the candidates, with their scores, to a client that follows the decision."""
    if request.stream:
        for answer in answers:
            await request.client.event(events.CANDIDATE, {**_words(answer), "utility": _score(answer)})


async def relayed(request: Request, answer: Answer) -> None:
    """Finish an answer whose frames the client has already seen, or send it whole."""
    request.answer = answer
    await request.client.relayed(request, answer)
    request.outcome = "answered"
    request.answered_s = request.services.clock()


async def decided(request: Request, answer: Answer) -> None:
    """Send the answer that was decided on."""
    request.answer = answer
    if request.stream:
        for verdict in request.verdicts:
            await request.client.event(events.VERDICT, _verdict(verdict))
    await request.client.decided(request, answer)
    request.outcome = "answered" if answer.specialist is not None else "abstained"
    request.answered_s = request.services.clock()


# --- what both dialects tell


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


def _words(answer: Answer) -> dict[str, Any]:
    return {
        "specialist": answer.specialist.name if answer.specialist is not None else None,
        "answer": answer.text,
        "finish_reason": answer.finish_reason,
    }


def _score(answer: Answer) -> dict[str, Any] | None:
    score = answer.score
    if score is None:
        return None
    return {"utility": score.utility, "efficacy": score.efficacy, "confidence": score.confidence, "curiosity": score.curiosity}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.word,
        "confidence": verdict.confidence,
        "basis": verdict.by,
        "reason": verdict.reason,
        "usable": verdict.usable,
    }


def _told(request: Request, answer: Answer) -> dict[str, Any]:
    route = request.route
    assert route is not None
    return {
        "field": route.field_name,
        "mode": route.mode,
        "reason": route.reason,
        "specialist": answer.specialist.name if answer.specialist is not None else None,
        "abstained": answer.specialist is None,
        "utility": _score(answer),
        "verdicts": [_verdict(verdict) for verdict in request.verdicts],
    }


def _route_headers(request: Request, answer: Answer | None) -> list[tuple[bytes, bytes]]:
    route = request.route
    if route is None:
        return []
    found = [(headers.FIELD.encode(), route.field_name.encode()), (headers.MODE.encode(), route.mode.encode())]
    if answer is not None and answer.specialist is not None:
        found.append((headers.SPECIALIST.encode(), answer.specialist.name.encode()))
    return found + list(answer.headers if answer is not None else ())


class _Wire:
    """The parts that both dialects share: heads, bodies and frames."""

    __slots__ = ("_now", "_send", "base", "started")

    def __init__(self, send: Send, base: list[tuple[bytes, bytes]], now: Callable[[], float]) -> None:
        self._send = send
        self._now = now
        self.base = base
        self.started = False

    async def begin(self, request: Request, answer: Answer | None) -> None:
        self.started = True
        found = [*_STREAM_HEADERS, *self.base, *_route_headers(request, answer)]
        await self._send({"type": "http.response.start", "status": 200, "headers": found})

    async def heartbeat(self) -> None:
        await self._frames(HEARTBEAT)

    async def whole(self, status: int, body: bytes, more: list[tuple[bytes, bytes]]) -> None:
        """A response that is one JSON document."""
        self.started = True
        found = [_JSON, (b"content-length", b"%d" % len(body)), *self.base, *more]
        await self._send({"type": "http.response.start", "status": status, "headers": found})
        await self._send({"type": "http.response.body", "body": body})

    async def _frames(self, frames: bytes) -> None:
        await self._send({"type": "http.response.body", "body": frames, "more_body": True})

    async def _end(self, frames: bytes = b"") -> None:
        await self._send({"type": "http.response.body", "body": frames, "more_body": False})

    async def _failed(self, failure: Failure, body: dict[str, Any], event: str | None) -> None:
        if self.started:
            await self._end(frame_of(body, event))
            return
        more = []
        if failure.retry_after_s is not None:
            more.append((headers.RETRY_AFTER.encode(), b"%d" % failure.retry_after_s))
        if failure.upstream_status is not None:
            more.append((headers.UPSTREAM_STATUS.encode(), b"%d" % failure.upstream_status))
        if failure.status == 401:  # noqa: PLR2004 - the status that must say how to authenticate (RFC 9110, section 15.5.2)
            more.append((b"www-authenticate", b"Bearer"))
        await self.whole(failure.status, orjson.dumps(body), more)


class OpenAIClient(_Wire):
    """Speaks the shapes of OpenAI's chat completions."""

    __slots__ = ()

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
            await self._frames(frames)

    async def relayed(self, request: Request, answer: Answer) -> None:
        if request.stream:
            await self._end(DONE)
        else:
            await self.whole(200, answer.raw, _route_headers(request, answer))

    async def decided(self, request: Request, answer: Answer) -> None:
        body = _completion(request, answer, int(self._now()))
        if not request.stream:
            await self.whole(200, orjson.dumps(body), _route_headers(request, answer))
            return
        note_first_byte(request)
        for frame in _chunks(body, usage=wants_usage(request)):
            await self._frames(frame)
        await self._end(DONE)

    async def fail(self, failure: Failure, trace_id: str) -> None:  # noqa: ARG002 - OpenAI's shape has no place for it; a header has
        await self._failed(failure, openai_body(failure), None)


class NativeClient(_Wire):
    """Speaks the router's own shapes: an answer with how it was decided, and named events."""

    __slots__ = ()

    async def event(self, name: str, data: Mapping[str, Any]) -> None:
        await self._frames(frame_of(data, name))

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

    async def relayed(self, request: Request, answer: Answer) -> None:
        await self.decided(request, answer)

    async def decided(self, request: Request, answer: Answer) -> None:
        body = {
            "id": request.id,
            "trace_id": request.trace_id,
            "session_id": request.session_id,
            "plan": request.services.plan_digest,
            **_words(answer),
            **_told(request, answer),
            "usage": answer.usage,
        }
        if request.stream:
            await self._end(frame_of(body, events.ANSWER))
        else:
            await self.whole(200, orjson.dumps(body), _route_headers(request, answer))

    async def fail(self, failure: Failure, trace_id: str) -> None:
        await self._failed(failure, native_body(failure, trace_id), events.ERROR)


def note_first_byte(request: Request) -> None:
    """Note when the first content went out to a streaming client."""
    if request.first_byte_s is None and request.route is not None:
        request.first_byte_s = request.services.clock()
        name = request.calls[-1].specialist if request.calls else "none"
        request.services.metrics.observe(metrics.FIRST_TOKEN, request.first_byte_s - request.received_s, name, request.route.mode)


def wants_usage(request: Request) -> bool:
    return bool((request.body.get("stream_options") or {}).get("include_usage"))


def _without_usage(data: dict[str, Any]) -> bytes:
    """A frame without the usage that only the router asked for; nothing where the frame held nothing else."""
    if not data.get("choices"):
        return b""
    return frame_of({key: value for key, value in data.items() if key != "usage"})


def _completion(request: Request, answer: Answer, now: int) -> dict[str, Any]:
    """A chat completion: the specialist's own, without log-probabilities that only the router asked for; or an abstention."""
    told = _told(request, answer)
    if answer.body is None:
        choice = {"index": 0, "message": {"role": "assistant", "content": answer.text}, "finish_reason": answer.finish_reason}
        return {
            "id": f"chatcmpl-{request.id}",
            "object": "chat.completion",
            "created": now,
            "model": ROUTED,
            "choices": [choice],
            "aua": told,
        }
    body = {**answer.body, "aua": told}
    if not request.body.get("logprobs"):
        body["choices"] = [{key: value for key, value in choice.items() if key != "logprobs"} for choice in body["choices"]]
    return body


def _chunks(body: dict[str, Any], *, usage: bool) -> list[bytes]:
    """A whole completion as the chunks of a stream, ready to be sent, without the final `[DONE]`."""
    shared: dict[str, Any] = {key: body[key] for key in ("id", "created", "model", "system_fingerprint") if key in body}
    shared["object"] = "chat.completion.chunk"
    frames = []

    def add(index: int, delta: dict[str, Any], finish_reason: str | None = None, more: Mapping[str, Any] = {}) -> None:
        frames.append(frame_of({**shared, "choices": [{"index": index, "delta": delta, **more, "finish_reason": finish_reason}]}))

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
            for start in range(0, len(content), PIECE_CHARACTERS):
                add(index, {"content": content[start : start + PIECE_CHARACTERS]})
        add(index, {}, choice.get("finish_reason") or "stop", {"logprobs": choice["logprobs"]} if choice.get("logprobs") else {})
    last = {**shared, "choices": [], "aua": body["aua"]}
    if usage:
        last["usage"] = body.get("usage")
    frames.append(frame_of(last))
    return frames
