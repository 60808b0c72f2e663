"""An answer that comes as one JSON object."""

import orjson

from aua_runtime.replicas import Upstream
from aua_runtime.request import Answer, Call, Request, text_of
from aua_runtime.transport.protocol import Exchange
from aua_runtime.upstream.refusal import OK, Refused, backend_error, require_no_error
from aua_runtime.upstream.shape import first_choice, log_probabilities, passed_headers, reason, usage

BODY_MAX_BYTES = 32 * 1024 * 1024
"""Longest whole answer: a full context of the largest models with log-probabilities stays below it."""
_DIGITS = len(str(BODY_MAX_BYTES))


async def whole(request: Request, upstream: Upstream, exchange: Exchange, call: Call, until_s: float) -> Answer:
    """The answer in a response that is one JSON object. A 200 that holds an error, or no choice, is an error."""
    clock = request.services.clock
    name = upstream.specialist.name
    length = exchange.headers.get(b"content-length", b"").lstrip(b"0")
    if len(length) > _DIGITS or (length and int(length) > BODY_MAX_BYTES):  # the parser lets through digits only
        raise Refused(backend_error(name, "sent an answer that is too long", OK), repeat=False)
    raw = await exchange.read(until_s - clock(), "total")
    call.first_token_s = clock() if raw else None
    if not exchange.ended:
        parts = [raw]
        size = len(raw)
        while data := await exchange.read(until_s - clock(), "total"):
            parts.append(data)
            size += len(data)
            if size > BODY_MAX_BYTES:
                raise Refused(backend_error(name, "sent an answer that is too long", OK), repeat=False)
        raw = b"".join(parts)
    try:
        body = orjson.loads(raw)
        require_no_error(body, name)
        choice, message = first_choice(body)
        answer = Answer(
            specialist=upstream.specialist,
            text=text_of(message),
            finish_reason=reason(choice),
            usage=usage(body.get("usage"), call),
            token_log_probabilities=log_probabilities(choice),
            calls_tools=bool(message.get("tool_calls")),
            body=body,
            raw=raw,
            headers=passed_headers(exchange),
        )
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise Refused(backend_error(name, "sent something that is not a chat completion", OK), repeat=False) from None
    return answer
