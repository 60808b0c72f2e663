"""What one worker of the router holds in memory after 100,000 requests, and whether it grows: a chapter of docs/performance.md."""

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load
from bench.page import busy, machine, options, table, tell
from bench.servers import backend, generator, router

TITLE = "Memory"
STEP = 5000
STREAMED = 500  # of each step
STEPS = 20
EVENTS = 20
FROM, TO = 20_000, 100_000
MIB_PSS_MAX = 50
MIB_GROWTH_MAX = 1.0


@dataclass(frozen=True, slots=True)
class Held:
    """What a process held after so many requests: its share of what it maps (PSS), and all of it (RSS)."""

    requests: int
    pss_mib: float
    rss_mib: float


def held(pid: int, requests: int) -> Held:
    """As the kernel adds it up in smaps_rollup (proc(5))."""
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kib = {name: int(value) for name, value in re.findall(r"^(Pss|Rss): +(\d+) kB", told, re.MULTILINE)}
    return Held(requests, kib["Pss"] / 1024, kib["Rss"] / 1024)


def lines(found: Sequence[Held], began: str) -> Iterator[str]:
    by_requests = {each.requests: each for each in found}
    grown = by_requests[TO].pss_mib - by_requests[FROM].pss_mib
    yield f"One worker, 16 connections, the questions of the chapters above; {STREAMED / STEP:.0%} of the requests are streams of {EVENTS}"
    yield "events. PSS from `/proc/<pid>/smaps_rollup`."
    yield f"{machine(sys.executable)}. {began}"
    yield ""
    bars = (
        (f"PSS after {TO:,} requests [MiB]", f"at most {MIB_PSS_MAX}", f"{by_requests[TO].pss_mib:.1f}"),
        (f"growth from {FROM:,} to {TO:,} requests [MiB]", f"under {MIB_GROWTH_MAX:g}", f"{grown:.2f}"),
    )
    yield from table(("bar", "asked", "measured"), bars)
    yield ""
    shown = [each for each in found if each.requests % FROM == 0]
    yield from table(
        ("requests", "PSS [MiB]", "RSS [MiB]"), ((each.requests, f"{each.pss_mib:.2f}", f"{each.rss_mib:.2f}") for each in shown)
    )


def main() -> None:
    given = options(__doc__)
    began = busy()
    with (
        tempfile.TemporaryDirectory() as made,
        backend() as models,
        router(Path(made) / "router", models.port) as ours,
        generator() as sender,
    ):
        found = [held(ours.process.pid, 0)]
        for step in range(1, STEPS + 1):
            sender.run(Load(ours.port, 16, STEP - STREAMED))
            sender.run(Load(ours.port, 16, STREAMED, events=EVENTS))
            found.append(held(ours.process.pid, step * STEP))
    tell(TITLE, lines(found, began), alone=given.alone)


if __name__ == "__main__":
    main()
