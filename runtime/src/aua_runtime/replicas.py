"""The servers behind each specialist: which of them a call goes to, how many calls each carries at once, and who waits.

A call goes where earlier ones of its session went, or of its prompt's beginning, because that server still holds their KV cache; but to
no server that has more than its share of the open calls.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil

from aua_runtime.breaker import Breaker, BreakerState, RetryBudget
from aua_runtime.plan import Specialist
from aua_runtime.request import Operation
from aua_runtime.transport.address import Address

BALANCE = 1.25
"""How many times the mean of open calls a server may have before calls go past it to the next in their order. The factor of "Consistent
Hashing with Bounded Loads" (Mirrokni, Thorup, Zadimoghaddam; SODA 2018, arXiv:1608.01350), where 1.25 bounds the expected number of
servers that a call is moved past by a constant, at a quarter more than the mean load."""


@dataclass(slots=True, eq=False)
class Upstream:
    """One server of a specialist, and how calls to it have gone."""

    specialist: Specialist
    address: Address
    heads: Mapping[Operation, bytes]  # the request heads that all calls share, without the blank line
    breaker: Breaker
    probe: bytes = b""  # the whole request that asks whether it is there
    open: int = 0  # calls under way
    up: bool | None = None  # whether the latest call or probe reached it; None before the first
    heard_s: float = float("-inf")  # when that was
    unreachable: bool = False  # whether it could not even be connected to


_BEST_FIRST: tuple[BreakerState, ...] = ("closed", "half_open", "open")

Place = tuple[Upstream, int]
"""A server with a place for one call, and the breaker's period that the call belongs to. Given back by `Replicas.leave`."""


class Resting(Exception):
    """The breakers of all servers are open."""


class Full(Exception):
    """As many calls are open and waiting as may be; `waited_s` is how long the first in line has waited so far."""

    def __init__(self, waited_s: float) -> None:
        super().__init__()
        self.waited_s = waited_s


@dataclass(slots=True, eq=False)
class _Waiting:
    """A call in line for a place."""

    since_s: float
    place: "asyncio.Future[Place | None]"  # None: the breakers of all servers have opened


class Replicas:
    """The servers of one specialist. Used on the event loop only."""

    __slots__ = ("_clock", "_line", "_most", "_only", "_queue", "budget", "hedges", "model", "specialist", "upstreams")

    def __init__(self, specialist: Specialist, model: str, upstreams: Sequence[Upstream], clock: Callable[[], float]) -> None:
        self.specialist = specialist
        self.model = model  # what the servers call the model
        self.upstreams = tuple(upstreams)
        self.budget = RetryBudget(specialist.retries.budget)
        self.hedges = RetryBudget(specialist.hedge.budget if specialist.hedge is not None else 0.0)
        self._only = self.upstreams[0] if len(self.upstreams) == 1 else None
        self._clock = clock
        limits = specialist.limits
        self._most = float("inf") if limits is None else limits.concurrency
        self._queue = 0 if limits is None else limits.queue
        self._line: deque[_Waiting] = deque()

    @property
    def several(self) -> bool:
        """Whether there is a choice, so that callers need not make a key for nothing."""
        return self._only is None

    @property
    def breaker_state(self) -> BreakerState:
        """The best state among the servers' breakers: `open` only while none of them may be called."""
        states = {upstream.breaker.state for upstream in self.upstreams}
        return next(state for state in _BEST_FIRST if state in states)

    @property
    def up(self) -> bool | None:
        """Whether any of the servers was reached by its latest call or probe; None before the first."""
        known = [upstream.up for upstream in self.upstreams if upstream.up is not None]
        return any(known) if known else None

    @property
    def waiting(self) -> int:
        """How many calls are in line."""
        return len(self._line)

    def enter(self, key: bytes = b"", avoid: Upstream | None = None) -> Place | None:
        """A place at a server, at once; None where there is none. `key` is what the call shares with those that should go where it goes.

        `avoid` is a server that has just failed this request: another one is taken where there is one.
        """
        if self._line:
            return None
        if self._only is None:
            return self._chosen(key, avoid)
        return self._admitted(self._only)

    async def wait(self, seconds: float) -> Place:
        """The next place, first come first served, where `enter` gave none. Resting, Full, or TimeoutError after `seconds`."""
        if self._rests():
            raise Resting
        if len(self._line) >= self._queue:
            raise Full(self._clock() - self._line[0].since_s if self._line else 0.0)
        waiting = _Waiting(self._clock(), asyncio.get_running_loop().create_future())
        self._line.append(waiting)
        self._serve()
        try:
            async with asyncio.timeout(seconds):
                place = await waiting.place
        except BaseException:
            if waiting in self._line:
                self._line.remove(waiting)
            elif not waiting.place.cancelled() and (given := waiting.place.result()) is not None:
                given[0].breaker.release(given[1])
                self.leave(given[0])
            raise
        if place is None:
            raise Resting
        return place

    def leave(self, upstream: Upstream) -> None:
        """Give a place back; the breaker has been told before how the call went."""
        upstream.open -= 1
        if self._line:
            self._serve()

    def _serve(self) -> None:
        """Give the places that are free to those who wait; send all away when no server takes calls as usual any more."""
        while self._line:
            if self._line[0].place.done():  # given up, and not yet out of the line
                self._line.popleft()
                continue
            place = next(filter(None, map(self._admitted, self.upstreams)), None)
            if place is None and not self._rests():
                return
            self._line.popleft().place.set_result(place)

    def _rests(self) -> bool:
        """Whether no server takes calls as usual: there is nothing to wait for."""
        return all(upstream.breaker.state != "closed" for upstream in self.upstreams)

    def _admitted(self, upstream: Upstream) -> Place | None:
        if upstream.open >= self._most:
            return None
        period = upstream.breaker.admit()
        if not period:
            return None
        upstream.open += 1
        return upstream, period

    def _chosen(self, key: bytes, avoid: Upstream | None) -> Place | None:
        """The first server in the key's order that has no more than its share of the open calls; if all have, the first with a place.

        The order is that of rendezvous hashing (Thaler, Ravishankar: "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM
        Transactions on Networking 6(1), 1998): a server that comes or goes moves no key but its own. The hash is the same in every
        router and worker.
        """
        alive = [upstream for upstream in self.upstreams if upstream.breaker.state != "open"]
        if not alive:
            return None
        share = ceil(BALANCE * (sum(upstream.open for upstream in alive) + 1) / len(alive))
        order = sorted(alive, key=lambda upstream: _weight(key, upstream), reverse=True)
        if avoid in order and len(order) > 1:
            order.remove(avoid)
        balanced = [upstream for upstream in order if upstream.open < share]
        return next(filter(None, map(self._admitted, balanced)), None) or next(filter(None, map(self._admitted, order)), None)


def _weight(key: bytes, upstream: Upstream) -> bytes:
    return blake2b(key + upstream.address.authority.encode() + upstream.address.path.encode(), digest_size=8).digest()
