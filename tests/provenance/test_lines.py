"""Which lines of a text another version of it lacks or says otherwise."""

from hypothesis import given
from hypothesis import strategies as st

from aua_compile.provenance.lines import Moved, counterpart, moved

TEXTS = st.lists(st.sampled_from("abcde"), max_size=12)


def test_a_line_in_other_words_is_said_and_a_line_that_is_missing_is_gone() -> None:
    old = ["a", "b", "c", "d"]
    assert moved(old, ["a", "x", "c", "d"]) == Moved(frozenset({1}), frozenset())
    assert moved(old, ["a", "c", "d"]) == Moved(frozenset(), frozenset({1}))
    assert moved(old, None) == Moved(frozenset(), frozenset({0, 1, 2, 3}))


def test_lines_that_only_come_between_touch_no_other() -> None:
    assert moved(["a", "b"], ["a", "new", "b"]) == Moved(frozenset(), frozenset())


@given(TEXTS, TEXTS)
def test_the_lines_that_are_not_touched_stand_in_both_texts_in_their_order(old: list[str], new: list[str]) -> None:
    touched = moved(old, new)
    rest = iter(new)
    assert all(line in rest for index, line in enumerate(old) if index not in touched)


@given(TEXTS, TEXTS)
def test_a_counterpart_is_the_same_line(old: list[str], new: list[str]) -> None:
    for number, line in enumerate(old):
        same, instead = counterpart(old, new, number)
        assert (same is None) or (new[same] == line and not instead)
