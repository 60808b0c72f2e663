"""What recording a request costs, and what a SIGKILL loses: a chapter of docs/performance.md. `--kills` sets how many."""

import argparse
import asyncio
import dataclasses
import math
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvloop
from aua_runtime.contract.prices import TokenPrice, prices
from aua_runtime.log import LEVELS
from aua_runtime.metrics import Metrics
from aua_runtime.plan import SqliteStore
from aua_runtime.request import Answer, Call, Request, Score
from aua_runtime.route import Route
from aua_runtime.settle import TOGETHER, Settling
from aua_runtime.state import recorded
from aua_runtime.state.groups import GROUP_ROWS
from aua_runtime.state.sqlite import Sqlite
from aua_runtime.status.samples import parsed
from aua_runtime.verify import Checks

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


def requests(services: Any) -> list[Request]:
    """Requests that one specialist has answered, each with its score, its route and one call: three things to record."""
    specialist: Any = SimpleNamespace(name="swe")
    settings: Any = SimpleNamespace(prices=prices("USD", "bench@1", {"swe": TokenPrice(2_500_000, 10_000_000, 2_500_000)}))
    field: Any = SimpleNamespace(name="software_engineering")
    made = []
    for number in range(DISTINCT):
        now_s = services.clock()
        checks = Checks(0, 0)
        answer = Answer(specialist, "x", "stop", score=Score(0.71, 0.5, 0.6, 0.2, 0.6, None, checks))
        told: dict[str, Any] = {
            **dict.fromkeys(field.name for field in dataclasses.fields(Request) if field.default is dataclasses.MISSING),
            "id": f"{number:032x}",
            "trace_id": f"{number:032x}",
            "session_id": f"{number:032x}",
            "dialect": "openai",
            "model": "aua",
            "stream": False,
            "services": services,
            "settings": settings,
            "received_s": now_s,
            "calls": [],
            "verdicts": [],
        }
        request = Request(**told)
        request.route = Route("single", "above_single_threshold", field, (specialist,), {"software_engineering": 0.91})
        request.calls.append(Call("swe", now_s, 1, None, now_s, now_s, 200, 120, 60))
        request.answer = answer
        request.outcome = "answered"
        request.answered_s = now_s
        made.append(request)
    return made


def worked() -> int:
    return sum(range(WORK))


async def ended(asked: list[Request], end: Callable[[Request], None]) -> float:
    """CPU seconds of this thread while requests end one after the other."""
    started_s = time.thread_time()
    for number in range(REQUESTS):
        worked()
        end(asked[number % DISTINCT])
        if number % TURN == TURN - 1:
            await asyncio.sleep(0)
    return time.thread_time() - started_s


def kept(request: Request) -> None:
    with recorded(request):
        pass


async def costs(folder: Path) -> Cost:
    """Rounds with and without recording alternate; the difference is what recording costs."""
    counted = Metrics()
    services: Any = SimpleNamespace(metrics=counted, clock=time.monotonic, wall=time.time, plan_digest="5f" * 32)
    services.settling, services.log = Settling(), SimpleNamespace(level=LEVELS["warning"])
    asked = requests(services)
    services.recorder = recorder = Sqlite(SqliteStore(str(folder / "aua.db"), "normal"), counted)
    writer = time.pthread_getcpuclockid(recorder._thread.ident)  # noqa: SLF001 - the thread to be measured
    without_us, with_us, writer_us = [], [], []
    for _ in range(ROUNDS):
        without_s = await ended(asked, lambda _: None)
        before_s = time.clock_gettime(writer)
        with_s = await ended(asked, kept)
        await asyncio.sleep(0.1)
        without_us.append(without_s / REQUESTS * MICRO)
        with_us.append(with_s / REQUESTS * MICRO)
        writer_us.append((time.clock_gettime(writer) - before_s) / REQUESTS * MICRO)
    buckets = parsed(counted.text().decode()).buckets("aua_state_delay_seconds")
    await recorder.close()
    in_time = buckets[0.02] / buckets[math.inf]
    return Cost(without_us, with_us, writer_us, in_time)


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
