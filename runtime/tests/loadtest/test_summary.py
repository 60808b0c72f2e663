"""Figures of a load, and what it is held to."""

import math

import pytest
from aua_runtime.loadtest.expect import NAMES, expectation, figure
from aua_runtime.loadtest.sample import Sample
from aua_runtime.loadtest.summary import spread, summary
from hypothesis import given
from hypothesis import strategies as st


def sample(due_s: float, ended_s: float, outcome: str = "ok") -> Sample:
    return Sample("", due_s, due_s, first_s=(due_s + ended_s) / 2, ended_s=ended_s, outcome=outcome, tokens_out=10)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_measured_values_in_order(values: list[float]) -> None:
    found = spread(values)
    ranks = [found.p50, found.p90, found.p95, found.p99, found.max]
    assert all(rank in values for rank in ranks)
    assert ranks == sorted(ranks)  # type: ignore[type-var]  # none is None
    assert found.p50 is not None
    assert sum(value <= found.p50 for value in values) >= len(values) / 2


def test_times_count_from_when_a_request_was_due() -> None:
    late = Sample("", 1.0, 1.5, first_s=2.0, ended_s=3.0, outcome="ok")
    found = summary([late])
    assert (found.ttft.max, found.total.max, found.late.max, found.kept_up) == (1.0, 2.0, 0.5, False)


def test_what_was_refused_counts_in_its_share_and_in_no_time() -> None:
    found = summary([sample(0, 1), sample(1, 90, "AUA_OVERLOADED"), sample(2, 2, "not_sent"), sample(3, 4)])
    assert (found.error_share, found.errors) == (0.5, {"not_sent": 1, "AUA_OVERLOADED": 1})
    assert (found.answered, found.total.max, found.tokens_out) == (2, 1, 20)


@pytest.mark.parametrize("outcome", ["timeout_first_token", "timeout_total", "AUA_SPECIALIST_TIMEOUT", "AUA_DEADLINE_EXCEEDED"])
def test_what_was_waited_for_in_vain_counts_with_as_long_as_it_was_waited_for(outcome: str) -> None:
    late = Sample("", 1.0, 1.0, streamed=True, ended_s=31.0, outcome=outcome)
    found = summary([sample(0, 1), late])
    assert (found.ttft.max, found.total.max, found.error_share) == (30.0, 30.0, 0.5)


def test_what_is_still_open_counts_with_its_age_and_is_no_error() -> None:
    found = summary([sample(0, 1), Sample("", 1.0, 1.0, streamed=True), Sample("", 2.0, 2.0)], now_s=11.0)
    assert (found.unfinished, found.errors, found.error_share) == (2, {}, 0.0)
    assert (found.total.p50, found.total.max, found.ttft.count, found.ttft.max) == (9.0, 10.0, 2, 10.0)


def test_times_are_told_by_field_and_by_specialist() -> None:
    samples = [sample(0, 1), sample(1, 3), sample(2, 9, "timeout_total"), sample(3, 4, "AUA_OVERLOADED")]
    for one, (field, name) in zip(samples, [("law", "a"), ("law", "b"), ("law", "b"), ("", "")], strict=True):
        one.field, one.specialist = field, name
    found = summary(samples)
    assert [(name, part.answered, part.total.max) for name, part in found.by_field.items()] == [("law", 2, 7)]
    assert [(name, part.answered, part.total.p50) for name, part in found.by_specialist.items()] == [("a", 1, 1), ("b", 1, 2)]


def test_a_load_without_requests_has_figures_too() -> None:
    found = summary([])
    assert (found.requests, found.error_share, found.ttft.p50, found.kept_up) == (0, 0.0, None, True)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_can_be_expected(name: str) -> None:
    found = summary([sample(0, 1), sample(1, 3)])
    value = figure(found, name)
    assert expectation(f"{name}<=1000000").met(found) is (value is not None)


def test_expectations_are_bounds_in_either_direction() -> None:
    found = summary([sample(0, 1)])
    assert expectation("total_p99 <= 1").met(found)
    assert not expectation("total_p99<=0.5").met(found)
    assert not expectation("answered_per_s>=100").met(found)


@pytest.mark.parametrize("text", ["", "ttft", "ttft_p95<2", "ttft_p42<=1", "requests<=1", "total_p99<=-1", "total_p99<=1s"])
def test_what_is_no_expectation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expectation|figure"):
        expectation(text)


def test_a_mean_is_the_mean() -> None:
    assert math.isclose(spread([1.0, 2.0, 6.0]).mean or 0, 3.0)
