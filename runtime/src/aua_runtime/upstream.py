"""Calling specialists: retries, fallbacks, breakers and timeouts around one exchange, and the answer that comes of it.

A call is repeated only while no byte of a response has come. Another specialist is called instead only while the client has seen nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeVar

import orjson

from aua_runtime.contract import headers, labels, metrics
from aua_runtime.contract.errors import (
    BACKEND_ERROR,
    BACKEND_UNREACHABLE,
    DEADLINE_EXCEEDED,
    INTERNAL,
    RATE_LIMITED,
    REQUEST_INVALID,
    SPECIALIST_TIMEOUT,
    STREAM_INTERRUPTED,
    Failure,
)
from aua_runtime.plan import Specialist
from aua_runtime.request import Answer, Call, Request, text_of
from aua_runtime.services import Upstream
from aua_runtime.sse import Frames, FrameTooLong, data_of
from aua_runtime.transport import Broken, Exchange, TimedOut, Unreachable
from aua_runtime.verify import CHARACTERS_MAX

T = TypeVar("T")

BODY_MAX_BYTES = 32 * 1024 * 1024
"""Longest whole answer: a full context of the largest models with log-probabilities stays below it."""
ERROR_MAX_BYTES = 64 * 1024
"""What is read of an error's body."""
MESSAGE_CHARACTERS = 500
"""What is told to a client of a model server's own message."""

TOKENS_MAX = 10**9
"""More tokens than any context holds: a larger number is a server's mistake, not a count."""
REASON_CHARACTERS = 40
OK = 200
"""The only status that carries an answer."""

_REPEATABLE = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_CLIENT_AT_FAULT = frozenset({400, 413, 415, 422})


class _Refused(Exception):  # noqa: N818 - steers the loop of attempts
    """An attempt that gave nothing. `repeat` allows the same server again, `elsewhere` another one."""

    def __init__(self, failure: Failure, *, repeat: bool, elsewhere: bool = True, healthy: bool | None = False) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.repeat = repeat
        self.elsewhere = elsewhere
        self.healthy = healthy  # what the breaker learns: True alive, False not, None nothing


@dataclass(slots=True)
class _Opened:
    """A stream whose first content has come: everything up to there waits in `held`."""

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


async def relay(request: Request) -> Answer:
    """The answer of the route's specialist, sent to the client frame by frame as it comes where the client asked for a stream."""
    with _timed(request):
        if not request.stream:
            return await _answer(request, _line_up(request), log_probabilities=False)
        opened = await _first_of(request, _line_up(request), _until_content, stream=True, log_probabilities=False)
        return await _relayed(request, opened)


async def complete(request: Request) -> Answer:
    """The whole answer of the route's specialist, with log-probabilities where its server gives them; the client sees nothing of it."""
    with _timed(request):
        return await _answer(request, _line_up(request), log_probabilities=True)


async def candidates(request: Request) -> list[Answer]:
    """The whole answers of all the route's specialists, asked at once. Those that fail are missing; Failure when all do."""
    assert request.route is not None
    with _timed(request):
        outcomes = await asyncio.gather(
            *(_answer(request, (specialist,), log_probabilities=True) for specialist in request.route.specialists), return_exceptions=True
        )
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not (answers and isinstance(outcome, Failure)):
            raise outcome
    return answers


async def ask(request: Request, specialist: Specialist, body: dict[str, Any]) -> Answer:
    """The whole answer to a question of the router's own, such as the arbiter's."""
    return await _answer(request, _with_fallbacks(request, (specialist,)), log_probabilities=False, body=body)


@contextmanager
def _timed(request: Request) -> Iterator[None]:
    started_s = request.services.clock()
    try:
        yield
    finally:
        request.services.metrics.observe(metrics.STAGE_DURATION, request.services.clock() - started_s, "call")


def _line_up(request: Request) -> tuple[Specialist, ...]:
    """Whom to call, in order: the chosen specialist, its fallbacks, then the others of its field."""
    assert request.route is not None
    field = request.route.field
    first = request.route.specialists[0]
    others = field.specialists if field is not None and first in field.specialists and request.route.reason != "pinned_specialist" else ()
    return _with_fallbacks(request, (first,), others)


def _with_fallbacks(request: Request, first: tuple[Specialist, ...], others: tuple[Specialist, ...] = ()) -> tuple[Specialist, ...]:
    upstreams = request.services.upstreams
    fallbacks = [upstreams[name].specialist for specialist in first for name in specialist.fallback if name in upstreams]
    return tuple({specialist.name: specialist for specialist in (*first, *fallbacks, *others)}.values())


async def _answer(
    request: Request, specialists: tuple[Specialist, ...], *, log_probabilities: bool, body: dict[str, Any] | None = None
) -> Answer:
    return await _first_of(request, specialists, _whole, stream=False, log_probabilities=log_probabilities, body=body)


# --- attempts


async def _first_of(
    request: Request,
    specialists: tuple[Specialist, ...],
    use: Callable[[Request, Upstream, Exchange, Call, float], Awaitable[T]],
    *,
    stream: bool,
    log_probabilities: bool,
    body: dict[str, Any] | None = None,
) -> T:
    """What `use` makes of the first server that answers. Failure of the last one tried when none does."""
    services = request.services
    last: Failure | None = None
    for specialist in specialists:
        upstream = services.upstreams[specialist.name]
        if specialist is not specialists[0]:
            services.metrics.count(metrics.UPSTREAM_FALLBACKS, specialists[0].name, specialist.name)
        payload = orjson.dumps(_outgoing(request, upstream.model, stream=stream, log_probabilities=log_probabilities, body=body))
        upstream.budget.earn()
        for attempt in range(specialist.retries.max + 1):
            if not upstream.breaker.admit():
                last = last or Failure(BACKEND_UNREACHABLE, f"The specialist `{specialist.name}` rests after failures.", retry_after_s=1)
                break
            try:
                return await _attempt(request, upstream, payload, use, stream=stream)
            except _Refused as refused:
                last = refused.failure
                if not refused.elsewhere:
                    raise refused.failure from None
                if not refused.repeat or attempt == specialist.retries.max or not upstream.budget.spend():
                    break
                wait_s = _pause_s(services.random.random(), specialist, attempt, refused.failure.retry_after_s)
                if wait_s is None or wait_s >= request.remaining_s():
                    break
                services.metrics.count(metrics.UPSTREAM_RETRIES, specialist.name)
                await asyncio.sleep(wait_s)
    assert last is not None
    raise last


def _pause_s(chance: float, specialist: Specialist, attempt: int, asked_s: int | None) -> float | None:
    """Seconds before the next attempt: doubled each time, the second half of it by chance; None if the server asks for longer than the cap.

    "Equal jitter" after Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015).
    """
    retries = specialist.retries
    if asked_s is not None:
        return float(asked_s) if asked_s <= retries.cap_s else None
    pause_s = min(retries.cap_s, retries.base_s * 2**attempt)
    return float(pause_s / 2 * (1 + chance))


async def _attempt(
    request: Request,
    upstream: Upstream,
    payload: bytes,
    use: Callable[[Request, Upstream, Exchange, Call, float], Awaitable[T]],
    *,
    stream: bool,
) -> T:
    """One request to one server. The breaker hears exactly once how it went; an exchange that is not handed on is closed."""
    services = request.services
    timeouts = upstream.specialist.timeouts
    name = upstream.specialist.name
    call = Call(name, services.clock(), error=INTERNAL.name)  # until something better is known
    request.calls.append(call)
    services.metrics.count(metrics.UPSTREAM_IN_FLIGHT, name)
    healthy: bool | None = None
    exchange: Exchange | None = None
    try:
        total_s = request.remaining_s(timeouts.total_s)
        until_s = call.started_s + total_s
        first_s = min(timeouts.first_token_s, total_s) if stream else total_s
        exchange = await services.transport.open(
            upstream.address, _head(request, upstream, len(payload)), payload, connect_s=min(timeouts.connect_s, total_s), first_s=first_s
        )
        call.status = exchange.status
        if exchange.status != OK:
            await _refuse(request, upstream, exchange, until_s)
        _require_plain(exchange, name)
        made = await use(request, upstream, exchange, call, until_s)
    except _Refused as refused:
        healthy = refused.healthy
        call.error = refused.failure.code.name
        raise
    except Unreachable as error:
        healthy = False
        call.error = BACKEND_UNREACHABLE.name
        raise _Refused(Failure(BACKEND_UNREACHABLE, f"The specialist `{name}` cannot be reached: {error}."), repeat=True) from None
    except TimedOut as error:
        healthy = False
        failure = _timed_out(request, name, error)
        call.error = failure.code.name
        raise _Refused(failure, repeat=error.wait == "connect") from None
    except Broken as error:
        healthy = False
        call.error = BACKEND_ERROR.name
        raise _Refused(_backend_error(name, f"broke off: {error}", call.status), repeat=not error.received) from None
    except Failure as failure:
        call.error = failure.code.name
        raise
    except asyncio.CancelledError:
        call.error = labels.CANCELLED
        raise
    else:
        healthy = True
        call.error = None
        exchange = None if stream else exchange
        return made
    finally:
        if exchange is not None:
            exchange.close()
        if call.error is not None or not stream:
            _finished(request, call)
        _learn(request, upstream, healthy=healthy)


def _learn(request: Request, upstream: Upstream, *, healthy: bool | None) -> None:
    """Tell the breaker how a call went: True alive, False not, None nothing."""
    if healthy is None:
        upstream.breaker.release()
        return
    if healthy:
        upstream.breaker.succeed()
    else:
        upstream.breaker.fail()
    request.services.metrics.set(metrics.SPECIALIST_UP, float(healthy), upstream.specialist.name)


def _finished(request: Request, call: Call) -> None:
    call.ended_s = request.services.clock()
    request.services.metrics.count(metrics.UPSTREAM_IN_FLIGHT, call.specialist, by=-1)
    request.services.metrics.call_ended(call)
    log = request.services.log.debug if call.error in {None, labels.CANCELLED} else request.services.log.warning
    seconds = round(call.ended_s - call.started_s, 4)
    log("call", request_id=request.id, specialist=call.specialist, status=call.status, code=call.error, seconds=seconds)


def _head(request: Request, upstream: Upstream, length: int) -> bytes:
    lines = b"".join(b"\r\n%b: %b" % entry for entry in request.forwarded)
    return b"%b%b\r\ncontent-length: %d\r\n\r\n" % (upstream.head, lines, length)


def _outgoing(request: Request, model: str, *, stream: bool, log_probabilities: bool, body: dict[str, Any] | None) -> dict[str, Any]:
    """The body for one specialist: the client's, with the model's own name. Usage is always asked for, also where the client did not."""
    outgoing = {**(body if body is not None else request.body), "model": model}
    if stream:
        outgoing["stream_options"] = {**(outgoing.get("stream_options") or {}), "include_usage": True}
    else:
        outgoing.pop("stream", None)
        outgoing.pop("stream_options", None)
    if log_probabilities and "logprobs" not in outgoing:
        outgoing["logprobs"] = True
    return outgoing


def _require_plain(exchange: Exchange, name: str) -> None:
    if exchange.headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise _Refused(_backend_error(name, "sent an encoded body that it was asked not to send", OK), repeat=False)


async def _refuse(request: Request, upstream: Upstream, exchange: Exchange, until_s: float) -> NoReturn:
    """Turn a status other than 200 into what the client is told and what may be tried next."""
    status = exchange.status
    name = upstream.specialist.name
    body = b""
    try:
        while len(body) < ERROR_MAX_BYTES and (data := await exchange.read(until_s - request.services.clock(), "total")):
            body += data
    except (Broken, TimedOut):
        pass  # the status says enough
    told = _message(body, upstream)
    after = exchange.headers.get(b"retry-after", b"")
    retry_after_s = int(after) if after.isdigit() and len(after) < 6 else None  # noqa: PLR2004 - a date, or more than a day: not waited for
    if status in _CLIENT_AT_FAULT:
        failure = Failure(REQUEST_INVALID, told or f"The specialist `{name}` refused the request.", status=status, upstream_status=status)
        raise _Refused(failure, repeat=False, elsewhere=False, healthy=True)
    if status == RATE_LIMITED.status:
        failure = Failure(RATE_LIMITED, f"The specialist `{name}` asks to slow down.", upstream_status=status, retry_after_s=retry_after_s)
        raise _Refused(failure, repeat=True, healthy=None)
    failure = _backend_error(name, f"answered with status {status}", status)
    failure.retry_after_s = retry_after_s
    raise _Refused(failure, repeat=status in _REPEATABLE)


def _message(body: bytes, upstream: Upstream) -> str:
    """A model server's own words, if it used OpenAI's shape and does not give away where it runs."""
    try:
        error = orjson.loads(body).get("error")
    except (orjson.JSONDecodeError, AttributeError):
        return ""
    message = error.get("message") if isinstance(error, dict) else error
    if not isinstance(message, str) or "://" in message or upstream.address.host in message:
        return ""
    return message[:MESSAGE_CHARACTERS]


def _backend_error(name: str, what: str, status: int | None) -> Failure:
    return Failure(BACKEND_ERROR, f"The specialist `{name}` {what}.", upstream_status=status)


def _timed_out(request: Request, name: str, error: TimedOut) -> Failure:
    if request.services.clock() >= request.deadline_s:
        return Failure(DEADLINE_EXCEEDED, "The request took longer than it may.")
    if error.wait == "connect":
        return Failure(BACKEND_UNREACHABLE, f"The specialist `{name}` does not accept connections in time.")
    waited = {"first_token": "did not begin to answer in time", "idle": "fell silent", "total": "took too long"}[error.wait]
    return Failure(SPECIALIST_TIMEOUT, f"The specialist `{name}` {waited}.")


# --- whole answers


async def _whole(request: Request, upstream: Upstream, exchange: Exchange, call: Call, until_s: float) -> Answer:
    """The answer in a response that is one JSON object. A 200 that holds an error, or no choice, is an error."""
    clock = request.services.clock
    name = upstream.specialist.name
    parts = []
    size = 0
    while data := await exchange.read(until_s - clock(), "total"):
        if call.first_token_s is None:
            call.first_token_s = clock()
        parts.append(data)
        size += len(data)
        if size > BODY_MAX_BYTES:
            raise _Refused(_backend_error(name, "sent an answer that is too long", OK), repeat=False)
    raw = b"".join(parts)
    try:
        body = orjson.loads(raw)
        _require_no_error(body, name)
        choice, message = _first_choice(body)
        answer = Answer(
            specialist=upstream.specialist,
            text=text_of(message),
            finish_reason=_reason(choice),
            usage=_usage(body.get("usage"), call),
            token_log_probabilities=_log_probabilities(choice),
            calls_tools=bool(message.get("tool_calls")),
            body=body,
            raw=raw,
            headers=_passed_headers(exchange),
        )
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise _Refused(_backend_error(name, "sent something that is not a chat completion", OK), repeat=False) from None
    return answer


def _require_no_error(body: dict[str, Any], name: str) -> None:
    if body.get("error"):
        raise _Refused(_backend_error(name, "answered with an error", OK), repeat=False)


def _require_finished(answer: Answer, name: str) -> None:
    """A stream may end without `[DONE]`, but not without a finish reason."""
    if answer.finish_reason is None:
        raise Failure(STREAM_INTERRUPTED, f"The specialist `{name}` ended its answer without finishing it.", upstream_status=OK)


def _first_choice(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first choice and its message; KeyError, IndexError or TypeError where they are not."""
    choice: dict[str, Any] = body["choices"][0]
    message: dict[str, Any] | None = choice["message"] if _has_shape(body, "message") else None
    if message is None:
        raise TypeError
    return choice, message


def _usage(usage: object, call: Call) -> dict[str, Any] | None:
    if not isinstance(usage, dict):
        return None
    call.prompt_tokens = _count(usage.get("prompt_tokens"))
    call.completion_tokens = _count(usage.get("completion_tokens"))
    return usage


def _count(value: object) -> int:
    """A number of tokens as a server reports it; 0 for what cannot be one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= TOKENS_MAX else 0


def _reason(choice: dict[str, Any]) -> str | None:
    reason = choice.get("finish_reason")
    return reason[:REASON_CHARACTERS] if isinstance(reason, str) and reason else None


def _log_probabilities(choice: dict[str, Any]) -> tuple[float, ...]:
    tokens = (choice.get("logprobs") or {}).get("content") or ()
    return tuple(float(token["logprob"]) for token in tokens if isinstance(token.get("logprob"), int | float))


def _passed_headers(exchange: Exchange) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, value) for name, value in exchange.headers.items() if name.decode("latin-1") in headers.TO_CLIENT)


# --- streams


async def _until_content(request: Request, upstream: Upstream, exchange: Exchange, call: Call, until_s: float) -> _Opened:
    """Read a stream up to its first content: until then the client has seen nothing and another server can still take over."""
    clock = request.services.clock
    name = upstream.specialist.name
    first_until_s = min(until_s, call.started_s + upstream.specialist.timeouts.first_token_s)
    frames = Frames()
    held: list[Piece] = []
    while True:
        data = await exchange.read(first_until_s - clock(), "first_token")
        pieces = _pieces(frames, data, name)
        held += pieces
        for piece in pieces:
            _require_no_error(piece.data or {}, name)
        if any(piece.data is not None and _has_content(piece.data) for piece in pieces):
            call.first_token_s = clock()
            return _Opened(upstream, exchange, call, until_s, frames, held, not data, _passed_headers(exchange))
        if not data or any(piece.done for piece in pieces):
            raise _Refused(_backend_error(name, "sent an empty answer", OK), repeat=False)


async def _relayed(request: Request, opened: _Opened) -> Answer:
    """Pass a stream on until it ends, and gather what its scoring needs. Failure when it breaks off."""
    clock = request.services.clock
    idle_s = opened.upstream.specialist.timeouts.idle_s
    name = opened.upstream.specialist.name
    call = opened.call
    answer = Answer(opened.upstream.specialist, "", None, headers=opened.status_headers)
    text: list[str] = []
    pieces, ended, done = opened.held, opened.ended, False
    try:
        await request.client.begin(request, answer)
        while True:
            failed = _gather(pieces, answer, text, call)
            done = any(piece.done for piece in pieces)
            await request.client.relay(request, [piece for piece in pieces if not piece.done and not _is_error(piece)])
            if failed:
                raise _backend_error(name, "broke off with an error", OK)
            if done or ended:
                break
            data = await opened.exchange.read(min(idle_s, opened.until_s - clock()), "idle")
            ended = not data
            pieces = _pieces(opened.frames, data, name)
        if not done:
            _require_finished(answer, name)
    except _Refused as refused:
        call.error = refused.failure.code.name
        raise refused.failure from None
    except Failure as failure:
        call.error = failure.code.name
        raise
    except TimedOut as error:
        late = _timed_out(request, name, error)
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
        if call.error not in {None, labels.CANCELLED}:
            _learn(request, opened.upstream, healthy=False)
        _finished(request, call)
    answer.text = "".join(text)
    return answer


def _pieces(frames: Frames, data: bytes, name: str) -> list[Piece]:
    """The frames that are complete now; at the end of the stream also one that was not closed."""
    try:
        whole = frames.feed(data) if data else [rest for rest in (frames.rest(),) if rest]
    except FrameTooLong:
        raise _Refused(_backend_error(name, "sent a frame that is too long", OK), repeat=False) from None
    return [_piece(frame, name) for frame in whole]


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
    if not isinstance(parsed, dict) or not _has_shape(parsed, "delta"):
        raise _Refused(_backend_error(name, "sent a frame that is not a chunk of a chat completion", OK), repeat=False)
    return Piece(frame, parsed)


def _has_shape(data: dict[str, Any], part: Literal["message", "delta"]) -> bool:
    """Whether what the router reads of a completion or a chunk is where it should be."""
    choices = data.get("choices")
    if choices is None:
        return True
    if not isinstance(choices, list):
        return False
    for choice in choices:
        told = choice.get(part) if isinstance(choice, dict) else 0
        calls = (told.get("tool_calls") if isinstance(told, dict) else None) or ()
        if not isinstance(told, dict | None) or not isinstance(calls, list | tuple) or not all(isinstance(call, dict) for call in calls):
            return False
    return True


def _is_error(piece: Piece) -> bool:
    return piece.data is not None and bool(piece.data.get("error"))


def _has_content(data: dict[str, Any]) -> bool:
    """Whether a frame carries more than the role: text, a tool call, a refusal, or the reason why there is none."""
    for choice in data.get("choices") or ():
        delta = choice.get("delta") or {}
        if choice.get("finish_reason") or any(value for key, value in delta.items() if key != "role"):
            return True
    return False


def _gather(pieces: list[Piece], answer: Answer, text: list[str], call: Call) -> bool:
    """Note what the pieces say about the first choice; True when one of them is an error."""
    for piece in pieces:
        data = piece.data
        if data is None:
            continue
        if data.get("error"):
            return True
        if data.get("usage"):
            answer.usage = _usage(data["usage"], call)
        for choice in data.get("choices") or ():
            if choice.get("index", 0) != 0:
                continue
            delta = choice.get("delta") or {}
            content = delta.get("content")
            if isinstance(content, str) and len(text) < CHARACTERS_MAX:
                text.append(content)
            answer.calls_tools = answer.calls_tools or bool(delta.get("tool_calls"))
            answer.finish_reason = _reason(choice) or answer.finish_reason
    return False
