"""Routers of one compiled deployment: started, asked, scraped, reloaded and stopped in virtual time."""

import asyncio
import importlib
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from aua_runtime.contract.settings import SettingsRefused
from aua_runtime.log import Log
from aua_runtime.metrics import Metrics
from aua_runtime.plan import Deployment, Listener
from aua_runtime.server import Running, start
from aua_runtime.state.groups import Acknowledgement, Backlog, Group, Record

from bench.week.models import Models

COMMIT_S = 0.002
SCRAPE_S = 10.0
"""Prometheus' own bound."""


class Disk:
    """What is behind the backlog: takes its time for each group, and may refuse all of it, or stall."""

    def __init__(self) -> None:
        self.refuses = False
        self.stalls = False
        self._held: list[Callable[[], object]] = []

    def commit(self, done: Callable[[], object]) -> None:
        if self.stalls:
            self._held.append(done)
        else:
            asyncio.get_running_loop().call_later(COMMIT_S, done)

    def resume(self) -> None:
        self.stalls = False
        held, self._held = self._held, []
        for done in held:
            done()


class Kept:
    """A recorder: the runtime's own backlog before a disk that pretends."""

    def __init__(self, counted: Metrics, disk: Disk) -> None:
        self._disk = disk
        self._backlog = Backlog(counted, self._write)

    @property
    def healthy(self) -> bool:
        return self._backlog.healthy

    def record(self, record: Record) -> Acknowledgement:
        return self._backlog.record(record)

    async def close(self) -> None:
        self._disk.resume()
        await self._backlog.drained()

    def _write(self, group: Group) -> None:
        if self._disk.refuses:
            group.lost = dict.fromkeys(range(len(group.records)), "the disk is full")
        self._disk.commit(lambda: self._backlog.written(group, COMMIT_S))


def loaded(folder: Path) -> Deployment:
    """The deployment of a generated package."""
    sys.path.insert(0, str(folder))
    deployment: Deployment = importlib.import_module("aua_router.app").DEPLOYMENT
    return deployment


@dataclass(slots=True)
class Router:
    """One replica. `instance` is its address as Prometheus sees it; `settings` the folder from which it reads settings and plan."""

    deployment: Deployment
    models: Models
    folder: Path
    instance: str
    disk: Disk = field(default_factory=Disk)
    running: Running | None = None

    async def start(self) -> None:
        """Until it answers."""
        loop = asyncio.get_running_loop()
        self.folder.mkdir(parents=True, exist_ok=True)
        api = self.deployment.api
        public, management = (
            Listener(one.host, one.port, str(self.folder / f"{name}.sock")) for name, one in (("p", api.public), ("m", api.management))
        )
        log = Log(self.deployment.logs, "error", loop.time, write=lambda _: None)
        self.running = await start(
            replace(self.deployment, api=replace(api, public=public, management=management)),
            environment={"AUA_SETTINGS": str(self.folder)},
            transport=self.models,
            clock=loop.time,
            wall=loop.time,
            log=log,
            recorder=lambda counted: Kept(counted, self.disk),
        )
        self.running.services.random = Random(self.instance)

    async def stop(self) -> None:
        """As SIGTERM does."""
        running, self.running = self.running, None
        if running is not None:
            await running.stop()

    def reload(self) -> None:
        """As SIGHUP does."""
        if self.running is not None:
            with suppress(SettingsRefused):  # logged and counted where it was refused
                self.running.reload()

    def change(self, name: str, change: Callable[[dict[str, Any]], Any]) -> None:
        """Write settings.json or plan.json where the router looks first, as a change of those that it was made with."""
        data = json.loads((self.deployment.folder / name).read_text())
        change(data)
        (self.folder / name).write_text(json.dumps(data))

    def restore(self) -> None:
        """Let it read what it was made with."""
        for name in ("settings.json", "plan.json"):
            (self.folder / name).unlink(missing_ok=True)

    async def ask(self, question: str) -> None:
        """One question of a client, until its answer is there; whatever that is."""
        body = json.dumps({"model": "", "messages": [{"role": "user", "content": question}]}).encode()
        await self._exchange("p", b"POST /v1/chat/completions", body)

    async def scrape(self) -> str:
        """What Prometheus reads."""
        answer = await self._exchange("m", b"GET /metrics", b"")
        return answer.partition(b"\r\n\r\n")[2].decode()

    async def _exchange(self, listener_: str, line: bytes, body: bytes) -> bytes:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.folder / f"{listener_}.sock"))
        except OSError:
            return b""
        try:
            writer.write(
                b"%b HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                % (line, len(body), body)
            )
            async with asyncio.timeout(SCRAPE_S if listener_ == "m" else None):
                return await reader.read(-1)
        except (OSError, TimeoutError):
            return b""
        finally:
            writer.close()
