"""A piece of the simulated week, and that nothing is missing from it; `python -m bench.week` plays all of it."""

import subprocess
import sys

from aua_compile.observe.alerts import ALERTS
from bench.week.faults import FAULTS, NIGHT
from tests.tools import ROOT, require


def test_every_alert_has_a_fault_and_a_row_on_the_page() -> None:
    faults = {fault.alert for fault in FAULTS}
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8").partition("<!-- Measured")[0]

    assert len(faults) == len(FAULTS) == len(ALERTS)
    assert {name for name in faults if f"`{name}`" not in page} == set()


def test_failing_calls_are_told_of_by_night_too_and_no_longer_than_they_fail() -> None:
    require("promtool")

    done = subprocess.run(
        (sys.executable, "-m", "bench.week", "AUA_HighErrorRate", NIGHT), cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.startswith("AUA_HighErrorRate Sunday")) == (0, True), done.stdout + done.stderr
