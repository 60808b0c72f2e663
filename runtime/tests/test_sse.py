import pytest
from aua_runtime.sse import FRAME_MAX_BYTES, Frames, FrameTooLong, data_of, frame_of
from hypothesis import given
from hypothesis import strategies as st


def fed(frames: Frames, data: bytes) -> list[bytes]:
    frames.add(data)
    return list(iter(frames.next, None))


LINES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(LINES, min_size=1, max_size=6), st.sampled_from(["\n", "\r\n", "\r"]), st.data())
def test_frames_are_the_same_wherever_the_bytes_are_cut(texts: list[str], line_end: str, data: st.DataObject) -> None:
    whole = "".join(f"data: {text}{line_end}{line_end}" for text in texts).encode()
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    frames = Frames()

    found = []
    for start, stop in zip([0, *places], [*places, len(whole)], strict=True):
        found += fed(frames, whole[start:stop])

    assert [data_of(frame) for frame in found] == [text.encode() for text in texts]
    assert frames.rest() == b""


def test_a_frame_that_was_not_ended_is_the_rest() -> None:
    frames = Frames()
    assert fed(frames, b"data: 1\n\ndata: 2\n") == [b"data: 1"]
    assert frames.rest() == b"data: 2"


def test_a_frame_without_end_is_refused() -> None:
    frames = Frames()
    with pytest.raises(FrameTooLong):
        fed(frames, b"x" * (FRAME_MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("frame", "data"),
    [
        (b"data: x", b"x"),
        (b"data:x", b"x"),
        (b"data:  x", b" x"),
        (b"event: e\ndata: 1\ndata: 2\nid: 7", b"1\n2"),
        (b": comment", b""),
        (b"event: ping", b""),
        (b"data", b""),
    ],
)
def test_the_data_of_a_frame_is_that_of_the_standard(frame: bytes, data: bytes) -> None:
    assert data_of(frame) == data


def test_a_frame_that_is_written_can_be_read() -> None:
    written = fed(Frames(), frame_of({"a": "line\nfeed"}, "event"))
    assert [data_of(frame) for frame in written] == [b'{"a":"line\\nfeed"}']
