"""Connections kept per address. Neither redirects nor proxy variables are followed."""

import asyncio
import ssl
from dataclasses import dataclass, field

from aua_runtime.outbox import Outbox
from aua_runtime.transport.address import Address, resolved
from aua_runtime.transport.connection import Connection
from aua_runtime.transport.outcomes import Broken, TimedOut, Unreachable
from aua_runtime.transport.protocol import Exchange

TICK_S = 0.02
"""Between looks at what waits too long. A timer for each wait of each call would cost more than the look."""


@dataclass(slots=True)
class Pool:
    """Connections kept per address. One event loop only."""

    idle: dict[Address, list[Connection]] = field(default_factory=dict)
    open_connections: set[Connection] = field(default_factory=set)
    outbox: Outbox = field(default_factory=lambda: Outbox(asyncio.get_running_loop()))
    _clock: asyncio.TimerHandle | None = None

    async def open(self, address: Address, head: bytes, body: bytes, *, connect_s: float, first_s: float) -> Exchange:
        """As in `Transport`. A kept connection that turns out to be closed is replaced by a new one, never by another kept one.

        A request that makes its server cut the connection would else be sent as often as connections are kept.
        """
        loop = asyncio.get_running_loop()
        until_s = loop.time() + first_s
        if (connection := self._kept(address)) is not None:
            try:
                return await connection.exchange(head, body, until_s)
            except Broken as broken:
                if broken.received or loop.time() >= until_s:
                    raise
        connection = await self._connect(address, min(connect_s, until_s - loop.time()))
        return await connection.exchange(head, body, until_s)

    def opened(self, connection: Connection) -> None:
        """Watch a connection's waits from now on."""
        self.open_connections.add(connection)
        if self._clock is None:
            self._tick()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for late in [connection for connection in self.open_connections if connection.due_s <= now_s]:
            late.expire()
        self._clock = loop.call_later(TICK_S, self._tick) if self.open_connections else None

    def close(self) -> None:
        """Cut all connections."""
        for connection in tuple(self.open_connections):
            connection.abort()
        self.idle.clear()

    def _kept(self, address: Address) -> Connection | None:
        kept = self.idle.get(address)
        while kept:
            connection = kept.pop()
            if connection.reuse():
                return connection
        return None

    async def _connect(self, address: Address, connect_s: float) -> Connection:
        """A connection to the first of the addresses that takes one; each has its share of the time that those before it left."""
        until_s = asyncio.get_running_loop().time() + connect_s
        try:
            async with asyncio.timeout_at(until_s):
                hosts = await resolved(address)
        except TimeoutError:
            raise TimedOut("connect") from None
        outcome: Exception = Unreachable("has no address")
        for tried, host in enumerate(hosts):
            now_s = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout_at(now_s + (until_s - now_s) / (len(hosts) - tried)):
                    return await self._connected(address, host)
            except TimeoutError:
                outcome = TimedOut("connect")
            except OSError as error:
                outcome = Unreachable(_reason(error))
        raise outcome

    async def _connected(self, address: Address, host: str) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self, address),
            host,
            address.port,
            ssl=_tls(verify=address.verify) if address.scheme == "https" else None,
            server_hostname=address.host if address.scheme == "https" else None,
        )
        return connection


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
