"""Sends a load and takes down what comes back."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

from aua_runtime.contract.headers import FIELD, SPECIALIST
from aua_runtime.loadtest.prompts import Prompt
from aua_runtime.loadtest.sample import Sample
from aua_runtime.sse import Frames, FrameTooLong, data_of
from aua_runtime.statuses import OK
from aua_runtime.transport.address import Address
from aua_runtime.transport.outcomes import Broken, TimedOut, Unreachable
from aua_runtime.transport.pool import Pool
from aua_runtime.transport.protocol import Exchange

CONNECT_S = 5.0
ERROR_BYTES = 65_536
"""Of an error's body, the most that is read."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked, and how. `streamed`: the share of requests that ask for a stream."""

    address: Address
    key: str
    model: str
    streamed: float
    max_tokens: int
    timeout_s: float
    most_open: int


class Drive:
    """One load. `samples` grows while it runs, so that whoever interrupts it has what was measured."""

    def __init__(self, target: Target, due: Iterable[float], prompts: Iterator[Prompt], random: Random) -> None:
        self.samples: list[Sample] = []
        self._target = target
        self._due = due
        self._prompts = prompts
        self._random = random
        self._open: set[asyncio.Task[None]] = set()
        self._began_s = 0.0

    @property
    def open(self) -> int:
        """Requests that are not answered yet."""
        return len(self._open)

    def now_s(self) -> float:
        """Seconds since the load began."""
        return time.perf_counter() - self._began_s

    async def run(self, stop: asyncio.Event) -> None:
        """Until all is answered, or `stop` is set; then nothing more is sent and what is open is cut off."""
        pool = Pool()
        self._began_s = time.perf_counter()
        try:
            for due_s in self._due:
                if await _set_within(stop, due_s - self.now_s()):
                    break
                self._send(pool, due_s)
            while self._open and not stop.is_set():
                await _set_within(stop, 0.05)
        finally:
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            pool.close()

    def _send(self, pool: Pool, due_s: float) -> None:
        prompt = next(self._prompts)
        sample = Sample(prompt.field, due_s, self.now_s())
        self.samples.append(sample)
        if len(self._open) >= self._target.most_open:
            sample.outcome = "not_sent"  # counted, for it is what a user would have met
            return
        sample.streamed = self._random.random() < self._target.streamed
        task = asyncio.create_task(self._ask(pool, sample, prompt))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _ask(self, pool: Pool, sample: Sample, prompt: Prompt) -> None:
        target = self._target
        fields = {"model": target.model, "max_tokens": target.max_tokens, **prompt.body}
        body = orjson.dumps({**fields, "stream": True, "stream_options": {"include_usage": True}} if sample.streamed else fields)
        head = _head(target, len(body))
        try:
            exchange = await pool.open(target.address, head, body, connect_s=CONNECT_S, first_s=target.timeout_s)
            try:
                sample.status = exchange.status
                sample.field = exchange.headers.get(FIELD.encode(), b"").decode("latin-1")
                sample.specialist = exchange.headers.get(SPECIALIST.encode(), b"").decode("latin-1")
                sample.outcome = await self._read(exchange, sample)
            finally:
                exchange.close()
        except Unreachable:
            sample.outcome = "unreachable"
        except TimedOut as timed_out:
            sample.outcome = f"timeout_{timed_out.wait}"
        except (Broken, FrameTooLong):
            sample.outcome = "cut_off"
        finally:
            sample.ended_s = self.now_s()

    async def _read(self, exchange: Exchange, sample: Sample) -> str:
        if exchange.status != OK:
            return _code(await self._whole(exchange, sample, ERROR_BYTES), exchange.status)
        if sample.streamed:
            return await self._stream(exchange, sample)
        try:
            answer = orjson.loads(await self._whole(exchange, sample, 64 * 2**20))
        except orjson.JSONDecodeError:
            return "not_json"
        _count(answer, sample)
        return "ok" if isinstance(answer, dict) and answer.get("choices") else "no_choices"

    def _left_s(self, sample: Sample) -> float:
        return sample.sent_s + self._target.timeout_s - self.now_s()

    async def _whole(self, exchange: Exchange, sample: Sample, most: int) -> bytes:
        parts, size = [], 0
        while size <= most and (data := await exchange.read(self._left_s(sample), "total")):
            parts.append(data)
            size += len(data)
        return b"".join(parts)

    async def _stream(self, exchange: Exchange, sample: Sample) -> str:
        """The outcome of a stream: it must end with `[DONE]` and hold no error."""
        frames, last_s, outcome = Frames(), None, "no_done"
        while data := await exchange.read(self._left_s(sample), "total"):
            now_s = self.now_s()
            frames.add(data)
            while (frame := frames.next()) is not None:
                said = data_of(frame)
                if said == b"[DONE]":
                    outcome = "ok"
                elif said:
                    event = _json(said)
                    if "error" in event:
                        return _code(said, OK)
                    _count(event, sample)
                    if _has_content(event):
                        if last_s is None:
                            sample.first_s = now_s
                        else:
                            sample.gaps_s.append(now_s - last_s)
                        last_s = now_s
        return outcome


async def _set_within(stop: asyncio.Event, seconds: float) -> bool:
    if seconds <= 0:
        await asyncio.sleep(0)
        return stop.is_set()
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _head(target: Target, length: int) -> bytes:
    key = f"authorization: Bearer {target.key}\r\n" if target.key else ""
    address = target.address
    return (
        f"POST {address.path}/v1/chat/completions HTTP/1.1\r\nhost: {address.authority}\r\ncontent-type: application/json\r\n{key}"
        f"content-length: {length}\r\n\r\n"
    ).encode()


def _json(data: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {"error": {"code": "not_json"}}
    return event if isinstance(event, dict) else {"error": {"code": "not_json"}}


def _has_content(event: dict[str, Any]) -> bool:
    match event.get("choices"):
        case [{"delta": {"content": str(content)}}, *_] if content:
            return True
        case [{"delta": {"tool_calls": [_, *_]}}, *_] | [{"delta": {"reasoning_content": str()}}, *_]:
            return True
    return False


def _count(answer: Any, sample: Sample) -> None:
    match answer:
        case {"usage": {"prompt_tokens": int(tokens_in), "completion_tokens": int(tokens_out)}}:
            sample.tokens_in, sample.tokens_out = tokens_in, tokens_out


def _code(body: bytes, status: int) -> str:
    """The stable code of an error, or its status where it has none."""
    match _json(body):
        case {"error": {"code": str(code)}} if code and code != "not_json":
            return code[:80]
        case {"error": str(code)} if code:
            return code[:80]
    return f"http_{status}"


Progress = Callable[[Drive], None]


async def drive(load: Drive, progress: Progress, stop: asyncio.Event, every_s: float = 1.0) -> None:
    """Run a load and tell of it now and then."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(every_s)
            progress(load)

    telling = asyncio.create_task(tell())
    try:
        await load.run(stop)
    finally:
        telling.cancel()
