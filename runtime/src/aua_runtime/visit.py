"""One HTTP request and its response, as the dispatcher and the endpoints see them."""

import asyncio
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson

from aua_runtime.contract import headers
from aua_runtime.contract.errors import REQUEST_INVALID, Failure
from aua_runtime.reply.completions import CompletionsClient
from aua_runtime.reply.native import NativeClient
from aua_runtime.reply.openai import OpenAIClient
from aua_runtime.reply.told import route_headers
from aua_runtime.request import Dialect, Operation, Request

if TYPE_CHECKING:
    from aua_runtime.app import App
    from aua_runtime.http1 import Inbound

_CLIENT_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(
    rb"(?:00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})"
    rb"|(?!00|ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?)"
)
"""W3C Trace Context, sections 3.2 and 4: a later version is read as far as this one goes; what else it says is not known here."""
_FLAGS_KEPT = 0b11  # whether the caller records, and whether its trace id is random; the others are not known here
_RECORDED = "01"

_REQUEST_ID = headers.REQUEST_ID.encode()
_SESSION_ID = headers.SESSION_ID.encode()
_TRACEPARENT_NAME = headers.TRACEPARENT.encode()
_TRACESTATE = headers.TRACESTATE.encode()
_TO_UPSTREAM = tuple(name.encode() for name in sorted(headers.TO_UPSTREAM))


class Visit:
    """One HTTP request and its response. The connection fills in what concerns framing; `headers` holds those of `http1.READ`."""

    __slots__ = (
        "_drawn",
        "_link",
        "app",
        "asked",
        "begun",
        "body",
        "chunked",
        "client",
        "ended",
        "headers",
        "id",
        "keep",
        "method",
        "path",
        "refused",
        "services",
        "session_id",
        "session_named",
        "settings",
        "task",
        "trace_flags",
        "trace_id",
        "unread",
    )

    def __init__(self, app: "App", link: "Inbound", method: str, target: bytes, fields: dict[bytes, bytes]) -> None:
        self._link = link
        self.app = app
        self.services = services = app.services
        self.settings = services.settings
        self.method = method
        self.headers = fields
        self.path = app.targets.get(target) or self._path_of(target)
        self.body = b""
        drawn = self._drawn = services.entropy(16 + 16 + 16 + 8)
        given = fields.get(_REQUEST_ID)
        self.id = given.decode() if given is not None and _CLIENT_ID.fullmatch(given) else drawn[:32]
        given = fields.get(_TRACEPARENT_NAME)
        trace = _TRACEPARENT.fullmatch(given) if given is not None else None
        if trace is None:
            self.trace_id, self.trace_flags = drawn[32:64], _RECORDED
            fields.pop(_TRACESTATE, None)  # it belongs to a trace that cannot be told
        else:
            known, flags, later, later_flags = trace.groups()
            self.trace_id = (known or later).decode()
            self.trace_flags = f"{int(flags or later_flags, 16) & _FLAGS_KEPT:02x}"
        self.session_id = ""  # until somebody needs it
        self.session_named = False  # whether the client gave it
        self.asked: Request | None = None  # the question, once it is one
        self.client: OpenAIClient | NativeClient | None = None
        self.task: asyncio.Task[None] | None = None
        self.refused: Failure | None = None  # what the connection itself found wrong
        self.keep = True  # whether the connection takes further requests
        self.chunked = True  # whether a stream is framed; else the connection's end is its end
        self.unread = False  # whether the client may still be sending the body
        self.begun = False  # the response
        self.ended = False

    def _path_of(self, target: bytes) -> str:
        """The path in a target with a query, with escapes, or with the host that then counts (RFC 9112, section 3.2.2)."""
        scheme, absolute, rest = target.partition(b"://")
        if absolute and scheme.lower() in {b"http", b"https"}:
            host, slash, path = rest.partition(b"/")
            self.headers[b"host"] = host
            target = slash + path
        return unquote(target.partition(b"?")[0].decode("latin-1"))

    @property
    def dialect(self) -> Dialect:
        return "openai" if self.path.startswith("/v1/") else "native"

    @property
    def client_host(self) -> str:
        """Where the request comes from."""
        return self.app.client_host(self._link.host, self.headers)

    def left(self) -> bool:
        """Whether the client has gone."""
        return self._link.gone

    def _in_session(self, given: bytes | None) -> None:
        """Take the session that the client names, if a name it is, else a new one."""
        self.session_named = given is not None and _CLIENT_ID.fullmatch(given) is not None
        self.session_id = given.decode() if given is not None and self.session_named else self._drawn[64:96]

    def common(self) -> str:
        """The headers of every response, as they go over the wire."""
        if not self.session_id:
            self._in_session(self.headers.get(_SESSION_ID))
        told = (
            f"{headers.REQUEST_ID}: {self.id}\r\n{headers.SESSION_ID}: {self.session_id}\r\n"
            f"{headers.TRACE_ID}: {self.trace_id}\r\n{headers.PLAN}: {self.services.plan_digest}\r\n"
        )
        return told + self._cors() if b"origin" in self.headers else told

    def _cors(self) -> str:
        """What lets a web page of an allowed origin read the response. Only on the public listener."""
        origin = self.headers[b"origin"].decode("latin-1")
        cors = self.settings.cors
        if self.app.face == "management" or not cors.origins:
            return ""
        if "*" in cors.origins and not cors.credentials:
            return "access-control-allow-origin: *\r\n"
        if origin not in cors.origins:
            return "vary: origin\r\n"
        credentials = "access-control-allow-credentials: true\r\n" if cors.credentials else ""
        return f"access-control-allow-origin: {origin}\r\nvary: origin\r\n{credentials}"

    def preflight(self, methods: Iterable[str]) -> None:
        found = self.common()
        if "access-control-allow-origin" in found:
            found += (
                f"access-control-allow-methods: {', '.join(methods)}\r\n"
                "access-control-allow-headers: authorization, content-type, x-request-id, x-aua-session-id\r\n"
                "access-control-max-age: 600\r\n"
            )
        self._link.whole(self, 204, found, b"")

    def data(self) -> Any:
        """The request body as JSON."""
        media = self.headers.get(b"content-type")
        if media is not None and media != b"application/json":
            media = media.partition(b";")[0].strip().lower()
            if media != b"application/json" and not media.endswith(b"+json"):
                raise Failure(REQUEST_INVALID, "The body must be `application/json`.", status=415)
        if self.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Failure(REQUEST_INVALID, "The body must not be encoded.", status=415)
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Failure(REQUEST_INVALID, "The body is not JSON.") from None

    def document(self, status: int, data: object) -> None:
        self.raw(status, orjson.dumps(data), "application/json")

    def raw(self, status: int, body: bytes, media: str) -> None:
        self.whole(status, f"content-type: {media}\r\n{self.common()}", body)

    # --- what the dialects write to

    def whole(self, status: int, fields: str, body: bytes) -> None:
        """Send a response that is known whole."""
        self._link.whole(self, status, fields, body)

    def begin(self, fields: str) -> None:
        """Send the head of a stream."""
        self._link.begin(self, fields)

    async def send(self, data: bytes) -> None:
        """Send a piece of a stream, once the client has read enough of what went before."""
        await self._link.send(self, data)

    def offer(self, data: bytes) -> bool:
        """Send a piece of a stream now; False, and nothing is sent, where the client has yet to read what went before."""
        return self._link.offer(self, data)

    async def end(self, data: bytes = b"") -> None:
        """Send the last piece of a stream."""
        await self._link.end(self, data)

    async def fail(self, failure: Failure) -> None:
        """Tell the client, unless it has left or has its answer."""
        if self.ended or self.left():
            return
        if self.client is None:
            client_type = OpenAIClient if self.dialect == "openai" else NativeClient
            self.client = client_type(self, self.common())
        await self.client.fail(failure, self.trace_id, route_headers(self.asked, None) if self.asked is not None else "")

    def request(
        self,
        body: dict[str, Any],
        dialect: Dialect,
        question: str,
        context: str = "",
        *,
        model: str,
        stream: bool,
        operation: Operation = "chat",
        session_id: str | None = None,
        held: dict[str, Any] | None = None,
    ) -> Request:
        """The question in a body that has been checked. `held` is what the client sent, where that was not the body."""
        services = self.services
        self._in_session(session_id.encode() if session_id else self.headers.get(_SESSION_ID))
        client_type = NativeClient if dialect == "native" else CompletionsClient if operation == "completions" else OpenAIClient
        self.client = client_type(self, self.common())
        now_s = services.clock()
        span = self._drawn[96:]
        trace = services.tracer.begun(self, span) if services.tracer is not None else None
        forwarded = f"\r\n{headers.REQUEST_ID}: {self.id}\r\n{headers.TRACEPARENT}: 00-{self.trace_id}-{span}-{self.trace_flags}"
        for name in _TO_UPSTREAM:
            if name in self.headers:
                forwarded += f"\r\n{name.decode()}: {self.headers[name].decode('latin-1')}"
        self.asked = Request(  # by position: a call of a class by name first makes a dictionary, which doubles what this costs
            self.id,
            self.trace_id,
            self.session_id,
            self.session_named,
            self.client_host,
            dialect,
            self.body,
            body if held is None else held,
            operation,
            body,
            model,
            question,
            context,
            stream,
            self.settings,
            services,
            self.client,
            forwarded.encode("latin-1"),
            now_s,
            now_s + self.settings.routing.deadline_s,
        )
        self.asked.trace = trace
        return self.asked
