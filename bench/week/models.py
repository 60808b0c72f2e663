"""Model servers that pretend, as a transport of the router: no socket, no thread, answers after virtual seconds."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aua_runtime.transport.address import Address
from aua_runtime.transport.outcomes import TimedOut, Unreachable, Wait

SPREAD = 0.35
"""Of the logarithm of an answer's time: one in a hundred takes more than twice the median."""
PROSE = "The list is sorted once and merged while reading, so each record is looked at only once and kept in place."
OTHER = "No stack overflow happens, because recursion ends when nothing remains below zero, whatever depth was chosen."


@dataclass(slots=True)
class Server:
    """How one specialist's server behaves now."""

    reachable: bool = True
    failing: float = 0.001  # share of calls that end with a 500
    takes_s: float = 2.0  # median
    cut: float = 0.0  # share of answers that end at a token limit
    astray: float = 0.05  # share of answers that say something else than others do
    neither: float = 0.05  # share of verdicts that accept no answer


@dataclass(slots=True)
class Models:
    """All servers of a deployment, by the authority of their address."""

    random: Random
    servers: dict[str, Server] = field(default_factory=dict)

    def of(self, address: Address) -> Server:
        return self.servers.setdefault(address.authority, Server())

    def every(self, change: Callable[[Server], None]) -> None:
        for server in self.servers.values():
            change(server)

    async def open(self, address: Address, head: bytes, body: bytes, *, connect_s: float, first_s: float) -> "Whole":  # noqa: ARG002 - as the router calls it
        server = self.of(address)
        if not server.reachable:
            raise Unreachable
        if not body:
            return Whole(200, b"{}")
        takes_s = server.takes_s * self.random.lognormvariate(0, SPREAD)
        await asyncio.sleep(min(takes_s, first_s))
        if takes_s > first_s:
            raise TimedOut("first_token")
        if self.random.random() < server.failing:
            return Whole(500, b'{"error": {"message": "out of memory"}}')
        return Whole(200, json.dumps(self._completion(server, json.loads(body))).encode())

    def close(self) -> None:
        """Nothing is kept."""

    def _completion(self, server: Server, asked: Mapping[str, Any]) -> dict[str, Any]:
        cut = self.random.random() < server.cut
        message = {"role": "assistant", "content": self._text(server, asked)}
        choice = {"index": 0, "message": message, "finish_reason": "length" if cut else "stop"}
        usage = {"prompt_tokens": 60, "completion_tokens": 200, "total_tokens": 260}
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}

    def _text(self, server: Server, asked: Mapping[str, Any]) -> str:
        if "response_format" in asked:
            word = "neither" if self.random.random() < server.neither else "both"
            return json.dumps({"reason": "Simulated.", "verdict": word, "confidence": 0.95})
        return OTHER if self.random.random() < server.astray else PROSE


@dataclass(slots=True)
class Whole:
    """A response that is there at once."""

    status: int
    body: bytes
    headers: Mapping[bytes, bytes] = field(default_factory=lambda: {b"content-type": b"application/json"})

    @property
    def ended(self) -> bool:
        return not self.body

    async def read(self, seconds: float, wait: Wait) -> bytes:  # noqa: ARG002 - as the router calls it
        read, self.body = self.body, b""
        return read

    def tap(self, take: Callable[[bytes], bool], seconds: float) -> None:  # noqa: ARG002 - as the router calls it
        raise AssertionError(take)  # only streams are tapped, and nobody here asks for one

    def close(self, *, ended: bool = False) -> None:
        """Nothing is held."""
