"""HTTP/1.1 as the router speaks it to clients: requests read one after another, each answered whole or as a stream, in their order.

What a request asks for is the dispatcher's matter (`app`). Here are framing, deadlines, bounds, and what happens when a client leaves.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import httptools

from aua_runtime.contract import headers
from aua_runtime.contract.errors import REQUEST_TOO_LARGE, Failure
from aua_runtime.outbox import Outbox
from aua_runtime.plan import Limits
from aua_runtime.visit import Visit

if TYPE_CHECKING:
    from aua_runtime.app import App

HEAD_S = 10.0
"""How long a client may take over a request's head; slower ones hold connections open on purpose."""
BODY_S = 60.0
"""How long a client may take over a request's body once its head is there."""
STALL_S = 60.0
"""How long a client may leave what it was sent unread, before the connection and the call behind it are given up."""
KEEP_ALIVE_S = 75.0
"""Idle client connections are kept longer than the 60 s of common proxies, so that the proxy closes first."""
LINGER_S = 2.0
"""How long a client may pause in what it still sends after a refusal, which is thrown away: closed at once, the refusal could be lost
(RFC 9112, section 9.6)."""
LINGER_MOST_S = 30.0
"""How long that goes on at most."""
FRAMING_SHARE = 16
"""Bytes of chunk sizes and line ends that each byte of a body may bring with it; in chunks of one byte there are 5."""
UNREAD_BYTES = 64 * 1024 * 1024
"""What is thrown away of what a client still sends after a refusal: many send all of a body before they read. More waits in the network."""
UNREAD_PAUSE_S = 0.005
"""Between pieces of what is thrown away, so that others' requests do not wait for it: read as fast as it comes, it would fill the loop."""
TURN_BYTES = 64 * 1024
"""A piece of a body that is longer was not the last that waits: others have their turn before the next is read."""
EXPIRED_AT_ONCE = 16
"""Connections whose wait is over that are ended in one turn of the event loop; each takes some tens of microseconds."""
AHEAD_BYTES = 64 * 1024
"""Of the requests that a client sends before it has the answer to its first, this much is read; the rest waits in the network."""

READ = frozenset(
    name.encode()
    for name in (
        "host",
        "accept",
        "authorization",
        "content-encoding",
        "content-type",
        "content-length",
        "expect",
        "transfer-encoding",
        "origin",
        "access-control-request-method",
        "x-forwarded-for",
        headers.REQUEST_ID,
        headers.SESSION_ID,
        headers.TRACEPARENT,
        *headers.TO_UPSTREAM,
    )
)
"""The request headers that the router reads; no other is kept."""

LISTS = frozenset({b"accept", b"x-forwarded-for", headers.TRACEPARENT.encode(), headers.TRACESTATE.encode()})
"""Those that may come in several lines; two of `traceparent` are one that cannot be read."""

NEVER = float("inf")
_NO_CONTENT = HTTPStatus.NO_CONTENT.value  # looked up on the class, a status costs as much as writing the head
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_TASK = "request"  # the loop's own way to make a task writes each a name, at a third of what it costs
_TURNED_AWAY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"


@dataclass(slots=True)
class Door:
    """What the connections of one listener share. `date` is the Date header of all responses (RFC 9110, section 6.6.1)."""

    app: "App"
    limits: Limits
    now_s: float
    outbox: Outbox
    date: str = ""
    closing: bool = False
    connections: "set[Inbound]" = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def sweep(self, now_s: float) -> None:
        """End what has waited too long. One pass over the connections is cheaper than a timer for each wait of each request."""
        self.now_s = now_s
        self._expire([connection for connection in self.connections if connection.due_s < now_s])

    def _expire(self, late: "list[Inbound]") -> None:
        """A few in each turn of the event loop: those who ask meanwhile do not wait until thousands are closed."""
        for connection in [late.pop() for _ in range(min(len(late), EXPIRED_AT_ONCE))]:
            if connection.due_s < self.now_s:
                connection.expire()
        if late:
            asyncio.get_running_loop().call_soon(self._expire, late)


class Inbound(asyncio.Protocol):
    """One client's connection. At most one request is being answered; what comes meanwhile waits, first unread, then in `_queue`."""

    __slots__ = (
        "_ahead",
        "_ahead_bytes",
        "_arriving",
        "_broken",
        "_current",
        "_discarding",
        "_door",
        "_fields",
        "_head_bytes",
        "_head_came",
        "_in_head",
        "_last",
        "_linger_until_s",
        "_loop",
        "_parser",
        "_parts",
        "_paused",
        "_queue",
        "_raw_bytes",
        "_size",
        "_stalled",
        "_target",
        "_transport",
        "_unread_bytes",
        "_unsent",
        "_waiting",
        "due_s",
        "host",
    )

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        self._door = door
        self._loop = loop
        self._parser: httptools.HttpRequestParser | None = None
        self._transport: asyncio.Transport | None = None
        self.host = ""
        self.due_s = NEVER
        self._in_head = False
        self._head_came = False  # since reading last began
        self._target = b""
        self._fields: dict[bytes, bytes] = {}
        self._head_bytes = 0  # of the names and values that came
        self._raw_bytes = 0  # of pieces that hold nothing but a part of a head, or of a body
        self._arriving: Visit | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._current: Visit | None = None
        self._queue: deque[Visit] = deque()
        self._ahead: list[bytes] = []
        self._ahead_bytes = 0
        self._unread_bytes = 0
        self._paused = False  # reading
        self._stalled = False  # writing
        self._unsent: list[bytes] = []
        self._waiting: list[asyncio.Future[None]] = []  # until the client has read more
        self._last = False  # no further request is read
        self._broken = b""  # what to say once all that came before is answered
        self._discarding = False
        self._linger_until_s = NEVER

    # --- what the socket does

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its ancestry
        door = self._door
        if len(door.connections) >= door.limits.connections:
            self._transport.write(_TURNED_AWAY)
            self._transport.close()
            return
        door.connections.add(self)
        peer = transport.get_extra_info("peername")
        self.host = peer[0] if isinstance(peer, tuple) else ""
        self.due_s = door.now_s + HEAD_S
        self._in_head = True
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        if self._last and self._arriving is None:
            self._unread_bytes += len(data)
            if self._discarding:
                self.due_s = min(self._door.now_s + LINGER_S, self._linger_until_s)
            self._pause()
            if self._unread_bytes <= UNREAD_BYTES:
                self._loop.call_later(UNREAD_PAUSE_S, self._resume)
        elif self._current is None and not self._stalled:
            self._feed(data)
            if self._arriving is not None and len(data) > TURN_BYTES:
                self._pause()
                self._loop.call_soon(self._resume)
        else:
            self._ahead.append(data)
            self._ahead_bytes += len(data)
            if self._ahead_bytes > AHEAD_BYTES:
                self._pause()

    def _pause(self) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - what the event loop passes
        self._door.connections.discard(self)
        self._transport = None
        self._parser = None  # the two hold each other
        self.due_s = NEVER
        self._queue.clear()
        self._ahead.clear()
        self._unsent.clear()
        self._arriving = None
        self._wake()
        current, self._current = self._current, None
        if current is not None and current.task is not None:
            current.task.add_done_callback(self._door.tasks.discard)  # a task that never ran cannot do so itself
            current.task.cancel()

    def pause_writing(self) -> None:
        self._stalled = True
        self.due_s = self._door.now_s + STALL_S

    def resume_writing(self) -> None:
        self._stalled = False
        self._wake()
        if self._discarding:
            return
        self.due_s = NEVER
        if self._current is None:
            self._advance()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    # --- what the parser does

    def on_message_begin(self) -> None:
        self._in_head = True
        self._target = b""
        self._fields = {}
        self._head_bytes = 0
        self._raw_bytes = 0
        if self._current is None:
            self.due_s = self._door.now_s + HEAD_S

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        name = name.lower()
        if name in READ:
            fields = self._fields
            if name in fields:
                if name == b"host":
                    raise ValueError  # two readers could take different ones (RFC 9112, section 3.2)
                if name in LISTS:
                    value = fields[name] + b"," + value
            fields[name] = value

    def on_headers_complete(self) -> None:
        parser, limits = self._parser, self._door.limits
        assert parser is not None
        fields = self._fields
        self._in_head = False
        self._head_came = True
        self._raw_bytes = 0
        self._fields = {}  # trailers are no headers
        visit = self._arriving = Visit(self._door.app, self, parser.get_method().decode(), self._target, fields)
        self._parts = []
        self._size = 0
        if self._current is None:
            self.due_s = self._door.now_s + BODY_S
        version = parser.get_http_version()
        visit.chunked = version == "1.1"
        visit.keep = visit.chunked and parser.should_keep_alive() and not parser.should_upgrade()
        self._last = not visit.keep
        if self._head_bytes + len(self._target) > limits.header_bytes:
            self._arriving = None
            self._break(b"431 Request Header Fields Too Large")
        elif not visit.chunked and version != "1.0":
            self._arriving = None
            self._break(b"505 HTTP Version Not Supported")
        elif fields.get(b"transfer-encoding", b"chunked").strip().lower() != b"chunked":
            self._arriving = None
            self._break(b"400 Bad Request")  # of a body that is compressed besides, say, the text would be another
        elif int(fields.get(b"content-length", b"0")) > limits.body_bytes:
            self._refuse_body(visit)
        elif b"expect" in fields and self._current is None:
            self._invite(visit)

    def on_body(self, data: bytes) -> None:
        visit = self._arriving
        if visit is not None:
            self._parts.append(data)
            self._size += len(data)
            if self._size > self._door.limits.body_bytes:
                self._refuse_body(visit)

    def on_message_complete(self) -> None:
        visit = self._arriving
        if visit is None:
            return
        self._arriving = None
        parts = self._parts
        visit.body = parts[0] if len(parts) == 1 else b"".join(parts)
        self._parts = []
        if self._current is None:
            self._start(visit)
        else:
            self._queue.append(visit)

    # --- reading

    def _feed(self, data: bytes) -> None:
        parser = self._parser
        if parser is None or (self._last and self._arriving is None):
            return
        only_head = self._arriving is None
        self._head_came = False
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # answered as what it also is, a request of HTTP/1.1; nothing after it is read
        except httptools.HttpParserError:
            if not self._last or self._arriving is not None:
                self._arriving = None
                self._break(b"400 Bad Request")
        if self._in_head and only_head and not self._head_came:
            self._raw_bytes += len(data)
            if self._raw_bytes > self._door.limits.header_bytes:
                self._break(b"431 Request Header Fields Too Large")
        elif self._arriving is not None and not only_head:
            self._raw_bytes += len(data)
            if self._raw_bytes - FRAMING_SHARE * self._size > self._door.limits.header_bytes:
                self._arriving = None
                self._break(b"400 Bad Request")  # chunk extensions or trailers without end

    def _invite(self, visit: Visit) -> None:
        """Ask for the body of a client that waits to be asked, unless it will be refused anyway (RFC 9110, section 10.1.1)."""
        if visit.headers[b"expect"].lower() != b"100-continue":
            return
        if self._door.app.refusal(visit) is None:
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        else:
            self._start_early(visit)

    def _refuse_body(self, visit: Visit) -> None:
        limit = self._door.limits.body_bytes
        visit.refused = Failure(REQUEST_TOO_LARGE, f"The body exceeds {limit} bytes.")
        self._start_early(visit)

    def _start_early(self, visit: Visit) -> None:
        """Answer before the body is there; what comes of it is thrown away, and the connection ends."""
        self._arriving = None
        self._parts = []
        self._last = True
        visit.keep = False
        visit.unread = True
        if self._current is None:
            self._start(visit)
        else:
            self._queue.append(visit)

    def _start(self, visit: Visit) -> None:
        self._current = visit
        self.due_s = NEVER
        door = self._door
        visit.task = task = asyncio.Task(door.app.answer(visit, door.tasks), loop=self._loop, name=_TASK)
        door.tasks.add(task)

    def _break(self, status: bytes) -> None:
        """Stop reading; say why once what came before is answered."""
        self._last = True
        self._broken = status
        if self._current is None:
            self._advance()

    # --- writing

    @property
    def gone(self) -> bool:
        """Whether the client has left."""
        return self._transport is None or self._transport.is_closing()

    def whole(self, visit: Visit, status: int, fields: str, body: bytes) -> None:
        """Send a response that is known whole, and go on to the next request."""
        if visit.begun or self._transport is None:
            return
        visit.begun = visit.ended = True
        close = self._ends(visit)
        length = "" if status == _NO_CONTENT else f"content-length: {len(body)}\r\n"
        head = f"{_STATUS[status]}{self._door.date}{fields}{length}{close}\r\n".encode("latin-1")
        data = head if visit.method == "HEAD" else head + body
        if close or len(self._door.tasks) == 1:  # nobody else to write to: the answer goes out before it is scored
            self._write(data)
        else:
            self._soon(data)
        self._done(visit)

    def begin(self, visit: Visit, fields: str) -> None:
        """Send the head of a stream."""
        if visit.begun or self._transport is None:
            return
        visit.begun = True
        visit.keep = visit.keep and visit.chunked
        framing = "transfer-encoding: chunked\r\n" if visit.chunked else ""
        self._soon(f"{_STATUS[200]}{self._door.date}{fields}{framing}{self._ends(visit)}\r\n".encode("latin-1"))

    async def send(self, visit: Visit, data: bytes) -> None:
        """Send a piece of a stream, once the client has read enough of what went before."""
        if self._stalled:
            await self._flushed()
        if not visit.ended and data:
            self._soon(b"%x\r\n%b\r\n" % (len(data), data) if visit.chunked else data)

    def offer(self, visit: Visit, data: bytes) -> bool:
        """Send a piece of a stream now; False, and nothing is sent, where the client has yet to read what went before."""
        if self._stalled or visit.ended:
            return False
        self._write(b"%x\r\n%b\r\n" % (len(data), data) if visit.chunked else data)
        return True

    async def end(self, visit: Visit, data: bytes) -> None:
        """Send the last piece of a stream, which may be empty."""
        if self._stalled:
            await self._flushed()
        if self._transport is None or visit.ended:
            return
        visit.ended = True
        if visit.chunked:
            data = b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data) if data else b"0\r\n\r\n"
        self._write(data)
        self._done(visit)

    def _ends(self, visit: Visit) -> str:
        if self._door.closing:
            visit.keep = False
        return "" if visit.keep else "connection: close\r\n"

    async def _flushed(self) -> None:
        while self._stalled and self._transport is not None:
            waiter = self._loop.create_future()
            self._waiting.append(waiter)
            await waiter

    def _soon(self, data: bytes) -> None:
        """Write with whatever else is written before the event loop goes on."""
        if not self._unsent:
            self._door.outbox.add(self)
        self._unsent.append(data)

    def flush(self) -> None:
        """Write what waits to be written."""
        self._write(b"")

    def _write(self, data: bytes) -> None:
        if self._unsent:
            data = b"".join((*self._unsent, data))
            self._unsent.clear()
        if self._transport is not None and data:
            self._transport.write(data)

    def _done(self, visit: Visit) -> None:
        """A response is complete."""
        self._current = None
        if not visit.keep or self._door.closing:
            self._close(linger=visit.unread)
        elif not self._stalled:
            self._advance()

    def _advance(self) -> None:
        """Go on to what has waited, or wait for what comes."""
        if self._queue:
            self._start(self._queue.popleft())
            return
        if self._ahead:
            data = b"".join(self._ahead)
            self._ahead = []
            self._ahead_bytes = 0
            self._feed(data)
        self._resume()
        if self._current is not None:
            return
        if self._broken:
            broken, self._broken = self._broken, b""
            self._write(b"HTTP/1.1 " + broken + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self._close(linger=True)
        elif self._arriving is not None:
            self.due_s = self._door.now_s + BODY_S
            if b"expect" in self._arriving.headers and not self._parts:
                self._invite(self._arriving)
        elif self._in_head:
            self.due_s = self._door.now_s + HEAD_S
        else:
            self.due_s = self._door.now_s + KEEP_ALIVE_S

    def _close(self, *, linger: bool) -> None:
        """End the connection once what was written is sent; `linger` where the client may still be sending."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._last = True
        self._arriving = None
        self.flush()
        if linger and transport.can_write_eof():
            transport.write_eof()
            self.due_s = self._door.now_s + LINGER_S
            self._linger_until_s = self._door.now_s + LINGER_MOST_S
        else:
            transport.close()
            self.due_s = self._door.now_s + STALL_S
        self._discarding = True

    # --- what the listener does

    def expire(self) -> None:
        """A wait has reached its bound."""
        if self._transport is None:
            return
        if self._discarding or self._stalled or self._arriving is not None:
            self._transport.abort()
        elif self._in_head:
            self._break(b"408 Request Timeout")
        else:
            self._transport.close()
            self.due_s = self._door.now_s + STALL_S
            self._discarding = True

    def shut(self) -> None:
        """Take no further request; finish the one that is being answered."""
        if self._current is None and self._arriving is None:
            self._close(linger=False)
        self._last = True

    def cut(self) -> None:
        """End now."""
        if self._transport is not None:
            self.flush()
            self._transport.close()
