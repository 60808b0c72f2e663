"""Attempts that gave nothing: what the client is told of them, what may be tried next, what the breaker learns."""

import re
from typing import Any, NoReturn

import orjson

from aua_runtime.contract.errors import (
    BACKEND_ERROR,
    BACKEND_UNREACHABLE,
    DEADLINE_EXCEEDED,
    RATE_LIMITED,
    REQUEST_INVALID,
    SPECIALIST_TIMEOUT,
    Failure,
)
from aua_runtime.replicas import Upstream
from aua_runtime.request import Call, Request
from aua_runtime.statuses import OK
from aua_runtime.transport.outcomes import Broken, TimedOut
from aua_runtime.transport.protocol import Exchange
from aua_runtime.upstream.retry_after import seconds_of

ERROR_MAX_BYTES = 64 * 1024
"""What is read of an error's body."""
ERROR_S = 1.0
"""How long an error's body is waited for: its status has said what counts."""
MESSAGE_CHARACTERS = 500
"""What is told to a client of a model server's own message."""
TIMER_S = 0.002
"""How much too early a timer may fire: event loops round to milliseconds."""
"""The only status that carries an answer."""

_REPEATABLE = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_URL = re.compile(r"\S*://\S*")
_CLIENT_AT_FAULT = frozenset({400, 413, 415, 422})


class Refused(Exception):
    """An attempt that gave nothing. `repeat` allows the same server again, `elsewhere` another one."""

    def __init__(self, failure: Failure, *, repeat: bool, elsewhere: bool = True, healthy: bool | None = False) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.repeat = repeat
        self.elsewhere = elsewhere
        self.healthy = healthy  # what the breaker learns: True alive, False not, None nothing


def require_plain(exchange: Exchange, name: str) -> None:
    if exchange.headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refused(backend_error(name, "sent an encoded body that it was asked not to send", OK), repeat=False)


def require_no_error(body: dict[str, Any], name: str) -> None:
    if body.get("error"):
        raise Refused(backend_error(name, "answered with an error", OK), repeat=False)


async def refuse(request: Request, upstream: Upstream, exchange: Exchange, until_s: float) -> NoReturn:
    """Turn a status other than 200 into what the client is told and what may be tried next."""
    status = exchange.status
    name = upstream.specialist.name
    body = b""
    try:
        until_s = min(until_s, request.services.clock() + ERROR_S)
        while len(body) < ERROR_MAX_BYTES and (data := await exchange.read(until_s - request.services.clock(), "total")):
            body += data
    except (Broken, TimedOut):
        pass  # the status says enough
    told = _message(body, upstream)
    retry_after_s = seconds_of(exchange.headers.get(b"retry-after", b""), request.services.wall())
    if status in _CLIENT_AT_FAULT:
        failure = Failure(REQUEST_INVALID, told or f"The specialist `{name}` refused the request.", status=status, upstream_status=status)
        raise Refused(failure, repeat=False, elsewhere=False, healthy=True)
    if status == RATE_LIMITED.status:
        failure = Failure(RATE_LIMITED, f"The specialist `{name}` asks to slow down.", upstream_status=status, retry_after_s=retry_after_s)
        raise Refused(failure, repeat=True, healthy=None)
    loading = upstream.specialist.engine.loading
    if status == BACKEND_UNREACHABLE.status and loading and _error(body).get("type") == loading:
        failure = Failure(BACKEND_UNREACHABLE, f"The specialist `{name}` is still loading its model.", upstream_status=status)
        raise Refused(failure, repeat=False)
    failure = backend_error(name, f"answered with status {status}", status)
    failure.retry_after_s = retry_after_s
    raise Refused(failure, repeat=status in _REPEATABLE)


def _message(body: bytes, upstream: Upstream) -> str:
    """A model server's own words without addresses, if they can be found and do not give away where it runs."""
    message = _error(body).get("message")
    if not isinstance(message, str):
        return ""
    told = _URL.sub("[address]", message[:MESSAGE_CHARACTERS])
    return "" if upstream.address.host in told else told


def _error(body: bytes) -> dict[str, Any]:
    """The error in a body: an object under `error` as OpenAI, llama.cpp and vLLM send it, a text there as Ollama's own routes do.

    SGLang sends the object without `error` around it; a `detail` is what FastAPI says of a request that it could not read.
    """
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(told, dict):
        return {}
    error = told.get("error", told)
    if isinstance(error, dict):
        return error if "message" in error else {"message": error.get("detail")}
    return {"message": error}


def backend_error(name: str, what: str, status: int | None) -> Failure:
    return Failure(BACKEND_ERROR, f"The specialist `{name}` {what}.", upstream_status=status)


def had_time(request: Request, call: Call) -> bool:
    """Whether a call that met the request's deadline is to blame: it had most of the time, and not a byte of its answer came.

    A server that was asked when others had used the time up, or that was writing a long answer, has not failed.
    """
    whole_s = request.deadline_s - request.received_s
    return call.first_token_s is None and request.deadline_s - call.started_s > whole_s / 2


def timed_out(request: Request, name: str, error: TimedOut) -> Failure:
    if request.services.clock() >= request.deadline_s - TIMER_S:
        return Failure(DEADLINE_EXCEEDED, "The request took longer than it may.")
    if error.wait == "connect":
        return Failure(BACKEND_UNREACHABLE, f"The specialist `{name}` does not accept connections in time.")
    waited = {"first_token": "did not begin to answer in time", "idle": "fell silent", "total": "took too long"}[error.wait]
    return Failure(SPECIALIST_TIMEOUT, f"The specialist `{name}` {waited}.")
