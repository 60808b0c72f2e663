"""A run: routers under traffic for some virtual time, what happens to them meanwhile, and every scrape of it."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from aua_runtime import listener
from aua_runtime.plan import Deployment

from bench.week import clock, traffic
from bench.week.models import Models, Server
from bench.week.router import Router
from bench.week.series import Series

Event = Callable[["Play"], "Awaitable[None] | None"]


@dataclass(slots=True)
class Play:
    """What is on stage. Times are seconds since Monday at midnight; the run begins at `begins_s`."""

    plan: dict[str, Any]
    deployment: Deployment
    folder: Path
    interval_s: float
    begins_s: float
    pace: traffic.Pace
    random: Random
    routers: list[Router] = field(default_factory=list)
    models: Models = field(default_factory=lambda: Models(Random(2)))
    series: Series = field(default_factory=Series)
    engines: dict[str, dict[str, float]] = field(default_factory=dict)  # by service: `up` and its own metrics
    scraped: bool = True
    preempted_per_scrape: float = 0.0
    rows_per_s: float = 0.0  # beyond those of requests

    @property
    def now_s(self) -> float:
        return self.begins_s + asyncio.get_running_loop().time()

    async def rolling_restart(self, down_s: float = 20.0) -> None:
        """One router after the other goes, and comes back while it is being scraped."""
        for router in self.routers:
            await router.stop()
            await asyncio.sleep(down_s)
            await router.start()
            await asyncio.sleep(down_s)

    async def ask_on(self) -> None:
        tasks: set[asyncio.Task[None]] = set()
        while True:
            await asyncio.sleep(traffic.next_s(self.pace, self.now_s, self.random))
            up = [router for router in self.routers if router.running is not None]
            if up:
                task = asyncio.create_task(self.random.choice(up).ask(traffic.question(self.random)))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    async def scrape(self) -> None:
        name = self.plan["project"]["name"]
        if not self.scraped:
            self.series.gaps.add(self.series.scrapes)
        else:
            for router in self.routers:
                labels = f'job="{name}-router",instance="{router.instance}",service="router"'
                text = await router.scrape() if router.running is not None else ""
                self.series.add(f"up{{{labels}}}", float(bool(text)))
                self.series.exposed(text, labels)
            for number, (service, metrics) in enumerate(self.engines.items()):
                metrics["vllm:num_preemptions_total"] += 0 if number else self.preempted_per_scrape
                for metric, value in metrics.items():
                    self.series.add(f'{metric}{{job="{name}-engine",instance="{service}:9000",service="{service}"}}', value)
        self.series.scrapes += 1
        for router in self.routers:
            if router.running is not None:
                for _ in range(int(self.rows_per_s * self.interval_s)):
                    router.running.services.recorder.record(((), (), ()))


def played(
    deploy: Path,
    deployment: Deployment,
    folder: Path,
    *,
    begins_s: float,
    lasts_s: float,
    pace: traffic.Pace,
    events: tuple[tuple[float, Event], ...] = (),
    seed: int = 1,
) -> Play:
    """Run it. `events` happen so many seconds after the beginning."""
    listener.TICK_S = 60.0  # looks for clients that hang, of which there are none; each look would be a jump of the clock
    plan = json.loads((deploy / "plan.json").read_text())
    interval_s = plan["observability"]["scrape_interval_s"]
    play = Play(plan, deployment, folder, interval_s, begins_s, pace, Random(seed))
    clock.run(_play(play, lasts_s, events))
    return play


async def _play(play: Play, lasts_s: float, events: tuple[tuple[float, Event], ...]) -> None:
    loop = asyncio.get_running_loop()
    for specialist in play.deployment.specialists:
        play.models.servers[re.sub(r"^https?://", "", specialist.url)] = Server()
    play.routers = [
        Router(play.deployment, play.models, play.folder / str(number), f"10.0.0.{number}:8001")
        for number in range(play.plan["router"]["replicas"])
    ]
    play.engines = {
        instance["name"]: {"up": 1.0, "vllm:num_preemptions_total": 0.0}
        for instance in play.plan["instances"]
        if instance["engine"] == "vllm"
    }
    for router in play.routers:
        await router.start()
    background = [asyncio.create_task(play.ask_on())]
    background += [asyncio.create_task(_at(play, at_s, event)) for at_s, event in events]
    for number in range(int(lasts_s / play.interval_s) + 1):
        await asyncio.sleep(max(0.0, number * play.interval_s - loop.time()))
        await play.scrape()
    for task in background:
        if task.done() and not task.cancelled():
            task.result()  # an event that failed is a bug
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for router in play.routers:
        await router.stop()


async def _at(play: Play, at_s: float, event: Event) -> None:
    await asyncio.sleep(at_s)
    done = event(play)
    if done is not None:
        await done
