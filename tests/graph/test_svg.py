"""Texts of a picture."""

from hypothesis import given
from hypothesis import strategies as st

from aua_compile.graph.svg import shortened, width_of
from tests.tools import within


@given(st.text(), st.floats(1, 500), st.floats(8, 30))
def test_what_is_shortened_fits_and_one_character_more_would_not(words: str, most: float, size: float) -> None:
    shown = shortened(words, most, size)
    if shown == words:
        assert width_of(words, size) <= most
        return
    kept = shown.removesuffix("…")
    assert words.startswith(kept)
    assert not shown or width_of(shown, size) <= most + 1e-6
    assert width_of(f"{words[: len(kept) + 1]}…", size) >= most - 1e-6


def test_a_long_text_is_shortened_in_a_time_that_grows_with_its_length_alone() -> None:
    with within(1):
        assert shortened("specialist, " * 20_000, 200.0, 12.0).endswith("…")
