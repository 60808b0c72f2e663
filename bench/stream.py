"""What a stream costs the router, against nginx in the same run, and how long the first token takes: a chapter of docs/performance.md."""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load
from bench.page import busy, machine, options, table, tell
from bench.ratio import Ratio, ratio, spread
from bench.servers import Generator, Server, backend, generator, measured, nginx, router

TITLE = "A stream"
ROUNDS = 5
EVENTS = 100
EVERY_MS = 5.0
STREAMS = 512
BURST_EVENTS = 16
BURSTS = 3000
SINGLES = 1500
MICRO = 1e6


@dataclass(frozen=True, slots=True)
class Rounds:
    """What one server showed, by round: CPU per event, time to first token of bursts, latency of a whole answer on one connection."""

    event_us: tuple[float, ...]
    first_p50_ms: tuple[float, ...]
    first_p99_ms: tuple[float, ...]
    single_p50_us: tuple[float, ...]


def paced(port: int) -> Load:
    """64 streams at a time, an event every 5 ms in each."""
    return Load(port, 64, STREAMS, events=EVENTS, every_ms=EVERY_MS)


def bursts(port: int) -> Load:
    """16 streams at a time, all of whose events come at once."""
    return Load(port, 16, BURSTS, events=BURST_EVENTS)


def single(port: int) -> Load:
    """Whole answers, one after the other."""
    return Load(port, 1, SINGLES)


def figures(sender: Generator, servers: Sequence[Server], models: Server, rounds: int) -> dict[str, Rounds]:
    """Each server once per round. The backend itself is asked too: what a proxy adds is counted from there."""
    told: dict[str, list[tuple[float, float, float, float]]] = {}
    for server in (*servers, models):
        sender.run(bursts(server.port))
    for _ in range(rounds):
        for server in (*servers, models):
            cpu_s, came = measured(sender, server, paced(server.port))
            burst = sender.run(bursts(server.port))
            one = sender.run(single(server.port))
            figure = (cpu_s / came.events * MICRO, burst.first_p50_s * 1000, burst.first_p99_s * 1000, one.p50_s * MICRO)
            told.setdefault(server.name, []).append(figure)
    return {name: Rounds(*zip(*each, strict=True)) for name, each in told.items()}


def bars(found: dict[str, Rounds]) -> Iterator[tuple[str, str, Ratio | str]]:
    ours, peer, direct = found["router"], found["nginx"], found["backend"]
    yield "CPU per event, against nginx", "at most 2.5", ratio(ours.event_us, peer.event_us)
    yield "p99 to the first token, against nginx", "at most 3", ratio(ours.first_p99_ms, peer.first_p99_ms)
    yield "p99 to the first token [ms]", "at most 4", f"{statistics.median(ours.first_p99_ms):.2f} ({spread(ours.first_p99_ms)})"
    added = [mine - theirs for mine, theirs in zip(ours.single_p50_us, direct.single_p50_us, strict=True)]
    yield "added to the p50 of a whole answer on one connection [us]", "at most 250", f"{statistics.median(added):.0f} ({spread(added)})"


def lines(found: dict[str, Rounds], rounds: int, began: str) -> Iterator[str]:
    yield f"64 connections carry one stream after the other of {EVENTS} content events, one every {EVERY_MS:g} ms. The first token is"
    yield f"timed over 16 connections, from a backend that sends {BURST_EVENTS} events at once as soon as it is asked. nginx does not"
    yield "buffer. The questions, the router and where each process runs are those of the chapter above. What a proxy adds on one"
    yield "connection is counted from the backend's own latency; waking the other core twice more is part of it."
    yield f"{machine(sys.executable)}; {rounds} rounds. {began}"
    yield ""
    yield from table(("bar", "asked", "measured (least to largest)"), bars(found))
    yield ""
    middle = statistics.median
    yield from table(
        ("who", "CPU per event [us]", "least to largest", "first token p50 [ms]", "p99 [ms]", "whole answer, one connection, p50 [us]"),
        (
            (
                name,
                f"{middle(each.event_us):.1f}",
                spread(each.event_us),
                f"{middle(each.first_p50_ms):.2f}",
                f"{middle(each.first_p99_ms):.2f}",
                f"{middle(each.single_p50_us):.0f}",
            )
            for name, each in found.items()
        ),
    )


def main() -> None:
    given = options(__doc__, ROUNDS)
    began = busy()
    with (
        tempfile.TemporaryDirectory() as made,
        backend() as models,
        nginx(Path(made) / "nginx", models.port, buffering=False) as peer,
        router(Path(made) / "router", models.port) as ours,
        generator() as sender,
    ):
        found = figures(sender, (peer, ours), models, given.rounds)
    tell(TITLE, lines(found, given.rounds, began), alone=given.alone)


if __name__ == "__main__":
    main()
