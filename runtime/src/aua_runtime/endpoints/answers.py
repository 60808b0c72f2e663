"""What answers a question, in OpenAI's words and in the router's own, and what only explains who would."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from aua_runtime.contract import metrics as names
from aua_runtime.contract.errors import DRAINING, OVERLOADED, REQUEST_INVALID, Failure
from aua_runtime.reply import relayed
from aua_runtime.reply.told import reasoned
from aua_runtime.request import Request, checked_body, checked_input, checked_prompt, question_of
from aua_runtime.route import ROUTED, to_embeddings
from aua_runtime.services import Services
from aua_runtime.state import recorded
from aua_runtime.upstream import embedded
from aua_runtime.visit import Visit

if TYPE_CHECKING:
    from aua_runtime.contract.spans import Stage

NATIVE_KEYS = frozenset({"query", "session_id", "field", "specialist"})
"""Keys of `/query` that are the router's own; all others pass to the specialist as in a chat request."""


async def _answer(visit: Visit, request: Request, by: Callable[[Request], Awaitable[None]] | None = None) -> None:
    services = visit.services
    by = by or services.deployment.answered
    if services.draining:
        raise Failure(DRAINING, "The router is stopping; ask another.", retry_after_s=1)
    if request.stream:
        _streams(services, 1)
    try:
        await by(request)
    finally:
        if request.stream:
            _streams(services, -1)


def _streams(services: Services, by: int) -> None:
    """Count the streams that are open. Failure where one more is too many."""
    limit = services.deployment.api.limits.streams
    if by > 0 and services.open_answers >= limit:
        raise Failure(OVERLOADED, f"{limit} streams are open, as many as may be.", retry_after_s=1)
    services.open_answers += by
    services.metrics.set(names.STREAMS_OPEN, services.open_answers)


async def chat_completions(visit: Visit) -> None:
    body = checked_body(visit.data())
    model, stream = body.get("model", ROUTED), bool(body.get("stream"))
    await _answer(visit, visit.request(body, "openai", *question_of(body["messages"]), model=model, stream=stream))


async def completions(visit: Visit) -> None:
    body, prompt = checked_prompt(visit.data())
    model, stream = body.get("model", ROUTED), bool(body.get("stream"))
    await _answer(visit, visit.request(body, "openai", prompt, model=model, stream=stream, operation="completions"))


async def embeddings(visit: Visit) -> None:
    body = checked_input(visit.data())
    request = visit.request(body, "openai", "", model=body.get("model", ROUTED), stream=False, operation="embeddings")
    await _answer(visit, request, _embed)


async def _embed(request: Request) -> None:
    deployment = request.services.deployment
    with recorded(request):
        with _stage(request, "route"):
            request.route = to_embeddings(request.model, deployment.fields, deployment.specialists)
        with _stage(request, "call"):
            answer = await embedded(request)
        with _stage(request, "respond"):
            await relayed(request, answer)


def _stage(request: Request, name: "Stage") -> AbstractContextManager[None]:
    """As `tracing.stage`, which is imported only where the plan has tracing on."""
    return nullcontext() if request.trace is None else request.trace.stage(name)


async def query(visit: Visit) -> None:
    await _answer(visit, _worded(_native(visit, visit.data(), stream=False)))


async def query_stream(visit: Visit) -> None:
    await _answer(visit, _worded(_native(visit, visit.data(), stream=True)))


def _worded(request: Request) -> Request:
    """The question, if its answer is a text: a native answer has no place for calls of tools. Else Failure."""
    for key in ("tools", "functions"):
        if request.body.get(key):
            raise Failure(REQUEST_INVALID, f"`{key}` goes with `/v1/chat/completions` only: answers here are text.", details={"param": key})
    return request


async def explain(visit: Visit) -> None:
    request = _native(visit, visit.data(), stream=False)
    route = visit.services.deployment.routed(request)
    visit.document(200, {"request_id": request.id, "trace_id": request.trace_id, **reasoned(request, route)})


def _native(visit: Visit, data: object, *, stream: bool) -> Request:
    """A native question as the chat request it stands for: `query`, or `messages` as in a chat; `field` or `specialist` pin the route."""
    if not isinstance(data, dict):
        raise Failure(REQUEST_INVALID, "The body must be a JSON object.")
    for key in NATIVE_KEYS | {"model"}:
        if key in data and not isinstance(data[key], str):
            raise Failure(REQUEST_INVALID, f"`{key}` must be a string.", details={"param": key})
    if ("query" in data) == ("messages" in data):
        raise Failure(REQUEST_INVALID, "Send either `query` or `messages`.", details={"param": "query"})
    if "query" in data and not data["query"].strip():
        raise Failure(REQUEST_INVALID, "`query` is empty.", details={"param": "query"})
    chat = {key: value for key, value in data.items() if key not in NATIVE_KEYS}
    if "query" in data:
        chat["messages"] = [{"role": "user", "content": data["query"]}]
    chat["stream"] = stream
    model = data.get("specialist") or data.get("field") or data.get("model") or ROUTED
    body = checked_body(chat)
    return visit.request(
        body, "native", *question_of(body["messages"]), model=model, stream=stream, session_id=data.get("session_id"), held=data
    )
