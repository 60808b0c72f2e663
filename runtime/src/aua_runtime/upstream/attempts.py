"""One server after another until one answers: retries, fallbacks, breakers and timeouts around each exchange.

A call is repeated only while no byte of a response has come.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from aua_runtime.contract import labels, log_fields, metrics
from aua_runtime.contract.errors import (
    BACKEND_ERROR,
    BACKEND_UNREACHABLE,
    DEADLINE_EXCEEDED,
    INTERNAL,
    OVERLOADED,
    REQUEST_INVALID,
    Failure,
)
from aua_runtime.plan import Specialist
from aua_runtime.replicas import Full, Place, Replicas, Resting, Upstream
from aua_runtime.request import Answer, Call, Operation, Request
from aua_runtime.statuses import OK
from aua_runtime.transport.outcomes import Broken, TimedOut, Unreachable
from aua_runtime.transport.protocol import Exchange
from aua_runtime.upstream.affinity import key_of
from aua_runtime.upstream.hedge import hedged
from aua_runtime.upstream.refusal import Refused, backend_error, had_time, refuse, require_plain, timed_out
from aua_runtime.verbatim import TooDeep, renamed, rewritten

if TYPE_CHECKING:
    from aua_runtime.tracing.trace import Why

T = TypeVar("T")
Use = Callable[[Request, Upstream, Exchange, Call, float], Awaitable[T]]
"""What is made of a response whose head has arrived."""


async def first_of(
    request: Request,
    specialists: tuple[Specialist, ...],
    use: Use[T],
    *,
    stream: bool,
    log_probabilities: bool,
    body: dict[str, Any] | None = None,
    discard: Callable[[Request, T], None] = lambda _request, _made: None,
) -> T:
    """What `use` makes of the first server that answers. Failure of the last one tried when none does.

    `discard` gives up what `use` has made where it is not wanted any more.
    """
    services = request.services
    last: Failure | None = None
    for specialist in specialists:
        replicas = services.upstreams[specialist.name]
        if specialist is not specialists[0]:
            services.metrics.count(metrics.UPSTREAM_FALLBACKS, specialists[0].name)
        asked = specialist.engine.log_probabilities if log_probabilities else {}
        payload = _payload(request, replicas.model, stream=stream, log_probabilities=asked, body=body)
        operation = request.operation if body is None else "chat"
        key = key_of(request, request.body if body is None else body) if replicas.several else b""
        avoid: Upstream | None = None
        replicas.budget.earn()
        for attempt in range(specialist.retries.max + 1):
            try:
                place = replicas.enter(key, avoid) or await _in_line(request, replicas)
                if place is None:
                    if request.trace is not None:
                        request.trace.resting(specialist.name)
                    last = last or Failure(
                        BACKEND_UNREACHABLE, f"The specialist `{specialist.name}` rests after failures.", retry_after_s=1
                    )
                    break
                avoid = place[0]
                why: Why = "retry" if attempt else "first" if specialist is specialists[0] else "fallback"
                if specialist.hedge is None:
                    return await _attempt(request, place, payload, use, why, attempt, stream=stream, operation=operation)
                one = partial(_attempt, request, payload=payload, use=use, why=why, attempt=attempt, stream=stream, operation=operation)
                another = partial(replicas.enter, key, place[0])
                return await hedged(request, replicas, specialist.hedge, place, another, one, discard)
            except Refused as refused:
                last = refused.failure
                if not refused.elsewhere:
                    raise refused.failure from None
                if not refused.repeat or attempt == specialist.retries.max or not replicas.budget.spend():
                    break
                wait_s = _pause_s(services.random.random(), specialist, attempt, refused.failure.retry_after_s)
                if wait_s is None or wait_s >= request.remaining_s():
                    break
                services.metrics.count(metrics.UPSTREAM_RETRIES, specialist.name)
                if request.trace is not None:
                    request.trace.retrying(specialist.name, refused.failure.code, wait_s)
                await asyncio.sleep(wait_s)
    assert last is not None
    raise last


async def _in_line(request: Request, replicas: Replicas) -> Place | None:
    """A place, once those before in line have had theirs; None while the specialist's breakers are open. Refused when the line is full."""
    services = request.services
    name = replicas.specialist.name
    began_s = services.clock()
    services.metrics.count(metrics.UPSTREAM_QUEUED, name)
    try:
        place = await replicas.wait(request.remaining_s())
    except Resting:
        return None
    except Full as full:
        failure = Failure(OVERLOADED, f"The specialist `{name}` is busy, and its queue is full.", retry_after_s=max(1, ceil(full.waited_s)))
        raise Refused(failure, repeat=False) from None
    except TimeoutError:
        raise Failure(DEADLINE_EXCEEDED, f"The specialist `{name}` was busy for as long as the request may take.") from None
    finally:
        services.metrics.count(metrics.UPSTREAM_QUEUED, name, by=-1)
    services.metrics.observe(metrics.UPSTREAM_WAIT, services.clock() - began_s, name)
    if request.trace is not None:
        request.trace.queued(name, services.clock() - began_s)
    return place


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
    place: Place,
    payload: bytes,
    use: Use[T],
    why: "Why",
    attempt: int,
    *,
    stream: bool,
    operation: Operation,
) -> T:
    """One request to one server. The breaker hears exactly once how it went; an exchange that is not handed on is closed."""
    services = request.services
    upstream, period = place
    timeouts = upstream.specialist.timeouts
    name = upstream.specialist.name
    call = Call(name, services.clock(), period, INTERNAL.name)  # until something better is known
    request.calls.append(call)
    forwarded = request.forwarded
    if request.trace is not None:
        forwarded = request.trace.called(request, upstream, call, why, attempt, stream=stream, operation=operation)
    head = b"%b%b\r\ncontent-length: %d\r\n\r\n" % (upstream.heads[operation], forwarded, len(payload))
    services.metrics.calls(name).in_flight.value += 1
    healthy: bool | None = None
    exchange: Exchange | None = None
    try:
        total_s = request.remaining_s(timeouts.total_s)
        until_s = call.started_s + total_s
        first_s = min(timeouts.first_token_s, total_s) if stream else total_s
        exchange = await services.transport.open(
            upstream.address, head, payload, connect_s=min(timeouts.connect_s, total_s), first_s=first_s
        )
        upstream.unreachable = False
        call.status = exchange.status
        if exchange.status != OK:
            await refuse(request, upstream, exchange, until_s)
        require_plain(exchange, name)
        made = await use(request, upstream, exchange, call, until_s)
        if request.trace is not None and isinstance(made, Answer):
            request.trace.answered(call, made, made.body or {})
    except Refused as refused:
        healthy = refused.healthy
        call.error = refused.failure.code.name
        raise
    except Unreachable as error:
        healthy = False
        upstream.unreachable = True
        call.error = BACKEND_UNREACHABLE.name
        raise Refused(Failure(BACKEND_UNREACHABLE, f"The specialist `{name}` cannot be reached: {error}."), repeat=True) from None
    except TimedOut as error:
        upstream.unreachable = error.wait == "connect"
        failure = timed_out(request, name, error)
        late = failure.code is DEADLINE_EXCEEDED
        healthy = None if late and not had_time(request, call) else False
        call.error = failure.code.name
        raise Refused(failure, repeat=error.wait == "connect", elsewhere=not late) from None
    except Broken as error:
        healthy = False
        call.error = BACKEND_ERROR.name
        raise Refused(backend_error(name, f"broke off: {error}", call.status), repeat=not error.received) from None
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
        learn(request, upstream, call, healthy=healthy, slow=healthy is True and _slow(request, upstream, call, stream=stream))
        if call.error is not None or not stream:
            finished(request, upstream, call)


def _slow(request: Request, upstream: Upstream, call: Call, *, stream: bool) -> bool:
    """Whether a call took nearly as long as it may: a stream until its first content, a whole answer until its end."""
    limits = upstream.breaker.limits
    if not limits.window:
        return False
    timeouts = upstream.specialist.timeouts
    bound_s = timeouts.first_token_s if stream else timeouts.total_s
    until_s = call.first_token_s if stream and call.first_token_s is not None else request.services.clock()
    return until_s - call.started_s > bound_s * limits.slow_share


def learn(request: Request, upstream: Upstream, call: Call, *, healthy: bool | None, slow: bool = False) -> None:
    """Tell the breaker how a call went: True alive, False not, None nothing. Before `finished`, which lets the next in line go out."""
    if healthy is None:
        upstream.breaker.release(call.period)
        return
    if healthy:
        upstream.breaker.succeed(call.period, slow=slow)
    else:
        upstream.breaker.fail(call.period)
    if upstream.up is not healthy:
        upstream.up = healthy
        request.services.metrics.calls(call.specialist).heard(healthy=request.services.upstreams[call.specialist].up is True)


def finished(request: Request, upstream: Upstream, call: Call) -> None:
    """Give the call's place back, and count it."""
    services = request.services
    services.upstreams[call.specialist].leave(upstream)
    call.ended_s = services.clock()
    if call.error != labels.CANCELLED:
        upstream.heard_s = call.ended_s
    counted = services.metrics.calls(call.specialist)
    counted.ended(call)
    if request.trace is not None and call.error != labels.CANCELLED:
        counted.latency.exemplify(call.ended_s - call.started_s, request.trace_id, services.wall())
    event = log_fields.CALL if call.error is None or call.error == labels.CANCELLED else log_fields.CALL_FAILED
    if services.log.wants(event) and len(request.calls) <= log_fields.CALL_LINES:
        services.log.tell(
            event,
            {
                "request_id": request.id,
                "trace_id": request.trace_id,
                "specialist": call.specialist,
                "code": call.error,
                "status": call.status,
                "latency_ms": round((call.ended_s - call.started_s) * 1e3, 1),
            },
        )


def _outgoing(
    request: Request, model: str, *, stream: bool, log_probabilities: Mapping[str, Any], body: dict[str, Any] | None
) -> dict[str, Any]:
    """The body for one specialist: the client's, with the model's own name. Usage is always asked for, also where the client did not."""
    outgoing = {**(body if body is not None else request.body), "model": model}
    if stream:
        options = outgoing.get("stream_options") or {}
        if options.get("include_usage") is not True:
            outgoing["stream_options"] = {**options, "include_usage": True}
    elif outgoing.get("stream"):
        del outgoing["stream"]
        outgoing.pop("stream_options", None)
    if log_probabilities and (outgoing.get("logprobs") is None or outgoing["logprobs"] is False):
        outgoing.update({"logprobs": 1} if "prompt" in outgoing else log_probabilities)
    return outgoing


def _payload(request: Request, model: str, *, stream: bool, log_probabilities: Mapping[str, Any], body: dict[str, Any] | None) -> bytes:
    """The text of a body: the client's own but for what differs from it, or one of the router's."""
    own = request.body
    if body is None and own is request.held and "model" in own and not (stream or log_probabilities or own.get("stream")):
        named = renamed(request.text, model)  # nothing else differs
        if named is not None:
            return named
    outgoing = _outgoing(request, model, stream=stream, log_probabilities=log_probabilities, body=body)
    try:
        return rewritten(request.text, request.held, outgoing) if body is None else orjson.dumps(outgoing)
    except TooDeep:
        raise Failure(REQUEST_INVALID, "The body nests deeper than can be passed on.") from None
