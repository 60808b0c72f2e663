"""A model server that does one thing wrong, over plain sockets. `FAULTS` is all that it can do; `faults.csv` says what comes of it."""

import asyncio
import gzip
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate
from time import time
from typing import Any, Literal

from aua_runtime.plan import Timeouts
from harness import STREAM, chunk, completion

PATIENT = Timeouts(connect_s=5.0, first_token_s=5.0, idle_s=5.0, total_s=5.0)
"""For faults that show without waiting: a busy machine must not turn them into others."""
HASTY = Timeouts(connect_s=5.0, first_token_s=0.15, idle_s=0.15, total_s=0.3)
"""For faults that are waits once something has come."""
HASTIER = Timeouts(connect_s=5.0, first_token_s=0.08, idle_s=0.08, total_s=0.12)
"""For faults that are waits from the start, or where what comes makes no difference."""
DEADLINE_S = 3.0
SOON_S = 0.25
"""The deadline of faults that outlast it; their timeouts are longer."""
OVERSIZE_BYTES = 33 * 1024 * 1024
"""A little more than the longest answer that is read."""

Place = Literal["server", "nothing listens", "no name", "full backlog"]


@dataclass(slots=True)
class Wire:
    """One request that arrived, and the connection it came by."""

    writer: asyncio.StreamWriter
    model: str
    question: str
    stream: bool
    turn: int  # which request of its connection, from 1

    async def raw(self, data: bytes) -> None:
        if self.writer.is_closing():
            raise ConnectionResetError  # uvloop would not say it as asyncio does
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, *lines: str, status: int = 200, media: str = "application/json") -> None:
        told = "".join(f"{line}\r\n" for line in (f"content-type: {media}", *lines))
        await self.raw(f"HTTP/1.1 {status} Said\r\n{told}\r\n".encode("latin-1"))

    async def whole(self, body: object, *lines: str, status: int = 200, media: str = "application/json") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self.head(f"content-length: {len(data)}", *lines, status=status, media=media)
        await self.raw(data)

    async def frames(self, *frames: bytes, pause_s: float = 0.0) -> None:
        """A stream's head and some of its frames, each an HTTP chunk; `end` ends it."""
        await self.head("transfer-encoding: chunked", media="text/event-stream")
        for data in frames:
            await self.chunk(data)
            if pause_s:
                await asyncio.sleep(pause_s)

    async def chunk(self, data: bytes) -> None:
        await self.raw(b"%x\r\n%b\r\n" % (len(data), data))

    async def end(self) -> None:
        await self.raw(b"0\r\n\r\n")

    async def answer(self) -> None:
        """What a sound server says."""
        if self.stream:
            await self.frames(*STREAM)
            await self.end()
        else:
            await self.whole(completion())

    def reset(self) -> None:
        """Cut the connection so that the other side sees a reset, not an end."""
        found = self.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.close()


Script = Callable[[Wire], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `warm` asks once before, so that a kept connection is met; `streams_only` has no meaning elsewhere."""

    name: str
    script: Script | None = None
    place: Place = "server"
    timeouts: Timeouts = PATIENT
    deadline_s: float = DEADLINE_S
    warm: bool = False
    streams_only: bool = False


@dataclass(slots=True)
class Server:
    """The faulty server: which models were asked for, and its open connections."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    handlers: set["asyncio.Task[None]"] = field(default_factory=set)

    async def settle(self) -> None:
        """Close every connection and end what still talks."""
        for writer in tuple(self.open):
            writer.transport.abort()
        for task in tuple(self.handlers):
            task.cancel()
        await asyncio.gather(*self.handlers, return_exceptions=True)


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Server]:
    """A server on a free port of this machine that answers every request by `script`."""
    server = Server()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.open.add(writer)
        turn = 0
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                turn += 1
                server.asked.append(body["model"])
                question = body["messages"][-1]["content"]
                await script(Wire(writer, body["model"], question, bool(body.get("stream")), turn))
        finally:
            server.open.discard(writer)
            writer.close()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(ended(connected(reader, writer)))
        server.handlers.add(task)
        task.add_done_callback(server.handlers.discard)

    listening = await asyncio.start_server(accepted, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        await server.settle()


async def ended(conversation: Awaitable[None]) -> None:
    """A conversation until one side has enough of it."""
    with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        await conversation


@contextmanager
def nothing_listens() -> Iterator[str]:
    """An address that refuses connections; being held, it is given to nobody else meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def full_backlog() -> Iterator[str]:
    """An address that takes no more connections and refuses none: whoever connects waits."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(held.getsockname())
        try:
            yield f"http://127.0.0.1:{held.getsockname()[1]}"
        finally:
            for one in waiting:
                one.close()


NO_NAME = "http://" + ".".join(["a" * 60] * 5) + ".invalid:80"
"""Longer than a name can be: looked up, it fails on any machine without a query (RFC 1035, section 2.3.4)."""

# --- the parts that faults are made of

PAUSE_S = 0.03
TEXT = "An answer."
BODY = json.dumps(completion()).encode()
WORDS = chunk({"content": "An "})
FINISH = chunk({}, "stop")
OTHER_CHOICE = b'data: {"choices": [{"index": 1, "delta": {"content": "Or "}, "finish_reason": null}]}\n\n'
DONE = b"data: [DONE]\n\n"


async def silent(_: Wire) -> None:
    await asyncio.sleep(60)


def status(number: int, *lines: str, body: object = None, media: str = "application/json") -> Script:
    async def script(wire: Wire) -> None:
        await wire.whole({"error": {"message": "no"}} if body is None else body, *lines, status=number, media=media)

    return script


def slowed(retry_after: Callable[[], str]) -> Script:
    """429 with a Retry-After that is made when it is sent."""

    async def script(wire: Wire) -> None:
        await wire.whole({"error": {"message": "slow down"}}, f"retry-after: {retry_after()}", status=429)

    return script


def body(data: object, *lines: str, media: str = "application/json") -> Script:
    """A whole body; where a stream was asked for, one frame of it."""

    async def script(wire: Wire) -> None:
        if wire.stream:
            told = data if isinstance(data, bytes) else json.dumps(data).encode()
            await wire.whole(b"data: " + told + b"\n\n" if told else b"", *lines, media="text/event-stream")
        else:
            await wire.whole(data, *lines, media=media)

    return script


def message(**parts: Any) -> Script:
    """A completion whose message has these parts, streamed as the same in one delta."""
    more = {"id": "c-1", "usage": {"prompt_tokens": 7, "completion_tokens": 3}}

    async def script(wire: Wire) -> None:
        if wire.stream:
            await wire.frames(chunk({"role": "assistant"}), chunk(parts), FINISH, STREAM[4], DONE)
            await wire.end()
        else:
            await wire.whole({**more, "choices": [{"index": 0, "message": {"role": "assistant", **parts}, "finish_reason": "stop"}]})

    return script


def reported(usage: object) -> Script:
    """A sound answer with this for its usage."""

    async def script(wire: Wire) -> None:
        if wire.stream:
            last = b"" if usage is None else b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n"
            await wire.frames(*STREAM[:4], last + DONE)
            await wire.end()
        else:
            made = {key: value for key, value in completion().items() if key != "usage"}
            await wire.whole(made if usage is None else {**made, "usage": usage})

    return script


def bytes_of(*parts: bytes, then: Literal["close", "reset", "silence", "keep"] = "close") -> Script:
    """Bytes as they are, whatever was asked for."""

    async def script(wire: Wire) -> None:
        for part in parts:
            await wire.raw(part)
        match then:
            case "close":
                wire.close()
            case "reset":
                await asyncio.sleep(0.02)  # what was sent arrives first
                wire.reset()
            case "silence":
                await asyncio.sleep(60)
            case "keep":
                pass

    return script


def framed(*frames: bytes, then: Literal["end", "reset", "silence"] = "end", pause_s: float = 0.0) -> Script:
    """Frames of a stream; with a pause after each, the client has seen them before the next one comes."""

    async def script(wire: Wire) -> None:
        await wire.frames(*frames, pause_s=pause_s)
        if then == "end":
            await wire.end()
        elif then == "reset":
            await asyncio.sleep(0.02)
            wire.reset()
        else:
            await asyncio.sleep(60)

    return script


def dripped(seconds: float, *, head: bool = False) -> Script:
    """A sound answer byte by byte."""

    async def script(wire: Wire) -> None:
        data = b"".join(STREAM) if wire.stream else BODY
        media = b"text/event-stream" if wire.stream else b"application/json"
        start = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (media, len(data))
        if not head:
            await wire.raw(start)
        for byte in start + data if head else data:
            await wire.raw(bytes([byte]))
            await asyncio.sleep(seconds)

    return script


async def half(wire: Wire) -> None:
    """The first half of an answer."""
    if wire.stream:
        await wire.frames(*STREAM[:3])
    else:
        await wire.head(f"content-length: {len(BODY)}")
        await wire.raw(BODY[: len(BODY) // 2])
    await asyncio.sleep(0.02)


async def half_then_reset(wire: Wire) -> None:
    await half(wire)
    wire.reset()


async def half_then_closed(wire: Wire) -> None:
    await half(wire)
    wire.close()


async def half_then_silent(wire: Wire) -> None:
    await half(wire)
    await asyncio.sleep(60)


async def half_then_clean_end(wire: Wire) -> None:
    """Ended as HTTP asks, in the middle of what is said."""
    if wire.stream:
        await wire.frames(*STREAM[:3])
        await wire.end()
    else:
        await wire.whole(BODY[: len(BODY) // 2])


async def reset_at_once(wire: Wire) -> None:
    wire.reset()


async def closed_at_once(wire: Wire) -> None:
    wire.close()


async def closes_while_idle(wire: Wire) -> None:
    await wire.answer()
    if wire.turn == 1:
        await asyncio.sleep(0.01)
        wire.close()


async def closes_on_the_second_request(wire: Wire) -> None:
    if wire.turn == 1:
        await wire.answer()
    else:
        wire.close()


async def resets_on_the_second_request(wire: Wire) -> None:
    if wire.turn == 1:
        await wire.answer()
    else:
        wire.reset()


async def length_too_long(wire: Wire) -> None:
    data = b"".join(STREAM) if wire.stream else BODY
    await wire.head(f"content-length: {len(data) + 100}", media="text/event-stream" if wire.stream else "application/json")
    await wire.raw(data)
    await asyncio.sleep(0.02)
    wire.close()


async def length_too_long_then_silent(wire: Wire) -> None:
    data = b"".join(STREAM) if wire.stream else BODY
    await wire.head(f"content-length: {len(data) + 100}", media="text/event-stream" if wire.stream else "application/json")
    await wire.raw(data)
    await asyncio.sleep(60)


async def length_too_short(wire: Wire) -> None:
    data = b"".join(STREAM[:3]) if wire.stream else BODY
    await wire.head(f"content-length: {len(data) - 30}", media="text/event-stream" if wire.stream else "application/json")
    await wire.raw(data)


async def oversize(wire: Wire) -> None:
    """An answer, or a frame of one, that goes on and on."""
    await wire.head("transfer-encoding: chunked", media="text/event-stream" if wire.stream else "application/json")
    await wire.chunk(b'data: {"choices": [{"delta": {"content": "' if wire.stream else b'{"choices": [{"message": {"content": "')
    for _ in range(OVERSIZE_BYTES // 250_000):
        await wire.chunk(b"x" * 250_000)
    await asyncio.sleep(60)


async def words_at_full_speed(wire: Wire) -> None:
    """A stream that is never slow enough to be waited for."""
    await wire.frames()
    words = chunk({"content": "x" * 65_000})
    while True:
        await wire.chunk(words)
        await asyncio.sleep(0)


async def oversize_told(wire: Wire) -> None:
    """An answer that says beforehand how much too long it is."""
    await wire.head("content-length: 1000000000000", media="text/event-stream" if wire.stream else "application/json")
    if wire.stream:
        await wire.raw(b"".join(STREAM))
    await asyncio.sleep(60)


async def comments_without_end(wire: Wire) -> None:
    await wire.frames()
    while True:
        await wire.chunk(b": wait\n\n" * 8_000)
        await asyncio.sleep(0)


async def words_without_end(wire: Wire) -> None:
    """Words that keep coming, each in time."""
    if wire.stream:
        await wire.frames(*[WORDS] * 1_000, pause_s=0.02)
    else:
        await wire.head("transfer-encoding: chunked")
        for _ in range(1_000):
            await wire.chunk(b" ")
            await asyncio.sleep(0.02)


async def two_answers(wire: Wire) -> None:
    """A second response that nobody asked for comes right behind the first, and its last bytes only with the next request."""
    body, other = b"".join(STREAM) if wire.stream else BODY, json.dumps(completion("Of somebody else.")).encode()
    both = [b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(each), each) for each in (body, other)]
    if wire.turn == 1:
        await wire.raw(b"".join(both)[:-9])
    else:
        await wire.raw(b"".join(both)[-9:] + both[0])


async def bytes_after_the_end(wire: Wire) -> None:
    await wire.answer()
    await wire.raw(b"\x00\xff}}more")


async def unlabelled_stream_ends_with_the_connection(wire: Wire) -> None:
    data = b"".join(STREAM) if wire.stream else BODY
    await wire.raw(b"HTTP/1.0 200 OK\r\n\r\n" + data)
    wire.close()


async def informed_without_end(wire: Wire) -> None:
    with suppress(ConnectionError):
        while True:
            await wire.raw(b"HTTP/1.1 102 Processing\r\n\r\n" * 100)
            await asyncio.sleep(0)


async def informed_before(wire: Wire) -> None:
    await wire.raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
    await wire.answer()


async def silent_error(wire: Wire) -> None:
    await wire.head("content-length: 100", status=503)
    await asyncio.sleep(60)


async def whole_though_a_stream_was_asked(wire: Wire) -> None:
    await wire.whole(completion())


async def stream_though_none_was_asked(wire: Wire) -> None:
    await wire.frames(*STREAM)
    await wire.end()


async def gzipped(wire: Wire) -> None:
    """Ten megabytes of spaces in ten kilobytes, though `identity` was asked for."""
    await wire.whole(_BOMB, "content-encoding: gzip", media="text/event-stream" if wire.stream else "application/json")


async def gzipped_in_secret(wire: Wire) -> None:
    await wire.whole(_BOMB, media="text/event-stream" if wire.stream else "application/json")


async def no_finish_reason(wire: Wire) -> None:
    if wire.stream:
        await wire.frames(*STREAM[:3], DONE)
        await wire.end()
    else:
        await wire.whole(completion(finish_reason=None))


async def odd_log_probabilities(wire: Wire) -> None:
    if wire.stream:
        await wire.frames(b'data: {"choices": [{"index": 0, "delta": {"content": "An answer."}, "logprobs": [7]}]}\n\n', *STREAM[3:])
        await wire.end()
    else:
        await wire.whole(completion(logprobs=[7]))


_BOMB = gzip.compress(b" " * 10_000_000)


def _in_seconds(seconds: float) -> Callable[[], str]:
    return lambda: formatdate(time() + seconds, usegmt=True)


FAULTS = (
    # no connection
    Fault("refused", place="nothing listens"),
    Fault("DNS failure", place="no name"),
    Fault("no connection in time", place="full backlog", timeouts=replace(PATIENT, connect_s=0.1)),
    # a connection, and no byte
    Fault("closed before any byte", closed_at_once),
    Fault("reset before any byte", reset_at_once),
    Fault("kept connection closed while idle", closes_while_idle, warm=True),
    Fault("kept connection closed upon the next request", closes_on_the_second_request, warm=True),
    Fault("kept connection reset upon the next request", resets_on_the_second_request, warm=True),
    # silence
    Fault("silent", silent, timeouts=HASTIER),
    Fault("silent beyond the deadline", silent, deadline_s=SOON_S),
    Fault("silent after the head", bytes_of(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", then="silence"), timeouts=HASTIER),
    Fault("silent in the middle", half_then_silent, timeouts=HASTY),
    Fault("silent in the middle beyond the deadline", half_then_silent, deadline_s=SOON_S),
    Fault("head drips too slowly", dripped(0.02, head=True), timeouts=HASTIER),
    Fault("body drips too slowly", dripped(0.02), timeouts=HASTIER),
    Fault("drips byte by byte in time", dripped(0.0, head=True)),
    Fault("words without end", words_without_end, timeouts=HASTY),
    Fault("words without end beyond the deadline", words_without_end, deadline_s=SOON_S),
    # statuses
    Fault("429", status(429)),
    Fault("429 Retry-After: 0", slowed(lambda: "0")),
    Fault("429 Retry-After: 7", slowed(lambda: "7")),
    Fault("429 Retry-After: a date in 60 s", slowed(_in_seconds(60))),
    Fault("429 Retry-After: a date in the past", slowed(_in_seconds(-3600))),
    Fault("429 Retry-After: an absurd number", slowed(lambda: "99999999999999999999")),
    Fault("429 Retry-After: an absurd date", slowed(lambda: format_datetime(datetime(2999, 1, 1, tzinfo=UTC), usegmt=True))),
    Fault("429 Retry-After: negative", slowed(lambda: "-5")),
    Fault("429 Retry-After: not a date", slowed(lambda: "soon, \xe4hem")),
    Fault("500", status(500)),
    Fault("502 HTML", status(502, body=b"<html><h1>Bad Gateway</h1></html>", media="text/html")),
    Fault("503", status(503)),
    Fault("503 Retry-After: 7", status(503, "retry-after: 7")),
    Fault("503 with a body that never comes", silent_error, timeouts=HASTIER),
    Fault("400", status(400)),
    Fault("401", status(401, "www-authenticate: Bearer realm=inner")),
    Fault("404", status(404)),
    Fault("204", bytes_of(b"HTTP/1.1 204 No Content\r\n\r\n", then="keep")),
    Fault("206", status(206, "content-range: bytes 0-9/100", body=completion())),
    Fault("redirect", status(307, "location: http://169.254.169.254/latest/meta-data")),
    Fault("protocol switch", bytes_of(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n")),
    Fault("informational responses before the answer", informed_before),
    Fault("informational responses without end", informed_without_end),
    # not HTTP, or not quite
    Fault("not HTTP", bytes_of(b"SSH-2.0-OpenSSH_9.2\r\n")),
    Fault("head too long", bytes_of(b"HTTP/1.1 200 OK\r\n" + b"x-filler: " + b"x" * 200_000 + b"\r\n\r\n")),
    Fault("content-length too long", length_too_long),
    Fault("content-length too long, then silent", length_too_long_then_silent, timeouts=HASTIER),
    Fault("content-length too short", length_too_short),
    Fault("two content-lengths", bytes_of(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 500\r\n\r\n" + BODY)),
    Fault(
        "content-length and chunked",
        bytes_of(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    ),
    Fault("chunk size not a number", bytes_of(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n" + BODY)),
    Fault("chunk size beyond all bounds", bytes_of(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n" + BODY)),
    Fault("no length, ends with the connection", unlabelled_stream_ends_with_the_connection),
    Fault("bytes after the end", bytes_after_the_end, warm=True),
    Fault("two answers to one request", two_answers, warm=True),
    Fault("gzip bomb", gzipped),
    Fault("gzip without saying so", gzipped_in_secret),
    # a 200 that is no answer
    Fault("200 with an error object", body({"error": {"message": "out of memory", "code": 500}})),
    Fault("200 with an error text", body({"error": "out of memory"})),
    Fault("200 HTML", body(b"<html>Welcome</html>", media="text/html")),
    Fault(
        "wrong content type",
        body(
            b'{"choices": [{"index": 0, "message": {"content": "An answer."}, "delta": {"content": "An answer."}, '
            b'"finish_reason": "stop"}], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}',
            media="text/html",
        ),
    ),
    Fault("malformed JSON", body(b'{"choices": [{"index": 0, "message": {"content": "An answer."')),
    Fault("empty body", body(b"")),
    Fault("bad UTF-8", body(b'{"choices": [{"index": 0, "message": {"content": "\xff\xfe"}, "delta": {"content": "\xff\xfe"}}]}')),
    Fault("JSON nested without end", body(b'{"choices": ' + b"[" * 100_000)),
    Fault("not a number in JSON", body(b'{"choices": [{"index": NaN, "message": {"content": "x"}, "delta": {"content": "x"}}]}')),
    Fault("null choices", body({"choices": None})),
    Fault("no choices", body({"choices": []})),
    Fault("choices of numbers", body({"choices": [1, 2]})),
    Fault("oversize", oversize),
    Fault("oversize by its own word", oversize_told),
    Fault("half, then reset", half_then_reset),
    Fault("half, then closed", half_then_closed),
    Fault("half, then clean end", half_then_clean_end),
    Fault("a whole answer though a stream was asked for", whole_though_a_stream_was_asked, streams_only=True),
    Fault("a stream though a whole answer was asked for", stream_though_none_was_asked),
    # answers with something odd in them
    Fault(
        "tool call with arguments that are not JSON",
        message(content=None, tool_calls=[{"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a": '}}]),
    ),
    Fault("tool calls of the wrong type", message(content=None, tool_calls="f(1)")),
    Fault("missing usage", reported(None)),
    Fault("usage that counts nothing", reported({"prompt_tokens": -7, "completion_tokens": "three"})),
    Fault("log-probabilities of the wrong type", odd_log_probabilities),
    Fault("no finish reason", no_finish_reason),
    # streams
    Fault("double [DONE]", framed(*STREAM, DONE), streams_only=True),
    Fault("double [DONE] at once", framed(b"".join(STREAM) + DONE), streams_only=True),
    Fault("words after [DONE]", framed(b"".join(STREAM) + WORDS), streams_only=True),
    Fault("[DONE] before any word", framed(DONE + b"".join(STREAM)), streams_only=True),
    Fault("no [DONE]", framed(*STREAM[:5]), streams_only=True),
    Fault("no [DONE], then silent", framed(*STREAM[:5], then="silence"), streams_only=True, timeouts=HASTY),
    Fault("one of two choices unfinished", framed(OTHER_CHOICE, *STREAM[:5]), streams_only=True),
    Fault("reset after the finish reason", framed(*STREAM[:4], then="reset"), streams_only=True),
    Fault(
        "an error in the middle",
        framed(*STREAM[:3], b'data: {"error": {"message": "out of memory"}}\n\n', then="silence", pause_s=PAUSE_S),
        streams_only=True,
    ),
    Fault("nonsense in the middle", framed(*STREAM[:3], b"data: {nonsense\n\n", then="silence", pause_s=PAUSE_S), streams_only=True),
    Fault(
        "bad UTF-8 in the middle",
        framed(*STREAM[:3], b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n', then="silence", pause_s=PAUSE_S),
        streams_only=True,
    ),
    Fault("huge line", framed(*[b"data: " + b"x" * 40_000] + [b"x" * 65_536] * 20, then="silence"), streams_only=True),
    Fault("huge line in the middle", framed(*STREAM[:3], b"x" * 1_200_000, then="silence", pause_s=PAUSE_S), streams_only=True),
    Fault("words without end at full speed", words_at_full_speed, streams_only=True, timeouts=HASTY),
    Fault("words without end at full speed beyond the deadline", words_at_full_speed, streams_only=True, deadline_s=SOON_S),
    Fault("comments without end", comments_without_end, streams_only=True),
    Fault("only comments", framed(b": wait\n\n"), streams_only=True),
    Fault("a role and no word", framed(STREAM[0], DONE), streams_only=True),
)
