"""What a simulated engine does besides answering: places for requests, a KV cache that fills up, and the engine's own metrics.

It stands in for vLLM or llama.cpp's server: requests beyond its places wait in line; each holds the tokens it has read and written; where
they no longer fit, the one that came last is put back until they do. What it shows on `/metrics` has the names, types and labels that
`aua_runtime.contract.engine_metrics` lists for that engine, and follows from what it served.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from aua_runtime.contract.engine_metrics import LLAMACPP, VLLM_0_33, EngineMetric, Meaning
from aua_runtime.exposition import family, histogram, sample
from aua_runtime.metrics import Histogram

EngineName = Literal["vllm", "llamacpp"]

METRICS: Mapping[EngineName, Mapping[Meaning, EngineMetric]] = {"vllm": VLLM_0_33, "llamacpp": LLAMACPP}

BLOCK_CHARACTERS = 64
"""A block of the prefix cache: vLLM's 16 tokens, of four characters each as the simulator counts them."""
BLOCKS = 65_536
"""So many blocks the prefix cache remembers."""
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Buckets of all histograms. The engines' own differ from metric to metric and from version to version."""


@dataclass(frozen=True, slots=True)
class Machine:
    """An engine to stand in for: how many requests it serves at once, and how many tokens its KV cache holds."""

    engine: EngineName
    places: int = 32
    kv_tokens: int = 65_536


@dataclass(slots=True, eq=False)
class Seat:
    """A request in the engine. `tokens` are those that it holds in the KV cache."""

    engine: "Engine"
    tokens: int
    arrived_s: float
    last_s: float | None = None  # when its latest token was written

    async def wrote(self) -> None:
        """Note one more token. Waits while there is no room for it and others came before."""
        now_s = self.engine.clock()
        if self.last_s is None:
            self.engine.histograms["time_to_first_token"].observe(now_s - self.arrived_s)
        else:
            self.engine.histograms["inter_token_latency"].observe(now_s - self.last_s)
        self.last_s = now_s
        self.engine.counts["generation_tokens"] += 1
        self.tokens += 1
        await self.engine.fitted(self)


class Engine:
    """One simulated engine. Used on the event loop only."""

    def __init__(self, machine: Machine, model: str, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.counts: dict[Meaning, int] = dict.fromkeys(
            ("prompt_tokens", "generation_tokens", "preemptions", "prefix_cache_queries", "prefix_cache_hits"), 0
        )
        self.histograms: dict[Meaning, Histogram] = {
            meaning: Histogram(BOUNDS_S) for meaning in ("time_to_first_token", "inter_token_latency", "queue_time")
        }
        self._machine = machine
        self._model = model
        self._free = asyncio.Semaphore(machine.places)
        self._waiting = 0
        self._seats: list[Seat] = []  # in the order in which they came
        self._room = asyncio.Condition()
        self._blocks: OrderedDict[bytes, None] = OrderedDict()

    @asynccontextmanager
    async def seat(self, prompt: str, prompt_tokens: int) -> AsyncIterator[Seat]:
        """A place for a request, once there is one."""
        arrived_s = self.clock()
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        seat = Seat(self, prompt_tokens, arrived_s)
        self._seats.append(seat)
        try:
            self.histograms["queue_time"].observe(self.clock() - arrived_s)
            self.counts["prompt_tokens"] += prompt_tokens
            self._looked_up(prompt, prompt_tokens)
            await self.fitted(seat)
            yield seat
        finally:
            self._seats.remove(seat)
            self._free.release()
            async with self._room:
                self._room.notify_all()

    async def fitted(self, seat: Seat) -> None:
        """Put a request back while the tokens of those before it and its own do not fit. The first one always goes on."""
        if self._fits(seat):
            return
        self.counts["preemptions"] += 1
        async with self._room:
            await self._room.wait_for(lambda: self._fits(seat))

    def _fits(self, seat: Seat) -> bool:
        until = self._seats.index(seat) + 1
        return until == 1 or sum(one.tokens for one in self._seats[:until]) <= self._machine.kv_tokens

    def _looked_up(self, prompt: str, prompt_tokens: int) -> None:
        """Count the tokens of a prompt, and those in leading blocks that an earlier prompt shares."""
        known, digest = 0, hashlib.sha256()
        for start in range(0, len(prompt) - BLOCK_CHARACTERS + 1, BLOCK_CHARACTERS):
            digest.update(prompt[start : start + BLOCK_CHARACTERS].encode())
            key = digest.digest()
            known += key in self._blocks
            self._blocks[key] = None
            self._blocks.move_to_end(key)
        while len(self._blocks) > BLOCKS:
            self._blocks.popitem(last=False)
        self.counts["prefix_cache_queries"] += prompt_tokens
        self.counts["prefix_cache_hits"] += min(prompt_tokens, known * BLOCK_CHARACTERS // 4)

    def text(self) -> bytes:
        """What `/metrics` shows."""
        used = sum(seat.tokens for seat in self._seats) / self._machine.kv_tokens
        values: dict[Meaning, float] = {
            **self.counts,
            "requests_running": len(self._seats),
            "requests_waiting": self._waiting,
            "kv_cache_usage": min(1.0, used),
        }
        told = {"model_name": self._model, "engine": "0"}
        lines: list[str] = []
        for meaning, metric in METRICS[self._machine.engine].items():
            labels = tuple(told[name] for name in metric.labels)
            lines += family(metric.name, metric.type, f"Simulated: {meaning.replace('_', ' ')}.")
            if metric.type == "histogram":
                found = self.histograms[meaning]
                lines += histogram(metric.name, metric.labels, labels, BOUNDS_S, found.counts, found.total)
            else:
                lines.append(sample(metric.name, metric.labels, labels, values[meaning]))
        return ("\n".join(lines) + "\n").encode()
