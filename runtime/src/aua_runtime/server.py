"""The two listeners, and the life of the process: start, reload, drain, stop."""

import asyncio
import os
import platform
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

import orjson

from aua_runtime import VERSION
from aua_runtime.app import App
from aua_runtime.contract import log_fields, metrics
from aua_runtime.contract.environment import SETTINGS_FOLDER
from aua_runtime.contract.settings import Settings, SettingsRefused, from_data
from aua_runtime.listener import Listening, drained, listen
from aua_runtime.log import LEVELS, Log, names_of, place_of
from aua_runtime.metrics import Metrics
from aua_runtime.plan import Api, Deployment, PostgresStore, SqliteStore
from aua_runtime.planned import PLAN, Planned, note, planned
from aua_runtime.probes import Probes
from aua_runtime.services import Misconfigured, Services, secret, services_of
from aua_runtime.state import Recorder, StateUnusable
from aua_runtime.state.library import wal_reset_defect
from aua_runtime.state.sqlite import Sqlite
from aua_runtime.transport.pool import Pool
from aua_runtime.transport.protocol import Transport
from aua_runtime.workers import CANNOT_START, Supervisor, Worker, command, told

if TYPE_CHECKING:
    from aua_runtime.webhooks import Webhooks

SETTINGS = "settings.json"


@dataclass(slots=True)
class Running:
    """A router that answers. `public` and `management` are the addresses it bound, with the ports that it got."""

    services: Services
    public: tuple[str, int] | None
    management: tuple[str, int] | None
    _listening: list[Listening] = field(default_factory=list)
    _reload: Callable[[], str] = str
    _probes: Probes = field(default_factory=Probes)
    _webhooks: "Webhooks | None" = None
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
        services.log.tell(log_fields.DRAINING, {"seconds": services.deployment.drain_s})
        if self._webhooks is not None:
            self._webhooks.draining()
        for listening in self._listening[:1]:
            listening.server.close()
        await drained(self._listening[0].door, services.deployment.drain_s)
        for listening in self._listening:
            listening.server.close()
            await drained(listening.door, 0)
            if listening.clock is not None:
                listening.clock.cancel()
        await self._probes.stop()
        services.settling.settle()
        if self._webhooks is not None:
            await self._webhooks.close()
        if services.tracer is not None:
            await services.tracer.close()
        services.transport.close()
        services.verifier.close()
        await services.recorder.close()
        services.log.tell(log_fields.STOPPED)
        services.log.close()


async def start(
    deployment: Deployment,
    *,
    environment: Mapping[str, str],
    bind: str | None = None,
    transport: Transport | None = None,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
    log: Log | None = None,
    worker: Worker | None = None,
    recorder: Callable[[Metrics], Recorder] | None = None,
) -> Running:
    """Start a deployment. `bind` replaces the addresses of both listeners, as a container needs. `worker` is this process among several.

    `recorder` makes another than the one that the deployment's store asks for.

    Misconfigured, StateUnusable, SettingsRefused or OSError when it cannot.
    """
    deployment = deployment if worker is None else worker.share(deployment)
    settings, plan = _read(deployment, environment)
    number = worker.number if worker is not None else None
    log = log or Log(deployment.logs, settings.log_level, wall, names=names_of(deployment), worker=number)
    counted = Metrics(tuple(specialist.name for specialist in deployment.specialists), worker.number if worker is not None else None)
    kept = recorder(counted) if recorder is not None else await _recorder(deployment.store, environment, counted)
    try:
        services = services_of(
            deployment,
            settings=settings,
            plan_digest=plan.digest,
            router_digest=plan.router_digest,
            environment=environment,
            transport=transport or Pool(),
            recorder=kept,
            metrics=counted,
            log=log,
            clock=clock,
            wall=wall,
            random=SystemRandom(),
        )
        note(counted, deployment.name, plan)
        if deployment.tracing is not None:
            from aua_runtime.tracing import tracer_of

            services.tracer = tracer_of(deployment.tracing, services, environment)
        webhooks = None
        if deployment.webhooks and (worker is None or worker.number == 0):
            from aua_runtime.webhooks import Webhooks

            webhooks = Webhooks(services, environment)
        _note_start(deployment, settings, counted, wall())
        services.siblings = worker.siblings if worker is not None else ()
        forwarded = deployment.api.forwarded_allow_ips
        public = App(services, "public", lambda: reloaded(services, environment, (public, management)), plan.text, forwarded)
        management = App(services, "management", public.reload, plan.text)
        listening = await _listening(deployment.api, public, management, bind, worker)
    except BaseException:
        await kept.close()
        raise
    services.started = True
    log.tell(log_fields.STARTED, {"public": listening[0].where, "management": listening[1].where, "plan": services.plan_digest})
    probes = Probes()
    probes.start(services)
    if services.tracer is not None:
        services.tracer.start()
    if webhooks is not None:
        webhooks.start()
    return Running(services, listening[0].address, listening[1].address, listening, public.reload, probes, webhooks)


def _note_start(deployment: Deployment, settings: Settings, counted: Metrics, at_s: float) -> None:
    """Set the metrics that say what runs here since when."""
    counted.set(metrics.BUILD_INFO, 1, VERSION, platform.python_version())
    counted.set(metrics.START_TIME, round(at_s, 3))
    counted.set(metrics.RELOAD_SUCCESSFUL, 1)
    counted.prices(deployment.currency, settings.prices)
    for specialist in deployment.specialists:
        if specialist.limits is not None:
            counted.set(metrics.UPSTREAM_QUEUE_LIMIT, specialist.limits.queue, specialist.name)
            counted.set(metrics.UPSTREAM_QUEUED, 0, specialist.name)


async def _listening(api: Api, public: App, management: App, bind: str | None, worker: Worker | None) -> list[Listening]:
    """The public door, and the one for operators; a worker has sockets that it shares with its siblings."""
    if worker is None:
        return [await listen(public, api.public, bind, api.limits), await listen(management, api.management, bind, api.limits)]
    private = replace(api.management, socket=worker.private)
    return [
        await listen(public, api.public, bind, api.limits, worker.public),
        await listen(management, private, None, api.limits, worker.management),
    ]


async def _recorder(store: SqliteStore | PostgresStore, environment: Mapping[str, str], counted: Metrics) -> Recorder:
    if isinstance(store, SqliteStore):
        return Sqlite(store, counted)
    from aua_runtime.state.postgres import opened

    return await opened(store, secret(store.dsn_env, environment), counted)


def _read(deployment: Deployment, environment: Mapping[str, str]) -> tuple[Settings, Planned]:
    """Settings and plan: from the folder that AUA_SETTINGS names where it holds them, else from the package."""
    mounted = environment.get(SETTINGS_FOLDER)
    folders = (*((Path(mounted),) if mounted else ()), deployment.folder)
    settings_file, plan_file = (
        next(path for folder in folders if (path := folder / name).exists() or folder is folders[-1]) for name in (SETTINGS, PLAN)
    )
    try:
        data = orjson.loads(settings_file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise SettingsRefused((f"{SETTINGS} is not JSON: {error}",), "mend") from None
    return from_data(data, deployment.code), planned(plan_file.read_bytes())


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
    services.plan_digest, services.router_digest = plan.digest, plan.router_digest
    services.log.level = LEVELS[settings.log_level]
    for app in apps:
        app.plan = plan.text
    services.metrics.prices(services.deployment.currency, settings.prices)
    note(services.metrics, services.deployment.name, plan)
    _note_reload(services, outcome, None)
    return outcome


def _note_reload(services: Services, outcome: str, refused: SettingsRefused | None) -> None:
    services.metrics.count(metrics.RELOADS, outcome)
    services.metrics.set(metrics.RELOAD_SUCCESSFUL, float(refused is None))
    if refused is None:
        services.log.tell(log_fields.RELOADED, {"result": outcome, "plan": services.plan_digest})
    else:
        services.log.tell(log_fields.RELOAD_REFUSED, {"faults": refused.faults, "apply": refused.apply})


def serve(deployment: Deployment, arguments: list[str] | None = None) -> int:
    """Run a generated package until SIGTERM or SIGINT; SIGHUP reloads its settings. The exit code: 0 stopped, 4 cannot run."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m aua_router", description=f"The router of {deployment.name}.")
    parser.add_argument("--bind", metavar="ADDRESS", help="listen here instead of at the planned addresses; 0.0.0.0 in a container")
    parser.add_argument("--worker", type=told, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if deployment.workers > 1 and options.worker is None:
            return Supervisor(deployment, command(), os.environ, _log(deployment)).run(options.bind)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(deployment, options.bind, options.worker))
    except (Misconfigured, StateUnusable) as error:
        return _cannot(deployment, str(error))
    except SettingsRefused as error:
        return _cannot(deployment, f"{SETTINGS}: {error}")
    except OSError as error:
        return _cannot(deployment, error.strerror or type(error).__name__)
    return 0


def _log(deployment: Deployment) -> Log:
    """The log before there are settings."""
    return Log(deployment.logs, "info", time.time, names=names_of(deployment))


def _cannot(deployment: Deployment, reason: str) -> int:
    log = _log(deployment)
    log.tell(log_fields.CANNOT_START, {"detail": reason})
    log.close()
    return CANNOT_START


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop where it is installed; asyncio's own loop elsewhere."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _note_library(store: SqliteStore | PostgresStore, log: Log) -> None:
    defect = wal_reset_defect(sqlite3.sqlite_version_info) if isinstance(store, SqliteStore) else None
    if defect is not None:
        log.tell(log_fields.SQLITE_DEFECT, {"detail": defect})


def _note_error(log: Log, error: BaseException | None) -> None:
    """Log what went wrong outside of any request: without this, asyncio writes it with all the values it knows."""
    log.tell(log_fields.INTERNAL_ERROR, {"error": type(error).__name__, "where": place_of(error) if error is not None else None})


async def _serve(deployment: Deployment, bind: str | None, worker: Worker | None) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # a supervisor holds its signals back
    running = await start(deployment, environment=os.environ, bind=bind, worker=worker)
    if worker is None or worker.number == 0:
        _note_library(deployment.store, running.services.log)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: _note_error(running.services.log, context.get("exception")))
    stopping = asyncio.Event()

    def reload() -> None:
        with suppress(SettingsRefused):  # logged and counted where it was refused
            running.reload()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, reload)
    if worker is not None:
        loop.add_reader(worker.alive, stopping.set)
    await stopping.wait()
    await running.stop()
