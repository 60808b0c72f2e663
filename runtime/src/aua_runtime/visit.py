"""One HTTP request and its response, as the dispatcher and the endpoints see them."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

import orjson

from aua_runtime.contract import headers
from aua_runtime.contract.errors import REQUEST_INVALID, REQUEST_TOO_LARGE, Failure
from aua_runtime.reply.native import NativeClient
from aua_runtime.reply.openai import OpenAIClient
from aua_runtime.request import Dialect, Request, question_of

if TYPE_CHECKING:
    from aua_runtime.app import App

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = dict[bytes, bytes]

_CLIENT_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Disconnected(Exception):  # noqa: N818 - an outcome
    """The client left before its request was complete."""


class Visit:
    """One HTTP request and its response."""

    __slots__ = ("_receive", "_scope", "_send", "app", "client", "headers", "id", "method", "path", "services", "settings", "trace_id")

    def __init__(self, app: "App", scope: Scope, receive: Receive, send: Send) -> None:
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
        named = _CLIENT_ID.fullmatch(given) is not None
        session = given.decode() if named else services.entropy(16).hex()
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
            session_named=named,
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
