"""`python -m bench.week`: a healthy week, what is well though it does not look so, and each alert's fault at several times; docs/alerts.md.

`python -m bench.week AUA_HighErrorRate` plays that alert's faults alone, `... "Sunday 03:00"` then alone; both write nothing. All of
it takes two cores some twenty minutes. Exits with 1 where anything is not as stated.
"""

import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.page import ROOT, row
from bench.week.compiled import CONFIG, compiled
from bench.week.faults import FAULTS, HEALTHY, TIMES
from bench.week.judge import Fired
from bench.week.runs import Told, a_week, of_fault, of_healthy
from bench.week.traffic import MINUTE

PAGE = ROOT / "docs" / "alerts.md"
AT_ONCE = 3
MARK = "<!-- Measured: what follows is written by `python -m bench.week`. -->\n"


def main() -> None:
    given = set(sys.argv[1:])
    chosen = [number for number, fault in enumerate(FAULTS) if fault.alert in given or not given]
    times = [time for time in TIMES if time in given or not given & set(TIMES)]
    with TemporaryDirectory(prefix="aua-week-") as folder, ProcessPoolExecutor(AT_ONCE) as pool:
        deploy = compiled(Path(folder))
        everything = not given
        week = pool.submit(a_week, deploy) if everything else None
        healthy = [pool.submit(of_healthy, deploy, number) for number in range(len(HEALTHY) if everything else 0)]
        faults = [pool.submit(of_fault, deploy, number, when) for number in chosen for when in FAULTS[number].times if when in times]
        told = []
        for fault in faults:
            told.append(fault.result())
            print(told[-1].fault.alert, *_cells(told[-1]), flush=True)
        quiet = [(one.what, found.result()) for one, found in zip(HEALTHY, healthy, strict=False)]
        if week is not None:
            quiet.insert(0, ("a week: rolling restarts at five times of day, a reload and three bursts each day", week.result()))
        for what, fired in quiet:
            print(what, *_names(fired), flush=True)
        if everything:
            before, _, _ = PAGE.read_text().partition(MARK)
            PAGE.write_text(before + MARK + "\n".join(_measured(told, quiet)) + "\n")
    if any(not one.well for one in told) or any(fired for _, fired in quiet):
        sys.exit(1)


def _measured(told: Iterable[Told], quiet: Iterable[tuple[str, list[Fired]]]) -> Iterable[str]:
    yield from ("", "## Measured", "", "The deployment is:", "", *(f"    {line}" for line in CONFIG.splitlines()), "")
    yield from ("### Healthy", "", row("what happens", "alerts that fire"), row("---", "---"))
    yield from (row(what, ", ".join(_names(fired)) or "none") for what, fired in quiet)
    yield from (
        "",
        "### Faults",
        "",
        row("alert", "fault", "begins", "fires after", "stated", "ends after", "stated", "others"),
        row(*["---"] * 8),
    )
    yield from (row(f"`{one.fault.alert}`", one.fault.what, *_cells(one)) for one in told)


def _cells(told: Told) -> tuple[str, ...]:
    fault = told.fault
    return (
        told.time,
        _span(told.after_s),
        _span(told.within_s),
        _span(told.recovered_s),
        _span(fault.recovers_min * MINUTE),
        ("**not as stated** " if not told.well else "") + ", ".join(told.others),
    )


def _names(fired: list[Fired]) -> list[str]:
    return sorted({one.name for one in fired})


def _span(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds / 60:.0f} min"


if __name__ == "__main__":
    main()
