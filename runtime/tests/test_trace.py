"""Ids: those that a client may choose, those that continue a trace (W3C Trace Context), and those that every response carries."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aua_runtime.contract.routes import ENDPOINTS
from harness import Router, Seen, ask, fails, models, request_bytes, router, says, two_fields

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
SENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def with_router(test: Callable[[Router, list[Seen]], Awaitable[None]], tmp_path: Path) -> None:
    async def inner() -> None:
        async with models(says()) as alpha, models(fails(500)) as beta, router(two_fields(alpha, beta), tmp_path) as it:
            await test(it, alpha.seen)

    asyncio.run(asyncio.wait_for(inner(), 20))


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        (f"00-{TRACE}-{PARENT}-01", "01"),
        (f"00-{TRACE}-{PARENT}-00", "00"),
        (f"00-{TRACE}-{PARENT}-03", "03"),
        (f"00-{TRACE}-{PARENT}-ff", "03"),
        (f"cc-{TRACE}-{PARENT}-01", "01"),
        (f"cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like", "01"),
    ],
)
def test_a_trace_is_continued_with_a_span_of_its_own(tmp_path: Path, given: str, flags: str) -> None:
    async def test(it: Router, seen: list[Seen]) -> None:
        answer = await it.chat(headers={"traceparent": given, "tracestate": "vendor=1,other=2"})
        assert answer.headers["x-aua-trace-id"] == TRACE
        found = SENT.fullmatch(seen[0].headers["traceparent"])
        assert found is not None
        assert (found[1], found[2] != PARENT, found[3]) == (TRACE, True, flags)
        assert seen[0].headers["tracestate"] == "vendor=1,other=2"

    with_router(test, tmp_path)


@pytest.mark.parametrize(
    "given",
    [
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}",
        f"ff-{TRACE}-{PARENT}-01",
        f"cc-{TRACE}-{PARENT}-01.what",
        f"00-{TRACE}-{PARENT}-1",
        f"00-{TRACE[1:]}-{PARENT}-01",
        "x",
    ],
)
def test_a_trace_that_cannot_be_told_is_begun_anew_and_its_state_dropped(tmp_path: Path, given: str) -> None:
    async def test(it: Router, seen: list[Seen]) -> None:
        answer = await it.chat(headers={"traceparent": given, "tracestate": "vendor=1"})
        found = SENT.fullmatch(seen[0].headers["traceparent"])
        assert found is not None
        assert found[1] == answer.headers["x-aua-trace-id"] != TRACE
        assert "tracestate" not in seen[0].headers

    with_router(test, tmp_path)


def test_baggage_of_a_caller_reaches_no_model_server(tmp_path: Path) -> None:
    async def test(it: Router, seen: list[Seen]) -> None:
        await it.chat(headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "baggage": "user=jane"})
        assert TRACE in seen[0].headers["traceparent"]
        assert "baggage" not in seen[0].headers

    with_router(test, tmp_path)


def test_state_in_several_lines_is_one_list_and_two_parents_are_none(tmp_path: Path) -> None:
    async def test(it: Router, seen: list[Seen]) -> None:
        for lines in (
            f"traceparent: 00-{TRACE}-{PARENT}-01\r\ntracestate: a=1\r\ntracestate: b=2\r\n",
            f"traceparent: 00-{TRACE}-{PARENT}-01\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\n",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            sent = request_bytes(
                "POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "alpha"}]}, {"connection": "close"}
            )
            writer.write(sent.replace(b"\r\n", b"\r\n" + lines.encode(), 1))
            await reader.read()
            writer.close()
        assert seen[0].headers["tracestate"] == "a=1,b=2"
        assert TRACE not in seen[1].headers["traceparent"]

    with_router(test, tmp_path)


def test_every_response_carries_its_ids_and_the_plan(tmp_path: Path) -> None:
    async def test(it: Router, _: list[Seen]) -> None:
        for port in (it.port, it.management):
            for path in (*(endpoint.path for endpoint in ENDPOINTS), "/nothing"):
                for method in ("GET", "POST", "HEAD", "OPTIONS"):
                    answer = await ask(port, method, path, {} if method == "POST" else None, {"x-aua-session-id": "mine"})
                    told = {name: answer.headers.get(name) for name in ("x-request-id", "x-aua-trace-id", "x-aua-session-id", "x-aua-plan")}
                    assert all(told.values()), (method, path, answer.status, told)
                    assert told["x-aua-session-id"] == "mine"

    with_router(test, tmp_path)


def test_an_answer_that_failed_tells_how_it_was_routed(tmp_path: Path) -> None:
    async def test(it: Router, _: list[Seen]) -> None:
        answer = await it.chat("beta")
        assert (answer.status, answer.headers["x-aua-field"], answer.headers["x-aua-mode"]) == (502, "beta", "single")
        assert "x-aua-specialist" not in answer.headers  # nobody answered

    with_router(test, tmp_path)


@pytest.mark.parametrize(
    ("given", "kept"), [("a" * 128, True), ("a" * 129, False), ("a b", False), ("\u00e9", False), ("A.b_c:d-1", True), ("", False)]
)
def test_an_id_of_a_client_is_kept_where_it_is_short_and_plain(tmp_path: Path, given: str, *, kept: bool) -> None:
    async def test(it: Router, seen: list[Seen]) -> None:
        answer = await it.chat(headers={"x-request-id": given, "x-aua-session-id": given})
        for name in ("x-request-id", "x-aua-session-id"):
            assert (answer.headers[name] == given) == kept
            assert re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", answer.headers[name])
        assert seen[0].headers["x-request-id"] == answer.headers["x-request-id"]

    with_router(test, tmp_path)
