import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aua_runtime import arbitrate
from aua_runtime.contract import spans
from aua_runtime.contract.spans import SCHEMA_URL, SPANS, Attribute, SpanForm
from aua_runtime.plan import CallLimits, Hedge, Retries, Tracing
from aua_runtime.tracing import exporter
from harness import (
    STREAM,
    Hand,
    Models,
    Script,
    Wire,
    ask,
    chunk,
    completion,
    fails,
    hangs,
    models,
    one_field,
    paced,
    says,
    specialist,
    streams,
    subject,
    two_fields,
)
from tracing_sink import Span, Traced, attributes, named, takes, traced

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
ROOT = "POST /v1/chat/completions"
INTERNAL, SERVER, CLIENT = 1, 2, 3

Test = Callable[[Traced, Models, Models], Awaitable[None]]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans do not wait for others."""
    monkeypatch.setattr(exporter, "BATCH_S", 0.01)


def with_router(
    test: Test, folder: Path, alpha: Sequence[Script] = (says(),), beta: Sequence[Script] = (says(),), hand: Any = two_fields, **more: Any
) -> None:
    async def inner() -> None:
        async with models(*alpha) as first, models(*beta) as second, traced(hand(first, second), folder, **more) as it:
            await test(it, first, second)

    asyncio.run(asyncio.wait_for(inner(), 20))


def judged(alpha: Models, beta: Models) -> Hand:
    """Two fields whose answers are compared by a judge, the model server of the second."""
    a = specialist("a", "alpha", alpha.url)
    b = specialist("b", "beta", alpha.url)
    judge = specialist("judge", None, beta.url)
    fields = (subject("alpha", a), subject("beta", b))
    return Hand(
        fields, (a, b, judge), judge=arbitrate.Judge(judge, "Judge.", "No answer.", always_for_high_risk=False), abstention="No answer."
    )


def verdict(word: str, confidence: float = 0.9) -> Script:
    return says(json.dumps({"reason": "because", "verdict": word, "confidence": confidence}))


def done(found: list[Span]) -> bool:
    return any(span.kind == SERVER for span in found)


def by_id(found: list[Span]) -> dict[str, Span]:
    return {span.id: span for span in found}


def above(found: list[Span], span: Span) -> list[str]:
    """The names of a span's ancestors, from the nearest."""
    known, names = by_id(found), []
    while span.parent_id in known:
        span = known[span.parent_id]
        names.append(span.name)
    return names


def test_each_stage_of_a_question_is_a_span_inside_the_one_of_the_request(tmp_path: Path) -> None:
    async def test(it: Traced, alpha: Models, _: Models) -> None:
        answer = await it.router.chat(headers={"x-aua-session-id": "talk-1"}, temperature=0.5, max_tokens=9)
        found = await it.spans(done)
        root = named(found, ROOT)[0]
        assert {span.name: above(found, span) for span in found} == {
            ROOT: [],
            "route": [ROOT],
            "classify": ["route", ROOT],
            "call": [ROOT],
            "chat model-of-a": ["call", ROOT],
            "respond": [ROOT],
            "score": [ROOT],
            "settle": [ROOT],
        }
        assert {span.trace_id for span in found} == {answer.headers["x-aua-trace-id"]}
        assert all(root.started_ns <= span.started_ns <= span.ended_ns <= root.ended_ns for span in found)
        assert (root.kind, named(found, "chat model-of-a")[0].kind, named(found, "route")[0].kind) == (SERVER, CLIENT, INTERNAL)
        assert not any(span.failed for span in found)
        expected = {
            "http.request.method": "POST",
            "http.route": "/v1/chat/completions",
            "http.response.status_code": 200,
            "aua.outcome": "answered",
            "aua.field": "alpha",
            "aua.mode": "single",
            "aua.specialist": "a",
            "aua.request_id": answer.headers["x-request-id"],
            "gen_ai.conversation.id": "talk-1",
        }
        assert expected.items() <= root.attributes.items()
        call = named(found, "chat model-of-a")[0].attributes
        expected = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "vllm",
            "gen_ai.request.model": "model-of-a",
            "gen_ai.request.temperature": 0.5,
            "gen_ai.request.max_tokens": 9,
            "gen_ai.response.id": "c-1",
            "gen_ai.response.model": "served",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.input_tokens": 7,
            "gen_ai.usage.output_tokens": 3,
            "server.port": alpha.port,
            "aua.call.reason": "first",
        }
        assert expected.items() <= call.items()

    with_router(test, tmp_path)


def test_a_callers_trace_goes_on_and_each_call_is_the_parent_of_what_its_server_does(tmp_path: Path) -> None:
    async def test(it: Traced, alpha: Models, _: Models) -> None:
        await it.router.chat(headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"})
        found = await it.spans(done)
        assert {(span.trace_id, span.state) for span in found} == {(TRACE, "vendor=1")}
        assert named(found, ROOT)[0].parent_id == PARENT
        calls = named(found, "chat model-of-a")
        assert [seen.headers["traceparent"] for seen in alpha.seen] == [f"00-{TRACE}-{call.id}-01" for call in calls]
        assert {seen.headers["tracestate"] for seen in alpha.seen} == {"vendor=1"}
        assert [call.attributes["aua.call.reason"] for call in calls] == ["first", "retry"]

    with_router(test, tmp_path, alpha=(fails(503), says()))


def test_a_long_state_is_passed_on_and_not_repeated_in_every_span(tmp_path: Path) -> None:
    async def test(it: Traced, alpha: Models, _: Models) -> None:
        state = ",".join(f"vendor{number}={'x' * 200}" for number in range(9))
        await it.router.chat(headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": state})
        found = await it.spans(done)
        assert alpha.seen[0].headers["tracestate"] == state
        assert {span.trace_id for span in found} == {TRACE}
        assert {span.state for span in found} == {""}

    with_router(test, tmp_path)


def test_a_retry_and_a_fallback_are_calls_of_their_own_and_say_what_failed(tmp_path: Path) -> None:
    async def test(it: Traced, _alpha: Models, _beta: Models) -> None:
        await it.router.chat()
        found = await it.spans(done)
        calls = [
            (span.attributes["aua.specialist"], span.attributes["aua.call.reason"], span.failed) for span in found if span.kind == CLIENT
        ]
        assert calls == [("a", "first", True), ("a", "retry", True), ("b", "fallback", False)]
        first, retry, _ = (span for span in found if span.kind == CLIENT)
        assert (first.attributes["error.type"], first.attributes["http.response.status_code"]) == ("AUA_BACKEND_ERROR", 500)
        assert (retry.attributes["http.request.resend_count"], "http.request.resend_count" in first.attributes) == (1, False)
        call = named(found, "call")[0]
        assert call.events["aua.retry"]["error.type"] == "AUA_BACKEND_ERROR"
        assert not named(found, ROOT)[0].failed

    with_router(test, tmp_path, alpha=(fails(500),))


def test_a_stream_is_one_call_until_its_end_with_the_moment_of_its_first_words(tmp_path: Path) -> None:
    async def test(it: Traced, _alpha: Models, _beta: Models) -> None:
        await it.router.chat(stream=True)
        found = await it.spans(done)
        call = named(found, "chat model-of-a")[0]
        assert call.attributes["gen_ai.request.stream"] is True
        assert "aua.first_token" in call.events
        assert 0 < call.attributes["gen_ai.response.time_to_first_chunk"] < (call.ended_ns - call.started_ns) / 1e9 - 0.05
        assert call.attributes["gen_ai.response.finish_reasons"] == ["stop"]

    with_router(test, tmp_path, alpha=(paced(*STREAM),))


def test_a_fan_out_shows_every_candidate_with_its_worth_and_the_judges_calls_inside_the_decision(tmp_path: Path) -> None:
    async def test(it: Traced, _alpha: Models, _beta: Models) -> None:
        await it.router.chat("alpha beta")
        found = await it.spans(done)
        calls = {span.attributes["aua.specialist"]: span for span in found if span.kind == CLIENT}
        assert {name: above(found, span)[:2] for name, span in calls.items()} == {
            "a": ["call", ROOT],
            "b": ["call", ROOT],
            "judge": ["judge", "arbitrate"],
        }
        assert all(0 <= calls[name].attributes["aua.utility"] <= 1 for name in ("a", "b"))
        assert calls["a"].attributes["aua.cost_micro"] == 26
        decision = named(found, "arbitrate")[0].attributes
        assert (decision["aua.verdict.basis"], decision["aua.verdict"]) == ("score", "neither")
        assert named(found, "safety")
        assert len([span for span in found if span.attributes.get("aua.specialist") == "judge"]) == 2
        assert "gen_ai.request.temperature" not in calls["judge"].attributes

    async def varied(wire: Wire) -> None:
        await wire.whole(completion("2 + 2 = 4" if wire.seen.body["model"] == "model-of-a" else "Elephants are grey."))

    with_router(test, tmp_path, alpha=(varied,), beta=(says("no verdict"),), hand=judged)


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_that_fails_says_so_on_every_span_that_failed(tmp_path: Path, *, stream: bool) -> None:
    async def test(it: Traced, _alpha: Models, _beta: Models) -> None:
        answer = await it.router.chat(stream=stream)
        assert answer.status == 502
        found = await it.spans(done)
        root = named(found, ROOT)[0]
        assert (root.failed, root.attributes["error.type"], root.attributes["http.response.status_code"]) == (
            True,
            "AUA_BACKEND_ERROR",
            502,
        )
        assert named(found, "call")[0].failed
        assert root.attributes["aua.outcome"] == "failed"

    with_router(test, tmp_path, alpha=(fails(500),), beta=(fails(500),))


def test_a_stream_that_breaks_off_is_an_error_behind_a_status_of_200(tmp_path: Path) -> None:
    async def breaks(wire: Wire) -> None:
        await wire.head()
        await wire.chunk(chunk({"content": "An "}))
        await wire.cut()

    async def test(it: Traced, _alpha: Models, _beta: Models) -> None:
        await it.router.chat(stream=True)
        root = named(await it.spans(done), ROOT)[0]
        said = (root.failed, root.attributes["http.response.status_code"], root.attributes["error.type"])
        assert said == (True, 200, "AUA_STREAM_INTERRUPTED")

    with_router(test, tmp_path, alpha=(breaks,))


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "name"),
    [
        ("POST", "/v1/chat/completions", {"messages": []}, 400, ROOT),
        ("POST", "/v1/chat/completions", {"model": "nobody", "messages": [{"role": "user", "content": "a"}]}, 404, ROOT),
        ("POST", "/v1/nowhere", {}, 404, "POST"),
        ("GET", "/query", None, 405, "GET /query"),
    ],
)
def test_what_is_refused_is_a_span_and_no_failure_of_ours(
    tmp_path: Path, method: str, path: str, body: object, status: int, name: str
) -> None:
    async def test(it: Traced, _alpha: Models, _beta: Models) -> None:
        answer = await ask(it.router.port, method, path, body)
        found = await it.spans(done)
        root = next(span for span in found if span.kind == SERVER)
        assert answer.status == root.attributes["http.response.status_code"] == status
        assert (root.name, root.failed, root.attributes["error.type"].startswith("AUA_")) == (name, False, True)
        assert len([span for span in found if span.kind == SERVER]) == 1

    with_router(test, tmp_path)


def test_a_client_that_leaves_ends_its_spans_as_cancelled(tmp_path: Path) -> None:
    async def test(it: Traced, alpha: Models, _beta: Models) -> None:
        asking = asyncio.create_task(it.router.chat())
        while not alpha.seen:  # noqa: ASYNC110 - nothing can tell it
            await asyncio.sleep(0.01)
        asking.cancel()
        found = await it.spans(done)
        root = named(found, ROOT)[0]
        assert (root.attributes["aua.outcome"], root.attributes["error.type"], root.failed) == ("cancelled", "cancelled", False)
        assert "http.response.status_code" not in root.attributes
        assert named(found, "chat model-of-a")[0].attributes["error.type"] == "cancelled"

    with_router(test, tmp_path, alpha=(hangs,))


def test_a_hedge_is_a_second_call_beside_the_first(tmp_path: Path) -> None:
    def hand(alpha: Models, beta: Models) -> Hand:
        return one_field(alpha.url, replicas=(beta.url,), hedge=Hedge(0.05, 1.0))

    async def test(it: Traced, _alpha: Models, _beta: Models) -> None:
        await it.router.chat()
        found = await it.spans(done)
        reasons = {span.attributes["aua.call.reason"]: span.attributes.get("error.type") for span in found if span.kind == CLIENT}
        assert reasons == {"first": "cancelled", "hedge": None}

    asked: list[bool] = []

    async def once(wire: Wire) -> None:
        if asked:
            await says()(wire)
        else:
            asked.append(True)
            await hangs(wire)

    with_router(test, tmp_path, alpha=(once,), beta=(once,), hand=hand)


def test_words_are_part_of_spans_only_where_they_were_asked_for(tmp_path: Path) -> None:
    async def test(it: Traced, _alpha: Models, _beta: Models) -> None:
        await it.router.chat("the secret of alpha")
        await it.spans(done)
        assert all("secret of alpha" not in json.dumps(seen.body) and "An answer." not in json.dumps(seen.body) for seen in it.sink.seen)

    with_router(test, tmp_path)


def test_words_that_were_asked_for_come_in_the_conventions_shape(tmp_path: Path) -> None:
    async def inner() -> None:
        async with models(says()) as alpha, models(says()) as beta, models(takes) as sink:
            where = Tracing(sink.url, content=True)
            async with traced(two_fields(alpha, beta), tmp_path, sink=sink, where=where) as it:
                await it.router.chat("alpha 🦉 question")
                call = named(await it.spans(done), "chat model-of-a")[0].attributes
                asked, answered = (json.loads(call[f"gen_ai.{side}.messages"]) for side in ("input", "output"))
                assert asked == [{"role": "user", "parts": [{"type": "text", "content": "alpha 🦉 question"}]}]
                assert answered == [{"role": "assistant", "parts": [{"type": "text", "content": "An answer."}], "finish_reason": "stop"}]

    asyncio.run(asyncio.wait_for(inner(), 20))


# --- the registry, both ways


def form_of(span: Span) -> SpanForm:
    if span.kind == SERVER:
        return spans.SERVER
    if span.kind == CLIENT:
        return spans.CLIENT
    return next(form for form in SPANS if form.name == span.name)


TYPES = {"string": str, "int": int, "double": float, "boolean": bool, "string[]": list}


def declared(attributes: Sequence[Attribute], told: dict[str, Any]) -> set[str]:
    types = {attribute.name: attribute.type for attribute in attributes}
    assert told.keys() <= types.keys()
    assert all(type(value) is TYPES[types[name]] for name, value in told.items()), told
    return set(told)


def test_everything_exported_is_in_the_registry_and_everything_in_the_registry_is_exported(tmp_path: Path) -> None:
    everything: list[Span] = []
    resources: list[dict[str, Any]] = []

    async def ways(it: Traced, alpha: Models) -> None:
        chat = it.router.chat
        await chat("alpha", temperature=1, top_p=0.5, max_tokens=5, headers={"x-aua-session-id": "s"})
        alpha.scripts[:] = [streams()]
        await chat("alpha", stream=True)
        alpha.scripts[:] = [_varied]
        await chat("alpha beta")
        alpha.scripts[:] = [fails(500), says()]
        alpha.seen.clear()
        await chat("alpha")
        alpha.scripts[:] = [_slow]
        await asyncio.gather(*(chat("alpha") for _ in range(2)))
        alpha.scripts[:] = [fails(500)]
        for _ in range(4):
            await chat("alpha")
        await ask(it.router.port, "POST", "/v1/nowhere", {})
        everything.extend(await it.spans(lambda found: len([span for span in found if span.kind == SERVER]) == 11))
        resources.extend(it.resources)

    def hand(alpha: Models, beta: Models) -> Hand:
        made = judged(alpha, beta)
        retries = Retries(max=1, base_s=0.001, cap_s=0.01, budget=1.0)
        a = replace(made.specialists[0], limits=CallLimits(1, 5), retries=retries)
        fields = (replace(made.fields[0], specialists=(a,)), made.fields[1])
        return replace(made, fields=fields, specialists=(a, *made.specialists[1:]))

    async def content() -> None:
        async with models(says()) as alpha, models(verdict("neither")) as beta, models(takes) as sink:
            where = Tracing(sink.url, content=True)
            async with traced(hand(alpha, beta), tmp_path, sink=sink, where=where) as it:
                await ways(it, alpha)

    asyncio.run(asyncio.wait_for(content(), 30))
    seen: dict[str, set[str]] = {}
    events: dict[str, set[str]] = {}
    for span in everything:
        form = form_of(span)
        seen.setdefault(form.name, set()).update(declared(form.attributes, span.attributes))
        known = {event.name: event for event in form.events}
        for name, told in span.events.items():
            events.setdefault(form.name, set()).add(name)
            declared(known[name].attributes, told)
    missing = {form.name: {one.name for one in form.attributes} - seen.get(form.name, set()) - {"error.type"} for form in SPANS}
    assert {name: gone for name, gone in missing.items() if gone} == {}
    unseen = {form.name: {one.name for one in form.events} - events.get(form.name, set()) for form in SPANS}
    assert {name: gone for name, gone in unseen.items() if gone} == {"judge": {"aua.retry", "aua.queued", "aua.resting"}}
    assert all(one["schemaUrl"] == SCHEMA_URL for one in resources)
    assert declared(spans.RESOURCE, attributes(resources[0]["resource"]["attributes"])) == {one.name for one in spans.RESOURCE}


async def _varied(wire: Wire) -> None:
    """Answers that contradict each other; the first holds something to check, and both their probabilities."""
    text = "2 + 2 = 4 and 3 + 3 = 6" if wire.seen.body["model"] == "model-of-a" else "Elephants are grey."
    await wire.whole(completion(text, logprobs={"content": [{"token": "2", "logprob": -0.1}]}))


async def _slow(wire: Wire) -> None:
    await asyncio.sleep(0.05)
    await wire.whole(completion())


def test_a_completion_has_the_stages_of_a_chat_and_an_embedding_those_that_vectors_pass(tmp_path: Path) -> None:
    async def text(wire: Wire) -> None:
        await wire.whole({"id": "c", "choices": [{"index": 0, "text": "more", "finish_reason": "stop"}]})

    async def vectors(wire: Wire) -> None:
        await wire.whole({"object": "list", "data": [{"index": 0, "embedding": [0.5]}], "usage": {"prompt_tokens": 5, "total_tokens": 5}})

    def hand(alpha: Models, beta: Models) -> Hand:
        a, b = specialist("a", "alpha", alpha.url), specialist("b", "beta", beta.url, embeddings=True)
        return Hand((subject("alpha", a), subject("beta", b)), (a, b))

    async def test(it: Traced, _: Models, beta: Models) -> None:
        await ask(it.router.port, "POST", "/v1/completions", {"prompt": "alpha", "model": "aua"})
        await ask(it.router.port, "POST", "/v1/embeddings", {"input": "alpha", "model": "aua"})
        beta.scripts[:] = [fails(500)]
        await ask(it.router.port, "POST", "/v1/embeddings", {"input": "alpha", "model": "aua"})
        found = await it.spans(lambda found: len([span for span in found if span.kind == SERVER]) == 3)
        of = {root.id: {span.name for span in found if span.trace_id == root.trace_id} for root in found if root.kind == SERVER}
        completed, embedded, failed = of.values()
        assert completed == {
            "POST /v1/completions",
            "route",
            "classify",
            "call",
            "text_completion model-of-a",
            "respond",
            "score",
            "settle",
        }
        assert embedded == {"POST /v1/embeddings", "route", "call", "embeddings model-of-b", "respond", "settle"}
        assert failed == embedded - {"respond"}
        (route,) = (span for span in named(found, "route") if span.trace_id == named(found, "POST /v1/embeddings")[0].trace_id)
        assert route.attributes["aua.specialists"] == ["b"]

    with_router(test, tmp_path, alpha=(text,), beta=(vectors,), hand=hand)
