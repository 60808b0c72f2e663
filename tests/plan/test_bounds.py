from itertools import combinations_with_replacement

from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.plan.bounds import PARTS, raised


@given(st.sets(st.integers(120, PARTS), min_size=1, max_size=6))
@settings(max_examples=60)
def test_what_fits_a_device_fits_it_with_raised_sizes_too(sizes: set[int]) -> None:
    full = raised(sizes)
    for count in range(1, PARTS // min(sizes) + 1):
        for together in combinations_with_replacement(sorted(sizes), count):
            if sum(together) <= PARTS:
                assert sum(full[size] for size in together) <= PARTS


@given(st.sets(st.integers(0, PARTS), max_size=80))
def test_no_size_is_made_smaller(sizes: set[int]) -> None:
    assert all(full >= size for size, full in raised(sizes).items())


def test_what_leaves_too_little_for_anything_else_counts_as_a_whole_device() -> None:
    assert raised([840, 330, 660]) == {840: PARTS, 660: 670, 330: 330}
