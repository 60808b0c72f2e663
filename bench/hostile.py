"""What polite clients notice while others mean no good: a chapter of docs/performance.md."""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.attack import ATTACKS
from bench.load import Load, Told
from bench.memory import held
from bench.page import busy, machine, table, tell
from bench.servers import Generator, Server, attack, backend, generator, router

TITLE = "Hostile clients"
POLITE_CONNECTIONS = 4
PAUSE_MS = 20.0
REQUESTS = 1600
ATTACK_S = 16.0
P99_MAX_MS = 50
FILES = 20_000
LEFT_S = 20.0
"""After an attack, until the router has let go of it."""

WORDS = {
    "large-body": "a 300 MB body, four at a time",
    "idle": "10,000 idle connections",
    "slow-headers": "500 clients that send a byte of a head every 0.5 s",
    "slow-readers": "50 clients that read 1 kB/s of 4 MB",
    "streams": "1,000 open streams, an event each 0.5 s",
}


@dataclass(frozen=True, slots=True)
class Suffered:
    """One attack: polite clients before and during, what the attackers did, and the router afterwards."""

    before: Told
    during: Told
    did: Mapping[str, int]
    peak_mib: float
    files_left: int


def files_of(pid: int) -> int:
    return len(tuple(Path(f"/proc/{pid}/fd").iterdir()))


def polite(sender: Generator, port: int, requests: int = REQUESTS) -> Told:
    return sender.run(Load(port, POLITE_CONNECTIONS, requests, pause_ms=PAUSE_MS), strict=False)


def suffered(kind: str, sender: Generator, ours: Server) -> Suffered:
    base = files_of(ours.process.pid)
    before = polite(sender, ours.port)
    with attack(kind, ours.port, ATTACK_S) as attackers:
        during = polite(sender, ours.port)
        peak_mib = held(ours.process.pid, 0).pss_mib
        assert attackers.stdout is not None
        did: dict[str, int] = json.loads(attackers.stdout.readline())
    until = time.monotonic() + LEFT_S
    while (left := files_of(ours.process.pid) - base) > 0 and time.monotonic() < until:
        time.sleep(0.1)
    return Suffered(before, during, did, peak_mib, max(0, left))


def rows(found: Mapping[str, Suffered]) -> Iterator[Sequence[object]]:
    for kind, each in found.items():
        wrong = sum(each.during.errors.values())
        yield (
            WORDS[kind],
            f"{each.before.p99_s * 1000:.1f}",
            f"{each.during.p50_s * 1000:.1f}",
            f"{each.during.p99_s * 1000:.1f}",
            f"{each.during.answered} of {each.during.answered + wrong}",
            f"{each.peak_mib:.0f}",
            each.files_left,
        )


def lines(found: Mapping[str, Suffered], began: str) -> Iterator[str]:
    yield f"{POLITE_CONNECTIONS} polite connections ask routed questions, resting {PAUSE_MS:g} ms after each answer, before and during each"
    yield f"attack. Asked: their p99 stays within {P99_MAX_MS} ms. The attackers run at the lowest priority on the core of the polite"
    yield "clients and the backend. This router's limits are 20,000 connections and 2,000 streams, so that none is turned away for their"
    yield "number alone."
    yield f"{machine(sys.executable)}. {began}"
    yield ""
    yield from table(
        (
            "attack",
            "p99 before [ms]",
            "p50 during [ms]",
            "p99 during [ms]",
            "answered",
            "PSS during [MiB]",
            "descriptors left after",
        ),
        rows(found),
    )
    yield ""
    yield "What the attackers say they did:"
    yield ""
    for kind, each in found.items():
        yield f"- {WORDS[kind]}: " + ", ".join(f"{what} {count:,}" for what, count in each.did.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"some of {', '.join(ATTACKS)}")
    parser.add_argument("--alone", action="store_true", help="without writing the page")
    options = parser.parse_args()
    began = busy()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    found = {}
    for kind in options.kinds or ATTACKS:
        with (
            tempfile.TemporaryDirectory() as made,
            backend() as models,
            router(Path(made) / "router", models.port) as ours,
            generator() as sender,
        ):
            polite(sender, ours.port, REQUESTS // 4)
            found[kind] = suffered(kind, sender, ours)
    tell(TITLE, lines(found, began), alone=options.alone or bool(options.kinds))


if __name__ == "__main__":
    main()
