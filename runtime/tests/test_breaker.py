from aua_runtime.breaker import RESERVE, Breaker, BreakerLimits, RetryBudget


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def opened(clock: Clock, half_open_max: int = 1) -> Breaker:
    breaker = Breaker(BreakerLimits(threshold=2, recovery_s=10, half_open_max=half_open_max), clock)
    for _ in range(2):
        assert breaker.admit()
        breaker.fail()
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(BreakerLimits(threshold=2, recovery_s=10, half_open_max=1), Clock())
    breaker.fail()
    breaker.succeed()
    breaker.fail()
    assert breaker.state == "closed"
    breaker.fail()
    assert breaker.state == "open"


def test_while_open_nothing_is_admitted() -> None:
    assert not opened(Clock()).admit()


def test_after_the_recovery_time_so_many_probes_are_admitted_and_no_more() -> None:
    clock = Clock()
    breaker = opened(clock, half_open_max=2)
    clock.now_s = 10
    assert [breaker.admit() for _ in range(3)] == [True, True, False]


def test_a_probe_that_succeeds_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 10
    assert breaker.admit()
    breaker.succeed()
    assert breaker.state == "closed"
    assert breaker.admit()


def test_a_probe_that_fails_opens_it_for_another_recovery_time() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 10
    assert breaker.admit()
    breaker.fail()
    clock.now_s = 19.9
    assert not breaker.admit()
    clock.now_s = 20
    assert breaker.admit()


def test_a_probe_that_its_client_gave_up_makes_room_for_another() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 10
    assert breaker.admit()
    breaker.release()
    assert breaker.admit()


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
