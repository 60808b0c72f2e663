"""What recording a request costs, and what a SIGKILL loses: a chapter of docs/performance.md. `--kills` sets how many."""

import argparse
import asyncio
import math
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvloop
from aua_runtime.request import Request
from aua_runtime.settle import TOGETHER
from aua_runtime.state import recorded
from aua_runtime.state.groups import GROUP_ROWS
from aua_runtime.status.samples import parsed

from bench.asked import asked
from bench.page import ROOT, busy, machine, table, write

sys.path.insert(0, str(ROOT / "runtime" / "tests"))

from killing import killed  # found by the line above
from killing_router import SETTLED_S
from killing_router import kills as killed_routers

TITLE = "State"
ROUNDS = 15
REQUESTS = 3000
DISTINCT = 16
"""As many as are open at once: what was just answered is in the processor's caches."""
WORK = 1500
"""Turns of a loop that stand for the rest of a request, about 60 us: the event loop is as busy as it can be."""
TURN = 16
"""Requests that one turn of the event loop ends, as with so many connections."""
MICRO = 1e6
WRITER = "aua-state"
"""The thread that writes to SQLite."""
KILLS = 300
ROUTERS = 20
PROCESSES = 4
BOUND_ROWS = 2 * GROUP_ROWS + 2 * TOGETHER


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds per request, by round, and the share of groups that were committed within 20 ms."""

    without_us: list[float]  # of the event loop's thread, in rounds that record nothing
    with_us: list[float]
    writer_us: list[float]
    in_time: float


def worked() -> int:
    return sum(range(WORK))


async def ended(requests: list[Request], end: Callable[[Request], None]) -> float:
    """CPU seconds of this thread while requests end one after the other."""
    started_s = time.thread_time()
    for number in range(REQUESTS):
        worked()
        end(requests[number % DISTINCT])
        if number % TURN == TURN - 1:
            await asyncio.sleep(0)
    return time.thread_time() - started_s


def kept(request: Request) -> None:
    with recorded(request):
        pass


async def costs(folder: Path) -> Cost:
    """Rounds with and without recording alternate; the difference is what recording costs."""
    async with asked(["What is it?"] * DISTINCT, folder) as requests:
        services = requests[0].services
        writer = next(thread for thread in threading.enumerate() if thread.name == WRITER)
        clock = time.pthread_getcpuclockid(writer.ident or 0)
        without_us, with_us, writer_us = [], [], []
        for _ in range(ROUNDS):
            without_s = await ended(requests, lambda _: None)
            before_s = time.clock_gettime(clock)
            with_s = await ended(requests, kept)
            await asyncio.sleep(0.1)
            without_us.append(without_s / REQUESTS * MICRO)
            with_us.append(with_s / REQUESTS * MICRO)
            writer_us.append((time.clock_gettime(clock) - before_s) / REQUESTS * MICRO)
        buckets = parsed(services.metrics.text().decode()).buckets("aua_state_delay_seconds")
    return Cost(without_us, with_us, writer_us, buckets[0.02] / buckets[math.inf])


def killing(count: int, writers: int) -> Iterator[str]:
    """What was found after so many kills; ends the program where anything is as it must not be."""
    with tempfile.TemporaryDirectory() as at:
        found = list(killed(Path(at), count, writers=writers))
    faults = Counter(fault for one in found for fault in one.faults())
    if faults:
        sys.exit(f"after {count} kills: {faults}")
    missing = sorted(one.missing_rows for one in found)
    yield f"{count} kills of {'one process' if writers == 1 else f'{writers} processes that share a file'}"
    yield f"{sum(len(one.acknowledged) for one in found):,}"
    yield "0"
    yield "0"
    yield f"{statistics.median(missing):.0f}"
    yield f"{sum(rows <= BOUND_ROWS for rows in missing)} of {len(missing)}"
    yield f"{missing[-1]}"


def routers(count: int) -> Iterator[str]:
    """The same through a router that answers clients, who need not wait for the commit."""
    with tempfile.TemporaryDirectory() as at:
        found = list(killed_routers(Path(at), count))
    faults = Counter(fault for one in found for fault in one.faults())
    if faults:
        sys.exit(f"after {count} kills of a router: {faults}")
    missing = sorted(one.missing_rows for one in found)
    yield (
        f"{count} routers were killed while they answered {sum(len(one.answered) for one in found):,} requests of 16 clients: of what was"
        f" answered {SETTLED_S} s earlier everything was there, nothing was torn or double, and of the last answers"
        f" {missing[len(missing) // 2]} rows were missing in the median and {missing[-1]} at most."
    )


def chapter(cost: Cost, kills: int) -> Iterator[str]:
    yield (
        f"Median and least disturbed of {ROUNDS} rounds of {REQUESTS} requests of one call each, which alternate with rounds that record"
        f" nothing; the event loop is saturated. {machine(sys.executable)}. {busy()}"
    )
    yield ""
    loop = [f"{of(cost.with_us) - of(cost.without_us):.1f}" for of in (statistics.median, min)]
    rows = [
        ("event loop's thread", *loop, "8"),
        ("writer's thread", f"{statistics.median(cost.writer_us):.1f}", f"{min(cost.writer_us):.1f}", "10"),
    ]
    yield from table(("CPU per request [us]", "median", "least", "goal"), rows)
    yield ""
    yield f"{cost.in_time:.1%} of the groups were committed within 20 ms of their first row."
    yield ""
    yield (
        "Processes that record 16,000 rows a second are killed with SIGKILL at random moments, and their file is read. What is missing is"
        f" always the end of what was recorded; {BOUND_ROWS} rows is the bound while the disk keeps up."
    )
    yield ""
    heads = ("", "acknowledged requests", "of them missing", "torn or double", "rows missing, median", "at most 256", "most")
    yield from table(heads, [tuple(killing(kills, 1)), tuple(killing(kills // 10, PROCESSES))])
    yield ""
    yield from routers(ROUTERS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as at:
        cost = uvloop.run(costs(Path(at)))
    write(TITLE, chapter(cost, options.kills))


if __name__ == "__main__":
    main()
