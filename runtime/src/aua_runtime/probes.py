"""Asks servers that carry no calls, or failed the latest, whether they are there: what is told of a specialist needs no traffic.

A probe says whether a server can be reached, not whether its answers are good. So it moves a breaker only where connecting was the fault.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from aua_runtime.contract import log_fields, metrics
from aua_runtime.replicas import Replicas, Upstream
from aua_runtime.services import Services
from aua_runtime.statuses import SERVER_ERROR
from aua_runtime.transport.outcomes import Broken, TimedOut, Unreachable

ANSWER_S = 5.0
"""Longest wait for the answer to a probe, and never more than the time between two."""
JITTER = 0.1
"""Share of the interval by which each wait varies, so that probes of many routers do not come together."""
FIRST_S = 1.0
"""Within this time of the start every server has been asked once."""
BODY_MAX_BYTES = 1024 * 1024
"""A list of models is shorter; of a longer answer the rest is cut off with its connection."""


@dataclass(slots=True)
class Probes:
    """The probing of all servers whose specialists ask for it."""

    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, services: Services) -> None:
        """One task per server."""
        for replicas in services.upstreams.values():
            interval_s = replicas.specialist.probe_interval_s
            if interval_s is not None:
                self._tasks += [asyncio.create_task(_probing(services, replicas, upstream, interval_s)) for upstream in replicas.upstreams]

    async def stop(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()


async def _probing(services: Services, replicas: Replicas, upstream: Upstream, interval_s: float) -> None:
    await asyncio.sleep(services.random.random() * min(FIRST_S, interval_s))
    while True:
        idle = upstream.open == 0 and services.clock() - upstream.heard_s >= interval_s * (1 - JITTER)
        if idle or upstream.up is not True:  # a failure that was noted stands for no longer than an interval, whatever else is open
            await probe(services, replicas, upstream, min(ANSWER_S, interval_s))
        await asyncio.sleep(interval_s * (1 + JITTER * (2 * services.random.random() - 1)))


async def probe(services: Services, replicas: Replicas, upstream: Upstream, bound_s: float) -> None:
    """Ask one server once, and note what came of it. Where it could not be reached before, this is its breaker's trial as well."""
    name = replicas.specialist.name
    period = upstream.breaker.admit() if upstream.unreachable and upstream.breaker.state == "half_open" else 0
    try:
        found = await _asked(services, upstream, bound_s)
    except BaseException:
        upstream.breaker.release(period)
        raise
    up = found == "up"
    match found:
        case "up":
            upstream.breaker.succeed(period)
        case "unreachable":
            upstream.breaker.fail(period)
        case "down":
            upstream.breaker.release(period)
    services.metrics.count(metrics.PROBES, "up" if up else "down")
    if up is not upstream.up:
        services.log.tell(log_fields.SERVER_UP if up else log_fields.SERVER_DOWN, {"specialist": name})
    upstream.up = up
    upstream.heard_s = services.clock()
    services.metrics.set(metrics.SPECIALIST_UP, float(replicas.up is True), name)


async def _asked(services: Services, upstream: Upstream, bound_s: float) -> Literal["up", "down", "unreachable"]:
    """Whether a server says that it can answer, and whether it can be connected to at all."""
    until_s = services.clock() + bound_s
    connect_s = min(upstream.specialist.timeouts.connect_s, bound_s)
    try:
        exchange = await services.transport.open(upstream.address, upstream.probe, b"", connect_s=connect_s, first_s=bound_s)
    except Unreachable:
        return "unreachable"
    except TimedOut as error:
        return "unreachable" if error.wait == "connect" else "down"
    except Broken:
        return "down"
    try:
        size = 0
        while size < BODY_MAX_BYTES and (data := await exchange.read(until_s - services.clock(), "total")):
            size += len(data)
    except (TimedOut, Broken):
        return "down"
    finally:
        exchange.close()
    return "up" if exchange.status < SERVER_ERROR else "down"  # what is refused is refused by a server that is there
