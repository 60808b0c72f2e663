"""Looks at the routers of a deployment and at the engines of its plan, again and again, and tells what is seen."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson

from aua_runtime.contract.routes import METRICS, PLAN, READY, VERSION
from aua_runtime.status.figures import Figures, figures
from aua_runtime.status.machines import Machines, machines
from aua_runtime.status.reading import Reading, restarted
from aua_runtime.status.samples import Samples, parsed

Fetch = Callable[[str, str, str], tuple[int, bytes] | None]
"""URL, path and key -> status and body; None where nobody answers."""

AT_ONCE_S = 10.0
"""The longest that one look waits for all that it asks."""
READINGS = 1000
"""The most that are kept of one router."""
ENDS = 2
"""Readings that a rate takes."""
TRAIL = 240
"""Of how many looks something is kept, for curves."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Router:
    """One router that is watched. `reading` is the latest; `why` says why there is none now."""

    url: str
    reading: Reading | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is kept of a look, for curves."""

    queries_per_s: float
    latency_p95_s: float


@dataclass(frozen=True, slots=True)
class Picture:
    """What is seen of a deployment at one moment. `restarts` names workers that started anew lately."""

    wall_s: float
    routers: tuple[Router, ...]
    figures: Figures | None
    machines: Machines | None
    no_machines: str  # why there are none
    restarts: tuple[str, ...]
    trail: tuple[Moment, ...]  # the looks so far, as far as rates were known

    @property
    def reading(self) -> Reading | None:
        """Of the first router that answers, what it says of the deployment."""
        return next((router.reading for router in self.routers if router.reading is not None), None)

    @property
    def ready(self) -> bool:
        """Whether all routers answer and are ready."""
        return all(router.reading is not None and router.reading.ready for router in self.routers)


@dataclass(slots=True)
class Watch:
    """Keeps what was seen lately. `engines` says where instances are reached, for those that are not at the router's host."""

    urls: tuple[str, ...]
    key: str
    engines: Mapping[str, str]
    fetch: Fetch
    window_s: float
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    _readings: dict[str, list[Reading]] = field(default_factory=dict)
    _plans: dict[str, Mapping[str, Any] | str] = field(default_factory=dict)  # by digest; a text says why there is none
    _silent: set[str] = field(default_factory=set)
    _trail: list[Moment] = field(default_factory=list)

    def look(self) -> Picture:
        """What is seen now."""
        routers = tuple(_at_once([partial(self._router, url) for url in self.urls], lost=self._lost))
        for router in routers:
            if router.reading is not None:
                self._keep(router.reading)
        lately = [self._readings[router.url] for router in routers if router.reading is not None]
        found = figures(lately, self.wall())
        if found is not None and found.queries_per_s is not None:
            self._trail = [*self._trail[1 - TRAIL :], Moment(found.queries_per_s, found.latency_p95_s or 0.0)]
        plan = self._plan(routers)
        return Picture(
            wall_s=self.wall(),
            routers=routers,
            figures=found,
            machines=machines(plan, self._scrapes(plan)) if not isinstance(plan, str) else None,
            no_machines=plan if isinstance(plan, str) else "",
            restarts=tuple(worker for readings in lately for worker in restarted(readings)),
            trail=tuple(self._trail),
        )

    def _lost(self, number: int) -> Router:
        return Router(self.urls[number], None, f"no answer within {AT_ONCE_S:.0f} s")

    def _router(self, url: str) -> Router:
        at_s = self.clock()
        ready, version = self.fetch(url, READY, ""), self.fetch(url, VERSION, "")
        if ready is None or version is None:
            return Router(url, None, "nobody answers")
        about = {**_object(version[1]), **_object(ready[1])}
        if version[0] != HTTPStatus.OK or not {"deployment", "plan", "breakers", "status"} <= about.keys():
            return Router(url, None, f"what answers there is no router (status {version[0]})")
        told = self.fetch(url, METRICS, "") if url not in self._silent else None
        if told is not None and told[0] == HTTPStatus.NOT_FOUND:
            self._silent.add(url)  # a public listener, on which each question for metrics would count as an error
        samples = parsed(told[1].decode(errors="replace")) if told is not None and told[0] == HTTPStatus.OK else None
        return Router(url, Reading(url, at_s, ready[0] == HTTPStatus.OK, about, samples))

    def _keep(self, reading: Reading) -> None:
        """Keep the readings that lie in the window, and the last one before it: so rates are of the window, once it is full."""
        kept = self._readings.setdefault(reading.url, [])
        kept.append(reading)
        while len(kept) > ENDS and (reading.at_s - kept[1].at_s >= self.window_s or len(kept) > READINGS):
            kept.pop(0)

    def _plan(self, routers: Sequence[Router]) -> Mapping[str, Any] | str:
        """The plan that the routers were made from, which does not change under its digest; or why it is not known."""
        reading = next((router.reading for router in routers if router.reading is not None), None)
        if reading is None or reading.samples is None:
            return ""
        digest = str(reading.about["plan"])
        found = self._plans.get(digest)
        if found is None or isinstance(found, str):
            told = self.fetch(reading.url, PLAN, self.key)
            found = _plan(told)
            self._plans = {digest: found}
        return found

    def _scrapes(self, plan: Mapping[str, Any]) -> dict[str, Samples | None]:
        host = urlsplit(self.urls[0]).hostname or "127.0.0.1"
        asked = [instance for instance in plan["instances"] if instance["metrics_path"]]
        at = [self.engines.get(each["name"], f"http://{f'[{host}]' if ':' in host else host}:{each['port']}") for each in asked]
        calls = [partial(self.fetch, url, each["metrics_path"], "") for url, each in zip(at, asked, strict=True)]
        told = _at_once(calls, lost=lambda _: None)
        return {
            each["name"]: parsed(answer[1].decode(errors="replace")) if answer is not None and answer[0] == HTTPStatus.OK else None
            for each, answer in zip(asked, told, strict=True)
        }


def _plan(told: tuple[int, bytes] | None) -> Mapping[str, Any] | str:
    if told is None:
        return "the plan was not told"
    if told[0] == HTTPStatus.UNAUTHORIZED:
        return "the plan is told with the router's key only: --key-env NAME"
    plan = _object(told[1])
    known = told[0] == HTTPStatus.OK and {"ledgers", "instances", "fields"} <= plan.keys()
    return plan if known else f"the plan was not told: status {told[0]}"


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


def _at_once(calls: Sequence[Callable[[], T]], lost: Callable[[int], T]) -> list[T]:
    """The results of all calls, made side by side; `lost` stands in for one that takes too long.

    The threads are daemons: a server that never ends its answer must not keep the program from ending.
    """
    found: dict[int, T] = {}
    threads = [
        Thread(target=lambda number=number, call=call: found.__setitem__(number, call()), daemon=True) for number, call in enumerate(calls)
    ]
    until_s = time.monotonic() + AT_ONCE_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until_s - time.monotonic()))
    return [found[number] if number in found else lost(number) for number in range(len(calls))]
