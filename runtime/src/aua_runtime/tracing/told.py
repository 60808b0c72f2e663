"""What the spans of a finished request say: their attributes, from what the request carries. Prompts and answers only where asked for."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from aua_runtime.contract import spans
from aua_runtime.contract.errors import INTERNAL, Failure
from aua_runtime.contract.prices import PICO
from aua_runtime.contract.spans import STAGES
from aua_runtime.cost.amount import amount_pico
from aua_runtime.request import text_of
from aua_runtime.statuses import OK
from aua_runtime.tracing.trace import Called, Span, Trace, Values, error_of

if TYPE_CHECKING:
    from aua_runtime.request import Answer, Request
    from aua_runtime.visit import Visit

TEXT_CHARACTERS = 200
"""Of what a model server chose: its model's name, an answer's id."""
CONTENT_CHARACTERS = 16_384
"""Of each message, where content is recorded at all."""
MESSAGES_MAX = 50
INTEGER_MAX = 2**53

_OPERATIONS = {"chat": "chat", "completions": "text_completion", "embeddings": "embeddings"}


def asked_for(visit: "Visit", *, known: bool) -> Values:
    """What is known of a request before anybody has looked at what it asks; `known` says whether there is such a route."""
    found: Values = {spans.METHOD: visit.method, spans.URL_SCHEME: "http", spans.REQUEST_ID: visit.id}
    return {**found, spans.ROUTE_TEMPLATE: visit.path, spans.URL_PATH: visit.path} if known else found


def tell(trace: Trace, request: "Request", error: BaseException | None, *, content: bool) -> None:
    """Fill the spans of a request that is over."""
    root = trace.root
    root.ended_s = request.services.clock()
    root.values |= dict(_of_request(request, error))
    root.error = error_of(error)
    for span in trace.stages:
        if span.form in {STAGES["route"], STAGES["classify"]}:
            span.values |= dict(_of_route(request, span))
    for called in trace.calls:
        _tell_call(called, request, content=content)


def name_of(root: Span) -> str:
    """The name of a request's own span: method and route, the method alone where there is no such route."""
    route = root.values.get(spans.ROUTE_TEMPLATE)
    return f"{root.values[spans.METHOD]} {route}" if route is not None else str(root.values[spans.METHOD])


def refused(trace: Trace, failure: Failure) -> None:
    """Fill the only span of a request that was refused at once."""
    trace.root.values[spans.STATUS] = failure.status
    trace.root.error = failure.code.name


def _of_request(request: "Request", error: BaseException | None) -> "Iterator[tuple[Any, Any]]":
    status = _status(request, error)
    if status is not None:
        yield spans.STATUS, status
    yield spans.PLAN_DIGEST, request.services.plan_digest
    yield spans.OUTCOME, request.outcome
    if request.session_named:
        yield spans.CONVERSATION, request.session_id
    if request.route is not None:
        yield spans.FIELD, request.route.field_name
        yield spans.MODE, request.route.mode
    answer = request.answer
    if answer is None:
        return
    if answer.specialist is not None:
        yield spans.SPECIALIST, answer.specialist.name
    if answer.score is not None:
        yield spans.UTILITY, answer.score.utility
    if answer.abstention is not None:
        yield spans.ABSTENTION, answer.abstention.reason


def _status(request: "Request", error: BaseException | None) -> int | None:
    """The status that the client got; None where it left before there was one."""
    if error is None or request.client.started:
        return OK
    if isinstance(error, Failure):
        return error.status
    return INTERNAL.status if isinstance(error, Exception) else None


def _of_route(request: "Request", span: Span) -> "Iterator[tuple[Any, Any]]":
    route = request.route
    if route is None:
        return
    if span.form is STAGES["classify"]:
        field = next(iter(route.probabilities))
        yield spans.FIELD, field
        yield spans.PROBABILITY, route.probabilities[field]
        return
    yield spans.FIELD, route.field_name
    yield spans.MODE, route.mode
    yield spans.REASON, route.reason
    yield spans.ASKED, tuple(specialist.name for specialist in route.specialists)
    if route.probabilities:
        yield spans.PROBABILITY, route.probability


def _tell_call(called: Called, request: "Request", *, content: bool) -> None:
    span, call = called.span, called.call
    span.ended_s = call.ended_s if call.ended_s is not None else request.services.clock()
    span.error = call.error
    span.values = dict(_of_call(called, request))
    span.name = f"{span.values[spans.OPERATION]} {span.values[spans.REQUEST_MODEL]}"
    if called.stream and call.first_token_s is not None:
        span.values[spans.FIRST_CHUNK] = call.first_token_s - call.started_s
        span.events.append((spans.FIRST_TOKEN, call.first_token_s, {}))
    if called.answer is not None:
        span.values |= dict(_of_answer(called, called.answer))
    if content and not called.own:
        span.values |= dict(_content(called, request))


def _of_call(called: Called, request: "Request") -> "Iterator[tuple[Any, Any]]":
    call, upstream = called.call, called.upstream
    specialist = upstream.specialist
    yield spans.OPERATION, _OPERATIONS[called.operation]
    yield spans.PROVIDER, specialist.engine.name
    yield spans.REQUEST_MODEL, request.services.upstreams[specialist.name].model
    yield spans.SERVER_ADDRESS, upstream.address.host
    yield spans.SERVER_PORT, upstream.address.port
    yield spans.SPECIALIST, specialist.name
    yield spans.CALL_REASON, called.why
    if called.stream:
        yield spans.REQUEST_STREAM, True
    if called.attempt and called.why == "retry":
        yield spans.RESENDS, called.attempt
    if request.session_named and not called.own:
        yield spans.CONVERSATION, request.session_id
    if not called.own:
        yield from _wished(request.body)
    if call.status is not None:
        yield spans.STATUS, call.status
    if call.prompt_tokens or call.completion_tokens:
        yield spans.INPUT_TOKENS, call.prompt_tokens
        yield spans.OUTPUT_TOKENS, call.completion_tokens
    price = request.settings.prices.of.get(specialist.name)
    amount = None if price is None else amount_pico(price, call)
    if amount is not None:
        yield spans.COST, amount // PICO


def _wished(body: Mapping[str, Any]) -> "Iterator[tuple[Any, Any]]":
    """How the client wants its answer made, where it says so in a form that can be told."""
    most = body.get("max_completion_tokens", body.get("max_tokens"))
    if type(most) is int and abs(most) < INTEGER_MAX:
        yield spans.MAX_TOKENS, most
    for key, attribute in (("temperature", spans.TEMPERATURE), ("top_p", spans.TOP_P)):
        value = body.get(key)
        if isinstance(value, int | float) and abs(value) < INTEGER_MAX:
            yield attribute, float(value)


def _of_answer(called: Called, answer: "Answer") -> "Iterator[tuple[Any, Any]]":
    for key, attribute in (("id", spans.RESPONSE_ID), ("model", spans.RESPONSE_MODEL)):
        value = called.told.get(key)
        if isinstance(value, str) and value:
            yield attribute, value[:TEXT_CHARACTERS]
    if answer.finish_reason is not None:
        yield spans.FINISH_REASONS, (answer.finish_reason,)
    score = answer.score
    if score is None:
        return
    yield spans.UTILITY, score.utility
    yield spans.EFFICACY, score.efficacy
    yield spans.CURIOSITY, score.curiosity
    if score.confidence is not None:
        yield spans.CONFIDENCE, score.confidence
    if score.checks.passed or score.checks.failed:
        yield spans.CHECKS_PASSED, score.checks.passed
        yield spans.CHECKS_FAILED, score.checks.failed


def _content(called: Called, request: "Request") -> "Iterator[tuple[Any, Any]]":
    """The words themselves, in the conventions' shape of messages."""
    messages = request.body.get("messages")
    asked = messages[-MESSAGES_MAX:] if isinstance(messages, list) else [{"role": "user", "content": request.question}]
    if called.operation != "embeddings":
        yield spans.INPUT_MESSAGES, _json([_message(message["role"], text_of(message)) for message in asked])
    answer = called.answer
    if answer is not None and answer.text:
        yield spans.OUTPUT_MESSAGES, _json([{**_message("assistant", answer.text), "finish_reason": answer.finish_reason or ""}])


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text[:CONTENT_CHARACTERS]}]}


def _json(data: object) -> str:
    return orjson.dumps(data).decode()
