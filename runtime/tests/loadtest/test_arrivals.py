"""When requests are due."""

from itertools import pairwise
from random import Random

import pytest
from aua_runtime.loadtest.arrivals import PROCESSES, Process, arrivals
from hypothesis import given
from hypothesis import strategies as st


@given(st.sampled_from(PROCESSES), st.floats(0.1, 500), st.floats(0.01, 5), st.integers())
def test_arrivals_are_in_order_and_within_the_run(process: Process, rate_per_s: float, duration_s: float, seed: int) -> None:
    due = list(arrivals(process, rate_per_s, duration_s, Random(seed), burst=3))
    assert due == sorted(due)
    assert due[0] == 0
    assert due[-1] < duration_s


@pytest.mark.parametrize("process", ["poisson", "constant", "bursts"])
def test_as_many_arrive_as_the_rate_says(process: Process) -> None:
    due = list(arrivals(process, 100, 100, Random(1), burst=7))
    assert 9_600 < len(due) < 10_400  # four standard deviations of a Poisson count


def test_gaps_of_a_poisson_process_vary_as_an_exponential_distribution_does() -> None:
    due = list(arrivals("poisson", 10, 2000, Random(1)))
    gaps = [later - earlier for earlier, later in pairwise(due)]
    longer = sum(gap > 0.1 for gap in gaps) / len(gaps)
    assert abs(longer - 0.368) < 0.02


def test_a_ramp_has_half_as_many_and_a_quarter_of_them_in_its_first_half() -> None:
    due = list(arrivals("ramp", 100, 200, Random(1)))
    assert 9_600 < len(due) < 10_400
    assert 0.22 < sum(at_s < 100 for at_s in due) / len(due) < 0.28


def test_a_burst_comes_at_once() -> None:
    assert list(arrivals("bursts", 4, 2.5, Random(1), burst=4)) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]


def test_the_same_seed_gives_the_same_times() -> None:
    assert list(arrivals("poisson", 5, 10, Random(7))) == list(arrivals("poisson", 5, 10, Random(7)))
