"""`python -m bench.week`: a healthy week, what is well though it does not look so, and each alert's fault at several times; docs/alerts.md.

`python -m bench.week AUA_HighErrorRate` plays that alert's faults alone and writes nothing.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.page import ROOT, table
from bench.week.compiled import CONFIG, compiled
from bench.week.faults import FAULTS, HEALTHY, TIMES
from bench.week.judge import Fired
from bench.week.runs import Told, a_week, of_fault, of_healthy

PAGE = ROOT / "docs" / "alerts.md"


def main() -> None:
    chosen = [number for number, fault in enumerate(FAULTS) if not sys.argv[1:] or fault.alert in sys.argv[1:]]
    with TemporaryDirectory(prefix="aua-week-") as folder:
        deploy = compiled(Path(folder))
        with ProcessPoolExecutor(2, max_tasks_per_child=8) as pool:
            began_s = time.monotonic()
            week = None if sys.argv[1:] else pool.submit(a_week, deploy)
            healthy = [] if sys.argv[1:] else [(one, pool.submit(of_healthy, deploy, number)) for number, one in enumerate(HEALTHY)]
            told = [pool.submit(of_fault, deploy, number, when) for number in chosen for when in TIMES]
            rows = []
            for one in told:
                found = one.result()
                rows.append(found)
                print(_line(found), flush=True)
            quiet = [(one.what, found.result()) for one, found in healthy]
            for what, seen in quiet:
                print(what, seen, flush=True)
            if week is not None:
                print("week", week.result(), f"{time.monotonic() - began_s:.0f} s", flush=True)
                PAGE.write_text(_page(rows, quiet, week.result()))


def _line(told: Told) -> str:
    return f"{'ok ' if told.well else 'BAD'} {told.fault.alert} {told.time} after {_span(told.after_s)} recovered {_span(told.recovered_s)} {' '.join(told.wrong)}"


def _span(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds / 60:.0f} min"


def _page(rows: list[Told], quiet: list[tuple[str, list[Fired]]], week: list[Fired]) -> str:
    return ""


if __name__ == "__main__":
    main()
