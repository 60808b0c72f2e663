import time
from collections.abc import Mapping
from math import inf

import pytest
from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.status.figures import Figures, figures
from aua_runtime.status.reading import Reading, per_second, restarted
from aua_runtime.status.samples import joined, parsed, quantile

ABOUT: Mapping[str, object] = {"deployment": "shop", "status": "ready", "plan": "5f" * 32, "state": True, "breakers": {"a": "open"}}


def counting(started_s: float = 100.0, worker: int | None = None) -> Metrics:
    counted = Metrics(("a",), worker)
    counted.set(metrics.START_TIME, started_s)
    return counted


def query(counted: Metrics, times: int = 1, seconds: float = 1.0) -> None:
    for _ in range(times):
        counted.observe(metrics.QUERY_LATENCY, seconds, "f", "single")
        counted.count(metrics.QUERIES, "f", "single", "answered")


def reading(at_s: float, *counted: Metrics, url: str = "http://127.0.0.1:1") -> Reading:
    return Reading(url, at_s, ready=True, about=ABOUT, samples=joined(parsed(each.text().decode()) for each in counted))


def shown(*readings: Reading) -> Figures:
    found = figures([readings], 200.0)
    assert found is not None
    return found


def test_rates_and_percentiles_are_those_between_two_readings() -> None:
    counted = counting()
    query(counted, 100, 100.0)
    before = reading(10.0, counted)
    query(counted, 20, 0.2)
    found = shown(before, reading(12.0, counted))
    assert found.queries == 120
    assert found.queries_per_s == 10
    assert found.latency_p95_s == pytest.approx(0.2425)


def test_one_reading_has_percentiles_since_the_start_and_no_rates() -> None:
    counted = counting()
    query(counted, 10, 100.0)
    found = shown(reading(10.0, counted))
    assert found.queries_per_s is None
    assert found.latency_p50_s == 90
    assert found.up_s == 100


def test_a_router_that_started_anew_counts_from_zero_even_if_it_is_past_where_it_was() -> None:
    old, new = counting(100.0), counting(150.0)
    query(old, 9)
    query(new, 30)
    readings = reading(1.0, old), reading(3.0, new)
    assert shown(*readings).queries_per_s == 15
    assert restarted(readings) == ("",)


def test_a_worker_that_did_not_answer_for_a_while_has_not_done_all_its_work_at_once() -> None:
    first, second = counting(worker=0), counting(worker=1)
    query(first, 1000)
    query(second, 1000)
    readings = [reading(0.0, first, second), reading(2.0, first)]
    query(second, 20)
    readings.append(reading(4.0, first, second))
    assert shown(*readings).queries_per_s == 5
    assert restarted(readings) == ()


def test_a_worker_that_appears_is_not_taken_to_have_counted_just_now() -> None:
    first, second = counting(worker=0), counting(worker=1)
    query(first, 10)
    query(second, 1000)
    readings = reading(0.0, first), reading(2.0, first, second)
    assert shown(*readings).queries_per_s == 0
    assert shown(*readings).queries == 1010


def test_a_series_that_appears_in_a_process_that_was_there_counts_from_zero() -> None:
    counted = counting()
    before = reading(0.0, counted)
    query(counted, 8)
    assert shown(before, reading(2.0, counted)).queries_per_s == 4


def test_nothing_is_said_of_a_router_whose_every_process_is_new_to_us() -> None:
    assert per_second([reading(0.0), reading(1.0, counting())]) is None


def test_several_routers_add_up() -> None:
    one, other = counting(100.0), counting(160.0)
    query(one, 5)
    query(other, 5)
    mine, theirs = [reading(0.0, one, url="a")], [reading(0.5, other, url="b")]
    query(one, 10)
    query(other, 20)
    found = figures([[*mine, reading(2.0, one)], [*theirs, reading(2.5, other)]], 200.0)
    assert found is not None
    assert (found.queries, found.queries_per_s, found.processes, found.up_s) == (40, 15, 2, 100)


def test_the_share_of_failed_calls_is_of_those_that_ended_lately() -> None:
    counted = counting()
    counted.count(metrics.UPSTREAM_CALLS, "a", by=8)
    before = reading(0.0, counted)
    counted.count(metrics.UPSTREAM_CALLS, "a", by=8)
    counted.count(metrics.UPSTREAM_FAILED, "a", by=2)
    (one,) = shown(before, reading(1.0, counted)).specialists
    assert (one.calls, one.failed, one.failed_share) == (16, 2, 0.25)


def test_breakers_are_counted_over_processes_and_the_worst_is_named() -> None:
    first, second = counting(worker=0), counting(worker=1)
    second.breaker("a", "open")
    (one,) = shown(reading(0.0, first, second)).specialists
    assert one.breaker == "open"
    assert one.breakers == {"open": 1, "closed": 1}


def test_a_field_has_its_share_and_its_mean_confidence() -> None:
    counted = counting()
    query(counted, 3)
    counted.count(metrics.QUERIES, "g", "single", "answered")
    counted.observe(metrics.CLASSIFIER_CONFIDENCE, 0.5, "f")
    counted.observe(metrics.CLASSIFIER_CONFIDENCE, 0.9, "f")
    field = next(each for each in shown(reading(0.0, counted)).fields if each.name == "f")
    assert (field.queries, field.share) == (3, 0.75)
    assert field.confidence == pytest.approx(0.7)


def test_what_has_no_metrics_has_no_figures() -> None:
    assert figures([[Reading("u", 0.0, ready=True, about=ABOUT, samples=None)]], 0.0) is None
    assert figures([], 0.0) is None


def test_escaped_labels_are_read_and_comments_times_and_exemplars_are_not() -> None:
    text = '# HELP x y\nx{a="q\\"uo,te}",b="2"} 3\nx{a="other",b="2"} 4 1700000000\n'
    text += 'x_bucket{le="+Inf"} 1 # {trace_id="a b"} 0.5\nx nonsense\n\n'
    samples = parsed(text)
    assert samples.total("x", b="2") == 7
    assert samples.total("x", a='q"uo,te}') == 3
    assert samples.buckets("x") == {inf: 1}


def test_a_percentile_beyond_the_last_bound_is_that_bound() -> None:
    assert quantile(0.99, {1.0: 0.0, 5.0: 1.0, inf: 100.0}) == 5
    assert quantile(0.5, {}) is None
    assert quantile(0.5, {1.0: 0.0, inf: 0.0}) is None


def test_a_thousand_specialists_are_looked_at_in_less_than_the_time_between_looks() -> None:
    names = tuple(f"s{number}" for number in range(1000))
    counted = Metrics(names)
    counted.set(metrics.START_TIME, 100.0)
    about = {**ABOUT, "breakers": dict.fromkeys(names, "closed")}
    text = counted.text().decode()
    began_s = time.process_time()
    found = figures([[Reading("u", at_s, ready=True, about=about, samples=parsed(text)) for at_s in (0.0, 2.0)]], 200.0)
    assert time.process_time() - began_s < 6  # it takes half a second; looking through all samples for each specialist took half a minute
    assert found is not None
    assert len(found.specialists) == 1000
