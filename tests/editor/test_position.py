from hypothesis import given
from hypothesis import strategies as st

from aua_compile.editor.position import At, Buffer, Stretch, ends_of
from aua_compile.span import Span

TEXTS = st.text(st.sampled_from("ab:- \n\r𝕏é漢{"), max_size=40)


@given(TEXTS, st.integers(0, 6), st.integers(0, 12))
def test_a_column_of_an_editor_is_the_character_that_begins_there(text: str, line: int, units: int) -> None:
    buffer = Buffer.of(text)
    at = buffer.at(line, units, "utf-16")
    assert At(0, 0) <= at <= At(len(buffer.lines) - 1, len(buffer.lines[-1]))
    assert buffer.units(at, "utf-16") <= units or at.line < line
    held = buffer.lines[at.line].encode("utf-16-le")
    if line < len(buffer.lines) and 2 * units <= len(held):
        assert held[: 2 * units].decode("utf-16-le", "ignore") == buffer.lines[at.line][: at.column]


@given(TEXTS, st.integers(0, 6), st.integers(0, 12))
def test_characters_need_no_counting(text: str, line: int, column: int) -> None:
    buffer = Buffer.of(text)
    at = buffer.at(line, column, "utf-32")
    assert buffer.units(at, "utf-32") == at.column


@given(TEXTS, st.integers(0, 40))
def test_every_offset_has_a_place_and_back(text: str, offset: int) -> None:
    buffer = Buffer.of(text)
    at = buffer.place(min(offset, len(text)))
    assert buffer.offset(at) <= offset
    assert buffer.place(buffer.offset(at)) == at


@given(TEXTS, TEXTS, st.data())
def test_an_edit_replaces_what_lies_between_two_places(text: str, new: str, data: st.DataObject) -> None:
    buffer = Buffer.of(text)
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    start, end = buffer.place(first), buffer.place(last)
    edited = buffer.edited(start, end, new)
    assert edited.text == text[: buffer.offset(start)] + new + text[buffer.offset(end) :]
    assert edited == Buffer.of(edited.text)


def test_lines_end_as_the_protocol_says() -> None:
    assert Buffer.of("a\nb\r\nc\rd").lines == ("a", "b", "c", "d")
    assert Buffer.of("").lines == ("",)


def test_half_of_a_character_is_before_it() -> None:
    assert Buffer.of("𝕏y").at(0, 1, "utf-16") == At(0, 0)
    assert Buffer.of("𝕏y").at(0, 2, "utf-16") == At(0, 1)


def test_a_place_that_does_not_exist_is_the_nearest_that_does() -> None:
    buffer = Buffer.of("ab\nc")
    assert buffer.at(9, 9, "utf-16") == At(1, 1)
    assert buffer.at(-1, 4, "utf-16") == At(0, 0)
    assert buffer.at(0, -3, "utf-16") == At(0, 0)


def test_a_span_counts_from_one() -> None:
    assert ends_of(Span("a", 2, 3, 2, 7)) == (At(1, 2), At(1, 6))
    assert Stretch(1, 2, 6).holds(At(1, 6))
    assert not Stretch(1, 2, 6).holds(At(2, 3))
