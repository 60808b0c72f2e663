from aua_runtime.top.keys import Keys
from hypothesis import given
from hypothesis import strategies as st

TYPED = "q\x1b[A\x1b[5~ä\x1bOB\t\x1b[Z\x1b[99;5u/"
MEANT = ["q", "up", "page up", "ä", "down", "tab", "back tab", "/"]


def test_sequences_are_keys_and_unknown_ones_are_nothing() -> None:
    assert list(Keys().take(TYPED.encode())) == MEANT


@given(st.lists(st.integers(0, len(TYPED.encode())), max_size=6).map(sorted))
def test_what_is_typed_means_the_same_however_it_is_cut(cuts: list[int]) -> None:
    keys, data, found = Keys(), TYPED.encode(), []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += keys.take(data[start:end])
    assert found == MEANT


def test_a_lone_escape_is_a_key_once_nothing_follows() -> None:
    keys = Keys()
    assert list(keys.take(b"\x1b")) == []
    assert keys.unsure
    assert list(keys.settle()) == ["escape"]
    assert not keys.unsure


def test_an_escape_before_another_key_is_both() -> None:
    assert list(Keys().take(b"\x1bq")) == ["escape", "q"]


@given(st.binary(max_size=40))
def test_no_bytes_are_too_odd_and_only_printable_characters_or_names_come_of_them(data: bytes) -> None:
    keys = Keys()
    for key in (*keys.take(data), *keys.settle()):
        assert len(key) > 1 or key.isprintable()
