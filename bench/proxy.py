"""What one whole answer costs the router, against nginx and LiteLLM's proxy in the same run: a chapter of docs/performance.md."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load
from bench.page import busy, machine, options, table, tell
from bench.ratio import Ratio, ratio, spread
from bench.servers import TELLING, Generator, Server, backend, generator, litellm, litellm_python, measured, nginx, router
from bench.stages import LOG

TITLE = "A whole answer"
ROUNDS = 7
REQUESTS = 6000
REQUESTS_OF_NGINX = 12000
REQUESTS_OF_LITELLM = 200
WARM_UP_ROUNDS = 0.5
MICRO = 1e6

NGINX, NGINX_256 = "nginx", "nginx, 256 connections"
ROUTER, PINNED, ROUTER_256 = "router", "router, the client pins a specialist", "router, 256 connections"
LITELLM = "LiteLLM's proxy"


@dataclass(frozen=True, slots=True)
class Case:
    """One row: who is asked, over how many connections, for which model."""

    name: str
    server: Server
    connections: int
    requests: int
    model: str = "aua"
    exact: bool = True

    def load(self, share: float = 1.0) -> Load:
        return Load(self.server.port, self.connections, round(self.requests * share), self.model, exact=self.exact)


@dataclass(frozen=True, slots=True)
class Figure:
    """CPU microseconds per request of one case, and the median latency [ms], by round."""

    cpu_us: tuple[float, ...]
    p50_ms: tuple[float, ...]


def cases(peer: Server, ours: Server, other: Server | None) -> Iterator[Case]:
    yield Case(NGINX, peer, 16, REQUESTS_OF_NGINX)
    yield Case(ROUTER, ours, 16, REQUESTS)
    yield Case(PINNED, ours, 16, REQUESTS, "swe")
    yield Case(NGINX_256, peer, 256, REQUESTS_OF_NGINX)
    yield Case(ROUTER_256, ours, 256, REQUESTS)
    if other is not None:
        yield Case(LITELLM, other, 16, REQUESTS_OF_LITELLM, "bench", exact=False)


def figures(sender: Generator, found: Sequence[Case], rounds: int) -> dict[str, Figure]:
    """Each case once per round, after a warm-up, so that a busy machine slows all of them alike."""
    for case in found:
        sender.run(case.load(WARM_UP_ROUNDS))
    cpu: dict[str, list[float]] = {case.name: [] for case in found}
    p50: dict[str, list[float]] = {case.name: [] for case in found}
    for _ in range(rounds):
        for case in found:
            cpu_s, told = measured(sender, case.server, case.load())
            cpu[case.name].append(cpu_s / case.requests * MICRO)
            p50[case.name].append(told.p50_s * 1000)
    return {name: Figure(tuple(cpu[name]), tuple(p50[name])) for name in cpu}


def stages(folder: Path, models: Server, sender: Generator) -> Mapping[str, float]:
    """CPU microseconds per request by stage, dearest first, and what the stages do not hold."""
    told_at = folder / "stages.json"
    with router(folder / "watched", models.port, observability=TELLING, program=("bench.stages", str(told_at))) as watched:
        cpu_s, _ = measured(sender, watched, Load(watched.port, 16, REQUESTS))
    spent: dict[str, float] = json.loads(told_at.read_text())
    rest = {"event loop, system calls and the watch itself": cpu_s - sum(spent.values())}
    ordered = dict(sorted(spent.items(), key=lambda entry: -entry[1]))
    return {stage: seconds / REQUESTS * MICRO for stage, seconds in {**ordered, **rest}.items()}


def version(python: Path) -> str:
    command = (str(python), "-c", "from importlib.metadata import version; print(version('litellm'))")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def bars(found: Mapping[str, Figure]) -> Iterator[tuple[str, str, Ratio]]:
    """What is asked, the bar, and what was measured."""
    ours = found[ROUTER].cpu_us
    yield "router, against nginx", "at most 7, goal 5", ratio(ours, found[NGINX].cpu_us)
    yield "pinned, against nginx", "at most 5, goal 3.5", ratio(found[PINNED].cpu_us, found[NGINX].cpu_us)
    yield "256 connections, against 16", "at most 1.5", ratio(found[ROUTER_256].cpu_us, ours)
    if LITELLM in found:
        yield "LiteLLM's proxy, against the router", "at least 60", ratio(found[LITELLM].cpu_us, ours)


def lines(found: Mapping[str, Figure], by_stage: Mapping[str, float], rounds: int, began: str, other: str) -> Iterator[str]:
    yield "CPU time (user and system, all threads) per request of 2,000 distinct questions, median 60 words, 95th percentile 400,"
    yield "over 16 kept connections. Behind each proxy stands the same backend, which answers 1 kB at once. The router classifies,"
    yield "routes, calls one of four specialists, scores the answer, counts, and records it in SQLite; nothing is remembered from one"
    yield "request to the next. nginx has one worker and keeps connections on both sides. Neither writes a line of a log for each"
    yield "request: nginx's `access_log` is off, the router's `observability.logging.level` is `warning`. Each proxy has one core,"
    yield "backend and generator the other."
    yield f"{machine(sys.executable)}; {rounds} rounds. {began} {other}"
    yield ""
    yield from table(("bar", "asked", "measured (least to largest)"), bars(found))
    yield ""
    yield from table(
        ("who", "CPU [us]", "least to largest", "p50 [ms]"),
        (
            (
                name,
                f"{statistics.median(f.cpu_us):.1f}",
                spread(f.cpu_us),
                f"{statistics.median(f.p50_ms):.2f}",
            )
            for name, f in found.items()
        ),
    )
    yield ""
    yield "Where the router's time goes, with a stopwatch around each stage, which itself adds to the last row. Here the router also"
    yield f"writes a line for each request, as it does by default; the row `{LOG}` is what that costs, and no part of the figures above:"
    yield ""
    yield from table(("stage", "CPU [us]"), ((stage, f"{spent_us:.1f}") for stage, spent_us in by_stage.items()))


def main() -> None:
    given = options(__doc__, ROUNDS, "without LiteLLM's proxy, and without writing the page")
    began = busy()
    python = None if given.alone else litellm_python()
    if python is None and not given.alone:
        print(f"{LITELLM} could not be installed here: it is left out")
    other = "LiteLLM's proxy was not measured." if python is None else f"LiteLLM's proxy is version {version(python)}."
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = stack.enter_context(backend())
        peer = stack.enter_context(nginx(folder / "nginx", models.port))
        ours = stack.enter_context(router(folder / "router", models.port))
        theirs = None if python is None else stack.enter_context(litellm(python, folder / "litellm", models.port))
        sender = stack.enter_context(generator())
        found = figures(sender, tuple(cases(peer, ours, theirs)), given.rounds)
        by_stage = stages(folder, models, sender)
    tell(TITLE, lines(found, by_stage, given.rounds, began, other), alone=given.alone)


if __name__ == "__main__":
    main()
