"""One listener: its socket, its clock, and how it ends."""

import asyncio
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from aua_runtime.app import App
from aua_runtime.http1 import Door, Inbound
from aua_runtime.plan import Limits, Listener

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


async def listen(app: App, listener: Listener, bind: str | None, limits: Limits) -> Listening:
    loop = asyncio.get_running_loop()
    door = Door(app, limits, loop.time())

    def connection() -> asyncio.Protocol:
        return Inbound(door, loop)

    if listener.socket is not None and bind is None:
        server = await loop.create_unix_server(connection, _prepared(listener.socket), backlog=BACKLOG)
        listening = Listening(server, door, f"unix:{listener.socket}")
    else:
        host = bind or listener.host
        server = await loop.create_server(connection, host, listener.port, backlog=BACKLOG, reuse_address=True)
        bound = server.sockets[0].getsockname()
        listening = Listening(server, door, f"http://{f'[{host}]' if ':' in host else host}:{bound[1]}", address=(host, bound[1]))
    _tick(listening, loop)
    return listening


def _prepared(path: str) -> str:
    """A place for a Unix socket that only its owner can connect to: the folder decides, so that there is no moment in between."""
    Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if Path(path).is_socket():
        Path(path).unlink()  # left by a process that was killed
    return path


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
