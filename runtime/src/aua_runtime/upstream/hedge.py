"""A second call for one that takes long: the first to answer wins, the other is cut off.

After Dean, Barroso: "The Tail at Scale", Communications of the ACM 56(2), 2013, section "Hedged requests". A budget bounds what it adds to
the load, and a second call goes out only where there is a place at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aua_runtime.contract import metrics
from aua_runtime.plan import Hedge
from aua_runtime.replicas import Place, Replicas
from aua_runtime.request import Request
from aua_runtime.upstream.refusal import Refused

T = TypeVar("T")


async def hedged(
    request: Request,
    replicas: Replicas,
    hedge: Hedge,
    first: Place,
    second: Callable[[], Place | None],
    attempt: Callable[..., Awaitable[T]],
    discard: Callable[[Request, T], None],
) -> T:
    """What the first of at most two calls makes. Where both fail, the first one's failure; a client's mistake ends both at once.

    `second` gives the place of the second call, if there is one now; `attempt` makes a call at a place and may be told why;
    `discard` gives up what the loser had already made.
    """
    replicas.hedges.earn()
    calls: list[asyncio.Future[T]] = [asyncio.ensure_future(attempt(first))]
    won: asyncio.Future[T] | None = None
    try:
        await asyncio.wait(calls, timeout=hedge.after_s)
        if not calls[0].done() and replicas.hedges.spend() and (place := second()) is not None:
            calls.append(asyncio.ensure_future(attempt(place, why="hedge")))
        won = await _first_good(calls)
        return won.result()
    finally:
        if len(calls) > 1:
            name, counted = replicas.specialist.name, request.services.metrics
            counted.count(metrics.UPSTREAM_HEDGES, name)
            counted.count(metrics.UPSTREAM_HEDGES_WON, name, by=float(won is calls[1] and won.exception() is None))
        await _give_up([call for call in calls if call is not won], request, discard)


async def _first_good(calls: list[asyncio.Future[T]]) -> asyncio.Future[T]:
    """The first call that answers, or the first that failed for good; when none answers, the first one."""
    waiting = set(calls)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for call in calls:
            if call in done and _settles(call.exception()):
                return call
    return calls[0]


def _settles(error: BaseException | None) -> bool:
    return not isinstance(error, Refused) or not error.elsewhere


async def _give_up(calls: list[asyncio.Future[T]], request: Request, discard: Callable[[Request, T], None]) -> None:
    for call in calls:
        if not call.done():
            call.cancel()
        elif call.exception() is None:
            discard(request, call.result())
    await asyncio.gather(*calls, return_exceptions=True)
