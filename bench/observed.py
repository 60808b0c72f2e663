"""What being observed costs the router: metrics, a log and traces against none of them, in one run; a chapter of docs/performance.md."""

import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from bench.load import Load
from bench.page import busy, machine, options, table, tell
from bench.proxy import MICRO, WARM_UP_ROUNDS
from bench.ratio import ratio, spread
from bench.servers import QUIET, TELLING, Generator, Server, backend, generator, measured, router

TITLE = "Being observed"
ROUNDS = 15
REQUESTS = 3000
RISE_MAX = 0.25
SAMPLED = 0.01

UNCOUNTED, COUNTED, TOLD, TRACED = "nothing", "metrics", "metrics and a log", "metrics, a log and traces"
TRACING = "{{logging: {{level: info}}, tracing: {{enabled: true, endpoint: 'http://127.0.0.1:{port}', sample_ratio: {share}}}}}"


def routers(stack: ExitStack, folder: Path, models: Server) -> dict[str, Server]:
    """One router for each way of being observed. Spans go to the backend, which takes whatever comes."""
    tracing = TRACING.format(port=models.port, share=SAMPLED)
    return {
        UNCOUNTED: stack.enter_context(router(folder / "uncounted", models.port, program=("bench.uncounted",))),
        COUNTED: stack.enter_context(router(folder / "counted", models.port, observability=QUIET)),
        TOLD: stack.enter_context(router(folder / "told", models.port, observability=TELLING)),
        TRACED: stack.enter_context(router(folder / "traced", models.port, observability=tracing)),
    }


def scraped(server: Server) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.management}/metrics") as answer:
        answer.read()


def figures(sender: Generator, found: Mapping[str, Server], rounds: int) -> dict[str, list[float]]:
    """CPU microseconds per request of each router by round. A round is shorter than the time between two scrapes, and has one."""
    for server in found.values():
        sender.run(Load(server.port, 16, round(REQUESTS * WARM_UP_ROUNDS)))
    cpu: dict[str, list[float]] = {name: [] for name in found}
    for number in range(rounds):
        order = list(found.items())
        for name, server in order if number % 2 else reversed(order):
            before_s = server.cpu_s()
            measured(sender, server, Load(server.port, 16, REQUESTS))
            if name != UNCOUNTED:
                scraped(server)
            cpu[name].append((server.cpu_s() - before_s) / REQUESTS * MICRO)
    return cpu


def lines(cpu: Mapping[str, list[float]], rounds: int, began: str) -> Iterator[str]:
    yield "CPU time per routed request as in the chapter above, of routers that differ in what they tell of themselves. With nothing"
    yield "even the counting is taken out, which no config can do; with metrics they are read once a round. The log has a line for each"
    yield f"request and goes to a file. Of all requests {SAMPLED:.0%} are recorded as traces, whose spans are sent."
    yield f"{machine(sys.executable)}; {rounds} rounds. {began}"
    yield ""
    least = cpu[UNCOUNTED]
    bar = f"CPU per request with {TRACED}, against {UNCOUNTED}", f"at most {1 + RISE_MAX}", ratio(cpu[TRACED], least)
    yield from table(("bar", "asked", "measured (least to largest)"), (bar,))
    yield ""
    rows = ((name, f"{statistics.median(each):.1f}", spread(each), f"{ratio(each, least).median:.2f}") for name, each in cpu.items())
    yield from table(("what is told", "CPU [us]", "least to largest", "times nothing"), rows)


def main() -> None:
    given = options(__doc__, ROUNDS)
    began = busy()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = stack.enter_context(backend())
        found = routers(stack, folder, models)
        sender = stack.enter_context(generator())
        cpu = figures(sender, found, given.rounds)
    tell(TITLE, lines(cpu, given.rounds, began), alone=given.alone)


if __name__ == "__main__":
    main()
