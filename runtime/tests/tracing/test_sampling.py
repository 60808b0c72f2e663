from collections.abc import Iterator

import pytest
from aua_runtime.contract.settings import TracingSettings
from aua_runtime.tracing.sampling import Sampler

LOW, HIGH = "f" * 18 + "0" * 13 + "1", "0" * 18 + "f" * 14


def settings(ratio: float = 0.1, per_s: float = 1000, *, trust: bool = True) -> TracingSettings:
    return TracingSettings(ratio, per_s, trust)


def sampler(*times: float) -> Sampler:
    ticks: Iterator[float] = iter(times or (0.0,) * 1000)
    return Sampler(lambda: next(ticks))


@pytest.mark.parametrize(
    ("trace_id", "ratio", "recorded"), [(LOW, 0.1, True), (HIGH, 0.1, False), (HIGH, 1.0, True), (LOW, 0.0, False), (LOW, 1e-9, True)]
)
def test_without_a_callers_word_the_random_end_of_the_trace_id_decides(trace_id: str, ratio: float, recorded: bool) -> None:  # noqa: FBT001
    assert sampler().records(trace_id, None, settings(ratio)) is recorded


def test_a_share_of_traces_is_recorded_and_two_routers_record_the_same() -> None:
    ids = [f"{7919**9 * number % 2**128:032x}" for number in range(1, 4001)]
    one, other = sampler(*range(4000)), sampler(*range(4000))
    found = [trace_id for trace_id in ids if one.records(trace_id, None, settings(0.25))]
    assert 0.22 < len(found) / len(ids) < 0.28
    assert found == [trace_id for trace_id in ids if other.records(trace_id, None, settings(0.25))]


@pytest.mark.parametrize(
    ("trust", "caller", "recorded"), [(True, True, True), (True, False, False), (False, True, False), (False, False, False)]
)
def test_a_callers_word_decides_where_it_is_trusted(trust: bool, caller: bool, recorded: bool) -> None:  # noqa: FBT001
    assert sampler().records(HIGH, caller, settings(0.1, trust=trust)) is recorded


def test_whoever_asks_no_more_than_so_many_a_second_are_recorded() -> None:
    found = sampler(*(0.0,) * 10, *(0.5,) * 10, *(60.0,) * 10)
    allowed = [[found.records(HIGH, True, settings(0.0, 4)) for _ in range(10)] for _ in range(3)]
    assert [sum(several) for several in allowed] == [4, 2, 4]
