"""How long placement takes, the search alone and all of it: a chapter of docs/performance.md."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from aua_compile.plan.options import choices, shared_by
from aua_compile.plan.placement import place
from aua_compile.plan.search import solve
from aua_compile.plan.wants import Machine, Placed
from bench.page import busy, machine, row, write
from tests.plan.machines import mixed, wanted

TITLE = "Placement"
ROUNDS = 9
PROBLEMS = (
    (14, (("rtx-4090", 4), ("a100-80-sxm", 4))),
    (14, (("rtx-4090", 6), ("a100-80-sxm", 2))),
    (14, (("l40s", 4), ("h100-sxm", 2), ("rtx-4090", 2))),
    (1000, (("rtx-4090", 300), ("a100-80-sxm", 200))),
)


def milliseconds(action: Callable[[], object], rounds: int) -> str:
    """CPU of one run, the median of several."""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        action()
        took.append(time.process_time() - began)
    return f"{statistics.median(took) * 1000:.0f}"


def bare() -> str:
    """CPU of starting Python and doing nothing, the median of several: what a slow hour of the machine does to it, it does to the rest."""
    took = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return f"{statistics.median(took) * 1000:.0f}"


def told(answer: object) -> str:
    assert isinstance(answer, Placed)
    return "optimal" if answer.search.optimal else f"within {answer.search.gap:.1%} of a bound"


def measured(count: int, on: Machine) -> tuple[str, str, str]:
    """CPU of the search alone, CPU of placing everything, and what the plan says of the answer."""
    wants = wanted(count)
    shared = shared_by(wants)
    known = {
        one.ladder[0].reference + str(one.concurrency): choices(one, on, shared).within(frozenset({"vllm"}), eager=False) for one in wants
    }
    offers = [known[one.ladder[0].reference + str(one.concurrency)].options for one in wants]
    rounds = ROUNDS if count < 100 else 3
    search = milliseconds(lambda: solve(wants, offers, on, alone=True), rounds)
    return search, milliseconds(lambda: place(wants, on), rounds), told(place(wants, on))


def table() -> Iterator[str]:
    yield row("services", "machine", "search, CPU [ms]", "all of placement, CPU [ms]", "bare interpreter, CPU [ms]", "answer")
    yield row("---:", "---", "---:", "---:", "---:", "---")
    for count, kinds in PROBLEMS:
        search, whole, answer = measured(count, mixed(*kinds))
        yield row(f"{count:,}", " + ".join(f"{many} x {name}" for name, many in kinds), search, whole, bare(), answer)


def main() -> None:
    others = busy()
    write(
        TITLE,
        [
            "Services of five ladders of two or three rungs, two to four requests of 8,192 tokens each, in one process. The goals are",
            "50 ms for fourteen on eight mixed GPUs and 2 s for a thousand on five hundred; the search proves its answer or says how",
            "far it is from a bound (docs/placement.md). Beside each row stands what a bare interpreter took to start just after.",
            f"{machine(sys.executable)}. {others}",
            "",
            *table(),
        ],
    )


if __name__ == "__main__":
    main()
