"""The load generator, a process of its own: each line on stdin is one `Load` as JSON, the line on stdout says what came of it.

Requests are made in advance and each connection sends its next one when the answer to the last is complete. Every answer is checked.
"""

import asyncio
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import uvloop

from bench.backend import MARK, WHOLE
from bench.prompts import bodies

CONTENT = b'"content":" matter"'


@dataclass(frozen=True, slots=True)
class Load:
    """`requests` chat requests for `model` at a port. `exact`: the body that comes back must be the backend's, byte for byte."""

    port: int
    connections: int
    requests: int
    model: str = "aua"
    exact: bool = True
    events: int = 0  # that each answer, then a stream, must bring
    every_ms: float = 0.0  # between its events
    pause_ms: float = 0.0  # that each connection rests between an answer and its next request

    @property
    def pace(self) -> str | None:
        """How the backend is to stream."""
        return f"{self.events}/{self.every_ms}" if self.events else None


@dataclass(slots=True)
class Told:
    """What came of a load. Seconds; errors by what was wrong."""

    answered: int = 0
    events: int = 0
    wall_s: float = 0.0
    p50_s: float = 0.0
    p99_s: float = 0.0
    first_p50_s: float = 0.0
    first_p99_s: float = 0.0
    errors: dict[str, int] = field(default_factory=dict)
    example: str = ""  # the end of the first answer that was not right


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie (nearest rank); 0 without any."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def heads(port: int, made: Sequence[bytes]) -> list[bytes]:
    """Whole HTTP requests for these bodies."""
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\naccept: */*\r\ncontent-length: "
    )
    return [head.encode() + b"%d\r\n\r\n" % len(body) + body for body in made]


class Run:
    """One load: what is to be sent, and what has come back."""

    def __init__(self, load: Load, requests: list[bytes]) -> None:
        self.load = load
        self.requests = requests
        self.sent = 0
        self.open = load.connections
        self.told = Told()
        self.latencies: list[float] = []
        self.firsts: list[float] = []
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next_request(self) -> bytes | None:
        """What a connection sends now; None when all has been sent."""
        if self.sent == self.load.requests:
            return None
        self.sent += 1
        return self.requests[self.sent % len(self.requests)]

    def wrong(self, what: str, answer: bytes = b"") -> None:
        self.told.errors[what] = self.told.errors.get(what, 0) + 1
        self.told.example = self.told.example or answer[-300:].decode("utf-8", "replace")

    def closed(self) -> None:
        self.open -= 1
        if self.open == 0 and not self.ended.done():
            self.ended.set_result(None)


class Client(asyncio.Protocol):
    """One connection that keeps asking."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._buffer = b""
        self._length = -1
        self._asked_s = 0.0
        self._first = False
        self._waiting = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's transport is one that can write
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - what the event loop passes
        self._transport = None
        if self._waiting:
            self._run.wrong("cut off")
        self._run.closed()

    def _ask(self) -> None:
        if self._transport is None:
            return
        request = self._run.next_request()
        self._waiting = request is not None
        if request is None:
            self._transport.close()
            return
        self._buffer = b""
        self._length = -1
        self._first = False
        self._asked_s = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer = self._buffer + data if self._buffer else data
        if self._run.load.events:
            self._stream(buffer, data)
            return
        if self._length < 0:
            head = buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            lines = buffer[:head].lower()
            at = lines.find(b"content-length:")
            if at < 0:
                self._give_up("no length")
                return
            end = lines.find(b"\r", at)
            self._length = head + 4 + int(lines[at + 15 : end if end > 0 else len(lines)])
        if len(buffer) >= self._length:
            right = buffer.endswith(WHOLE) if self._run.load.exact else MARK in buffer
            self._answered(buffer, right=right)

    def _stream(self, buffer: bytes, data: bytes) -> None:
        if not self._first and CONTENT in buffer:
            self._first = True
            self._run.firsts.append(time.perf_counter() - self._asked_s)
        if not data.endswith(b"0\r\n\r\n"):
            return
        events = buffer.count(CONTENT)
        self._run.told.events += events
        self._answered(buffer, right=events == self._run.load.events and b"data: [DONE]\n\n" in buffer)

    def _answered(self, buffer: bytes, *, right: bool) -> None:
        run = self._run
        run.latencies.append(time.perf_counter() - self._asked_s)
        if not buffer.startswith(b"HTTP/1.1 200"):
            run.wrong(buffer[9:12].decode("latin-1"), buffer)
        elif not right:
            run.wrong("another body", buffer)
        else:
            run.told.answered += 1
        if run.load.pause_ms:
            self._waiting = False
            asyncio.get_running_loop().call_later(run.load.pause_ms / 1000, self._ask)
        else:
            self._ask()

    def _give_up(self, what: str) -> None:
        assert self._transport is not None
        self._waiting = False
        self._run.wrong(what)
        self._transport.abort()


async def carried_out(load: Load, made: Sequence[bytes]) -> Told:
    run = Run(load, heads(load.port, made))
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    for _ in range(load.connections):
        await loop.create_connection(lambda: Client(run), "127.0.0.1", load.port)
    await run.ended
    told = run.told
    told.wall_s = time.perf_counter() - started
    told.p50_s, told.p99_s = quantile(run.latencies, 0.5), quantile(run.latencies, 0.99)
    told.first_p50_s, told.first_p99_s = quantile(run.firsts, 0.5), quantile(run.firsts, 0.99)
    return told


def main() -> None:
    made: dict[tuple[str, str | None], list[bytes]] = {}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            load = Load(**json.loads(line))
            key = (load.model, load.pace)
            if key not in made:
                made[key] = bodies(load.model, pace=load.pace)
            print(json.dumps(asdict(runner.run(carried_out(load, made[key])))), flush=True)


if __name__ == "__main__":
    main()
