"""An answer that comes as one JSON object."""

from collections.abc import Callable

import orjson

from aua_runtime.replicas import Upstream
from aua_runtime.request import Answer, Call, Request, text_of
from aua_runtime.statuses import OK
from aua_runtime.transport.protocol import Exchange
from aua_runtime.upstream.refusal import Refused, backend_error, require_no_error
from aua_runtime.upstream.shape import first_choice, first_text, log_probabilities, passed_headers, reason, require_vectors, usage

BODY_MAX_BYTES = 32 * 1024 * 1024
"""Longest whole answer: a full context of the largest models with log-probabilities stays below it."""
_DIGITS = len(str(BODY_MAX_BYTES))


async def whole(request: Request, upstream: Upstream, exchange: Exchange, call: Call, until_s: float) -> Answer:
    """The answer in a response that is one JSON object. A 200 that holds an error, or no choice, is an error."""
    clock = request.services.clock
    name = upstream.specialist.name
    raw = await _read(exchange, call, until_s, clock, name)
    try:
        body = orjson.loads(raw)
        require_no_error(body, name)
        choice, message = first_choice(body)
        answer = Answer(
            upstream.specialist,
            text_of(message),
            reason(choice),
            usage(body.get("usage"), call),
            log_probabilities(choice),
            bool(message.get("tool_calls")),
            body,
            raw,
            passed_headers(exchange),
        )
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise Refused(backend_error(name, "sent something that is not a chat completion", OK), repeat=False) from None
    return answer


async def whole_text(request: Request, upstream: Upstream, exchange: Exchange, call: Call, until_s: float) -> Answer:
    """As `whole`, of a continuation."""
    name = upstream.specialist.name
    raw = await _read(exchange, call, until_s, request.services.clock, name)
    try:
        body = orjson.loads(raw)
        require_no_error(body, name)
        choice, text = first_text(body)
        answer = Answer(
            specialist=upstream.specialist,
            text=text,
            finish_reason=reason(choice),
            usage=usage(body.get("usage"), call),
            token_log_probabilities=log_probabilities(choice),
            body=body,
            raw=raw,
            headers=passed_headers(exchange),
        )
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise Refused(backend_error(name, "sent something that is not a text completion", OK), repeat=False) from None
    return answer


async def vectors(request: Request, upstream: Upstream, exchange: Exchange, call: Call, until_s: float) -> Answer:
    """The vectors in a response that is one JSON object, which is passed on as it is."""
    name = upstream.specialist.name
    raw = await _read(exchange, call, until_s, request.services.clock, name)
    try:
        body = orjson.loads(raw)
        require_no_error(body, name)
        require_vectors(body)
        found = usage(body.get("usage"), call)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise Refused(backend_error(name, "sent something that is not a list of embeddings", OK), repeat=False) from None
    return Answer(upstream.specialist, "", None, usage=found, raw=raw, headers=passed_headers(exchange))


async def _read(exchange: Exchange, call: Call, until_s: float, clock: Callable[[], float], name: str) -> bytes:
    """The whole body of a response. Refused when it is longer than it may be."""
    length = exchange.headers.get(b"content-length", b"").lstrip(b"0")
    if len(length) > _DIGITS or (length and int(length) > BODY_MAX_BYTES):  # the parser lets through digits only
        raise Refused(backend_error(name, "sent an answer that is too long", OK), repeat=False)
    raw = await exchange.read(until_s - clock(), "total")
    call.first_token_s = clock() if raw else None
    if exchange.ended:
        return raw
    parts = [raw]
    size = len(raw)
    while data := await exchange.read(until_s - clock(), "total"):
        parts.append(data)
        size += len(data)
        if size > BODY_MAX_BYTES:
            raise Refused(backend_error(name, "sent an answer that is too long", OK), repeat=False)
    return b"".join(parts)
