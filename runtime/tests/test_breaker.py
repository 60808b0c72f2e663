from dataclasses import replace

import pytest
from aua_runtime.breaker import RESERVE, Breaker, BreakerLimits, RetryBudget


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


IN_A_ROW = BreakerLimits(threshold=2, recovery_s=10, half_open_max=1)
WINDOW = BreakerLimits(threshold=100, recovery_s=10, half_open_max=1, window=4, failing_share=0.5, slow_share=0.8)


def opened(clock: Clock, half_open_max: int = 1) -> Breaker:
    breaker = Breaker(replace(IN_A_ROW, half_open_max=half_open_max), clock)
    for _ in range(2):
        breaker.fail(breaker.admit())
    assert breaker.state == "open"
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(IN_A_ROW, Clock())
    breaker.fail(breaker.admit())
    breaker.succeed(breaker.admit())
    breaker.fail(breaker.admit())
    assert breaker.state == "closed"
    breaker.fail(breaker.admit())
    assert breaker.state == "open"


def test_while_open_nothing_is_admitted() -> None:
    assert not opened(Clock()).admit()


def test_after_the_recovery_time_so_many_probes_are_admitted_and_no_more() -> None:
    clock = Clock()
    breaker = opened(clock, half_open_max=2)
    clock.now_s = 10
    assert [bool(breaker.admit()) for _ in range(3)] == [True, True, False]


def test_a_probe_that_succeeds_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 10
    breaker.succeed(breaker.admit())
    assert breaker.state == "closed"
    assert breaker.admit()


def test_a_probe_that_fails_opens_it_for_another_recovery_time() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 10
    breaker.fail(breaker.admit())
    clock.now_s = 19.9
    assert not breaker.admit()
    clock.now_s = 20
    assert breaker.admit()


def test_a_probe_that_is_slow_opens_it_for_another_recovery_time() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 10
    breaker.succeed(breaker.admit(), slow=True)
    assert breaker.state == "open"


def test_a_probe_that_its_client_gave_up_makes_room_for_another() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 10
    breaker.release(breaker.admit())
    assert breaker.admit()


@pytest.mark.parametrize("answered", [True, False])
def test_calls_from_before_it_opened_neither_close_it_nor_open_it_for_longer(*, answered: bool) -> None:
    clock = Clock()
    breaker = Breaker(IN_A_ROW, clock)
    early = breaker.admit()
    for _ in range(2):
        breaker.fail(breaker.admit())
    clock.now_s = 5
    (breaker.succeed if answered else breaker.fail)(early)
    assert breaker.state == "open"
    clock.now_s = 10
    assert breaker.state == "half_open"


def test_calls_from_before_it_opened_do_not_count_as_probes() -> None:
    clock = Clock()
    breaker = Breaker(IN_A_ROW, clock)
    early = breaker.admit()
    for _ in range(2):
        breaker.fail(breaker.admit())
    clock.now_s = 10
    assert breaker.admit()
    breaker.release(early)
    assert not breaker.admit()


def test_a_share_of_failures_opens_it_though_they_are_not_in_a_row() -> None:
    breaker = Breaker(WINDOW, Clock())
    for failed in (True, False, False):
        (breaker.fail if failed else breaker.succeed)(breaker.admit())
    breaker.fail(breaker.admit())
    assert breaker.state == "open"


def test_slow_calls_count_as_failed_ones_do() -> None:
    breaker = Breaker(WINDOW, Clock())
    for slow in (False, True, False, True):
        assert breaker.state == "closed"
        breaker.succeed(breaker.admit(), slow=slow)
    assert breaker.state == "open"


def test_a_share_of_fewer_calls_than_the_window_says_nothing() -> None:
    breaker = Breaker(WINDOW, Clock())
    for _ in range(3):
        breaker.fail(breaker.admit())
    assert breaker.state == "closed"


def test_only_the_latest_calls_of_the_window_count() -> None:
    breaker = Breaker(WINDOW, Clock())
    for failed in (True, False, False, False, True, False, False, False, True):
        (breaker.fail if failed else breaker.succeed)(breaker.admit())
    assert breaker.state == "closed"


def test_what_opened_it_is_forgotten_when_it_closes() -> None:
    clock = Clock()
    breaker = Breaker(WINDOW, clock)
    for _ in range(4):
        breaker.fail(breaker.admit())
    clock.now_s = 10
    breaker.succeed(breaker.admit())
    breaker.fail(breaker.admit())
    assert breaker.state == "closed"


def test_retries_cost_what_calls_have_earned() -> None:
    budget = RetryBudget(0.5)
    assert [budget.spend() for _ in range(4)] == [True, True, True, False]
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()


def test_no_more_is_saved_than_the_reserve() -> None:
    budget = RetryBudget(1.0)
    for _ in range(100):
        budget.earn()
    assert sum(budget.spend() for _ in range(100)) == RESERVE


def test_a_share_of_nothing_allows_no_retry() -> None:
    assert not RetryBudget(0.0).spend()
