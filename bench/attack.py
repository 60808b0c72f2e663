"""Clients that mean no good, as a process of its own: `python -m bench.attack KIND PORT SECONDS` prints what it did as JSON.

Every kind keeps at it for SECONDS. It runs at the lowest priority, so that what others see is the router's doing and not a lack of CPU.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvloop

HOST = "127.0.0.1"
LARGE_BYTES = 300 * 1024 * 1024
LARGE_CLIENTS = 4
PIECE = b"x" * 65536
IDLE_CLIENTS = 10_000
SLOW_HEAD_CLIENTS = 500
SLOW_HEAD_S = 0.5
SLOW_READERS = 50
SLOW_READER_EVENTS = 20_000
STREAMS = 1000
STREAM_EVERY_MS = 500
CONNECTING_AT_ONCE = 100
READY = "attacking"

Attack = Callable[[int, float, Counter[str]], Awaitable[None]]


def _head(length: str) -> bytes:
    return f"POST /v1/chat/completions HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\n{length}\r\n\r\n".encode()


def _question(pace: str) -> bytes:
    body = json.dumps({"model": "aua", "stream": True, "bench": pace, "messages": [{"role": "user", "content": "Prove it."}]}).encode()
    return _head(f"content-length: {len(body)}") + body


async def large_body(port: int, until_s: float, did: Counter[str]) -> None:
    """300 MB where 4 MB are allowed, half of them with their length told and half in chunks; again when it is turned away."""

    async def send(*, told: bool) -> None:
        while time.monotonic() < until_s:
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(_head(f"content-length: {LARGE_BYTES}" if told else "transfer-encoding: chunked"))
                for _ in range(LARGE_BYTES // len(PIECE)):
                    writer.write(PIECE if told else b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
                    await writer.drain()
                    did["MB sent"] += 1 if did["pieces"] % 16 == 0 else 0
                    did["pieces"] += 1
            except OSError:
                did["cut off"] += 1
            status = b""
            with suppress(OSError, TimeoutError):
                status = await asyncio.wait_for(reader.readline(), 1)
            did[f"status {status[9:12].decode() or 'lost with the connection'}"] += 1
            writer.close()

    await asyncio.gather(*(send(told=number % 2 == 0) for number in range(LARGE_CLIENTS)))
    del did["pieces"]


async def _connected(port: int, count: int, did: Counter[str]) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    made: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    while len(made) < count:
        group = min(CONNECTING_AT_ONCE, count - len(made))
        made += await asyncio.gather(*(_asked_once(port, did) for _ in range(group)))
    return made


async def _asked_once(port: int, did: Counter[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has had one answer: it may stay for as long as kept connections do."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
    answer = await reader.read(4096)
    did["connections answered once"] += answer.startswith(b"HTTP/1.1 200")
    return reader, writer


async def idle(port: int, until_s: float, did: Counter[str]) -> None:
    """10,000 connections that ask once, so that they may stay, and then say nothing."""
    made = await _connected(port, IDLE_CLIENTS, did)
    print(READY, flush=True)
    await asyncio.sleep(until_s - time.monotonic())
    did["still open at the end"] = sum(not reader.at_eof() for reader, _ in made)


async def slow_headers(port: int, until_s: float, did: Counter[str]) -> None:
    """500 connections that send a byte of a head every half second, and come again when they are cut off."""

    async def drip() -> None:
        while time.monotonic() < until_s:
            reader, writer = await asyncio.open_connection(HOST, port)
            did["connections"] += 1
            for byte in b"GET / HTTP/1.1\r\nhost: " + b"a" * 1000:
                if reader.at_eof() or writer.is_closing() or time.monotonic() >= until_s:
                    break
                writer.write(bytes((byte,)))
                await asyncio.sleep(SLOW_HEAD_S)
            if reader.at_eof():
                did["turned away"] += 1
            writer.close()

    await asyncio.gather(*(drip() for _ in range(SLOW_HEAD_CLIENTS)))


async def slow_readers(port: int, until_s: float, did: Counter[str]) -> None:
    """50 clients that ask for 4 MB of events each and read 1 kB a second."""

    async def sip() -> None:
        reader, writer = await asyncio.open_connection(HOST, port, limit=1024)
        writer.write(_question(f"{SLOW_READER_EVENTS}/0"))
        did["streams"] += 1
        while time.monotonic() < until_s:
            data = await reader.read(1024)
            did["bytes read"] += len(data)
            await asyncio.sleep(1)
        writer.transport.abort()

    await asyncio.gather(*(sip() for _ in range(SLOW_READERS)))


async def streams(port: int, until_s: float, did: Counter[str]) -> None:
    """1,000 streams that stay open, with an event every half second in each."""
    made = await _connected(port, STREAMS, did)
    events = round((until_s - time.monotonic() + 10) * 1000 / STREAM_EVERY_MS)
    for _, writer in made:
        writer.write(_question(f"{events}/{STREAM_EVERY_MS}"))
        await asyncio.sleep(0.002)
    print(READY, flush=True)

    async def read(reader: asyncio.StreamReader) -> None:
        while time.monotonic() < until_s:
            try:
                data = await asyncio.wait_for(reader.read(65536), max(0.01, until_s - time.monotonic()))
            except TimeoutError:
                break
            if not data:
                did["cut off"] += 1
                return
            did["events"] += data.count(b'"delta"')

    await asyncio.gather(*(read(reader) for reader, _ in made))
    for _, writer in made:
        writer.transport.abort()


ATTACKS: dict[str, Attack] = {
    "large-body": large_body,
    "idle": idle,
    "slow-headers": slow_headers,
    "slow-readers": slow_readers,
    "streams": streams,
}


async def _attack(kind: str, port: int, seconds: float) -> Counter[str]:
    did: Counter[str] = Counter()
    await ATTACKS[kind](port, time.monotonic() + seconds, did)
    return did


def main() -> None:
    kind, port, seconds = sys.argv[1:]
    os.nice(19)
    if kind not in {"idle", "streams"}:
        print(READY, flush=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_attack(kind, int(port), float(seconds)))), flush=True)


if __name__ == "__main__":
    main()
