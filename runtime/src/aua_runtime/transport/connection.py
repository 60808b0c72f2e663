"""One HTTP/1.1 connection to a model server. Only unencoded bodies are accepted. The pool's clock bounds its waits."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import httptools

from aua_runtime.statuses import OK
from aua_runtime.transport.address import Address
from aua_runtime.transport.outcomes import Broken, TimedOut, Wait

if TYPE_CHECKING:
    from aua_runtime.transport.pool import Pool

IDLE_S = 4.0
"""How long an unused connection is kept: uvicorn, under vLLM and others, closes after 5 s."""
IDLE_MAX = 256
"""Unused connections kept for one server."""
LINGER_S = 1.0
"""How long a server that has said everything may take to end the transfer before its connection is cut."""
HEAD_MAX_BYTES = 64 * 1024
"""Longest response head; engines send well under 2 KiB."""
HIGH_WATER_BYTES = 256 * 1024
"""Received bytes that may wait to be read before the server is made to pause."""
NEVER = float("inf")


class Connection(asyncio.Protocol):
    """One connection, which carries one exchange at a time and is itself that `Exchange`."""

    status = 0
    headers: Mapping[bytes, bytes]

    def __init__(self, pool: "Pool", address: Address) -> None:
        self.due_s = NEVER  # when a wait is over, on the event loop's clock
        self._fields: dict[bytes, bytes] = {}
        self._pool = pool
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._wait_for: Wait = "first_token"
        self._wait_s = 0.0
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._paused = False
        self._failure: Broken | None = None
        self._unsent = b""
        self._begin()

    def _begin(self) -> None:
        self.headers = self._fields = {}
        self.status = 0
        self._head_bytes = 0
        self._head = False
        self._received = False
        self._complete = False
        self._kept = True
        self._lingering = False
        self._tap: Callable[[bytes], bool] | None = None
        self._tap_until_s = NEVER

    # --- what the pool and the caller do

    async def exchange(self, head: bytes, body: bytes, until_s: float) -> "Connection":
        """Send a request and wait for the head of its response, until a time on the loop's clock."""
        self._begin()
        self._unsent = head + body
        self._pool.outbox.add(self)
        try:
            while not self._head:
                await self._until(until_s, "first_token")
        except BaseException:
            self.abort()
            raise
        return self

    def flush(self) -> None:
        """Send the request, unless the call was given up."""
        unsent, self._unsent = self._unsent, b""
        if self._transport is not None and unsent:
            self._transport.write(unsent)

    @property
    def ended(self) -> bool:
        """As in `Exchange`."""
        return self._complete and not self._chunks

    async def read(self, seconds: float, wait: Wait) -> bytes:
        """As in `Exchange`."""
        if seconds <= 0:
            raise TimedOut(wait)  # also while there is more to read: a server that never pauses would else outlast every bound
        chunks = self._chunks
        while not chunks:
            if self._complete:
                return b""
            self._wait_s = seconds
            await self._until(self._loop.time() + seconds, wait)
        data = chunks.popleft() if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self._buffered = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def tap(self, take: Callable[[bytes], bool], seconds: float) -> None:
        """As in `Exchange`."""
        self._tap = take
        self._tap_until_s = self._loop.time() + seconds

    def close(self, *, ended: bool = False) -> None:
        """As in `Exchange`."""
        self._tap = None
        if self._transport is None or self._transport.is_closing() or self._failure is not None or not self._kept:
            self.abort()
        elif self._complete:
            self._rest()
        elif ended:
            self._lingering = True
            self.due_s = self._loop.time() + LINGER_S
        else:
            self.abort()

    def _rest(self) -> None:
        """Wait in the pool for the next request."""
        assert self._transport is not None
        kept = self._pool.idle.setdefault(self._address, [])
        if len(kept) >= IDLE_MAX:
            self.abort()
            return
        kept.append(self)
        self._chunks.clear()
        self._buffered = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        self.due_s = self._loop.time() + IDLE_S

    def reuse(self) -> bool:
        """Take the connection out of its rest; False if it is closed."""
        self.due_s = NEVER
        return self._transport is not None and not self._transport.is_closing() and self._failure is None

    def abort(self) -> None:
        """Cut the connection off."""
        self.due_s = NEVER
        self._unsent = b""
        kept = self._pool.idle.get(self._address)
        if kept is not None and self in kept:
            kept.remove(self)
        if self._transport is not None:
            self._transport.abort()

    def expire(self) -> None:
        """A wait has reached its bound: that of a caller, or one in the pool."""
        self.due_s = NEVER
        if self._waiter is None:
            self.abort()
        elif not self._waiter.done():
            self._waiter.set_exception(TimedOut(self._wait_for))

    async def _until(self, until_s: float, wait: Wait) -> None:
        """Wait until something has come; Broken when nothing will."""
        if self._failure is not None:
            raise self._failure
        self.due_s = until_s
        self._wait_for = wait
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self.due_s = NEVER
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, message: str) -> None:
        if self._failure is None:
            self._failure = Broken(message, received=self._received)
        self._wake()

    # --- what the socket does

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its ancestry
        self._pool.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._complete:
            self.abort()  # it answers no request: taken for the answer to the next one, it would reach the wrong client
            return
        self._received = True
        if not self._head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("the response is not HTTP/1.1")
            self.abort()
        if not self._head and self._head_bytes > HEAD_MAX_BYTES:
            self._fail("the head of the response is too long")
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - what the event loop passes
        self._pool.open_connections.discard(self)
        self._transport = None
        if self._waiter is None:
            self.abort()  # it may be at rest
        if self._head and not self._complete and not self._framed():
            self._complete = True  # such a response ends where the connection does
            self._kept = False
            self._wake()
        elif not self._complete:
            self._fail("the connection was cut off" if self._received else "the connection was closed without a response")

    def _framed(self) -> bool:
        return b"content-length" in self.headers or b"chunked" in self.headers.get(b"transfer-encoding", b"").lower()

    # --- what the parser does

    def on_message_begin(self) -> None:
        if self._complete:
            raise ValueError("a second response to one request")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields[name.lower()] = value

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < OK:  # informational responses precede the real one
            self.headers = self._fields = {}
            return
        self.status = status
        self._kept = self._parser.should_keep_alive() and self._framed()
        self._head = True
        self._wake()

    def on_body(self, data: bytes) -> None:
        if self._tap is not None and self._waiter is not None and not self._waiter.done() and self._tap(data):
            self.due_s = self._loop.time() + self._wait_s
            if self.due_s >= self._tap_until_s:
                self.due_s = self._tap_until_s
                self._wait_for = "total"
            return
        self._chunks.append(data)
        self._buffered += len(data)
        if self._buffered > HIGH_WATER_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        if self._head:
            self._complete = True
            self._wake()
            if self._lingering:
                self._rest()
