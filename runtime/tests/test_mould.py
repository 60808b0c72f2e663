"""Recognising frames by their bytes: whatever passes unparsed would have been read as the very same words."""

import json
from typing import Any

import orjson
from aua_runtime.upstream.mould import TRIES, Mould
from hypothesis import given, settings
from hypothesis import strategies as st

DELTAS: tuple[dict[str, Any], ...] = ({}, {"role": "assistant"}, {"reasoning": "because"})
BYTES = st.sampled_from([b'"', b"\\", b"\n", b"\x00", b"\xc3", b"}", b",", b'"content"', b"\n\n", b"data: ", b'","x":"'])


def frame(words: str, *, compact: bool = True, ascii_only: bool = False, **more: Any) -> bytes:
    body = {"id": "é", "choices": [{"index": 0, "delta": {**more, "content": words}, "finish_reason": None}]}
    separators = (",", ":") if compact else (", ", ": ")
    return b"data: " + json.dumps(body, separators=separators, ensure_ascii=ascii_only).encode("utf-8", "replace")


def content_of(data: bytes) -> str:
    """What reading every frame says; an error where one is not like the others."""
    told = []
    for each in data.split(b"\n\n")[:-1]:
        body = orjson.loads(each.removeprefix(b"data: "))
        assert body["choices"][0]["finish_reason"] is None
        told.append(body["choices"][0]["delta"]["content"])
    return "".join(told)


def mould_of(**form: Any) -> Mould:
    mould = Mould()
    mould.take(frame("first", **form), b"content", "first")
    return mould


@settings(deadline=None)
@given(words=st.lists(st.text("ab é…字😀.,:{}", max_size=6), min_size=1), compact=st.booleans(), delta=st.sampled_from(DELTAS))
def test_plain_words_pass_unparsed(words: list[str], *, compact: bool, delta: dict[str, Any]) -> None:
    data = b"".join(frame(each, compact=compact, **delta) + b"\n\n" for each in words)
    assert mould_of(compact=compact, **delta).words_in(data + b"da", 0) == ("".join(words), len(data))


@settings(deadline=None)
@given(words=st.lists(st.text(max_size=6), min_size=1), ascii_only=st.booleans())
def test_what_passes_unparsed_is_what_reading_it_would_give(words: list[str], *, ascii_only: bool) -> None:
    data = b"".join(frame(each, ascii_only=ascii_only) + b"\n\n" for each in words)
    found, end = mould_of(ascii_only=ascii_only).words_in(data, 0)
    assert found == content_of(data[:end])


@settings(deadline=None)
@given(words=st.lists(st.text("ab", max_size=3), min_size=1, max_size=3), damage=BYTES, at=st.integers(0, 300), cut=st.integers(0, 3))
def test_damaged_frames_never_pass_as_words(words: list[str], damage: bytes, at: int, cut: int) -> None:
    data = b"".join(frame(each) + b"\n\n" for each in words)
    at %= len(data)
    damaged = data[:at] + damage + data[at + cut :]
    found, end = mould_of().words_in(damaged, 0)
    assert found == content_of(damaged[:end])


def test_a_frame_in_another_form_is_not_recognised() -> None:
    mould = mould_of()
    assert mould.words_in(frame("x").replace(b"null", b'"stop"') + b"\n\n", 0) == ("", 0)
    assert mould.words_in(frame("x") + b"\r\n\r\n", 0) == ("", 0)
    assert mould.words_in(frame("x"), 0) == ("", 0)
    assert mould.words_in(b"data: [DONE]\n\n", 0) == ("", 0)


def test_a_form_that_cannot_be_told_apart_is_not_taken() -> None:
    for given_frame in (
        frame("x", note={"content": "x"}),
        frame("a\nb"),
        b": comment\n" + frame("x"),
        frame("x").replace(b'"x"', b'["x"]'),
    ):
        mould = Mould()
        mould.take(given_frame, b"content", "x")
        assert mould.words_in(frame("y") + b"\n\n", 0) == ("", 0)


def test_a_stream_whose_frames_always_differ_costs_no_further_tries() -> None:
    mould = Mould()
    for number in range(TRIES):
        mould.take(frame("x").replace(b"\xc3\xa9", b"%d" % number), b"content", "x")
    mould.take(frame("x"), b"content", "x")
    assert mould.words_in(frame("y") + b"\n\n", 0) == ("", 0)


def test_the_words_of_completions_stand_under_another_name() -> None:
    mould = Mould()
    mould.take(b'data: {"choices":[{"index":0,"text":"Hi"}]}', b"text", "Hi")
    assert mould.words_in(b'data: {"choices":[{"index":0,"text":" you"}]}\n\n', 0)[0] == " you"
