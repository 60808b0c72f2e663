import pytest
from aua_runtime.contract.arbitration import RECORD_MOST, bounds_of_welfare
from aua_runtime.contract.settings import WelfareSettings
from aua_runtime.track_record import TrackRecord

SETTINGS = WelfareSettings(prior=0.65, prior_weight=10, margin=0.005, least_welfare=0.5)


def test_a_specialist_of_which_nothing_was_seen_is_worth_the_prior_and_this_answer() -> None:
    assert TrackRecord().expected("a", "law", 1.0, SETTINGS) == pytest.approx((6.5 + 1) / 11)


def test_what_was_seen_counts_as_much_as_the_field_was_likely() -> None:
    record = TrackRecord()
    record.note("a", "law", 0.2, 0.5)
    assert record.expected("a", "law", 1.0, SETTINGS) == pytest.approx((6.5 + 0.1 + 1) / 11.5)
    assert record.expected("a", "art", 1.0, SETTINGS) == record.expected("b", "law", 1.0, SETTINGS)


def test_old_answers_fade_and_no_record_leaves_the_bounds() -> None:
    record = TrackRecord()
    for _ in range(1000):
        record.note("a", "law", 1.0, 1.0)
    low, high = bounds_of_welfare(SETTINGS.prior, SETTINGS.prior_weight)
    assert record.expected("a", "law", 1.0, SETTINGS) == pytest.approx(high)
    for _ in range(int(RECORD_MOST) * 10):
        record.note("a", "law", 0.0, 1.0)
    assert record.expected("a", "law", 0.0, SETTINGS) == pytest.approx(low, abs=0.001)
