"""The two listeners, and the life of the process: start, reload, drain, stop."""

import asyncio
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from random import SystemRandom
from typing import Any

import orjson
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from aua_runtime import VERSION
from aua_runtime.app import App
from aua_runtime.contract import metrics
from aua_runtime.contract.environment import SETTINGS_FOLDER
from aua_runtime.contract.settings import Settings, SettingsRefused, from_data
from aua_runtime.log import LEVELS, Log
from aua_runtime.metrics import Metrics
from aua_runtime.plan import Deployment, Limits, Listener, PostgresStore, SqliteStore
from aua_runtime.services import Misconfigured, Services, secret, services_of
from aua_runtime.state import Recorder, Sqlite, StateUnusable
from aua_runtime.transport import Pool, Transport

HEAD_S = 10.0
"""How long a client may take over a request's head; slower ones hold connections open on purpose."""
BODY_S = 60.0
"""How long a client may take over a request's body once its head is there."""
STALL_S = 60.0
"""How long a client may leave what it was sent unread, before the connection and the call behind it are given up."""
KEEP_ALIVE_S = 75
"""Idle client connections are kept longer than the 60 s of common proxies, so that the proxy closes first."""
BACKLOG = 2048
SETTINGS = "settings.json"
PLAN = "plan.json"


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
class _Listening:
    """One listener: its socket, and what uvicorn keeps about its connections."""

    server: asyncio.Server
    state: ServerState
    where: str
    clock: asyncio.TimerHandle | None = None
    address: tuple[str, int] | None = None


@dataclass(slots=True)
class Running:
    """A router that answers. `public` and `management` are the addresses it bound, with the ports that it got."""

    services: Services
    public: tuple[str, int] | None
    management: tuple[str, int] | None
    _listening: list[_Listening] = field(default_factory=list)
    _reload: Callable[[], str] = str
    _stopped: bool = False

    def reload(self) -> str:
        """Read `settings.json` again; see `reloaded`."""
        return self._reload()

    async def stop(self) -> None:
        """Finish what is open, for at most `drain_s`, then stop. The readiness probe fails first. A second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        services = self.services
        services.draining = True
        services.log.info("draining", seconds=services.deployment.drain_s)
        for listening in self._listening[:1]:
            listening.server.close()
        await _drained(self._listening[0].state, services.deployment.drain_s)
        for listening in self._listening:
            listening.server.close()
            await _drained(listening.state, 0)
            if listening.clock is not None:
                listening.clock.cancel()
        services.transport.close()
        await services.recorder.close()
        services.log.info("stopped")


async def start(
    deployment: Deployment,
    *,
    environment: Mapping[str, str],
    bind: str | None = None,
    transport: Transport | None = None,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
    log: Log | None = None,
) -> Running:
    """Start a deployment. `bind` replaces the addresses of both listeners, as a container needs.

    Misconfigured, StateUnusable, SettingsRefused or OSError when it cannot.
    """
    settings, plan = _read(deployment, environment)
    log = log or Log(deployment.logs, settings.log_level, wall)
    counted = Metrics(tuple(specialist.name for specialist in deployment.specialists))
    recorder = await _recorder(deployment.store, environment, counted)
    try:
        services = services_of(
            deployment,
            settings=settings,
            plan_digest=digest(plan),
            environment=environment,
            transport=transport or Pool(),
            recorder=recorder,
            metrics=counted,
            log=log,
            clock=clock,
            wall=wall,
            random=SystemRandom(),
        )
        counted.set(metrics.PLAN_INFO, 1, deployment.name, services.plan_digest)
        counted.set(metrics.BUILD_INFO, 1, VERSION, platform.python_version())
        counted.set(metrics.START_TIME, round(wall(), 3))
        counted.set(metrics.RELOAD_SUCCESSFUL, 1)

        public = App(services, "public", lambda: reloaded(services, environment, (public, management)), plan)
        management = App(services, "management", public.reload, plan)
        api = deployment.api
        listening = [
            await _listen(public, api.public, bind, api.limits, api.forwarded_allow_ips),
            await _listen(management, api.management, bind, api.limits, ()),
        ]
    except BaseException:
        await recorder.close()
        raise
    services.started = True
    log.info("started", public=listening[0].where, management=listening[1].where, plan=services.plan_digest)
    return Running(services, listening[0].address, listening[1].address, listening, public.reload)


async def _recorder(store: SqliteStore | PostgresStore, environment: Mapping[str, str], counted: Metrics) -> Recorder:
    if isinstance(store, SqliteStore):
        return Sqlite(store, counted)
    from aua_runtime.postgres import opened

    return await opened(store, secret(store.dsn_env, environment), counted)


def digest(plan: bytes) -> str:
    """The plan's digest, as the plan states it."""
    return str(orjson.loads(plan)["digests"]["plan"])


def _read(deployment: Deployment, environment: Mapping[str, str]) -> tuple[Settings, bytes]:
    """Settings and plan: from the folder that AUA_SETTINGS names where it holds them, else from the package."""
    mounted = environment.get(SETTINGS_FOLDER)
    folders = (*((Path(mounted),) if mounted else ()), deployment.folder)
    settings, plan = (
        next(path for folder in folders if (path := folder / name).exists() or folder is folders[-1]) for name in (SETTINGS, PLAN)
    )
    try:
        data = orjson.loads(settings.read_bytes())
    except orjson.JSONDecodeError as error:
        raise SettingsRefused((f"{SETTINGS} is not JSON: {error}",), "mend") from None
    arbiter = any(specialist.field is None for specialist in deployment.specialists)
    return from_data(data, deployment.structure, tuple(field.name for field in deployment.fields), arbiter=arbiter), plan.read_bytes()


def reloaded(services: Services, environment: Mapping[str, str], apps: tuple[App, ...]) -> str:
    """Read settings and plan again and swap them in: `applied` or `unchanged`. When they do not fit: SettingsRefused, nothing changes."""
    try:
        settings, plan = _read(services.deployment, environment)
    except OSError as error:
        refused = SettingsRefused((f"{SETTINGS} cannot be read: {error.strerror}",), "mend")
        _note_reload(services, "refused", refused)
        raise refused from None
    except SettingsRefused as error:
        _note_reload(services, "refused", error)
        raise
    outcome = "unchanged" if settings == services.settings else "applied"
    services.settings = settings
    services.plan_digest = digest(plan)
    services.log.level = LEVELS[settings.log_level]
    for app in apps:
        app.plan = plan
    services.metrics.drop(metrics.PLAN_INFO)
    services.metrics.set(metrics.PLAN_INFO, 1, services.deployment.name, services.plan_digest)
    _note_reload(services, outcome, None)
    return outcome


def _note_reload(services: Services, outcome: str, refused: SettingsRefused | None) -> None:
    services.metrics.count(metrics.RELOADS, outcome)
    services.metrics.set(metrics.RELOAD_SUCCESSFUL, float(refused is None))
    if refused is None:
        services.log.info("reloaded", outcome=outcome, plan=services.plan_digest)
    else:
        services.log.error("reload_refused", faults=refused.faults, apply=refused.apply)


async def _listen(app: App, listener: Listener, bind: str | None, limits: Limits, forwarded: tuple[str, ...]) -> _Listening:
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
        listening = _Listening(server, state, f"unix:{listener.socket}")
    else:
        host = bind or listener.host
        server = await loop.create_server(connection, host, listener.port, backlog=BACKLOG, reuse_address=True)
        bound = server.sockets[0].getsockname()
        listening = _Listening(server, state, f"http://{f'[{host}]' if ':' in host else host}:{bound[1]}", address=(host, bound[1]))
    _keep_date(listening, loop)
    return listening


def _prepared(path: str) -> str:
    """A place for a Unix socket that only its owner can connect to: the folder decides, so that there is no moment in between."""
    Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if Path(path).is_socket():
        Path(path).unlink()  # left by a process that was killed
    return path


def _keep_date(listening: _Listening, loop: asyncio.AbstractEventLoop) -> None:
    """The Date header of all responses, made once a second (RFC 9110, section 6.6.1)."""
    listening.state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
    listening.clock = loop.call_later(1, _keep_date, listening, loop)


async def _drained(state: ServerState, seconds: float) -> None:
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


def serve(deployment: Deployment, arguments: list[str] | None = None) -> int:
    """Run a generated package until SIGTERM or SIGINT; SIGHUP reloads its settings. The exit code: 0 stopped, 4 cannot run."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m aua_router", description=f"The router of {deployment.name}.")
    parser.add_argument("--bind", metavar="ADDRESS", help="listen here instead of at the planned addresses; 0.0.0.0 in a container")
    options = parser.parse_args(arguments)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(deployment, options.bind))
    except (Misconfigured, StateUnusable) as error:
        return _cannot(str(error))
    except SettingsRefused as error:
        return _cannot(f"{SETTINGS}: {error}")
    except OSError as error:
        return _cannot(error.strerror or str(error))
    return 0


def _cannot(reason: str) -> int:
    sys.stderr.write(f"The router cannot start: {reason}.\n")
    return 4


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop where it is installed; asyncio's own loop elsewhere."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(deployment: Deployment, bind: str | None) -> None:
    running = await start(deployment, environment=os.environ, bind=bind)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def reload() -> None:
        with suppress(SettingsRefused):  # logged and counted where it was refused
            running.reload()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, reload)
    await stopping.wait()
    await running.stop()
