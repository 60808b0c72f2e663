import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.observe.window import duration, hold_s, long_s, short_s
from aua_compile.plan.model import Plan
from tests.targets.plans import single_4090

SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def scraped_every(interval_s: float) -> Plan:
    plan = single_4090()
    return replace(plan, observability=replace(plan.observability, scrape_interval_s=interval_s))


@given(seconds=st.floats(0.001, 10**7))
def test_a_duration_says_what_it_was_made_from_to_the_millisecond(seconds: float) -> None:
    parts = re.findall(r"(\d+)(h|ms|m|s)", duration(seconds))

    assert "".join(number + unit for number, unit in parts) == duration(seconds)
    assert sum(int(number) * SECONDS[unit] for number, unit in parts) == pytest.approx(seconds, abs=0.00051)


@pytest.mark.parametrize(
    ("interval_s", "short", "long"), [(1.0, "5m", "30m"), (15.0, "5m", "30m"), (120.0, "8m", "48m"), (3600.0, "4h", "24h")]
)
def test_windows_hold_at_least_four_scrapes(interval_s: float, short: str, long: str) -> None:
    plan = scraped_every(interval_s)

    assert (duration(short_s(plan)), duration(long_s(plan))) == (short, long)


def test_a_condition_is_seen_three_times_before_anyone_is_told() -> None:
    assert hold_s(scraped_every(15.0), 60.0) == 60.0
    assert hold_s(scraped_every(600.0), 60.0) == 1800.0
