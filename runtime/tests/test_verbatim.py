"""What a client says reaches a specialist as it was said."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from aua_runtime.verbatim import TooDeep, rewritten
from harness import Wire, ask, chunk, completion, models, one_field, router, streams
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.sampled_from(["model", "stream", "stream_options", "messages", "a", 'x"model', "mod\u00e9l", ""])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """An object as somebody may write it: any spacing, any escapes, keys more than once."""
    members = draw(st.lists(st.tuples(KEYS, VALUES), max_size=5))
    spaces = st.sampled_from(["", " ", "\n\t"])
    written = []
    for key, value in members:
        name = json.dumps(key, ensure_ascii=draw(st.booleans()))
        if draw(st.booleans()):
            name = name.replace("o", "\\u006F").replace("m", "\\u006d")
        written.append(draw(spaces) + name + draw(spaces) + ":" + draw(spaces) + json.dumps(value, ensure_ascii=draw(st.booleans())))
    return (draw(spaces) + "{" + ",".join(written) + draw(spaces) + "}" + draw(spaces)).encode()


def exact(text: bytes) -> Any:
    """What a text says, with the digits of its numbers."""
    return json.loads(text, parse_float=lambda digits: ("float", digits), parse_int=lambda digits: ("int", digits))


@given(
    texts(),
    st.fixed_dictionaries({"model": st.just("tiny")}, optional={"stream_options": st.just({"a": 1}), "logprobs": st.just(True)}),
    KEYS,
)
def test_only_what_is_changed_changes(text: bytes, new: dict[str, Any], dropped: str) -> None:
    held = orjson.loads(text)
    for removed in ({}, {dropped}):
        wanted = {key: value for key, value in {**held, **new}.items() if key not in removed}
        expected = {key: exact(orjson.dumps(new[key])) if key in new else value for key, value in {**exact(text), **new}.items()}
        assert exact(rewritten(text, held, wanted)) == {key: value for key, value in expected.items() if key not in removed}


def test_a_text_that_needs_no_change_is_the_same_bytes() -> None:
    text = b' {"a" : 1.0e2,\n"a": 18446744073709551616 } '
    held = orjson.loads(text)
    assert rewritten(text, held, dict(held)) == text


def test_a_model_is_changed_in_its_place() -> None:
    text = b'{"n": 1e-7, "model" : "aua", "t": "\\"model\\": \\"x\\""}'
    held = orjson.loads(text)
    assert rewritten(text, held, {**held, "model": "b"}) == text.replace(b'"aua"', b'"b"')


def test_a_model_that_comes_twice_goes_out_once() -> None:
    text = b'{"model": "a", "n": 1, "model": "b"}'
    held = orjson.loads(text)
    assert rewritten(text, held, {**held, "model": "c"}) == b'{"n": 1,"model":"c"}'


def test_what_nests_too_deep_to_be_read_again_is_told_so() -> None:
    text = b'{"model": "a", "model": "b", "x": %b}' % (b"[" * 1_010 + b"]" * 1_010)
    held = orjson.loads(text)
    with pytest.raises(TooDeep):
        rewritten(text, held, {**held, "model": "c"})


# --- through the router

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "high"}}
TOOL = {
    "type": "function",
    "function": {"name": "look_up", "strict": True, "parameters": {"type": "object", "properties": {"model": {"type": "string"}}}},
}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "strict": True, "schema": {"type": "object", "properties": {"stream": {}}}}}
TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "alpha \u00e9 \U0001f600 \u0000 \u2028"}, IMAGE], "name": "u"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c", "content": "found"},
]
ODD = b"""{"n": 18446744073709551616, "small": 1e-7, "long": 0.1000000000000000055511151231257827, "minus": -0.0,
 "negative": -9223372036854775809,
 "deep": %b, "same": 1, "same": 2, "\\u0061": "\\ud83d\\ude00", "": null, "exponent": 1E+2}""" % (b"[" * 300 + b"]" * 300)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


async def either(wire: Wire) -> None:
    await (streams()(wire) if wire.seen.body.get("stream") else wire.whole(completion()))


@pytest.mark.parametrize("stream", [False, True, None])
@pytest.mark.parametrize("spelled", ["once", "elsewhere too", "with escapes", "not at all"])
def test_images_tools_schemas_and_unknown_keys_reach_the_specialist_digit_by_digit(
    tmp_path: Path, spelled: str, *, stream: bool | None
) -> None:
    body = {"messages": TURNS, "tools": [TOOL], "tool_choice": "auto", "response_format": SCHEMA, "parallel_tool_calls": False, "seed": 7}
    if stream is not None:
        body["stream"] = stream
    text = json.dumps(body, ensure_ascii=False).encode()[:-1] + b', "unknown": ' + ODD
    text += {"once": b', "model": "aua"', "elsewhere too": b', "x": {"model": "aua"}, "model": "aua"', "not at all": b""}.get(
        spelled, b', "mod\\u0065l": "aua"'
    )
    text += b"}"

    async def test() -> None:
        async with models(either) as served, router(one_field(served.url), tmp_path) as it:
            assert (await ask(it.port, "POST", "/v1/chat/completions", text)).status == 200
            expected = {**exact(text), "model": "model-of-a"}
            if stream:
                expected["stream_options"] = {"include_usage": True}
            assert exact(served.seen[0].text) == expected

    run(test)


@pytest.mark.parametrize("path", ["/query", "/query/stream"])
def test_keys_of_a_native_question_reach_the_specialist_digit_by_digit(tmp_path: Path, path: str) -> None:
    text = b'{"query": "alpha", "session_id": "s", "unknown": %b, "response_format": %b}' % (ODD, json.dumps(SCHEMA).encode())

    async def test() -> None:
        async with models(either) as served, router(one_field(served.url), tmp_path) as it:
            assert (await ask(it.port, "POST", path, text)).status == 200
            sent = exact(served.seen[0].text)
            assert {"query", "session_id"}.isdisjoint(sent)
            assert (sent["unknown"], sent["response_format"]) == (exact(text)["unknown"], exact(text)["response_format"])
            assert sent["messages"] == [{"role": "user", "content": "alpha"}]

    run(test)


def test_a_whole_answer_reaches_the_client_byte_by_byte(tmp_path: Path) -> None:
    answer = json.dumps(completion(logprobs=None)).encode()[:-1] + b', "unknown": ' + ODD + b"} \n"

    async def script(wire: Wire) -> None:
        await wire.whole(answer)

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat()).body == answer

    run(test)


def test_frames_of_an_answer_reach_the_client_byte_by_byte(tmp_path: Path) -> None:
    call = {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "look_up", "arguments": '{"model": "\\u00e9'}}]}
    frames = [
        chunk({"role": "assistant", "content": None}),
        chunk(call)[:-3] + b', "unknown": ' + ODD.replace(b"\n", b"") + b"}\n\n",
        chunk({}, "tool_calls"),
    ]

    async def test() -> None:
        async with models(streams(*frames, b"data: [DONE]\n\n")) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat(stream=True)).body == b"".join(frames) + b"data: [DONE]\n\n"

    run(test)
