"""Rounded figures that still sum."""

from hypothesis import given
from hypothesis import strategies as st

from aua_compile.plan.rounding import apportioned


@given(values=st.lists(st.floats(0, 1000), max_size=20), whole=st.integers(0, 10000))
def test_apportioned_parts_sum_and_are_off_by_less_than_one(values: list[float], whole: int) -> None:
    parts = apportioned(values, whole)

    assert len(parts) == len(values)
    if sum(values) > 0:
        assert sum(parts) == whole
        assert all(abs(part - value * whole / sum(values)) < 1 + 1e-6 for part, value in zip(parts, values, strict=True))
