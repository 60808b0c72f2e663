"""Sends spans to a collector: in batches, behind the requests, and never so that one of them waits. What is lost is counted.

A collector that is away is asked again with growing pauses while spans wait in a queue that is bounded; when that is full the newest go.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import orjson

from aua_runtime.contract import log_fields, metrics
from aua_runtime.contract.labels import SPAN_OUTCOMES
from aua_runtime.tracing.otlp import request_of
from aua_runtime.tracing.trace import Values
from aua_runtime.transport.address import Address
from aua_runtime.transport.outcomes import Broken, TimedOut, Unreachable
from aua_runtime.upstream.retry_after import seconds_of

if TYPE_CHECKING:
    from aua_runtime.services import Services

QUEUE_SPANS = 4096
"""Spans that wait at most; with about 1 kB each they take 4 MiB."""
BATCH_SPANS = 512
BATCH_S = 1.0
"""How long the first span of a batch waits for others."""
CONNECT_S, ANSWER_S = 2.0, 10.0
PAUSE_S, PAUSE_MAX_S = 0.5, 30.0
"""Before a batch is sent again: the first pause, doubled each time up to the last."""
ATTEMPTS = 6
"""Of one batch, within about half a minute; then it is dropped, so that what is newer gets its turn."""
FLUSH_S = 3.0
"""How long a router that stops goes on sending what waits."""
ANSWER_MAX_BYTES = 64 * 1024

Written = tuple[int, bytes]
"""The spans of one request: how many, and their text."""
Outcome = Literal["exported", "refused", "unreachable", "queue_full"]
_AGAIN = frozenset({429, 502, 503, 504})  # OTLP 1.x, section "Retryable Response Codes"
_OK = range(200, 300)


@dataclass(slots=True)
class Exporter:
    """The queue of one process, and the task that empties it. `head` is the request's head without its length and the blank line."""

    services: "Services"
    address: Address
    head: bytes
    resource: Values
    _waiting: "deque[Written]" = field(default_factory=deque)
    _spans: int = 0
    _full: asyncio.Event = field(default_factory=asyncio.Event)
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _lost: bool = False  # whether the latest spans were, as far as the log has heard

    def start(self) -> None:
        """Begin to send."""
        for outcome in SPAN_OUTCOMES:
            self.services.metrics.count(metrics.SPANS, outcome, by=0)
        self._task = asyncio.create_task(self._sending())

    def put(self, spans: int, text: bytes) -> None:
        """Take the spans of one request."""
        if self._spans + spans > QUEUE_SPANS:
            self._count("queue_full", spans)
            return
        self._waiting.append((spans, text))
        self._spans += spans
        self._some.set()
        if self._spans >= BATCH_SPANS:
            self._full.set()

    async def close(self) -> None:
        """Send what waits, each batch once and all within FLUSH_S, then stop."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                while self._waiting:
                    await self._deliver(attempts=1)
        self._settle("unreachable", list(self._waiting))

    async def _sending(self) -> None:
        while True:
            await self._some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(BATCH_S):
                    await self._full.wait()
            await self._deliver(ATTEMPTS)

    async def _deliver(self, attempts: int) -> None:
        """Send the next batch, which stays in the queue until it is known what became of it."""
        batch: list[Written] = []
        held = 0
        for written in self._waiting:
            held += written[0]
            if batch and held > BATCH_SPANS:
                break
            batch.append(written)
        answer = await self._sent(request_of(self.resource, (text for _, text in batch)), attempts)
        self._settle("unreachable" if answer.outcome == "again" else answer.outcome, batch, answer.rejected)

    def _settle(self, outcome: Outcome, batch: "list[Written]", rejected: int = 0) -> None:
        """Take a batch out of the queue, and note what became of it; `rejected` of its spans were thrown away where it arrived."""
        for _ in batch:
            self._waiting.popleft()
        spans = sum(spans for spans, _ in batch)
        self._spans -= spans
        self._count(outcome, spans - rejected)
        self._count("refused", rejected)
        if not self._waiting:
            self._some.clear()
        if self._spans < BATCH_SPANS:
            self._full.clear()

    async def _sent(self, body: bytes, attempts: int) -> "Answer":
        """What becomes of a request: tried until it is taken, refused for good, or has been tried often enough."""
        for attempt in range(attempts - 1):
            answer = await self._attempt(body)
            if answer.outcome != "again":
                return answer
            pause_s = min(PAUSE_MAX_S, PAUSE_S * 2**attempt) * (1 + self.services.random.random()) / 2
            await asyncio.sleep(pause_s if answer.after_s is None else min(PAUSE_MAX_S, answer.after_s))
        return await self._attempt(body)

    async def _attempt(self, body: bytes) -> "Answer":
        """One request."""
        head = b"%b\r\ncontent-length: %d\r\n\r\n" % (self.head, len(body))
        services = self.services
        until_s = services.clock() + CONNECT_S + ANSWER_S
        try:
            exchange = await services.transport.open(self.address, head, body, connect_s=CONNECT_S, first_s=ANSWER_S)
        except (Unreachable, TimedOut, Broken):
            return Answer("again")
        said = b""
        try:
            while len(said) < ANSWER_MAX_BYTES and (data := await exchange.read(until_s - services.clock(), "total")):
                said += data
        except (TimedOut, Broken):
            pass  # the status says enough
        finally:
            exchange.close()
        if exchange.status in _OK:
            return Answer("exported", rejected=_rejected(said))
        if exchange.status in _AGAIN:
            return Answer("again", seconds_of(exchange.headers.get(b"retry-after", b""), services.wall()))
        return Answer("refused")

    def _count(self, outcome: Outcome, spans: int) -> None:
        """Note what became of spans; the log hears of it when they begin or cease to be lost."""
        if not spans:
            return
        self.services.metrics.count(metrics.SPANS, outcome, by=spans)
        lost = outcome != "exported"
        if lost is not self._lost:
            self._lost = lost
            self.services.log.tell(log_fields.SPANS_LOST if lost else log_fields.SPANS_EXPORTED, {"result": outcome})


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request came to: with `again` it may be repeated, after so many seconds where the collector says so."""

    outcome: Outcome | Literal["again"]
    after_s: int | None = None
    rejected: int = 0


def _rejected(answer: bytes) -> int:
    """Spans that a collector took the request for and threw away all the same (OTLP 1.x, section "Partial Success")."""
    try:
        rejected = orjson.loads(answer)["partialSuccess"]["rejectedSpans"]
        return max(0, int(rejected))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 0
