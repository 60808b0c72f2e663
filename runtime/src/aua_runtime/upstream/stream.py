"""An answer that comes as a stream: held until its first content, then passed on frame by frame."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

import orjson

from aua_runtime.contract import labels
from aua_runtime.contract.errors import DEADLINE_EXCEEDED, STREAM_INTERRUPTED, Failure
from aua_runtime.replicas import Upstream
from aua_runtime.request import Answer, Call, Request
from aua_runtime.sse import Frames, FrameTooLong, data_of
from aua_runtime.statuses import OK
from aua_runtime.transport.outcomes import Broken, TimedOut
from aua_runtime.transport.protocol import Exchange
from aua_runtime.upstream.attempts import finished, learn
from aua_runtime.upstream.mould import Mould
from aua_runtime.upstream.refusal import Refused, backend_error, require_no_error, timed_out
from aua_runtime.upstream.shape import has_shape, passed_headers, reason, usage

HELD_MAX_BYTES = 64 * 1024
"""Frames that may come before the one with the first content: a role, a filter's verdict, comments that keep proxies awake."""

TEXT_CHARACTERS = 1024 * 1024
"""Of a streamed answer that are kept to be scored and logged: longer than any context, so that only a stream without sense is cut."""


@dataclass(slots=True)
class Opened:
    """A stream whose first content has come: everything up to there waits in `held`, what came after it in `frames`."""

    upstream: Upstream
    exchange: Exchange
    call: Call
    until_s: float
    frames: Frames
    held: list["Piece"]
    ended: bool
    status_headers: tuple[tuple[bytes, bytes], ...]


@dataclass(slots=True)
class Piece:
    """One frame of a stream: its bytes as they came, and what they mean. `data` is None for comments and for `[DONE]`."""

    frame: bytes
    data: dict[str, Any] | None
    done: bool = False


async def until_content(request: Request, upstream: Upstream, exchange: Exchange, call: Call, until_s: float) -> Opened:
    """Read a stream up to its first content: until then the client has seen nothing and another server can still take over."""
    clock = request.services.clock
    name = upstream.specialist.name
    first_until_s = min(until_s, call.started_s + upstream.specialist.timeouts.first_token_s)
    frames = Frames()
    held: list[Piece] = []
    size = 0
    content = False
    while True:
        data = await exchange.read(first_until_s - clock(), "first_token")
        frames.add(data)
        while (piece := _next(frames, name, ended=not data)) is not None:
            require_no_error(piece.data or {}, name)
            held.append(piece)
            size += len(piece.frame)
            content = content or (piece.data is not None and _has_content(piece.data))
            if piece.done or (content and b'"error"' not in frames.buffer):
                break
        if content:
            call.first_token_s = clock()
            return Opened(upstream, exchange, call, until_s, frames, held, not data, passed_headers(exchange))
        if not data or (held and held[-1].done):
            raise Refused(backend_error(name, "sent an empty answer", OK), repeat=False)
        if size > HELD_MAX_BYTES:
            raise Refused(backend_error(name, "sent too much before its first word", OK), repeat=False)


def abandoned(request: Request, opened: Opened) -> None:
    """Cut off a stream that is not wanted any more, because another call answered first."""
    opened.exchange.close()
    opened.call.error = labels.CANCELLED
    finished(request, opened.upstream, opened.call)


async def relayed(request: Request, opened: Opened) -> Answer:
    """Pass a stream on until it ends, and gather what its scoring needs. Failure when it breaks off."""
    clock = request.services.clock
    idle_s = opened.upstream.specialist.timeouts.idle_s
    name = opened.upstream.specialist.name
    call = opened.call
    answer = Answer(opened.upstream.specialist, "", None, headers=opened.status_headers)
    text = StringIO()
    client, frames, mould = request.client, opened.frames, Mould()
    pieces, ended, done = opened.held, opened.ended, False
    _take(mould, pieces[-1])
    choices: dict[int, bool] = {}
    if request.trace is not None:
        request.trace.answered(call, answer, next((piece.data for piece in pieces if piece.data is not None), {}))

    def pass_on(data: bytes) -> bool:
        """Send what is made of frames known but for their words as soon as it is there, to a client that has read what went before."""
        began = frames.at < len(frames.buffer)
        buffer = frames.buffer[frames.at :] + data if began else data
        words, end = mould.words_in(buffer, 0)
        rest = buffer[end:]
        if not end or b"\n\n" in rest or b"\r" in rest or not client.offer(client.words(buffer[:end], words)):
            return False
        if began or rest:
            frames.at = len(frames.buffer)
            frames.add(rest)
        if text.tell() < TEXT_CHARACTERS:
            text.write(words)
        return True

    async def read() -> bytes:
        left_s = opened.until_s - clock()
        return await opened.exchange.read(min(idle_s, left_s), "idle" if idle_s < left_s else "total")

    async def following() -> list[Piece]:
        """The next frames that had to be parsed, none at the end; those that had not have gone to the client."""
        nonlocal ended
        while True:
            words, end = mould.words_in(frames.buffer, frames.at)
            if end > frames.at:
                start, frames.at = frames.at, end
                if text.tell() < TEXT_CHARACTERS:
                    text.write(words)
                await client.frames(client.words(frames.buffer[start:end], words))
            if found := _parsed(frames, mould, name, ended=ended):
                return found
            if ended:
                return []
            data = await read()
            ended = not data
            frames.add(data)

    try:
        await client.begin(request, answer)
        opened.exchange.tap(pass_on, opened.until_s - clock())
        while pieces:
            failed = _gather(pieces, answer, text, call, choices)
            done = pieces[-1].done
            await client.relay(request, [piece for piece in pieces if not piece.done and not _is_error(piece)])
            if failed:
                raise backend_error(name, "broke off with an error", OK)
            pieces = [] if done else await following()
        if not done:
            require_finished(answer, choices, name)
    except Refused as refused:
        call.error = refused.failure.code.name
        raise refused.failure from None
    except Failure as failure:
        call.error = failure.code.name
        raise
    except TimedOut as error:
        late = timed_out(request, name, error)
        call.error = late.code.name
        raise late from None
    except Broken as error:
        call.error = STREAM_INTERRUPTED.name
        raise Failure(STREAM_INTERRUPTED, f"The specialist `{name}` broke off: {error}.", upstream_status=OK) from None
    except asyncio.CancelledError:
        call.error = labels.CANCELLED
        raise
    finally:
        opened.exchange.close(ended=done)
        if call.error not in {None, labels.CANCELLED, DEADLINE_EXCEEDED.name}:  # words were coming: the deadline is not the server's
            learn(request, opened.upstream, call, healthy=False)
        finished(request, opened.upstream, call)
    request.services.metrics.calls(name).streamed(call)
    answer.text = text.getvalue()
    return answer


def require_finished(answer: Answer, choices: Mapping[int, bool], name: str) -> None:
    """A stream may end without `[DONE]`, but not without a finish reason for each of its choices."""
    if answer.finish_reason is None or not all(choices.values()):
        raise Failure(STREAM_INTERRUPTED, f"The specialist `{name}` ended its answer without finishing it.", upstream_status=OK)


def _parsed(frames: Frames, mould: Mould, name: str, *, ended: bool) -> list[Piece]:
    """The frames that are complete, up to `[DONE]`, one that the mould may know, or one that cannot be read if any came before it."""
    pieces: list[Piece] = []
    while not (pieces and (pieces[-1].done or mould.fits(frames.buffer, frames.at))):
        start = frames.at
        try:
            piece = _next(frames, name, ended=ended)
        except Refused:
            if not pieces:
                raise
            frames.at = start
            break
        if piece is None:
            break
        pieces.append(piece)
        _take(mould, piece)
    return pieces


def _next(frames: Frames, name: str, *, ended: bool) -> Piece | None:
    """The next frame that is complete; at the end of the stream also one that was not closed."""
    try:
        frame = frames.next() or (frames.rest() if ended else None)
    except FrameTooLong:
        raise Refused(backend_error(name, "sent a frame that is too long", OK), repeat=False) from None
    return _piece(frame, name) if frame else None


def _piece(frame: bytes, name: str) -> Piece:
    data = data_of(frame)
    if not data:
        return Piece(frame, None)
    if data == b"[DONE]":
        return Piece(frame, None, done=True)
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict) or not has_shape(parsed, "delta"):
        raise Refused(backend_error(name, "sent a frame that is not a chunk of a completion", OK), repeat=False)
    return Piece(frame, parsed)


def _is_error(piece: Piece) -> bool:
    return piece.data is not None and bool(piece.data.get("error"))


def _has_content(data: dict[str, Any]) -> bool:
    """Whether a frame carries more than the role: text, a tool call, a refusal, or the reason why there is none."""
    for choice in data.get("choices") or ():
        delta = choice.get("delta") or {}
        if choice.get("finish_reason") or choice.get("text") or any(value for key, value in delta.items() if key != "role"):
            return True
    return False


def _take(mould: Mould, piece: Piece) -> None:
    """Give the mould a frame, if the next one like it needs nothing but to be passed on."""
    data = piece.data
    choices = data.get("choices") if data is not None and "usage" not in data and not data.get("error") else None
    if not choices or len(choices) != 1 or choices[0].get("index", 0) != 0 or choices[0].get("finish_reason"):
        return
    delta = choices[0].get("delta") or {}
    if delta.get("tool_calls"):
        return
    key, words = ("content", delta["content"]) if "content" in delta else ("text", choices[0].get("text"))
    if isinstance(words, str):
        mould.take(piece.frame, key.encode(), words)


def _gather(pieces: list[Piece], answer: Answer, text: StringIO, call: Call, choices: dict[int, bool]) -> bool:
    """Note what the pieces say about the first choice, and which choices are finished; True when one of the pieces is an error."""
    for piece in pieces:
        data = piece.data
        if data is None:
            continue
        if data.get("error"):
            return True
        if data.get("usage"):
            answer.usage = usage(data["usage"], call)
        for choice in data.get("choices") or ():
            index = choice.get("index", 0)
            if isinstance(index, int):
                choices[index] = choices.get(index, False) or bool(choice.get("finish_reason"))
            if index != 0:
                continue
            delta = choice.get("delta") or {}
            content = delta.get("content", choice.get("text"))
            if isinstance(content, str) and text.tell() < TEXT_CHARACTERS:
                text.write(content)
            answer.calls_tools = answer.calls_tools or bool(delta.get("tool_calls"))
            answer.finish_reason = reason(choice) or answer.finish_reason
    return False
