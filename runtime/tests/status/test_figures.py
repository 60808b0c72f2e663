from math import inf

import pytest
from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.status.figures import Reading, figures
from aua_runtime.status.lines import lines
from aua_runtime.status.samples import Samples, quantile

ABOUT = {
    "deployment": "shop",
    "status": "ready",
    "plan": "5f" * 32,
    "runtime": "0",
    "python": "3",
    "state": True,
    "breakers": {"a": "open"},
}


def reading(counted: Metrics, at_s: float) -> Reading:
    return Reading(at_s, ready=True, about=ABOUT, samples=Samples(counted.text().decode()))


def test_rates_and_percentiles_are_those_since_the_reading_before() -> None:
    counted = Metrics(("a",))
    for _ in range(100):
        counted.observe(metrics.QUERY_LATENCY, 100.0, "f", "single")
        counted.count(metrics.QUERIES, "f", "single", "answered")
    before = reading(counted, 10.0)
    for _ in range(20):
        counted.observe(metrics.QUERY_LATENCY, 0.2, "f", "single")
        counted.count(metrics.QUERIES, "f", "single", "answered")
    found = figures(reading(counted, 12.0), before, 0.0)
    assert found is not None
    assert found.queries == 120
    assert found.queries_per_s == 10
    assert found.latency_p95_s == pytest.approx(0.2425)


def test_a_router_that_started_anew_has_no_negative_rates() -> None:
    old, new = Metrics(("a",)), Metrics(("a",))
    for _ in range(9):
        old.observe(metrics.QUERY_LATENCY, 1.0, "f", "single")
        old.count(metrics.QUERIES, "f", "single", "answered")
    new.observe(metrics.QUERY_LATENCY, 0.07, "f", "single")
    found = figures(reading(new, 2.0), reading(old, 1.0), 0.0)
    assert found is not None
    assert found.queries_per_s == 0
    assert found.latency_p50_s is not None


def test_escaped_labels_are_read_and_comments_are_not() -> None:
    samples = Samples('# HELP x y\nx{a="q\\"uo,te}",b="2"} 3\nx{a="other",b="2"} 4\nx_bucket{le="+Inf"} 1\n')
    assert samples.total("x", b="2") == 7
    assert samples.total("x", a='q\\"uo,te}') == 3
    assert samples.buckets("x") == {inf: 1}


def test_a_percentile_beyond_the_last_bound_is_that_bound() -> None:
    assert quantile(0.99, {1.0: 0.0, 5.0: 1.0, inf: 100.0}) == 5
    assert quantile(0.5, {}) is None
    assert quantile(0.5, {1.0: 0.0, inf: 0.0}) is None


@pytest.mark.parametrize(("width", "height"), [(10, 3), (80, 24), (200, 6), (1, 1)])
def test_no_picture_is_larger_than_its_screen(width: int, height: int) -> None:
    now = reading(Metrics(("a",)), 1.0)
    shown = lines(now, figures(now, None, 0.0), width, height)
    assert len(shown) <= height
    assert max(map(len, shown)) <= width
