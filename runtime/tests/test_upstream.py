"""Calls to model servers as a client of the router sees them: attempts, fallbacks, streams, and what happens when someone leaves."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from aua_runtime.breaker import BreakerLimits
from aua_runtime.plan import Retries, Timeouts
from harness import (
    DEFAULT_SETTINGS,
    SOON_S,
    STREAM,
    Hand,
    Models,
    Script,
    Wire,
    ask,
    chunk,
    completion,
    fails,
    hangs,
    loop_factory,
    models,
    one_field,
    paced,
    parsed,
    request_bytes,
    router,
    says,
    streams,
    subject,
    two_fields,
    unreachable,
    until,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def run(test: Callable[[], Awaitable[None]]) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(asyncio.wait_for(test(), 20))


def test_unknown_fields_reach_the_specialist_untouched(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served, router(one_field(served.url), tmp_path) as it:
            await it.chat(top_k=5, vendor={"deep": [1, None, "ü"]}, seed=2**60)
            body = served.seen[0].body
            assert (body["top_k"], body["vendor"], body["seed"]) == (5, {"deep": [1, None, "ü"]}, 2**60)
            assert body["model"] == "model-of-a"

    run(test)


def test_the_clients_key_and_cookies_never_reach_a_specialist(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served:
            hand = one_field(served.url, key_env="MODEL_KEY", headers={"X-Team": "search"})
            async with router(hand, tmp_path, environment={"MODEL_KEY": "mk\n", "ROUTER_KEY": "rk"}, key_env="ROUTER_KEY") as it:
                answer = await it.chat(headers={"authorization": "Bearer rk", "cookie": "c=1", "x-request-id": "mine"})
        seen = served.seen[0].headers
        assert answer.status == 200
        assert seen["authorization"] == "Bearer mk"
        assert "cookie" not in seen
        assert (seen["x-team"], seen["x-request-id"], seen["accept-encoding"]) == ("search", "mine", "identity")

    run(test)


def test_an_answer_carries_ids_the_plan_and_who_gave_it(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served, router(one_field(served.url), tmp_path) as it:
            answer = await it.chat(headers={"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "x-aua-session-id": "s-1"})
            told = answer.headers
            assert (told["x-aua-trace-id"], told["x-aua-session-id"], told["x-aua-plan"]) == ("a" * 32, "s-1", "digest")
            assert (told["x-aua-field"], told["x-aua-specialist"], told["x-aua-mode"]) == ("alpha", "a", "single")
            assert len(told["x-request-id"]) == 32
            assert served.seen[0].headers["traceparent"].startswith("00-" + "a" * 32)

    run(test)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_failure_that_may_pass_is_tried_again(tmp_path: Path, status: int) -> None:
    async def test() -> None:
        async with models(fails(status), says()) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat()).status == 200
            assert len(served.seen) == 2

    run(test)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_clients_mistake_is_told_with_its_status_and_never_repeated(tmp_path: Path, status: int) -> None:
    async def test() -> None:
        async with (
            models(fails(status, message="too many tokens")) as alpha,
            models(says()) as beta,
            router(two_fields(alpha, beta), tmp_path) as it,
        ):
            answer = await it.chat()
            assert answer.status == status
            assert answer.data["error"] == {
                "message": "too many tokens",
                "type": "invalid_request_error",
                "param": None,
                "code": "AUA_REQUEST_INVALID",
            }
            assert (len(alpha.seen), len(beta.seen)) == (1, 0)

    run(test)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 501])
def test_a_server_that_is_set_up_wrong_is_replaced_but_not_asked_again(tmp_path: Path, status: int) -> None:
    async def test() -> None:
        script = fails(status, {"location": "http://169.254.169.254/"})
        async with models(script) as alpha, models(says("b")) as beta, router(two_fields(alpha, beta), tmp_path) as it:
            answer = await it.chat()
            assert (answer.status, answer.headers["x-aua-specialist"]) == (200, "b")
            assert (len(alpha.seen), len(beta.seen)) == (1, 1)

    run(test)


def test_a_specialist_that_is_down_falls_back(tmp_path: Path) -> None:
    async def test() -> None:
        with unreachable() as gone:
            async with models(says("b")) as beta, router(two_fields(gone, beta), tmp_path) as it:
                answer = await it.chat()
                assert answer.data["choices"][0]["message"]["content"] == "b"

    run(test)


def test_without_fallback_the_client_hears_which_specialist_failed_and_no_address(tmp_path: Path) -> None:
    async def test() -> None:
        with unreachable() as gone:
            async with router(one_field(gone.url), tmp_path) as it:
                answer = await it.chat()
            assert (answer.status, answer.data["error"]["code"]) == (503, "AUA_BACKEND_UNREACHABLE")
            assert "`a`" in answer.data["error"]["message"]
            assert "127.0.0.1" not in answer.body.decode()
            assert str(gone.port) not in answer.body.decode()

    run(test)


def test_a_message_that_gives_the_address_away_is_not_passed_on(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(fails(400, message="see http://127.0.0.1/internal")) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat()).data["error"]["message"] == "see [address]"

    run(test)


def test_rate_limits_keep_status_and_retry_after(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(fails(429, {"retry-after": "17"})) as served, router(one_field(served.url), tmp_path) as it:
            answer = await it.chat()
            assert (answer.status, answer.headers["retry-after"], answer.headers["x-aua-upstream-status"]) == (429, "17", "429")
            assert len(served.seen) == 1, "seventeen seconds are longer than the cap between attempts"

    run(test)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "out of memory"}},
        {"choices": []},
        [],
        b"<html>",
        {"choices": [{"message": None}]},
        {"choices": [7]},
        {"choices": [{"message": {"tool_calls": [1]}}]},
        b"",
    ],
    ids=["error", "no choice", "list", "html", "no message", "number", "no call", "empty"],
)
def test_a_200_that_holds_no_answer_is_an_error(tmp_path: Path, body: object) -> None:
    async def script(wire: Wire) -> None:
        await wire.whole(body)

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            answer = await it.chat()
            assert (answer.status, answer.data["error"]["code"]) == (502, "AUA_BACKEND_ERROR")

    run(test)


def test_an_encoded_body_is_refused(tmp_path: Path) -> None:
    async def script(wire: Wire) -> None:
        await wire.whole(completion(), headers={"content-encoding": "gzip"})

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat()).status == 502

    run(test)


def test_a_call_is_not_repeated_once_a_byte_of_its_response_came(tmp_path: Path) -> None:
    async def half(wire: Wire) -> None:
        await wire.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        await wire.cut()

    async def test() -> None:
        async with models(half, says()) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat()).status == 502
            assert len(served.seen) == 1

    run(test)


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced_unnoticed(tmp_path: Path) -> None:
    async def closing(wire: Wire) -> None:
        await wire.whole(completion())
        await asyncio.sleep(0.02)
        wire.writer.close()

    async def test() -> None:
        async with models(closing) as served, router(one_field(served.url, retries=Retries(0, 0.001, 0.01, 0.0)), tmp_path) as it:
            for _ in range(3):
                assert (await it.chat()).status == 200

    run(test)


def test_connections_are_kept(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served, router(one_field(served.url), tmp_path) as it:
            for _ in range(3):
                await it.chat()
            assert served.connections == 1

    run(test)


def test_a_response_without_length_ends_with_its_connection(tmp_path: Path) -> None:
    async def script(wire: Wire) -> None:
        await wire.raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + json.dumps(completion("x")).encode())
        wire.writer.close()

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat()).data["choices"][0]["message"]["content"] == "x"

    run(test)


@pytest.mark.parametrize("stream", [False, True])
def test_a_server_that_never_answers_times_out(tmp_path: Path, *, stream: bool) -> None:
    async def test() -> None:
        bounds = Timeouts(connect_s=1, first_token_s=0.05, idle_s=0.05, total_s=0.1)
        async with models(hangs) as served, router(one_field(served.url, timeouts=bounds), tmp_path) as it:
            answer = await it.chat(stream=stream)
            assert (answer.status, answer.data["error"]["code"]) == (504, "AUA_SPECIALIST_TIMEOUT")
            await asyncio.wait_for(served.seen[0].left.wait(), SOON_S)

    run(test)


def test_the_deadline_of_the_request_bounds_all_calls(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(hangs) as served:
            soon = replace(DEFAULT_SETTINGS, routing=replace(DEFAULT_SETTINGS.routing, deadline_s=0.1))
            async with router(one_field(served.url), tmp_path, settings=soon) as it:
                answer = await it.chat()
                assert (answer.status, answer.data["error"]["code"]) == (504, "AUA_DEADLINE_EXCEEDED")

    run(test)


def test_a_server_that_was_left_no_time_is_not_blamed_for_the_deadline(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(hangs) as alpha, models(hangs) as beta:
            slow, late = two_fields(alpha, beta).specialists
            slow = replace(slow, timeouts=Timeouts(1, 0.2, 0.2, 0.2), breaker=BreakerLimits(1, 30, 1))
            late = replace(late, breaker=BreakerLimits(1, 30, 1))
            soon = replace(DEFAULT_SETTINGS, routing=replace(DEFAULT_SETTINGS.routing, deadline_s=0.3))
            async with router(Hand((subject("alpha", slow, late),), (slow, late)), tmp_path, settings=soon) as it:
                assert (await it.chat()).data["error"]["code"] == "AUA_DEADLINE_EXCEEDED"
                assert len(beta.seen) == 1
                shown = (await ask(it.management, "GET", "/metrics")).body.decode()
                assert 'aua_breaker_state{specialist="a"} 2' in shown
                assert 'aua_breaker_state{specialist="b"} 0' in shown

    run(test)


def test_a_breaker_opens_and_spares_the_server(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(fails(401)) as served, router(one_field(served.url), tmp_path) as it:
            for _ in range(5):
                answer = await it.chat()
            assert len(served.seen) == 3
            assert (answer.status, answer.data["error"]["code"]) == (503, "AUA_BACKEND_UNREACHABLE")

    run(test)


def test_retries_stop_when_their_budget_is_spent(tmp_path: Path) -> None:
    async def test() -> None:
        calm = BreakerLimits(threshold=1000, recovery_s=1, half_open_max=1)
        async with (
            models(fails(500)) as served,
            router(one_field(served.url, breaker=calm, retries=Retries(1, 0.001, 0.01, 0.1)), tmp_path) as it,
        ):
            for _ in range(20):
                await it.chat()
            assert len(served.seen) <= 20 + 3 + 2

    run(test)


# --- streams


def test_a_stream_is_relayed_frame_by_frame(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(streams()) as served, router(one_field(served.url), tmp_path) as it:
            answer = await it.chat(stream=True)
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-accel-buffering"] == "no"
            assert answer.body == b"".join(STREAM[:4]) + STREAM[5]

    run(test)


def test_usage_is_always_asked_for_and_shown_only_to_those_who_asked(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(streams()) as served, router(one_field(served.url), tmp_path) as it:
            assert "usage" not in (await it.chat(stream=True)).body.decode()
            assert "usage" in (await it.chat(stream=True, stream_options={"include_usage": True})).body.decode()
            assert all(seen.body["stream_options"]["include_usage"] for seen in served.seen)

    run(test)


def test_usage_that_comes_with_content_is_taken_out_of_the_frame(tmp_path: Path) -> None:
    async def test() -> None:
        script = streams(
            chunk({"content": "x"}, usage=None), chunk({}, "stop", usage={"prompt_tokens": 1, "completion_tokens": 1}), b"data: [DONE]\n\n"
        )
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            answer = await it.chat(stream=True)
            assert "usage" not in answer.body.decode()
            assert [json.loads(frame)["choices"][0]["finish_reason"] for frame in answer.frames[:-1]] == [None, "stop"]

    run(test)


SPOKEN = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        ["plain", " words", 'says "x"', "back\\slash", "line\n\nfeed", '"content":"', '"}}]}', "ü€😀", "data: [DONE]", "\u2028", ""]
    ),
)


@st.composite
def chunks(draw: st.DrawFn) -> tuple[bytes, str]:
    """A frame in one of the forms that servers give them, and the words in it."""
    words = draw(SPOKEN)
    form = draw(st.sampled_from(["plain", "plain", "plain", "spaced", "ascii", "tool", "role", "other key", "comment", "id"]))
    delta: dict[str, object] = {"content": words}
    if form == "tool":
        delta = {"content": None, "tool_calls": [{"index": 0, "function": {"arguments": words}}]}
    elif form == "role":
        delta = {"role": "assistant", "content": words}
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    data: dict[str, object] = {"id": "c-1", "object": "chat.completion.chunk", "choices": [choice]}
    if form == "other key":
        data["vendor"] = {"content": draw(SPOKEN)}
    elif form == "id":
        data["id"] = words
    spaced, ascii_only = form == "spaced", form == "ascii"
    told = json.dumps(data, ensure_ascii=ascii_only, separators=None if spaced else (",", ":"))
    frame = b"data: " + told.encode() + b"\n\n"
    return (b": wait\n\n" + frame if form == "comment" else frame), "" if form == "tool" else words


@given(st.lists(chunks(), min_size=1, max_size=12), st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=12))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_frames_pass_as_they_came_whatever_their_form_and_wherever_they_are_cut(
    tmp_path: Path, said: list[tuple[bytes, str]], cuts: list[tuple[float, bool]]
) -> None:
    whole = b"".join(frame for frame, _ in said) + STREAM[3]
    places = sorted({(int(share * len(whole)), pause) for share, pause in cuts})

    async def script(wire: Wire) -> None:
        await wire.head()
        at = 0
        for place, pause in [*places, (len(whole), False)]:
            if place > at:
                await wire.chunk(whole[at:place])
                at = place
            if pause:
                await asyncio.sleep(0.002)
        await wire.chunk(b"data: [DONE]\n\n")
        await wire.end()

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat(stream=True)).body == whole + b"data: [DONE]\n\n"
            native = await ask(it.port, "POST", "/query/stream", {"query": "alpha"})
            events = [frame.partition(b"\ndata: ") for frame in native.body.split(b"\n\n") if frame]
            assert "".join(json.loads(data)["text"] for name, _, data in events if name == b"event: chunk") == "".join(
                text for _, text in said
            )
            assert json.loads(events[-1][2])["answer"] == "".join(text for _, text in said)

    run(test)


@given(cuts=st.lists(st.integers(1, sum(map(len, STREAM)) - 1), max_size=12), ends=st.sampled_from([b"\n\n", b"\r\n\r\n", b"\r\r"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_may_be_split_anywhere(tmp_path: Path, cuts: list[int], ends: bytes) -> None:
    async def test() -> None:
        whole = b"".join(STREAM).replace(b"\n\n", ends)
        places = [0, *sorted({min(cut, len(whole) - 1) for cut in cuts}), len(whole)]
        parts = [whole[start:stop] for start, stop in pairwise(places) if start < stop]
        async with models(streams(*parts)) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat(stream=True)).body == b"".join(STREAM[:4]) + STREAM[5]

    run(test)


@pytest.mark.parametrize(
    "script",
    [
        fails(503),
        streams(b'data: {"error": {"message": "no memory"}}\n\n'),
        streams(chunk({"role": "assistant"}), b'data: {"error": {"message": "no memory"}}\n\n'),
        streams(chunk({"role": "assistant"}), b"data: [DONE]\n\n"),
        streams(b"data: nonsense\n\n"),
        streams(b'data: {"choices": [7]}\n\n'),
        streams(b'data: {"choices": [{"delta": "x"}]}\n\n'),
        streams(b": only comments\n\n"),
        hangs,
    ],
    ids=["status", "error", "error after role", "empty", "nonsense", "no choice", "no delta", "comments", "silence"],
)
def test_before_the_first_content_another_specialist_can_take_over(tmp_path: Path, script: Script) -> None:
    async def test() -> None:
        async with models(script) as alpha, models(streams()) as beta:
            hand = two_fields(alpha, beta)
            a = replace(hand.specialists[0], timeouts=Timeouts(1, 0.1, 0.1, 0.5), retries=Retries(0, 0.001, 0.01, 0.0))
            hand = Hand((subject("alpha", a), hand.fields[1]), (a, hand.specialists[1]))
            async with router(hand, tmp_path) as it:
                answer = await it.chat(stream=True)
                assert (answer.status, answer.headers["x-aua-specialist"]) == (200, "b")
                assert answer.frames[-1] == "[DONE]"

    run(test)


async def _cut(wire: Wire) -> None:
    await wire.head()
    await wire.chunk(chunk({"content": "An "}))
    await asyncio.sleep(0.02)
    await wire.cut()


@pytest.mark.parametrize(
    "script",
    [
        _cut,
        paced(chunk({"content": "An "}), b'data: {"error": {"message": "no memory"}}\n\n'),
        paced(chunk({"content": "An "})),
        paced(chunk({"content": "An "}), b"data: {nonsense\n\n"),
        paced(chunk({"content": "An "}), b"data: " + b"x" * 1_100_000),
    ],
    ids=["cut", "error", "unfinished", "nonsense", "endless frame"],
)
def test_a_stream_that_breaks_off_ends_in_an_error_and_no_false_done(tmp_path: Path, script: Script) -> None:
    async def test() -> None:
        async with models(script) as alpha, models(streams()) as beta, router(two_fields(alpha, beta), tmp_path) as it:
            answer = await it.chat(stream=True)
            assert json.loads(answer.frames[0])["choices"][0]["delta"]["content"] == "An "
            assert json.loads(answer.frames[-1])["error"]["code"] in {"AUA_STREAM_INTERRUPTED", "AUA_BACKEND_ERROR"}
            assert "no memory" not in answer.body.decode()
            assert "[DONE]" not in answer.body.decode()
            assert beta.seen == [], "the client has already seen words of the first"

    run(test)


def test_silence_between_tokens_ends_in_an_error(tmp_path: Path) -> None:
    async def stalls(wire: Wire) -> None:
        await wire.head()
        await wire.chunk(chunk({"content": "An "}))
        await asyncio.sleep(30)

    async def test() -> None:
        async with models(stalls) as served, router(one_field(served.url, timeouts=Timeouts(1, 1, 0.05, 5)), tmp_path) as it:
            answer = await it.chat(stream=True)
            assert json.loads(answer.frames[-1])["error"]["code"] == "AUA_SPECIALIST_TIMEOUT"

    run(test)


WORDS = [chunk({"content": f"word {number} "}) for number in range(8)]
"""Frames that differ in their words alone."""


def test_words_pass_as_they_come_whatever_is_between_them(tmp_path: Path) -> None:
    async def test() -> None:
        others = (chunk({"content": 'a "quote"\n'}), b": still here\n\n", chunk({"content": "\u00e9\u2026"}), chunk({}, "stop"))
        sent = (*WORDS[:4], others[0], *WORDS[4:6], others[1], b"".join(WORDS[6:]), others[2], WORDS[0], others[3], b"data: [DONE]\n\n")
        async with models(paced(*sent)) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat(stream=True)).body == b"".join(sent)
            told = await ask(it.port, "POST", "/query/stream", {"query": "alpha"})
            said = "".join(f"word {number} " for number in range(4)) + 'a "quote"\n' + "".join(f"word {number} " for number in range(4, 8))
            assert json.loads(told.frames[-1].partition("data: ")[2])["answer"] == f"{said}\u00e9\u2026word 0 "

    run(test)


def test_words_without_end_are_cut_off_when_their_time_is_over(tmp_path: Path) -> None:
    cut_off = asyncio.Event()

    async def chatters(wire: Wire) -> None:
        await wire.head()
        try:
            while not wire.writer.is_closing():
                await wire.chunk(WORDS[0])
                await asyncio.sleep(0.01)
        finally:
            cut_off.set()

    async def test() -> None:
        async with models(chatters) as served, router(one_field(served.url, timeouts=Timeouts(1, 1, 1, 0.4)), tmp_path) as it:
            answer = await asyncio.wait_for(it.chat(stream=True), 5)
            assert json.loads(answer.frames[-1])["error"]["code"] == "AUA_SPECIALIST_TIMEOUT"
            assert len(answer.frames) > 3
            await asyncio.wait_for(cut_off.wait(), SOON_S)

    run(test)


def test_silence_after_many_words_ends_in_an_error(tmp_path: Path) -> None:
    async def stalls(wire: Wire) -> None:
        await wire.head()
        for words in WORDS * 3:
            await wire.chunk(words)
            await asyncio.sleep(0.01)
        await asyncio.sleep(30)

    async def test() -> None:
        async with models(stalls) as served, router(one_field(served.url, timeouts=Timeouts(1, 1, 0.1, 20)), tmp_path) as it:
            answer = await asyncio.wait_for(it.chat(stream=True), 2)
            assert answer.frames[:-1] == [frame.decode().strip().removeprefix("data: ") for frame in WORDS * 3]
            assert json.loads(answer.frames[-1])["error"]["code"] == "AUA_SPECIALIST_TIMEOUT"

    run(test)


def test_a_client_that_does_not_read_makes_the_server_pause_and_then_gets_every_word(tmp_path: Path) -> None:
    flood, rounds = b"".join(WORDS) * 400, 100
    patient = replace(DEFAULT_SETTINGS, routing=replace(DEFAULT_SETTINGS.routing, deadline_s=20))
    sent = 0

    async def floods(wire: Wire) -> None:
        nonlocal sent
        await wire.head()
        for _ in range(rounds):
            await wire.chunk(flood)
            sent += 1
        await wire.chunk(chunk({}, "stop"))
        await wire.end()

    async def test() -> None:
        async with (
            models(floods) as served,
            router(one_field(served.url, timeouts=Timeouts(1, 5, 5, 20)), tmp_path, settings=patient) as it,
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            body = {"model": "aua", "messages": [{"role": "user", "content": "alpha"}], "stream": True}
            writer.write(request_bytes("POST", "/v1/chat/completions", body, {"connection": "close"}))
            held = -1
            while held != sent:
                held = sent
                await asyncio.sleep(0.2)
            assert 0 < held < rounds
            answer = parsed(await reader.read())
            writer.close()
            assert answer.body == flood * rounds + chunk({}, "stop") + b"data: [DONE]\n\n"

    run(test)


def test_a_stream_may_end_without_done(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(streams(*STREAM[:4])) as served, router(one_field(served.url), tmp_path) as it:
            answer = await it.chat(stream=True)
            assert answer.frames[-1] == "[DONE]"
            assert "error" not in answer.body.decode()

    run(test)


# --- clients that leave


async def leaves(port: int, body: dict[str, object], after: Callable[[bytes], bool], served: Models) -> None:
    """Ask, and leave as soon as `after` holds of the bytes that came."""
    before = len(served.seen)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        request_bytes("POST", "/v1/chat/completions", {"model": "aua", "messages": [{"role": "user", "content": "alpha"}], **body})
    )
    await until(lambda: len(served.seen) > before)
    got = b""
    while not after(got):
        got += await asyncio.wait_for(reader.read(4096), SOON_S)
    writer.transport.abort()


async def _talks_on(wire: Wire) -> None:
    await wire.head()
    for _ in range(1000):
        await wire.chunk(chunk({"content": "on "}))
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("script", "body", "after"),
    [
        (hangs, {}, lambda _: True),
        (hangs, {"stream": True}, lambda _: True),
        (_talks_on, {"stream": True}, lambda got: got.count(b"on ") > 2),
    ],
    ids=["whole", "before the first byte", "mid-stream"],
)
def test_a_client_that_leaves_cancels_the_call(
    tmp_path: Path, script: Script, body: dict[str, object], after: Callable[[bytes], bool]
) -> None:
    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            for turn in range(15):
                await leaves(it.port, body, after, served)
                await asyncio.wait_for(served.seen[turn].left.wait(), SOON_S)
            await until(lambda: it.running.services.open_answers == 0)
            await until(lambda: it.log.getvalue().count('"outcome":"cancelled"') == 15)
            assert "internal_error" not in it.log.getvalue()
            assert it.running.services.upstreams["a"].breaker_state == "closed"

    run(test)


@pytest.mark.parametrize(("level", "events"), [("debug", {"call", "query"}), ("info", {"call_failed", "query"}), ("error", set())])
def test_a_call_that_fails_is_a_warning_and_one_that_does_not_is_told_in_detail_only(tmp_path: Path, level: str, events: set[str]) -> None:
    async def test() -> None:
        script = says() if level == "debug" else fails(401)
        async with (
            models(script) as served,
            router(one_field(served.url), tmp_path, settings=replace(DEFAULT_SETTINGS, log_level=level)) as it,
        ):
            await it.chat()
            lines = [json.loads(line) for line in it.log.getvalue().splitlines()]
            assert {line["event"] for line in lines} - {"started"} == events
            assert {line["level"] for line in lines if line["event"] == "call_failed"} <= {"warning"}

    run(test)


EVENTS_OF_REQUESTS = {"call", "query", "request_failed", "internal_error"}


def test_every_line_about_a_request_has_its_ids_and_that_of_its_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"

    async def broken(_: object) -> None:
        raise LookupError

    async def test() -> None:
        async with models(says("x")) as served, router(one_field(served.url), tmp_path) as it:
            ids = {"x-request-id": "mine", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
            await it.chat(headers=ids)
            await ask(it.port, "GET", "/nowhere", headers=ids)
            await it.chat(model="nobody", headers=ids)
            monkeypatch.setattr("aua_runtime.upstream.relay", broken)
            await it.chat(headers=ids)
            it.running.services.log.flush()
            lines = [json.loads(line) for line in it.log.getvalue().splitlines()]
        told = [line for line in lines if line["event"] in EVENTS_OF_REQUESTS]
        assert {line["event"] for line in told} == EVENTS_OF_REQUESTS
        assert {(line["request_id"], line["trace_id"]) for line in told} == {("mine", trace)}

    run(test)
