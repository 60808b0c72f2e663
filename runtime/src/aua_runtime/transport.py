"""The way to a model server: a protocol that tests can replace, and a thin pool of HTTP/1.1 connections.

Neither redirects nor proxy variables are followed, and a name is resolved once per connection and checked before it is used, so a model
server cannot send the router elsewhere. Only unencoded bodies are accepted. One timer per wait bounds it.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from socket import SOCK_STREAM
from typing import Literal, Protocol, cast
from urllib.parse import urlsplit

import httptools

Wait = Literal["connect", "first_token", "idle", "total"]

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

_NEVER = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"), ip_network("fd00:ec2::254/128"), ip_network("100.100.100.200/32"))
"""Link-local and cloud metadata addresses: no model server lives there, credentials do."""


class Unreachable(Exception):  # noqa: N818 - outcomes of a call
    """No connection: refused, unknown name, forbidden address, failed handshake."""


class TimedOut(Exception):  # noqa: N818 - an outcome of a call
    """A wait reached its bound."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(wait)
        self.wait = wait


class Broken(Exception):  # noqa: N818 - an outcome of a call
    """The connection ended or turned into nonsense; `received` says whether any byte of the response had come."""

    def __init__(self, message: str, *, received: bool) -> None:
        super().__init__(message)
        self.received = received


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model server listens. `private` allows loopback and private networks."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str  # what precedes `/v1`; empty or starting with a slash
    verify: bool = True
    private: bool = True

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


def address_of(url: str, *, verify: bool = True, private: bool = True) -> Address:
    """The address in a base URL; ValueError if it is not a plain `http(s)://host[:port][/path]`."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("a base URL is http(s)://host[:port][/path]")
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    return Address(scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[scheme], parts.path.rstrip("/"), verify, private)


class Exchange(Protocol):
    """One response whose head has arrived."""

    status: int
    headers: Mapping[bytes, bytes]  # names in lower case

    async def read(self, seconds: float, wait: Wait) -> bytes:
        """The bytes that have come, or the next; empty at the end. TimedOut after `seconds`, Broken when cut off."""

    def close(self, *, ended: bool = False) -> None:
        """Give the connection back, or cut it off when the response has not ended: that is how a model server learns to stop.

        `ended` says that only the end of the transfer itself may still be missing; it is then waited for in the background.
        """


class Transport(Protocol):
    """Sends requests."""

    async def open(self, address: Address, head: bytes, body: bytes, *, connect_s: float, first_s: float) -> Exchange:
        """Send a request and wait for the head of its response. Unreachable, TimedOut or Broken when there is none."""

    def close(self) -> None:
        """Cut all connections."""


@dataclass(slots=True)
class Pool:
    """Connections kept per address. One event loop only."""

    idle: dict[Address, list["Connection"]] = field(default_factory=dict)
    open_connections: set["Connection"] = field(default_factory=set)

    async def open(self, address: Address, head: bytes, body: bytes, *, connect_s: float, first_s: float) -> Exchange:
        """As in `Transport`. A kept connection that the server closed meanwhile is replaced once, which no server can have noticed."""
        while (connection := self._kept(address)) is not None:
            try:
                return await connection.exchange(head, body, first_s)
            except Broken as broken:
                if broken.received:
                    raise
        connection = await self._connect(address, connect_s)
        return await connection.exchange(head, body, first_s)

    def close(self) -> None:
        """Cut all connections."""
        for connection in tuple(self.open_connections):
            connection.abort()
        self.idle.clear()

    def _kept(self, address: Address) -> "Connection | None":
        kept = self.idle.get(address)
        while kept:
            connection = kept.pop()
            if connection.reuse():
                return connection
        return None

    async def _connect(self, address: Address, connect_s: float) -> "Connection":
        loop = asyncio.get_running_loop()
        failure = "has no address"
        try:
            async with asyncio.timeout(connect_s):
                for host in await _resolved(address):
                    try:
                        _, connection = await loop.create_connection(
                            lambda: Connection(self, address),
                            host,
                            address.port,
                            ssl=_tls(verify=address.verify) if address.scheme == "https" else None,
                            server_hostname=address.host if address.scheme == "https" else None,
                        )
                    except OSError as error:
                        failure = _reason(error)
                    else:
                        return connection
        except TimeoutError:
            raise TimedOut("connect") from None
        raise Unreachable(failure)


async def _resolved(address: Address) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=SOCK_STREAM)
    except OSError:
        raise Unreachable("its name does not resolve") from None
    hosts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = [host for host in hosts if reachable(host, private=address.private)]
    if not allowed:
        raise Unreachable("its address may not be called; `allow_private` permits private ones")
    return allowed


def reachable(host: str, *, private: bool) -> bool:
    """Whether an IP address may be called at all.

    >>> reachable("169.254.169.254", private=True), reachable("10.0.0.5", private=True), reachable("10.0.0.5", private=False)
    (False, True, False)
    """
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in _NEVER) or address.is_multicast or address.is_unspecified:
        return False
    return private or address.is_global


def _tls(*, verify: bool) -> ssl.SSLContext:
    context = _CONTEXTS.get(verify)
    if context is None:
        context = _CONTEXTS[verify] = ssl.create_default_context()
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
    return context


_CONTEXTS: dict[bool, ssl.SSLContext] = {}  # made on first use: reading the system's certificates takes 20 ms


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not valid"
    if isinstance(error, ssl.SSLError):
        return "the TLS handshake failed"
    return "the connection was refused" if isinstance(error, ConnectionRefusedError) else "the connection failed"


class Connection(asyncio.Protocol):
    """One connection, which carries one exchange at a time and is itself that `Exchange`."""

    status = 0
    headers: Mapping[bytes, bytes]

    def __init__(self, pool: Pool, address: Address) -> None:
        self._fields: dict[bytes, bytes] = {}
        self._pool = pool
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._paused = False
        self._failure: Broken | None = None
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

    # --- what the pool and the caller do

    async def exchange(self, head: bytes, body: bytes, first_s: float) -> "Connection":
        """Send a request and wait for the head of its response."""
        self._begin()
        assert self._transport is not None
        self._transport.write(head + body)
        until = self._loop.time() + first_s
        try:
            while not self._head:
                self._raise_failure()
                await self._wait(until - self._loop.time(), "first_token")
        except BaseException:
            self.abort()
            raise
        return self

    async def read(self, seconds: float, wait: Wait) -> bytes:
        """As in `Exchange`."""
        while not self._chunks:
            if self._complete:
                return b""
            self._raise_failure()
            await self._wait(seconds, wait)
        data = self._chunks.popleft() if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._buffered = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def close(self, *, ended: bool = False) -> None:
        """As in `Exchange`."""
        if self._transport is None or self._transport.is_closing() or self._failure is not None or not self._kept:
            self.abort()
        elif self._complete:
            self._rest()
        elif ended:
            self._lingering = True
            self._idle = self._loop.call_later(LINGER_S, self.abort)
        else:
            self.abort()

    def _rest(self) -> None:
        """Wait in the pool for the next request."""
        assert self._transport is not None
        if self._idle is not None:
            self._idle.cancel()
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
        self._idle = self._loop.call_later(IDLE_S, self.abort)

    def reuse(self) -> bool:
        """Take the connection out of its rest; False if it is closed."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        return self._transport is not None and not self._transport.is_closing() and self._failure is None

    def abort(self) -> None:
        """Cut the connection off."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        kept = self._pool.idle.get(self._address)
        if kept is not None and self in kept:
            kept.remove(self)
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self, seconds: float, wait: Wait) -> None:
        if seconds <= 0:
            raise TimedOut(wait)
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_later(seconds, _expire, waiter, wait)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _fail(self, message: str) -> None:
        if self._failure is None:
            self._failure = Broken(message, received=self._received)
        self._wake()

    # --- what the socket does

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its ancestry
        self._pool.open_connections.add(self)

    def data_received(self, data: bytes) -> None:
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
        if self._idle is not None:
            self.abort()
        if self._head and not self._complete and not self._framed():
            self._complete = True  # such a response ends where the connection does
            self._kept = False
            self._wake()
        elif not self._complete:
            self._fail("the connection was cut off" if self._received else "the connection was closed without a response")

    def _framed(self) -> bool:
        return b"content-length" in self.headers or b"chunked" in self.headers.get(b"transfer-encoding", b"").lower()

    # --- what the parser does

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields[name.lower()] = value

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # noqa: PLR2004 - informational responses precede the real one
            self.headers = self._fields = {}
            return
        self.status = status
        self._kept = self._parser.should_keep_alive() and self._framed()
        self._head = True
        self._wake()

    def on_body(self, data: bytes) -> None:
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


def _expire(waiter: asyncio.Future[None], wait: Wait) -> None:
    if not waiter.done():
        waiter.set_exception(TimedOut(wait))
