"""Several processes behind one port. The supervisor holds the sockets and keeps the workers alive; it answers nothing itself.

Workers accept from the same sockets, so a worker that ends takes no waiting connection along. The first one also answers the management
listener, for all: each of the others tells it what it counts over a private Unix socket (`siblings`).
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from aua_runtime.contract import log_fields
from aua_runtime.log import Log
from aua_runtime.plan import CallLimits, Deployment, Listener

BACKLOG = 2048
STEADY_S = 30.0
"""A worker that ran so long did not fail to start: it is started again at once."""
PAUSE_S = (0.1, 10.0)
"""Before a worker is started again: the first pause, doubled each time up to the last, while it ends within STEADY_S."""
GRACE_S = 5.0
"""Beyond `drain_s` for stopping; then a worker is killed."""
CANNOT_START = 4
"""A worker's exit code where what it was given is at fault: starting it again would not help."""

_WATCHED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}


@dataclass(frozen=True, slots=True)
class Worker:
    """One of `count` processes. `public` and `management` are inherited file descriptors; only the first worker has the latter."""

    number: int
    count: int
    public: int
    management: int | None
    alive: int  # a pipe that ends when the supervisor does
    folder: str  # of the private sockets

    @property
    def private(self) -> str:
        """The Unix socket over which this worker answers the first one."""
        return private(self.folder, self.number)

    @property
    def siblings(self) -> tuple[str, ...]:
        """The private sockets of the others, for the one that speaks for all."""
        if self.management is None:
            return ()
        return tuple(private(self.folder, number) for number in range(self.count) if number != self.number)

    def share(self, deployment: Deployment) -> Deployment:
        """The deployment with this worker's part of the bounds that hold for all workers together, rounded up."""
        api, count = deployment.api, self.count
        own = replace(api.limits, connections=_part(api.limits.connections, count), streams=_part(api.limits.streams, count))
        specialists = tuple(
            specialist
            if (calls := specialist.limits) is None
            else replace(specialist, limits=CallLimits(_part(calls.concurrency, count), _part(calls.queue, count)))
            for specialist in deployment.specialists
        )
        return replace(deployment, api=replace(api, limits=own), specialists=specialists)


def private(folder: str, number: int) -> str:
    """Where a worker's private socket lies."""
    return f"{folder}/{number}.sock"


def _part(whole: int, count: int) -> int:
    return -(-whole // count)


def told(text: str) -> Worker:
    """The worker that a supervisor described on the command line."""
    return Worker(**json.loads(text))


@dataclass(slots=True)
class _Process:
    """One worker's process, over all its lives."""

    worker: Worker
    running: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    failures: int = 0
    due_s: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Starts workers with `command` and starts them again when they end."""

    deployment: Deployment
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Log
    _processes: list[_Process] = field(default_factory=list)
    _descriptors: tuple[int, ...] = ()
    _stopping_s: float | None = None

    def run(self, bind: str | None) -> int:
        """Until SIGTERM or SIGINT, or until a worker cannot start. SIGHUP goes on to all workers. The exit code of the process."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        folder = tempfile.mkdtemp(prefix="aua-")
        alive, held = os.pipe()
        api = self.deployment.api
        try:
            with _bound(api.public, bind) as public, _bound(api.management, bind) as management:
                self._descriptors = (public.fileno(), management.fileno(), alive)
                count = self.deployment.workers
                self._processes = [
                    _Process(Worker(number, count, public.fileno(), None if number else management.fileno(), alive, folder))
                    for number in range(count)
                ]
                return self._watch()
        finally:
            for process in self._processes:
                if process.running is not None:
                    process.running.kill()
            self.log.close()
            os.close(held)
            os.close(alive)
            shutil.rmtree(folder, ignore_errors=True)

    def _watch(self) -> int:
        code = 0
        while True:
            now_s = time.monotonic()
            for process in self._processes:
                code = self._look_at(process, now_s) or code
            alive = [process.running for process in self._processes if process.running is not None]
            if self._stopping_s is not None and not alive:
                return code
            if self._stopping_s is not None and now_s > self._stopping_s:
                for running in alive:
                    running.kill()
            self._wait(now_s, alive)

    def _look_at(self, process: _Process, now_s: float) -> int:
        """Start a worker that does not run and should; note one that ended. The exit code where there is no use in going on."""
        if process.running is not None and (ended := process.running.poll()) is not None:
            process.running = None
            if self._stopping_s is None:
                self.log.tell(log_fields.WORKER_ENDED, {"process": process.worker.number, "exit": ended})
            if ended == CANNOT_START and self._stopping_s is None:
                self._stop(now_s)
                return ended
            process.failures = 0 if now_s - process.started_s > STEADY_S else process.failures + 1
            process.due_s = now_s + (min(PAUSE_S[1], PAUSE_S[0] * 2 ** (process.failures - 1)) if process.failures else 0.0)
        if process.running is None and self._stopping_s is None and now_s >= process.due_s:
            Path(process.worker.private).unlink(missing_ok=True)
            told_as = json.dumps({name: getattr(process.worker, name) for name in Worker.__slots__})
            process.running = subprocess.Popen((*self.command, "--worker", told_as), pass_fds=self._descriptors, env=dict(self.environment))
            process.started_s = now_s
        return 0

    def _wait(self, now_s: float, alive: "list[subprocess.Popen[bytes]]") -> None:
        """Until something happens, or is due."""
        due_s = [process.due_s for process in self._processes if process.running is None and self._stopping_s is None]
        until_s = min([*due_s, now_s + 1.0 if self._stopping_s is not None else now_s + 60.0])
        caught = signal.sigtimedwait(_WATCHED, max(0.0, until_s - now_s))
        if caught is None or caught.si_signo == signal.SIGCHLD:
            return
        if caught.si_signo == signal.SIGHUP:
            for running in alive:
                running.send_signal(signal.SIGHUP)
        else:
            self._stop(time.monotonic())

    def _stop(self, now_s: float) -> None:
        if self._stopping_s is None:
            self._stopping_s = now_s + self.deployment.drain_s + GRACE_S
            for process in self._processes:
                if process.running is not None:
                    process.running.send_signal(signal.SIGTERM)


def _bound(listener: Listener, bind: str | None) -> socket.socket:
    """A socket that listens, for all workers to accept from."""
    if listener.socket is not None and bind is None:
        path = prepared(listener.socket)
        made = socket.socket(socket.AF_UNIX)
        made.bind(path)
    else:
        host = bind or listener.host
        made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, listener.port))
    made.listen(BACKLOG)
    return made


def prepared(path: str) -> str:
    """A place for a Unix socket that only its owner can connect to: the folder decides, so that there is no moment in between."""
    Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if Path(path).is_socket():
        Path(path).unlink()  # left by a process that was killed
    return path


def command() -> tuple[str, ...]:
    """How this very program is started: `python -m PACKAGE ...`."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    package = spec.parent if spec is not None else ""
    return (sys.executable, "-m", package, *sys.argv[1:])
