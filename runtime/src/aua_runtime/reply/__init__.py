"""What a client gets, as the stages of a pipeline: OpenAI's shapes on `/v1`, the router's own elsewhere; whole or as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aua_runtime.contract import events
from aua_runtime.reply.told import utility_of, verdict_of, words
from aua_runtime.request import Answer, Request

HEARTBEAT_S = 10.0
"""Between heartbeats: proxies commonly give up on a silent response after 30 to 60 s."""


@asynccontextmanager
async def waiting(request: Request) -> AsyncIterator[None]:
    """While an answer is being decided, a streaming client gets its headers at once and a heartbeat from time to time."""
    if not request.stream:
        yield
        return
    await request.client.begin(request, None)
    beating = asyncio.create_task(_beat(request))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat(request: Request) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        await request.client.heartbeat()


async def candidates(request: Request, answers: list[Answer]) -> None:
    """Show the candidates, with their scores, to a client that follows the decision."""
    if request.stream:
        for answer in answers:
            await request.client.event(events.SPECIALIST_DONE, {**words(answer), "utility": utility_of(answer)})


async def relayed(request: Request, answer: Answer) -> None:
    """Finish an answer whose frames the client has already seen, or send it whole."""
    request.answer = answer
    await request.client.relayed(request, answer)
    request.outcome = "answered"
    request.answered_s = request.services.clock()


async def decided(request: Request, answer: Answer) -> None:
    """Send the answer that was decided on."""
    request.answer = answer
    if request.stream:
        if answer.specialist is not None and request.route is not None and request.route.mode == "checked":
            await candidates(request, [answer])  # one that is withheld is not shown
        for verdict in request.verdicts:
            await request.client.event(events.ARBITER, verdict_of(verdict))
    await request.client.decided(request, answer)
    request.outcome = "answered" if answer.specialist is not None else "abstained"
    request.answered_s = request.services.clock()
