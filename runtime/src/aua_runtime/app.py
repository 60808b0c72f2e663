"""The router as a plain ASGI application: limits, Host, key, route table, errors. One `App` per listener; both share the services.

What happens to a question is in the generated `pipeline.py`; here is what surrounds it.
"""

import hashlib
import hmac
import platform
import re
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Literal

import orjson

from aua_runtime import VERSION, metrics
from aua_runtime.contract import headers
from aua_runtime.contract import metrics as names
from aua_runtime.contract.errors import (
    AUTH_REQUIRED,
    DRAINING,
    HOST_REFUSED,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    OVERLOADED,
    REQUEST_INVALID,
    REQUEST_TOO_LARGE,
    SETTINGS_REFUSED,
    Failure,
)
from aua_runtime.contract.routes import Endpoint, endpoints_of
from aua_runtime.contract.settings import SettingsRefused
from aua_runtime.reply import NativeClient, OpenAIClient, explained
from aua_runtime.request import Dialect, Request, checked_body, question_of
from aua_runtime.route import ROUTED
from aua_runtime.services import Services

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = dict[bytes, bytes]
Handler = Callable[["_Visit"], Awaitable[None]]

_CLIENT_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_REDACTED = frozenset({"headers", "env"})

NATIVE_KEYS = frozenset({"query", "session_id", "field", "specialist"})
"""Keys of `/query` that are the router's own; all others pass to the specialist as in a chat request."""


class Disconnected(Exception):  # noqa: N818 - an outcome
    """The client left before its request was complete."""


class App:
    """Answers one listener. `reload` reads `settings.json` again; it is the server's, because it does I/O."""

    def __init__(self, services: Services, face: Literal["public", "management"], reload: Callable[[], str], plan: bytes) -> None:
        self.services = services
        self.face = face
        self.reload = reload
        self.plan = plan
        self._handlers: dict[str, dict[str, tuple[Endpoint, Handler]]] = {}
        for endpoint in endpoints_of(face):
            if endpoint.name == "metrics" and not services.deployment.metrics:
                continue
            self._handlers.setdefault(endpoint.path, {})[endpoint.method] = (endpoint, _HANDLERS[endpoint.name])
        self._hosts = _hosts_of(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, from its head to the last byte of its response."""
        if scope["type"] != "http":
            return
        visit = _Visit(self, scope, receive, send)
        try:
            await self._dispatch(visit)
        except Failure as failure:
            self.services.metrics.count(names.ERRORS, failure.code.name)
            self.services.log.info("request_failed", request_id=visit.id, path=visit.path, code=failure.code.name, message=failure.message)
            await visit.fail(failure)
        except CancelledError:
            if self.services.draining and not visit.left():
                await visit.fail(Failure(DRAINING, "The router stopped before it had an answer."))
            elif not visit.left():
                raise
        except Disconnected:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the log the place
            self.services.metrics.count(names.ERRORS, INTERNAL.name)
            kind, where = type(error).__name__, _where(error)
            self.services.log.error("internal_error", request_id=visit.id, path=visit.path, error=kind, where=where)  # noqa: TRY400 - not logging's
            await visit.fail(Failure(INTERNAL, "The router failed; its log has the cause under the request id."))

    async def _dispatch(self, visit: "_Visit") -> None:
        if not self._host_allowed(visit.headers.get(b"host", b"")):
            raise Failure(HOST_REFUSED, "This Host is not served here; `api.allowed_hosts` lists those that are.")
        methods = self._handlers.get(visit.path)
        if methods is None:
            raise Failure(NOT_FOUND, "There is no such route.")
        if visit.method == "OPTIONS" and b"access-control-request-method" in visit.headers:
            await visit.preflight(methods)
            return
        found = methods.get("GET" if visit.method == "HEAD" else visit.method)
        if found is None:
            raise Failure(METHOD_NOT_ALLOWED, f"This route takes {', '.join(methods)}.")
        endpoint, handler = found
        if endpoint.keyed and self.services.key is not None and not _key_fits(visit.headers.get(b"authorization", b""), self.services.key):
            raise Failure(AUTH_REQUIRED, "Send the router's key as `Authorization: Bearer ...`.")
        await handler(visit)

    def _host_allowed(self, host: bytes) -> bool:
        """Whether a Host header is one of ours. A web page can point a name of its own at us, but it cannot make that name ours."""
        name = _host_name(host.decode("latin-1").lower())
        exact, suffixes, anything = self._hosts
        return anything or name in exact or _is_address(name) or name.endswith(suffixes) or _is_service(name, self.services)


def _hosts_of(services: Services) -> tuple[frozenset[str], tuple[str, ...], bool]:
    api = services.deployment.api
    allowed = [host.lower() for host in api.allowed_hosts]
    exact = {"", "localhost", api.service, api.public.host.lower(), *allowed}
    suffixes = [host[1:] for host in allowed if host.startswith("*.")]
    return frozenset(exact), (".localhost", *suffixes), "*" in allowed


def _is_service(name: str, services: Services) -> bool:
    """Whether a name is that of our Service in some namespace of a Kubernetes cluster; `svc` is no domain that anyone can register."""
    return name.startswith(f"{services.deployment.api.service}.") and name.endswith((".svc", ".svc.cluster.local"))


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    """Whether a host name is an IP literal: no web page can have one as its own name, so it cannot be rebound."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _key_fits(authorization: bytes, key: bytes) -> bool:
    """Compared in constant time, as digests so that not even the key's length shows."""
    scheme, _, given = authorization.partition(b" ")
    same = hmac.compare_digest(hashlib.sha256(given.strip()).digest(), hashlib.sha256(key).digest())
    return same and scheme.lower() == b"bearer"


def _where(error: BaseException) -> str:
    """The place of a failure of ours, without any of the values that were there."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace is not None else ""


class _Visit:
    """One HTTP request and its response."""

    __slots__ = ("_receive", "_scope", "_send", "app", "client", "headers", "id", "method", "path", "services", "settings", "trace_id")

    def __init__(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        self.app = app
        self.services = services = app.services
        self.settings = services.settings
        self._scope = scope
        self._receive = receive
        self._send = send
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: Headers = dict(scope["headers"])
        given = self.headers.get(b"x-request-id", b"")
        self.id = given.decode() if _CLIENT_ID.fullmatch(given) else services.entropy(16).hex()
        trace = _TRACEPARENT.fullmatch(self.headers.get(b"traceparent", b""))
        self.trace_id = trace.group(1).decode() if trace is not None else services.entropy(16).hex()
        self.client: OpenAIClient | NativeClient | None = None

    @property
    def dialect(self) -> Dialect:
        return "openai" if self.path.startswith("/v1/") else "native"

    def left(self) -> bool:
        """Whether the client has gone; only the server's protocol knows."""
        gone = self._scope.get("aua.left")
        return bool(gone is not None and gone())

    def base(self, session_id: str | None = None) -> list[tuple[bytes, bytes]]:
        """The headers of every response."""
        found = [
            (headers.REQUEST_ID.encode(), self.id.encode()),
            (headers.TRACE_ID.encode(), self.trace_id.encode()),
            (headers.PLAN.encode(), self.services.plan_digest.encode()),
            *self._cors(),
        ]
        if session_id is not None:
            found.append((headers.SESSION_ID.encode(), session_id.encode()))
        return found

    def _cors(self) -> list[tuple[bytes, bytes]]:
        """What lets a web page of an allowed origin read the response. Only on the public listener."""
        origin = self.headers.get(b"origin")
        cors = self.settings.cors
        if origin is None or self.app.face == "management" or not cors.origins:
            return []
        vary = (b"vary", b"origin")
        if "*" in cors.origins and not cors.credentials:
            return [(b"access-control-allow-origin", b"*")]
        if origin.decode("latin-1") not in cors.origins:
            return [vary]
        found = [(b"access-control-allow-origin", origin), vary]
        return [*found, (b"access-control-allow-credentials", b"true")] if cors.credentials else found

    async def preflight(self, methods: Iterable[str]) -> None:
        found = self.base()
        if any(name == b"access-control-allow-origin" for name, _ in found):
            found.append((b"access-control-allow-methods", ", ".join(methods).encode()))
            found.append((b"access-control-allow-headers", b"authorization, content-type, x-request-id, x-aua-session-id"))
            found.append((b"access-control-max-age", b"600"))
        await self._send({"type": "http.response.start", "status": 204, "headers": found})
        await self._send({"type": "http.response.body", "body": b""})

    async def body(self) -> bytes:
        """The whole request body. Failure when it is longer than it may be."""
        limit = self.services.deployment.api.limits.body_bytes
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > limit:
            raise _too_large(limit)
        parts = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    async def data(self) -> Any:
        """The request body as JSON."""
        media = self.headers.get(b"content-type", b"application/json").partition(b";")[0].strip().lower()
        if media != b"application/json" and not media.endswith(b"+json"):
            raise Failure(REQUEST_INVALID, "The body must be `application/json`.", status=415)
        try:
            return orjson.loads(await self.body())
        except orjson.JSONDecodeError:
            raise Failure(REQUEST_INVALID, "The body is not JSON.") from None

    async def document(self, status: int, data: object) -> None:
        await self.raw(status, orjson.dumps(data), b"application/json")

    async def raw(self, status: int, body: bytes, media: bytes) -> None:
        found = [(b"content-type", media), (b"content-length", b"%d" % len(body)), *self.base()]
        await self._send({"type": "http.response.start", "status": status, "headers": found})
        await self._send({"type": "http.response.body", "body": body})

    async def fail(self, failure: Failure) -> None:
        """Tell the client, unless it has left."""
        if self.left():
            return
        if self.client is None:
            client_type = OpenAIClient if self.dialect == "openai" else NativeClient
            self.client = client_type(self._send, self.base(), self.services.wall)
        await self.client.fail(failure, self.trace_id)

    def request(self, data: dict[str, Any], dialect: Dialect, *, model: str, stream: bool, session_id: str | None = None) -> Request:
        """The question in a chat request that has been checked."""
        services = self.services
        given = (session_id or "").encode() or self.headers.get(headers.SESSION_ID.encode(), b"")
        session = given.decode() if _CLIENT_ID.fullmatch(given) else services.entropy(16).hex()
        question, context = question_of(data["messages"])
        client_type = OpenAIClient if dialect == "openai" else NativeClient
        self.client = client_type(self._send, self.base(session), services.wall)
        now_s = services.clock()
        span = services.entropy(8).hex().encode()
        passed = [(name, value) for name, value in self.headers.items() if name.decode("latin-1") in headers.TO_UPSTREAM]
        return Request(
            id=self.id,
            trace_id=self.trace_id,
            session_id=session,
            client_host=(self._scope.get("client") or ("",))[0],
            dialect=dialect,
            body=data,
            model=model,
            question=question,
            context=context,
            stream=stream,
            settings=self.settings,
            services=services,
            client=self.client,
            forwarded=(
                (headers.REQUEST_ID.encode(), self.id.encode()),
                (headers.TRACEPARENT.encode(), b"00-%b-%b-01" % (self.trace_id.encode(), span)),
                *passed,
            ),
            received_s=now_s,
            deadline_s=now_s + self.settings.routing.deadline_s,
        )


def _too_large(limit: int) -> Failure:
    return Failure(REQUEST_TOO_LARGE, f"The body exceeds {limit} bytes.")


# --- answers


async def _answer(visit: _Visit, request: Request) -> None:
    services = visit.services
    if services.draining:
        raise Failure(DRAINING, "The router is stopping; ask another.", retry_after_s=1)
    limits = services.deployment.api.limits
    if request.stream and services.open_answers >= limits.streams:
        raise Failure(OVERLOADED, f"{limits.streams} streams are open, as many as may be.", retry_after_s=1)
    services.open_answers += request.stream
    services.metrics.set(names.STREAMS_OPEN, services.open_answers)
    try:
        await services.deployment.answered(request)
    finally:
        services.open_answers -= request.stream
        services.metrics.set(names.STREAMS_OPEN, services.open_answers)
        _log(request)


def _log(request: Request) -> None:
    log = request.services.log
    answer = request.answer
    facts = {
        "request_id": request.id,
        "trace_id": request.trace_id,
        "outcome": request.outcome,
        "code": request.error,
        "field": request.route.field_name if request.route is not None else None,
        "mode": request.route.mode if request.route is not None else None,
        "specialist": answer.specialist.name if answer is not None and answer.specialist is not None else None,
        "client": request.client_host,
        "calls": len(request.calls),
        "seconds": round(request.services.clock() - request.received_s, 4),
    }
    if log.prompts:
        facts |= {"question": request.question, "answer": answer.text if answer is not None else None}
    log.info("query", **facts)


async def _chat_completions(visit: _Visit) -> None:
    data = checked_body(await visit.data())
    await _answer(visit, visit.request(data, "openai", model=data.get("model", ROUTED), stream=bool(data.get("stream"))))


async def _query(visit: _Visit) -> None:
    await _answer(visit, _native(visit, await visit.data(), stream=False))


async def _query_stream(visit: _Visit) -> None:
    await _answer(visit, _native(visit, await visit.data(), stream=True))


async def _explain(visit: _Visit) -> None:
    request = _native(visit, await visit.data(), stream=False)
    route = visit.services.deployment.routed(request)
    await visit.document(200, {"request_id": request.id, "trace_id": request.trace_id, **explained(request, route)})


def _native(visit: _Visit, data: object, *, stream: bool) -> Request:
    """A native question as the chat request it stands for: `query`, or `messages` as in a chat; `field` or `specialist` pin the route."""
    if not isinstance(data, dict):
        raise Failure(REQUEST_INVALID, "The body must be a JSON object.")
    for key in NATIVE_KEYS | {"model"}:
        if key in data and not isinstance(data[key], str):
            raise Failure(REQUEST_INVALID, f"`{key}` must be a string.", details={"param": key})
    if ("query" in data) == ("messages" in data):
        raise Failure(REQUEST_INVALID, "Send either `query` or `messages`.", details={"param": "query"})
    if "query" in data and not data["query"].strip():
        raise Failure(REQUEST_INVALID, "`query` is empty.", details={"param": "query"})
    chat = {key: value for key, value in data.items() if key not in NATIVE_KEYS}
    if "query" in data:
        chat["messages"] = [{"role": "user", "content": data["query"]}]
    chat["stream"] = stream
    model = data.get("specialist") or data.get("field") or data.get("model") or ROUTED
    return visit.request(checked_body(chat), "native", model=model, stream=stream, session_id=data.get("session_id"))


# --- everything else


async def _models(visit: _Visit) -> None:
    deployment = visit.services.deployment
    pinned = [specialist.name for specialist in deployment.specialists]
    fields = [field.name for field in deployment.fields if field.specialists and field.name not in pinned]
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "aua"} for name in (ROUTED, *pinned, *fields)]
    await visit.document(200, {"object": "list", "data": listed})


async def _live(visit: _Visit) -> None:
    await visit.document(200, {"status": "live"})


async def _ready(visit: _Visit) -> None:
    """Ready while it has started, is not stopping, and can record what it does. A model server that fails is the breaker's matter."""
    services = visit.services
    ready = services.started and not services.draining and services.recorder.healthy
    breakers = {name: upstream.breaker.state for name, upstream in services.upstreams.items()}
    status = "draining" if services.draining else "ready" if ready else "not_ready"
    await visit.document(200 if ready else 503, {"status": status, "state": services.recorder.healthy, "breakers": breakers})


async def _startup(visit: _Visit) -> None:
    started = visit.services.started
    await visit.document(200 if started else 503, {"status": "started" if started else "starting"})


async def _version(visit: _Visit) -> None:
    services = visit.services
    await visit.document(
        200,
        {
            "deployment": services.deployment.name,
            "runtime": VERSION,
            "python": platform.python_version(),
            "plan": services.plan_digest,
            "structure": services.deployment.structure,
        },
    )


async def _metrics(visit: _Visit) -> None:
    services = visit.services
    for name, upstream in services.upstreams.items():
        services.metrics.breaker(name, upstream.breaker.state)
    await visit.raw(200, services.metrics.text(), metrics.CONTENT_TYPE)


async def _plan(visit: _Visit) -> None:
    await visit.document(200, _redacted(orjson.loads(visit.app.plan)))


def _redacted(value: object) -> object:
    """A plan without the values of headers and environment variables: they should hold no secret, and need not be shown to prove it."""
    if isinstance(value, dict):
        return {
            key: dict.fromkeys(item, "redacted") if key in _REDACTED and isinstance(item, dict) else _redacted(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return value


async def _reload(visit: _Visit) -> None:
    try:
        outcome = visit.app.reload()
    except SettingsRefused as refused:
        raise Failure(
            SETTINGS_REFUSED, "The settings were refused; the old ones stay.", details={"faults": refused.faults, "apply": refused.apply}
        ) from None
    await visit.document(200, {"outcome": outcome, "plan": visit.services.plan_digest})


_HANDLERS: Mapping[str, Handler] = {
    "chat_completions": _chat_completions,
    "models": _models,
    "query": _query,
    "query_stream": _query_stream,
    "explain": _explain,
    "live": _live,
    "ready": _ready,
    "startup": _startup,
    "version": _version,
    "metrics": _metrics,
    "plan": _plan,
    "reload": _reload,
}
