"""One listener: its socket, its clock, and how it ends."""

import asyncio
import socket
from dataclasses import dataclass
from email.utils import formatdate

from aua_runtime.app import App
from aua_runtime.http1 import Door, Inbound
from aua_runtime.outbox import Outbox
from aua_runtime.plan import Limits, Listener
from aua_runtime.workers import prepared

BACKLOG = 2048
TICK_S = 0.5
"""Between looks at what waits too long; bounds on clients are kept to this."""


@dataclass(slots=True)
class Listening:
    """One listener: its socket, and what its connections share."""

    server: asyncio.Server
    door: Door
    where: str
    clock: asyncio.TimerHandle | None = None
    address: tuple[str, int] | None = None


async def listen(app: App, listener: Listener, bind: str | None, limits: Limits, held: int | None = None) -> Listening:
    """Begin to answer. `held` is a socket that listens already, which several processes accept from."""
    loop = asyncio.get_running_loop()
    door = Door(app, limits, loop.time(), Outbox(loop))

    def connection() -> asyncio.Protocol:
        return Inbound(door, loop)

    if held is not None:
        bound = socket.socket(fileno=held)
        if bound.family == socket.AF_UNIX:
            server = await loop.create_unix_server(connection, sock=bound, backlog=BACKLOG)
            listening = Listening(server, door, f"unix:{bound.getsockname()}")
        else:
            server = await loop.create_server(connection, sock=bound, backlog=BACKLOG)
            listening = _over_tcp(server, door, bound.getsockname()[0])
    elif listener.socket is not None and bind is None:
        server = await loop.create_unix_server(connection, prepared(listener.socket), backlog=BACKLOG)
        listening = Listening(server, door, f"unix:{listener.socket}")
    else:
        host = bind or listener.host
        server = await loop.create_server(connection, host, listener.port, backlog=BACKLOG, reuse_address=True)
        listening = _over_tcp(server, door, host)
    _tick(listening, loop)
    return listening


def _over_tcp(server: asyncio.Server, door: Door, host: str) -> Listening:
    port = server.sockets[0].getsockname()[1]
    return Listening(server, door, f"http://{f'[{host}]' if ':' in host else host}:{port}", address=(host, port))


def _tick(listening: Listening, loop: asyncio.AbstractEventLoop) -> None:
    door = listening.door
    door.date = f"date: {formatdate(usegmt=True)}\r\n"
    door.sweep(loop.time())
    listening.clock = loop.call_later(TICK_S, _tick, listening, loop)


async def drained(door: Door, seconds: float) -> None:
    """Close idle connections, wait for open requests, then cut what is left."""
    door.closing = True
    for connection in tuple(door.connections):
        connection.shut()
    if door.tasks and seconds:
        await asyncio.wait(tuple(door.tasks), timeout=seconds)
    for task in tuple(door.tasks):
        task.cancel()
    if door.tasks:
        await asyncio.wait(tuple(door.tasks), timeout=1)
    for connection in tuple(door.connections):
        connection.cut()
