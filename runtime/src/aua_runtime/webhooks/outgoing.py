"""What waits to be sent to one webhook, and the task that sends it. No request waits for it, and what is lost is counted.

A notice is sent at once; the same one again only after the webhook's quiet time, together with how often it has come meanwhile. So a
breaker that opens and closes all day sends few messages, and none of its last states is lost.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from aua_runtime import VERSION
from aua_runtime.contract import log_fields, metrics
from aua_runtime.contract.notices import BY_NAME, SEVERITIES, Facts
from aua_runtime.statuses import SERVER_ERROR
from aua_runtime.transport.outcomes import Broken, TimedOut, Unreachable
from aua_runtime.upstream.retry_after import seconds_of
from aua_runtime.webhooks.destination import Destination
from aua_runtime.webhooks.message import Message, body_of, signature

if TYPE_CHECKING:
    from aua_runtime.services import Services

QUEUE = 100
"""Messages that wait at most for one webhook."""
ATTEMPTS = 8
"""Of one message, within about five minutes."""
PAUSE_S, PAUSE_MAX_S = 1.0, 120.0
"""Before a message is sent again: the first pause, doubled each time up to the last, and never longer where the receiver asks for more."""
CONNECT_S, ANSWER_S = 5.0, 10.0
GATHER_S = 1.0
"""How often it is looked whether a quiet time is over."""

Outcome = Literal["delivered", "refused", "unreachable", "queue_full"]
Subject = tuple[str, str]
"""A notice's name and the specialist it is about: what is quiet together."""
_TAKEN = range(200, 300)
_GONE = 410
"""By which a receiver says that it wants no more: Standard Webhooks asks senders to stop."""
_AGAIN = frozenset({408, 425, 429})


@dataclass(slots=True)
class Outgoing:
    """The messages of one webhook."""

    services: "Services"
    destination: Destination
    _waiting: "deque[Message]" = field(default_factory=deque)
    _held: dict[Subject, Message | None] = field(default_factory=dict)  # in their quiet time; what has come meanwhile
    _until_s: dict[Subject, float] = field(default_factory=dict)
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _gone: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send."""
        self._tasks = [asyncio.create_task(self._sending()), asyncio.create_task(self._gathering())]

    def put(self, name: str, facts: Facts) -> None:
        """Take a notice, unless this webhook does not want it."""
        webhook = self.destination.webhook
        wanted = self.services.settings.webhooks[webhook.name]
        severe = SEVERITIES.index(BY_NAME[name].severity) >= SEVERITIES.index(wanted.min_severity)
        if not severe or name not in wanted.events:
            return
        now_s = self.services.wall()
        subject = name, str(facts.get("specialist", ""))
        if subject not in self._held:
            self._held[subject] = None
            self._until_s[subject] = self.services.clock() + wanted.quiet_s
            self._enqueue(Message(name, facts, now_s, now_s))
            return
        held = self._held[subject]
        if held is None:
            self._held[subject] = Message(name, facts, now_s, now_s)
        else:
            self._held[subject] = Message(name, facts, held.first_s, now_s, held.count + 1)

    async def close(self, seconds: float) -> None:
        """Send what waits, without further pauses and all within `seconds`, then stop."""
        self._closing.set()
        for message in self._held.values():
            if message is not None:
                self._enqueue(message)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._waiting:  # noqa: ASYNC110 - a stop is no time to save turns of the loop
                    await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for message in self._waiting:
            self._end(message, "unreachable")

    def _enqueue(self, message: Message) -> None:
        if len(self._waiting) >= QUEUE:
            self._end(message, "queue_full")
            return
        self._waiting.append(message)
        self._some.set()

    async def _gathering(self) -> None:
        """Send what came in a quiet time that is over, and begin another."""
        while True:
            await asyncio.sleep(GATHER_S)
            now_s = self.services.clock()
            for subject in [subject for subject, until_s in self._until_s.items() if now_s >= until_s]:
                message = self._held.pop(subject)
                del self._until_s[subject]
                if message is not None:
                    self._held[subject] = None
                    self._until_s[subject] = now_s + self.services.settings.webhooks[self.destination.webhook.name].quiet_s
                    self._enqueue(message)

    async def _sending(self) -> None:
        while True:
            await self._some.wait()
            while self._waiting:
                await self._deliver(self._waiting[0])
                self._waiting.popleft()
            self._some.clear()

    async def _deliver(self, message: Message) -> None:
        """Send a message until it is taken, refused for good, or has been tried often enough."""
        services = self.services
        body = body_of(message, self.destination.webhook.kind, services.deployment.name, services.plan_digest)
        id_ = f"msg_{services.entropy(16)}"
        for attempt in range(ATTEMPTS):
            outcome, asked_s = ("refused", None) if self._gone else await self._attempt(id_, body)
            if outcome != "unreachable":
                self._end(message, outcome)
                return
            if self._closing.is_set() or attempt == ATTEMPTS - 1:
                break
            pause_s = min(PAUSE_MAX_S, PAUSE_S * 2**attempt) * (1 + services.random.random()) / 2
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s if asked_s is None else min(PAUSE_MAX_S, asked_s)):
                    await self._closing.wait()
        self._end(message, "unreachable")

    async def _attempt(self, id_: str, body: bytes) -> tuple[Outcome, float | None]:
        """One request: what became of it, and after how long it may be repeated where the receiver says so. Redirects are not followed."""
        destination = self.destination
        try:
            exchange = await self.services.transport.open(
                destination.address, self._head(id_, body), body, connect_s=CONNECT_S, first_s=ANSWER_S
            )
        except (Unreachable, TimedOut, Broken):
            return "unreachable", None
        exchange.close()
        self._gone = exchange.status == _GONE
        if exchange.status in _TAKEN:
            return "delivered", None
        if exchange.status in _AGAIN or exchange.status >= SERVER_ERROR:
            return "unreachable", seconds_of(exchange.headers.get(b"retry-after", b""), self.services.wall())
        return "refused", None

    def _head(self, id_: str, body: bytes) -> bytes:
        destination, timestamp = self.destination, int(self.services.wall())
        lines = [
            f"POST {destination.target} HTTP/1.1",
            f"host: {destination.address.authority}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            f"user-agent: aua-router/{VERSION}",
            "accept-encoding: identity",
            f"webhook-id: {id_}",
            f"webhook-timestamp: {timestamp}",
        ]
        if destination.key is not None:
            lines.append(f"webhook-signature: {signature(destination.key, id_, timestamp, body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")

    def _end(self, message: Message, outcome: Outcome) -> None:
        """Note what became of a message."""
        self.services.metrics.count(metrics.WEBHOOKS, outcome)
        if outcome != "delivered":
            facts = {"webhook": self.destination.webhook.name, "notice": message.name, "result": outcome}
            self.services.log.tell(log_fields.WEBHOOK_LOST, facts)
