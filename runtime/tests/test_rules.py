"""Rules learned from other gateways that no other test shows; docs/faults.md lists all of them with their tests."""

import asyncio
import json
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aua_runtime.plan import Limits, Retries, Timeouts
from faults import full_backlog
from harness import (
    STREAM,
    Hand,
    Wire,
    ask,
    chunk,
    completion,
    fails,
    loop_factory,
    models,
    one_field,
    paced,
    parsed,
    request_bytes,
    router,
    says,
    specialist,
    streams,
    subject,
    until,
)

ROOT = Path(__file__).parents[2]
CHAT = "/v1/chat/completions"
QUESTION = {"model": "aua", "messages": [{"role": "user", "content": "alpha"}]}


def run(test: Callable[[], Awaitable[None]]) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(asyncio.wait_for(test(), 30))


def test_every_rule_has_its_tests() -> None:
    rules = (ROOT / "docs" / "faults.md").read_text().partition("## The rules")[2]
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", rules)
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in (ROOT / "runtime" / "tests" / file).read_text()]
    assert missing == []
    lines = [line for line in rules.splitlines() if line.startswith("| ")][1:]
    assert len(lines) == 19
    assert all("::" in line for line in lines)


# --- what the client sees of a stream, and when


def test_no_byte_of_a_direct_stream_is_sent_before_its_first_content(tmp_path: Path) -> None:
    speak = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        await wire.chunk(b": wait\n\n" + STREAM[0])
        await speak.wait()
        for frame in STREAM[1:]:
            await wire.chunk(frame)
        await wire.end()

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(request_bytes("POST", CHAT, {**QUESTION, "stream": True}, {"connection": "close"}))
            await until(lambda: bool(served.seen))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.15)
            speak.set()
            answer = parsed(await reader.read())
            assert (answer.status, answer.frames[-1]) == (200, "[DONE]")
            writer.close()

    run(test)


# --- bounds


@pytest.mark.parametrize(
    ("bound", "stream", "code", "told"),
    [
        ("connect_s", False, "AUA_BACKEND_UNREACHABLE", "does not accept connections in time"),
        ("first_token_s", True, "AUA_SPECIALIST_TIMEOUT", "did not begin to answer in time"),
        ("idle_s", True, "AUA_SPECIALIST_TIMEOUT", "fell silent"),
        ("total_s", True, "AUA_SPECIALIST_TIMEOUT", "took too long"),
        ("total_s", False, "AUA_SPECIALIST_TIMEOUT", "took too long"),
    ],
)
def test_each_bound_ends_the_wait_that_it_is_for_and_says_so(tmp_path: Path, bound: str, code: str, told: str, *, stream: bool) -> None:
    async def script(wire: Wire) -> None:
        if bound == "first_token_s":
            await wire.head()
            await asyncio.sleep(60)
        elif bound == "idle_s":
            await wire.head()
            await wire.chunk(STREAM[1])
            await asyncio.sleep(60)
        await wire.head()
        for _ in range(1000):
            await wire.chunk(STREAM[1] if stream else b" ")
            await asyncio.sleep(0.01)

    async def test() -> None:
        patient = Timeouts(connect_s=20, first_token_s=20, idle_s=20, total_s=20)
        bounds = replace(patient, **{bound: 0.2})
        with full_backlog() as full:
            async with models(script) as served:
                url = full if bound == "connect_s" else served.url
                async with router(one_field(url, timeouts=bounds, retries=Retries(0, 0.001, 0.01, 0.0)), tmp_path) as it:
                    started_s = time.monotonic()
                    answer = await it.chat(stream=stream)
                    assert time.monotonic() - started_s < 2
        error = (json.loads(answer.frames[-1]) if answer.status == 200 else answer.data)["error"]
        assert error["code"] == code
        assert told in error["message"]

    run(test)


# --- headers


OURS = {"host", "content-type", "content-length", "accept-encoding", "x-request-id", "traceparent"}


def test_only_listed_headers_of_a_client_reach_a_specialist(tmp_path: Path) -> None:
    given = {
        "accept-language": "de",
        "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        "tracestate": "a=b",
        "authorization": "Bearer of-the-client",
        "cookie": "c=1",
        "accept-encoding": "gzip, br",
        "te": "trailers",
        "upgrade-insecure-requests": "1",
        "proxy-authorization": "Basic x",
        "proxy-connection": "keep-alive",
        "keep-alive": "timeout=9",
        "x-forwarded-for": "10.0.0.9",
        "x-real-ip": "10.0.0.9",
        "forwarded": "for=10.0.0.9",
        "via": "1.1 x",
        "origin": "https://page.example",
        "referer": "https://page.example/secret",
        "user-agent": "someone",
        "x-api-key": "k",
        "openai-organization": "o",
        "x-aua-session-id": "s-1",
        "if-none-match": "x",
        "range": "bytes=0-1",
    }

    async def test() -> None:
        async with models(says()) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat(headers=given)).status == 200
            assert set(served.seen[0].headers) == OURS | {"accept-language", "tracestate"}
            assert served.seen[0].headers["accept-encoding"] == "identity"

    run(test)


@pytest.mark.parametrize("stream", [False, True])
def test_only_listed_headers_of_a_specialist_reach_the_client(tmp_path: Path, *, stream: bool) -> None:
    given = {
        "x-ratelimit-remaining-tokens": "7",
        "openai-processing-ms": "12",
        "set-cookie": "c=1",
        "server": "engine/1.2 (10.0.0.7)",
        "x-powered-by": "engine",
        "location": "http://10.0.0.7/",
        "keep-alive": "timeout=9",
        "trailer": "x-late",
        "alt-svc": 'h3=":443"',
        "access-control-allow-origin": "*",
        "x-request-id": "of-the-server",
        "x-aua-specialist": "nobody",
        "content-disposition": "attachment",
        "refresh": "0; url=http://10.0.0.7/",
    }

    async def script(wire: Wire) -> None:
        if stream:
            lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
            data = b"".join(STREAM)
            await wire.raw(f"HTTP/1.1 200 OK\r\n{lines}content-length: {len(data)}\r\n\r\n".encode() + data)
        else:
            await wire.whole(completion(), headers=given)

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            answer = await it.chat(stream=stream)
        ours = {name for name in answer.headers if name.startswith("x-aua-")} | {"x-request-id", "content-type", "connection", "date"}
        ours |= {"cache-control", "x-accel-buffering", "transfer-encoding"} if stream else {"content-length"}
        assert set(answer.headers) - ours == {"x-ratelimit-remaining-tokens", "openai-processing-ms"}
        assert (answer.headers["x-aua-specialist"], answer.headers["x-request-id"] != "of-the-server") == ("a", True)

    run(test)


# --- sockets


@contextmanager
def tcp_sockets() -> Iterator[list[socket.socket]]:
    """The connected TCP sockets of this process, to look at."""
    found = []
    for entry in list(Path("/dev/fd").iterdir()):
        with suppress(OSError):
            looked_at = socket.socket(fileno=os.dup(int(entry.name)))
            found.append(looked_at)
    try:
        yield [one for one in found if one.family == socket.AF_INET and one.type == socket.SOCK_STREAM and _connected(one)]
    finally:
        for one_ in found:
            one_.close()


def _connected(one: socket.socket) -> bool:
    try:
        one.getpeername()
    except OSError:
        return False
    return True


def test_small_writes_are_sent_at_once_on_both_sides(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(paced(*[chunk({"content": "on "})] * 100)) as served, router(one_field(served.url), tmp_path) as it:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(request_bytes("POST", CHAT, {**QUESTION, "stream": True}))
            await reader.readuntil(b"on ")
            with tcp_sockets() as found:
                to_client = [each for each in found if each.getsockname()[1] == it.port]
                to_model = [each for each in found if each.getpeername()[1] == served.port]
                assert (len(to_client), len(to_model)) == (1, 1)
                assert all(each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in (*to_client, *to_model))
            writer.transport.abort()

    run(test)


# --- nobody sends the router elsewhere


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(tmp_path: Path, status: int, *, stream: bool) -> None:
    async def test() -> None:
        async with models(says("from elsewhere")) as elsewhere:
            script = fails(status, {"location": f"{elsewhere.url}{CHAT}", "refresh": f"0; url={elsewhere.url}"})
            async with models(script) as served, router(one_field(served.url), tmp_path) as it:
                answer = await it.chat(stream=stream)
                assert (answer.status, answer.headers["x-aua-upstream-status"]) == (502, str(status))
                assert "location" not in answer.headers
                assert str(elsewhere.port) not in answer.body.decode()
                assert (len(served.seen), elsewhere.connections) == (1, 0)

    run(test)


def test_proxies_of_the_environment_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with models(says("from a proxy")) as proxy, models(says()) as served:
            for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            monkeypatch.delenv("no_proxy", raising=False)
            monkeypatch.delenv("NO_PROXY", raising=False)
            async with router(one_field(served.url), tmp_path) as it:
                assert (await it.chat()).data["choices"][0]["message"]["content"] == "An answer."
                assert (len(served.seen), proxy.connections) == (1, 0)

    run(test)


# --- repeats


def test_a_client_that_leaves_between_two_attempts_ends_them(tmp_path: Path) -> None:
    async def test() -> None:
        pause = Retries(max=1, base_s=0.6, cap_s=0.6, budget=1.0)
        async with models(fails(503)) as served, router(one_field(served.url, retries=pause), tmp_path) as it:
            asking = asyncio.create_task(it.chat())
            await until(lambda: bool(served.seen))
            asking.cancel()
            await until(lambda: '"outcome":"cancelled"' in it.log.getvalue())
            await asyncio.sleep(0.7)
            assert len(served.seen) == 1

    run(test)


# --- nothing holds the loop

STALL_S = 0.05
"""Longest time that the loop may compute at a stretch: what one client sends must not be felt by another."""
BIG_BYTES = 3_000_000


@dataclass(slots=True)
class Watch:
    """What holds the loop that it runs on: the longest stretch of computing, and calls that may block."""

    stretch_s: float = 0.0
    blocking: list[str] = field(default_factory=list)
    thread: int = field(default_factory=threading.get_ident)
    on: bool = True

    async def beat(self) -> None:
        while True:
            before_s = time.thread_time()
            await asyncio.sleep(0.001)
            self.stretch_s = max(self.stretch_s, time.thread_time() - before_s)

    def audited(self, event: str, given: tuple[object, ...]) -> None:
        if self.on and event in BLOCKING and threading.get_ident() == self.thread:
            self.blocking.append(f"{event} {given[:1]}")


BLOCKING = {
    "open",
    "os.listdir",
    "os.scandir",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "sqlite3.connect",
    "subprocess.Popen",
    "time.sleep",
}

HOSTILE = (
    "```python\n"
    + "[" * 400
    + "\n```\n"
    + "1" * 300
    + "**"
    + "9" * 300
    + " = 7\n"
    + "```json\n"
    + '{"a":' * 900
    + "\n```\n"
    + "2 + 2 = 5. " * 900
)
"""What checks find hard: depth, powers, and many sums."""


def test_nothing_that_clients_or_servers_send_holds_the_loop(tmp_path: Path) -> None:
    big = completion("x" * BIG_BYTES, logprobs={"content": [{"token": "x", "logprob": -0.1}] * 4_000})

    async def says_by_question(wire: Wire) -> None:
        question = str(wire.seen.body["messages"][-1]["content"])[:40]
        if wire.seen.body.get("stream"):
            await (streams(*[chunk({"content": "y" * 50_000})] * 40, STREAM[3]) if "big" in question else paced(*STREAM))(wire)
        elif "limit" in question:
            await fails(429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})(wire)
        else:
            await wire.whole(big if "big" in question else completion(HOSTILE if "hostile" in question else "An answer."))

    async def load(port: int) -> None:
        questions = ["alpha", "alpha big", "alpha hostile", "alpha limit", "alpha and beta", "alpha and beta hostile", "alpha and beta big"]

        async def client(question: str, *, stream: bool, filler: int) -> None:
            messages = [{"role": "user", "content": "z" * filler}, {"role": "user", "content": question}]
            reply = await ask(port, "POST", CHAT, {"model": "aua", "messages": messages, "stream": stream})
            assert reply.status in {200, 429}, reply.body[:300]

        for stream in (False, True):
            await asyncio.gather(
                *(client(question, stream=stream, filler=BIG_BYTES * (index == 2)) for index, question in enumerate(questions))
            )

    async def servers(started: "asyncio.Future[tuple[str, str]]", loop: asyncio.AbstractEventLoop, over: threading.Event) -> None:
        async with models(says_by_question) as alpha, models(says_by_question) as beta:
            loop.call_soon_threadsafe(started.set_result, (alpha.url, beta.url))
            while not over.is_set():  # noqa: ASYNC110 - of another loop
                await asyncio.sleep(0.01)

    async def test() -> None:
        loop = asyncio.get_running_loop()
        started: asyncio.Future[tuple[str, str]] = loop.create_future()
        over = threading.Event()
        serving = loop.run_in_executor(None, lambda: asyncio.run(servers(started, loop, over)))
        a, b = (specialist(name, subject_, url) for name, subject_, url in zip("ab", ("alpha", "beta"), await started, strict=True))
        limits = Limits(body_bytes=5_000_000, header_bytes=4_000, connections=50, streams=50)
        watch = Watch()
        sys.addaudithook(watch.audited)
        try:
            async with router(Hand((subject("alpha", a), subject("beta", b)), (a, b)), tmp_path, limits=limits) as it:
                await it.chat()
                watch.blocking.clear()
                beating = asyncio.create_task(watch.beat())
                stretches = []
                for _ in range(3):
                    watch.stretch_s = 0.0
                    await loop.run_in_executor(None, lambda: asyncio.run(load(it.port)))
                    stretches.append(watch.stretch_s)
                beating.cancel()
                watch.on = False
        finally:
            over.set()
            await serving
        assert watch.blocking == []
        assert min(stretches) < STALL_S, "what computes too long does so each time; a busy machine does not"

    run(test)
