"""What one whole answer costs the router, against nginx in the same run. `python -m bench.proxy [--rounds N]` prints the table."""

import argparse
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load
from bench.servers import Generator, Server, backend, generator, measured, nginx, router

ROUNDS = 7
REQUESTS = 8000
REQUESTS_OF_NGINX = 16000
WARM_UP = 4000
MICRO = 1e6


@dataclass(frozen=True, slots=True)
class Case:
    """One row: who is asked, over how many connections, for which model."""

    name: str
    server: Server
    connections: int
    requests: int
    model: str = "aua"


@dataclass(frozen=True, slots=True)
class Figure:
    """CPU microseconds per request of one case, by round."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)


def cases(peer: Server, ours: Server) -> tuple[Case, ...]:
    return (
        Case("nginx", peer, 16, REQUESTS_OF_NGINX),
        Case("router", ours, 16, REQUESTS),
        Case("router, pinned specialist", ours, 16, REQUESTS, "swe"),
        Case("nginx, 256 connections", peer, 256, REQUESTS_OF_NGINX),
        Case("router, 256 connections", ours, 256, REQUESTS),
    )


def figures(sender: Generator, found: Sequence[Case], rounds: int) -> tuple[Figure, ...]:
    """Each case once per round, after a warm-up, so that a busy machine slows all of them alike."""
    for case in found:
        sender.run(Load(case.server.port, case.connections, WARM_UP, case.model))
    told: dict[str, list[float]] = {case.name: [] for case in found}
    for _ in range(rounds):
        for case in found:
            cpu_s, _ = measured(sender, case.server, Load(case.server.port, case.connections, case.requests, case.model))
            told[case.name].append(cpu_s / case.requests * MICRO)
    return tuple(Figure(name, tuple(values)) for name, values in told.items())


def ratio(figure: Figure, to: Figure) -> tuple[float, float, float]:
    """Median, least and largest of the ratios of rounds."""
    each = sorted(mine / theirs for mine, theirs in zip(figure.rounds, to.rounds, strict=True))
    return statistics.median(each), each[0], each[-1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    print(f"Others kept {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores busy when it began.")
    with (
        tempfile.TemporaryDirectory() as made,
        backend() as models,
        nginx(Path(made) / "nginx", models.port) as peer,
        router(Path(made) / "router", models.port) as ours,
        generator() as sender,
    ):
        found = figures(sender, cases(peer, ours), options.rounds)
    by_name = {figure.name: figure for figure in found}
    for figure in found:
        to = by_name["nginx, 256 connections" if "256" in figure.name else "nginx"]
        middle, least, largest = ratio(figure, to)
        print(f"{figure.name:30} {figure.median:8.1f} us   {middle:5.2f} x nginx ({least:.2f} to {largest:.2f})")
    grown = ratio(by_name["router, 256 connections"], by_name["router"])
    print(f"256 connections cost {grown[0]:.2f} x what 16 cost ({grown[1]:.2f} to {grown[2]:.2f})")


if __name__ == "__main__":
    main()
