"""Calling specialists, as the stages of a pipeline do.

Another specialist is called instead of the chosen one only while the client has seen nothing.
"""

import asyncio
from typing import Any

from aua_runtime.contract.errors import Failure
from aua_runtime.plan import Specialist
from aua_runtime.request import Answer, Request
from aua_runtime.upstream.attempts import Use, first_of
from aua_runtime.upstream.stream import abandoned, relayed, until_content
from aua_runtime.upstream.whole import vectors, whole, whole_text


async def relay(request: Request) -> Answer:
    """The answer of the route's specialist, sent to the client frame by frame as it comes where the client asked for a stream."""
    began_s = request.services.clock()
    try:
        if not request.stream:
            return await first_of(request, _line_up(request), _whole(request), stream=False, log_probabilities=False)
        opened = await first_of(request, _line_up(request), until_content, stream=True, log_probabilities=False, discard=abandoned)
        return await relayed(request, opened)
    finally:
        _note(request, began_s)


async def complete(request: Request) -> Answer:
    """The whole answer of the route's specialist, with log-probabilities where its server gives them; the client sees nothing of it."""
    began_s = request.services.clock()
    try:
        return await _answer(request, _line_up(request), log_probabilities=True)
    finally:
        _note(request, began_s)


async def candidates(request: Request) -> list[Answer]:
    """The whole answers of all the route's specialists, asked at once. Those that fail are missing; Failure when all do."""
    assert request.route is not None
    began_s = request.services.clock()
    try:
        outcomes = await asyncio.gather(
            *(_answer(request, (specialist,), log_probabilities=True) for specialist in request.route.specialists), return_exceptions=True
        )
    finally:
        _note(request, began_s)
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not (answers and isinstance(outcome, Failure)):
            raise outcome
    return answers


async def embedded(request: Request) -> Answer:
    """The vectors that the route's specialist gives. No other is asked: theirs lie in another space, and could not be compared."""
    assert request.route is not None
    began_s = request.services.clock()
    try:
        return await first_of(request, request.route.specialists, vectors, stream=False, log_probabilities=False)
    finally:
        _note(request, began_s)


async def ask(request: Request, specialist: Specialist, body: dict[str, Any]) -> Answer:
    """The whole answer to a question of the router's own, such as the arbiter's."""
    return await _answer(request, _with_fallbacks(request, (specialist,)), log_probabilities=False, body=body)


def _note(request: Request, began_s: float) -> None:
    """Note how long the stage of calling took."""
    services = request.services
    services.metrics.calling.observe(services.clock() - began_s)


def _line_up(request: Request) -> tuple[Specialist, ...]:
    """Whom to call, in order: the chosen specialist, its fallbacks, then the others of its field."""
    assert request.route is not None
    field = request.route.field
    first = request.route.specialists[0]
    if not first.fallback and (field is None or len(field.specialists) == 1 or request.route.reason == "pinned_specialist"):
        return (first,)
    others = field.specialists if field is not None and first in field.specialists and request.route.reason != "pinned_specialist" else ()
    return _with_fallbacks(request, (first,), others)


def _with_fallbacks(request: Request, first: tuple[Specialist, ...], others: tuple[Specialist, ...] = ()) -> tuple[Specialist, ...]:
    upstreams = request.services.upstreams
    fallbacks = [upstreams[name].specialist for specialist in first for name in specialist.fallback if name in upstreams]
    return tuple({specialist.name: specialist for specialist in (*first, *fallbacks, *others)}.values())


async def _answer(
    request: Request, specialists: tuple[Specialist, ...], *, log_probabilities: bool, body: dict[str, Any] | None = None
) -> Answer:
    use = _whole(request) if body is None else whole
    return await first_of(request, specialists, use, stream=False, log_probabilities=log_probabilities, body=body)


def _whole(request: Request) -> Use[Answer]:
    """How the whole answer to a client's own request is read."""
    return whole_text if request.operation == "completions" else whole
