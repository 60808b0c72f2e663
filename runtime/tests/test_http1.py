"""What the listeners make of the bytes that clients send, and of clients that send too much, too slowly, or leave."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aua_runtime import http1, listener
from aua_runtime.plan import Limits
from aua_runtime.request import Request
from aua_runtime.visit import Visit
from harness import (
    Hand,
    Router,
    Script,
    Wire,
    chunk,
    completion,
    hangs,
    models,
    one_field,
    request_bytes,
    router,
    says,
    specialist,
    subject,
    until,
)

QUESTION = {"messages": [{"role": "user", "content": "alpha"}]}
CHAT = request_bytes("POST", "/v1/chat/completions", QUESTION)
LIVE = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"
WAIT_S = 3.0


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def with_router(
    test: Callable[[Router], Awaitable[None]], folder: Path, script: Script | None = None, limits: Limits | None = None
) -> None:
    async def inner() -> None:
        async with models(script or says()) as served, router(one_field(served.url), folder, limits=limits) as it:
            await test(it)

    run(inner)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def head_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT_S)).decode().split("\r\n")
    return int(lines[0].split(" ")[1]), {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)
    }


async def response(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    status, headers = await head_of(reader)
    return status, headers, await asyncio.wait_for(reader.readexactly(int(headers.get("content-length", "0"))), WAIT_S)


async def rest(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.read(), WAIT_S)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds on waits that a test can wait for."""
    monkeypatch.setattr(listener, "TICK_S", 0.02)
    for name in ("HEAD_S", "BODY_S", "STALL_S", "KEEP_ALIVE_S", "LINGER_S"):
        monkeypatch.setattr(http1, name, 0.1)


# --- framing


def test_a_connection_serves_one_request_after_another(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            for _ in range(3):
                writer.write(CHAT)
                status, headers, body = await response(reader)
                assert (status, headers.get("connection")) == (200, None)
                assert "date" in headers
                assert json.loads(body)["choices"][0]["message"]["content"] == "An answer."

    with_router(test, tmp_path)


def test_a_request_may_come_byte_by_byte(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            for byte in CHAT:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(0)
            assert (await response(reader))[0] == 200

    with_router(test, tmp_path)


def test_requests_sent_at_once_are_answered_in_order_whatever_they_take(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            bad = request_bytes("POST", "/v1/chat/completions", b"{")
            writer.write(CHAT + bad + LIVE * 500 + CHAT[:50])
            statuses = [(await response(reader))[0] for _ in range(502)]
            writer.write(CHAT[50:])
            assert [*statuses, (await response(reader))[0]] == [200, 400, *[200] * 500, 200]

    with_router(test, tmp_path)


def test_a_request_that_follows_one_being_answered_is_kept_until_its_turn(tmp_path: Path) -> None:
    async def slow(wire: Wire) -> None:
        await asyncio.sleep(0.05)
        await wire.whole(completion())

    async def test(it: Router) -> None:
        big = request_bytes("POST", "/v1/chat/completions", {**QUESTION, "x": "y" * 5_000})
        async with connected(it.port) as (reader, writer):
            writer.write(CHAT)
            await asyncio.sleep(0.02)
            for _ in range(30):
                writer.write(big)
            assert [(await response(reader))[0] for _ in range(31)] == [200] * 31

    with_router(test, tmp_path, slow)


def test_the_answer_to_head_has_no_body(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(LIVE.replace(b"GET", b"HEAD") + LIVE)
            status, headers = await head_of(reader)
            assert (status, headers["content-length"]) == (200, "17")
            assert (await response(reader))[2] == b'{"status":"live"}'

    with_router(test, tmp_path)


@pytest.mark.parametrize(
    ("version", "more", "closes"), [("1.1", "", False), ("1.1", "connection: close\r\n", True), ("1.0", "", True)], ids=str
)
def test_a_connection_ends_where_the_client_says_so(tmp_path: Path, version: str, more: str, *, closes: bool) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(f"GET /health/live HTTP/{version}\r\nhost: localhost\r\n{more}\r\n".encode())
            _, headers, _ = await response(reader)
            assert headers.get("connection") == ("close" if closes else None)
            if closes:
                assert await rest(reader) == b""
            else:
                writer.write(LIVE)
                assert (await response(reader))[0] == 200

    with_router(test, tmp_path)


def test_an_old_client_gets_a_stream_that_ends_with_its_connection(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            ask = request_bytes("POST", "/v1/chat/completions", {**QUESTION, "stream": True})
            writer.write(ask.replace(b"HTTP/1.1", b"HTTP/1.0"))
            _, headers = await head_of(reader)
            assert (headers.get("transfer-encoding"), headers["connection"]) == (None, "close")
            assert (await rest(reader)).endswith(b"data: [DONE]\n\n")

    with_router(test, tmp_path, _stream)


async def _stream(wire: Wire) -> None:
    await wire.head()
    await wire.chunk(chunk({"content": "x"}, "stop") + b"data: [DONE]\n\n")
    await wire.end()


@pytest.mark.parametrize(
    "target", ["/health/live?x=1", "http://localhost/health/live", "/health/li%76e"], ids=["query", "absolute", "escaped"]
)
def test_a_path_may_be_written_in_several_ways(tmp_path: Path, target: str) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(f"GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            assert (await response(reader))[0] == 200

    with_router(test, tmp_path)


# --- what could be read in two ways is refused


@pytest.mark.parametrize(
    "data",
    [
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcd",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: +4\r\n\r\nabcd",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nhost: evil.example.com\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nhost : localhost\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n folded: x\r\n\r\n",
        b"GET /health/live HTTP/1.1\nhost: localhost\n\n",
        b"GET /health/live HTTP/9.9\r\nhost: localhost\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nhost: local\0host\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_plain_http_is_refused_and_nothing_after_it_is_read(tmp_path: Path, data: bytes) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(data + LIVE)
            answer = await rest(reader)
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert answer.count(b"HTTP/1.1 ") == 1
            assert b"live" not in answer

    with_router(test, tmp_path)


def test_an_answer_that_is_under_way_is_finished_before_nonsense_is_refused(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(CHAT + b"nonsense\r\n\r\n")
            answer = await rest(reader)
            assert answer.index(b"An answer.") < answer.index(b"HTTP/1.1 400 ")

    with_router(test, tmp_path)


def test_trailers_are_not_taken_for_headers(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            body = json.dumps(QUESTION).encode()
            head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
            writer.write(b"%b%x\r\n%b\r\n0\r\nx-request-id: mine\r\n\r\n" % (head, len(body), body))
            status, headers, _ = await response(reader)
            assert (status, headers["x-request-id"] == "mine") == (200, False)

    with_router(test, tmp_path)


def test_what_follows_an_upgrade_is_not_read(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n" + LIVE)
            answer = await rest(reader)
            assert (answer.count(b"HTTP/1.1 200 "), answer.count(b'{"status":"live"}')) == (1, 1)

    with_router(test, tmp_path)


# --- bodies that are refused, or waited for


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        head, _, body = CHAT.partition(b"\r\n\r\n")
        async with connected(it.port) as (reader, writer):
            for _ in range(2):
                writer.write(head + b"\r\nexpect: 100-continue\r\n\r\n")
                assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT_S) == b"HTTP/1.1 100 Continue\r\n\r\n"
                writer.write(body)
                assert (await response(reader))[0] == 200

    with_router(test, tmp_path)


@pytest.mark.parametrize("framing", ["content-length: 1000000000", "transfer-encoding: chunked"])
def test_what_a_client_sends_after_a_refusal_is_not_read_for_long(tmp_path: Path, framing: str) -> None:
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"

    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(f"POST /query HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n\r\n".encode())
            sent = 0

            async def send() -> None:
                nonlocal sent
                while True:
                    writer.write(piece)
                    await writer.drain()
                    sent += len(piece)

            sending = asyncio.create_task(send())
            assert (await response(reader))[0] == 413
            with pytest.raises(ConnectionError):
                await sending
            assert sent < http1.UNREAD_BYTES + 32 * 2**20, "no more than that and what the buffers of two sockets hold"

    with_router(test, tmp_path)


class Held:
    """A connection's other side that only notes whether it is being read."""

    reading = True

    def write(self, data: bytes) -> None:
        """Take what is sent, and do nothing with it."""

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Take note that nothing more is sent."""

    def abort(self) -> None:
        """End."""

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def get_extra_info(self, _name: str) -> None:
        """Say nothing of where it is."""


@pytest.mark.parametrize("length", ["content-length: 3000000", "content-length: 1000000000"])
def test_after_a_long_piece_of_a_body_others_have_their_turn(tmp_path: Path, length: str) -> None:
    async def test(it: Router) -> None:
        inbound, held = http1.Inbound(it.running._listening[0].door, asyncio.get_running_loop()), Held()  # noqa: SLF001 - the sockets' own side
        inbound.connection_made(held)  # type: ignore[arg-type]  # as much of one as it asks for
        inbound.data_received(f"POST /query HTTP/1.1\r\nhost: localhost\r\n{length}\r\n\r\n".encode())
        for _ in range(4):
            await until(lambda: held.reading)
            inbound.data_received(b" " * 250_000)
            assert not held.reading
        inbound.connection_lost(None)

    with_router(test, tmp_path)


@pytest.mark.parametrize(("path", "length", "status"), [("/nowhere", 10, 404), ("/query", 10**9, 413)])
def test_a_client_that_waits_to_be_asked_is_refused_before_it_sends(tmp_path: Path, path: str, length: int, status: int) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(f"POST {path} HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n".encode())
            found, headers, _ = await response(reader)
            assert (found, headers["connection"]) == (status, "close")
            assert await rest(reader) == b""

    with_router(test, tmp_path)


def test_a_client_that_sends_far_too_much_still_hears_why_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50000000\r\n\r\n")
            piece = b"x" * 500_000
            for _ in range(100):
                writer.write(piece)
                await writer.drain()
            status, headers, body = await response(reader)
            assert (status, headers["connection"], json.loads(body)["error"]) == (413, "close", "AUA_REQUEST_TOO_LARGE")

    with_router(test, tmp_path)


@pytest.mark.usefixtures("quick")
def test_a_client_that_is_still_sending_after_a_refusal_is_not_cut_off_before_it_reads(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50000000\r\n\r\n")
            for _ in range(12):
                writer.write(b"x" * 1000)
                await writer.drain()
                await asyncio.sleep(0.03)
            assert (await response(reader))[0] == 413

    with_router(test, tmp_path)


@pytest.mark.usefixtures("quick")
def test_a_client_that_never_stops_sending_after_a_refusal_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "LINGER_MOST_S", 0.2)

    async def test(it: Router) -> None:
        async with connected(it.port) as (_, writer):
            writer.write(b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50000000\r\n\r\n")

            async def send() -> None:
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.02)

            with pytest.raises(ConnectionError):
                await send()

    with_router(test, tmp_path)


def test_a_head_of_many_lines_is_bounded_even_where_it_comes_at_once(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n" + b"x: yyyyyyyyyyyyyyyyyy\r\n" * 500 + b"\r\n")
            assert (await rest(reader)).startswith(b"HTTP/1.1 431 ")

    with_router(test, tmp_path)


# --- clients that are slow


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", b"HTTP/1.1 408 "),
        (b"GET /health/live HTTP/1.1\r\nhost: loc", b"HTTP/1.1 408 "),
        (b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nabc", b""),
    ],
    ids=["nothing", "head", "body"],
)
def test_a_request_that_does_not_come_in_time_ends_its_connection(tmp_path: Path, sent: bytes, told: bytes) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(sent)
            try:
                answer = await rest(reader)
            except ConnectionResetError:
                answer = b""
            assert answer.startswith(told)
            assert bool(answer) == bool(told)

    with_router(test, tmp_path)


@pytest.mark.usefixtures("quick")
def test_a_head_that_trickles_in_is_not_waited_for(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(b"GET /health/live HTTP/1.1\r\n")
            reading = asyncio.create_task(rest(reader))
            for _ in range(100):
                if reading.done():
                    break
                writer.write(b"x: y\r\n")
                await asyncio.sleep(0.01)
            assert (await reading).startswith(b"HTTP/1.1 408 ")

    with_router(test, tmp_path)


@pytest.mark.usefixtures("quick")
def test_an_idle_connection_is_closed_without_a_word(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(LIVE)
            assert (await response(reader))[0] == 200
            assert await rest(reader) == b""

    with_router(test, tmp_path)


@pytest.mark.usefixtures("quick")
def test_connections_that_are_late_together_are_ended_a_few_at_a_time(tmp_path: Path) -> None:
    ended: list[float] = []

    async def test(it: Router) -> None:
        door = replace(it.running._listening[0].door)  # noqa: SLF001 - what many connections share
        waiting: Any = [SimpleNamespace(due_s=float(number), expire=partial(ended.append, number)) for number in range(101)]
        door.connections = waiting
        door.sweep(100.0)
        assert len(ended) == http1.EXPIRED_AT_ONCE
        await until(lambda: len(ended) >= 100)
        assert sorted(ended) == list(range(100)), "each once, and none that is not late"

    with_router(test, tmp_path)


def test_a_request_that_is_being_answered_is_not_cut_off_by_bounds_on_its_sending(tmp_path: Path) -> None:
    async def slow(wire: Wire) -> None:
        await asyncio.sleep(0.3)
        await wire.whole(completion())

    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(CHAT + CHAT[:40])
            assert (await response(reader))[0] == 200
            writer.write(CHAT[40:])
            assert (await response(reader))[0] == 200

    with_router(test, tmp_path, slow)


@pytest.mark.usefixtures("quick")
def test_a_client_that_stops_reading_a_stream_gives_up_its_call(tmp_path: Path) -> None:
    async def floods(wire: Wire) -> None:
        await wire.head()
        for _ in range(2000):
            await wire.chunk(chunk({"content": "x" * 20_000}))
        await wire.end()

    async def test() -> None:
        async with models(floods) as served:
            a = specialist("a", "alpha", served.url, timeouts=replace(specialist("a", None, "").timeouts, idle_s=10))
            async with router(Hand((subject("alpha", a),), (a,)), tmp_path) as it, connected(it.port) as (_, writer):
                writer.write(request_bytes("POST", "/v1/chat/completions", {**QUESTION, "stream": True}))
                await until(lambda: bool(served.seen))
                await asyncio.wait_for(served.seen[0].left.wait(), WAIT_S)
                await until(lambda: it.running.services.open_answers == 0)
                await until(lambda: '"outcome":"cancelled"' in it.log.getvalue())

    run(test)


def test_a_slow_reader_gets_all_of_a_stream(tmp_path: Path) -> None:
    async def much(wire: Wire) -> None:
        await wire.head()
        for _ in range(100):
            await wire.chunk(chunk({"content": "x" * 50_000}))
        await wire.chunk(chunk({}, "stop") + b"data: [DONE]\n\n")
        await wire.end()

    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer):
            writer.write(request_bytes("POST", "/v1/chat/completions", {**QUESTION, "stream": True}, {"connection": "close"}))
            await asyncio.sleep(0.2)
            answer = await rest(reader)
            assert answer.count(b"x" * 50_000) == 100
            assert answer.endswith(b"0\r\n\r\n")

    with_router(test, tmp_path, much)


# --- clients that leave, and a router that does


def test_a_client_that_leaves_before_its_request_began_leaves_nothing_behind(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        door = it.running._listening[0].door  # noqa: SLF001 - what is left behind shows nowhere else
        for _ in range(50):
            _, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(CHAT)
            writer.transport.abort()
        await until(lambda: not door.connections and not door.tasks)

    with_router(test, tmp_path, hangs)


def test_stopping_tells_kept_connections_so_and_serves_what_is_under_way(tmp_path: Path) -> None:
    async def slow(wire: Wire) -> None:
        await asyncio.sleep(0.1)
        await wire.whole(completion())

    async def test(it: Router) -> None:
        async with connected(it.port) as (reader, writer), connected(it.port) as (idle, idler):
            idler.write(LIVE)
            await response(idle)
            writer.write(CHAT)
            await until(lambda: bool(it.running._listening[0].door.tasks))  # noqa: SLF001 - shows nowhere else
            stopping = asyncio.create_task(it.running.stop())
            assert await rest(idle) == b""
            status, headers, _ = await response(reader)
            assert (status, headers["connection"]) == (200, "close")
            await stopping

    with_router(test, tmp_path, slow)


def test_an_answered_request_goes_at_once_and_leaves_nothing_to_the_garbage_collector(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        gc.collect()
        gc.disable()
        try:
            async with connected(it.port) as (reader, writer):
                for _ in range(10):
                    writer.write(CHAT)
                    assert (await response(reader))[0] == 200
                await asyncio.sleep(0.05)
            assert sum(isinstance(held, Visit | Request) for held in gc.get_objects()) == 0
        finally:
            gc.enable()

    with_router(test, tmp_path)
