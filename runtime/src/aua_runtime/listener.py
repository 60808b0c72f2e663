"""One listener: its socket, and the HTTP/1.1 protocol with the bounds on what clients may do to it."""

import asyncio
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from aua_runtime.app import App
from aua_runtime.plan import Limits, Listener

HEAD_S = 10.0
"""How long a client may take over a request's head; slower ones hold connections open on purpose."""
BODY_S = 60.0
"""How long a client may take over a request's body once its head is there."""
STALL_S = 60.0
"""How long a client may leave what it was sent unread, before the connection and the call behind it are given up."""
KEEP_ALIVE_S = 75
"""Idle client connections are kept longer than the 60 s of common proxies, so that the proxy closes first."""
BACKLOG = 2048


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol, with three additions.

    A client that leaves, or stops reading, cancels its request, without a task that watches for it; head and body have deadlines, the
    head a size; connections beyond the limit are turned away.
    """

    limits: Limits  # set on a subclass per listener
    running: "asyncio.Task[None] | None" = None
    head_bytes: int = 0
    head_done: bool = True
    head_timer: asyncio.TimerHandle | None = None
    body_timer: asyncio.TimerHandle | None = None
    stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n")
            transport.close()
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        cycle = self.cycle
        self._head_came()
        self._body_came()
        self._reads_again()
        super().connection_lost(exc)
        if self.running is not None and not self.running.done() and (self.pipeline or not cycle.response_complete):
            self.running.cancel()

    def data_received(self, data: bytes) -> None:
        if not self.head_done:
            self.head_bytes += len(data)
        super().data_received(data)
        if not self.head_done and self.head_bytes > self.limits.header_bytes:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.head_done = False
        if self.head_timer is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        self._head_came()
        super().on_headers_complete()
        self.head_bytes = 0
        self.body_timer = self.loop.call_later(BODY_S, self._late)

    def on_message_complete(self) -> None:
        self._body_came()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stall_timer = self.loop.call_later(STALL_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._reads_again()
        super().resume_writing()

    def _reads_again(self) -> None:
        if self.stall_timer is not None:
            self.stall_timer.cancel()
            self.stall_timer = None

    def _body_came(self) -> None:
        if self.body_timer is not None:
            self.body_timer.cancel()
            self.body_timer = None

    def _late(self) -> None:
        """The body has not come. While an earlier request of the connection is being answered, its reading is paused: that is our doing."""
        if self.pipeline:
            self.body_timer = self.loop.call_later(BODY_S, self._late)
        else:
            self.transport.abort()

    def _expect_head(self) -> None:
        self.head_done = False
        self.head_timer = self.loop.call_later(HEAD_S, self._refuse, b"408 Request Timeout")

    def _head_came(self) -> None:
        self.head_done = True
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def _refuse(self, status: bytes) -> None:
        self.head_timer = None
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        scope: Any = cycle.scope
        scope["aua.left"] = lambda: cycle.disconnected or self.transport.is_closing()
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        self.running = task


@dataclass(slots=True)
class Listening:
    """One listener: its socket, and what uvicorn keeps about its connections."""

    server: asyncio.Server
    state: ServerState
    where: str
    clock: asyncio.TimerHandle | None = None
    address: tuple[str, int] | None = None


async def listen(app: App, listener: Listener, bind: str | None, limits: Limits, forwarded: tuple[str, ...]) -> Listening:
    loop = asyncio.get_running_loop()
    config = Config(
        app=app,
        http=type("Bounded", (Protocol,), {"limits": limits}),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=bool(forwarded),
        forwarded_allow_ips=list(forwarded) or None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    config.load()
    state = ServerState()

    def connection() -> asyncio.Protocol:
        return config.http_protocol_class(config=config, server_state=state, app_state={}, _loop=loop)  # type: ignore[call-arg]  # asyncio.Protocol takes none

    if listener.socket is not None and bind is None:
        server = await loop.create_unix_server(connection, _prepared(listener.socket), backlog=BACKLOG)
        listening = Listening(server, state, f"unix:{listener.socket}")
    else:
        host = bind or listener.host
        server = await loop.create_server(connection, host, listener.port, backlog=BACKLOG, reuse_address=True)
        bound = server.sockets[0].getsockname()
        listening = Listening(server, state, f"http://{f'[{host}]' if ':' in host else host}:{bound[1]}", address=(host, bound[1]))
    _keep_date(listening, loop)
    return listening


def _prepared(path: str) -> str:
    """A place for a Unix socket that only its owner can connect to: the folder decides, so that there is no moment in between."""
    Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if Path(path).is_socket():
        Path(path).unlink()  # left by a process that was killed
    return path


def _keep_date(listening: Listening, loop: asyncio.AbstractEventLoop) -> None:
    """The Date header of all responses, made once a second (RFC 9110, section 6.6.1)."""
    listening.state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
    listening.clock = loop.call_later(1, _keep_date, listening, loop)


async def drained(state: ServerState, seconds: float) -> None:
    """Close idle connections, wait for open requests, then cut what is left."""
    for connection in tuple(state.connections):
        connection.shutdown()
    if state.tasks and seconds:
        await asyncio.wait(tuple(state.tasks), timeout=seconds)
    for task in tuple(state.tasks):
        task.cancel()
    if state.tasks:
        await asyncio.wait(tuple(state.tasks), timeout=1)
    for connection in tuple(state.connections):
        transport = getattr(connection, "transport", None)
        if transport is not None:
            transport.close()
