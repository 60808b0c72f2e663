"""The listeners: which paths exist, who may ask, and what is refused before a question is one."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aua_runtime.contract.metrics import METRICS
from aua_runtime.contract.prices import TokenPrice, prices
from aua_runtime.contract.routes import ENDPOINTS, endpoints_of
from aua_runtime.contract.settings import CorsSettings
from aua_runtime.plan import Limits
from aua_runtime.status.samples import parsed
from harness import (
    DEFAULT_SETTINGS,
    Hand,
    Router,
    Wire,
    ask,
    chunk,
    completion,
    fails,
    hangs,
    models,
    one_field,
    paced,
    request_bytes,
    router,
    says,
    specialist,
    streams,
    subject,
    two_fields,
    until,
)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def with_router(test: Callable[[Router], Awaitable[None]], tmp_path: Path, **more: object) -> None:
    """Run a test against a router of two fields whose models answer."""

    async def inner() -> None:
        async with models(says("from a")) as alpha, models(says("from b")) as beta, router(two_fields(alpha, beta), tmp_path, **more) as it:
            await test(it)

    run(inner)


def test_every_endpoint_of_the_table_is_answered_on_its_listener_and_on_no_other(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        for face, port in (("public", it.port), ("management", it.management)):
            mine = {(endpoint.method, endpoint.path) for endpoint in endpoints_of(face)}
            for endpoint in ENDPOINTS:
                path = endpoint.path.replace("{model}", "aua")
                answer = await ask(port, endpoint.method, path, {} if endpoint.method == "POST" else None)
                known = endpoint.path in {path for _, path in mine}
                assert (answer.status != 404) == known, endpoint.path
                wrong = await ask(port, "DELETE", path)
                assert wrong.status == (405 if known else 404)

    with_router(test, tmp_path)


def test_errors_have_openais_shape_under_v1_and_our_own_elsewhere(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        openai = await ask(it.port, "POST", "/v1/chat/completions", {"messages": []})
        native = await ask(it.port, "POST", "/query", {})
        assert set(openai.data["error"]) == {"message", "type", "param", "code"}
        assert openai.data["error"]["param"] == "messages"
        assert set(native.data) == {"error", "message", "trace_id", "details"}
        assert native.data["error"] == "AUA_REQUEST_INVALID"
        assert native.data["trace_id"] == native.headers["x-aua-trace-id"]

    with_router(test, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"messages": "hi"}',
        b'{"messages": [{}]}',
        b'{"messages": [{"role": "user", "content": 7}]}',
        b'{"messages": [{"role": "user"}], "model": 7}',
        b'{"messages": [{"role": "user"}], "stream": "yes"}',
        b'{"messages": [{"role": "user"}], "stream_options": {}, "stream": false, "x": NaN}',
        b"\xff\xfe",
    ],
)
def test_what_is_not_a_chat_request_is_refused(tmp_path: Path, body: bytes) -> None:
    async def test(it: Router) -> None:
        answer = await ask(it.port, "POST", "/v1/chat/completions", body)
        assert (answer.status, answer.data["error"]["code"]) == (400, "AUA_REQUEST_INVALID")

    with_router(test, tmp_path)


def test_messages_of_parts_are_read_for_their_text(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        parts = [{"type": "image_url", "image_url": {"url": "data:"}}, {"type": "text", "text": "beta"}]
        answer = await ask(it.port, "POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": parts}]})
        assert answer.headers["x-aua-field"] == "beta"

    with_router(test, tmp_path)


def test_a_model_name_pins_a_specialist_or_a_field(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        for model, field in (("b", "beta"), ("beta", "beta"), ("beta-alias", "beta"), ("a", "alpha"), ("aua", "alpha")):
            assert (await it.chat("alpha", model=model)).headers["x-aua-field"] == field
        unknown = await it.chat(model="gpt-none")
        assert (unknown.status, unknown.data["error"]["code"]) == (404, "AUA_MODEL_UNKNOWN")
        listed = await ask(it.port, "GET", "/v1/models")
        assert [model["id"] for model in listed.data["data"]] == ["aua", "a", "b", "alpha", "beta"]
        one = await ask(it.port, "GET", "/v1/models/beta-alias")
        assert (one.data["id"], one.data["kind"], one.data["field"]) == ("beta-alias", "field", "beta")
        none = await ask(it.port, "GET", "/v1/models/none")
        assert (none.status, none.data["error"]["code"]) == (404, "AUA_MODEL_UNKNOWN")

    with_router(test, tmp_path)


def test_the_key_is_asked_for_where_the_table_says_so(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        for face, port in (("public", it.port), ("management", it.management)):
            for endpoint in endpoints_of(face):
                body = {} if endpoint.method == "POST" else None
                statuses = [
                    (await ask(port, endpoint.method, endpoint.path, body, headers)).status
                    for headers in (
                        {},
                        {"authorization": "Bearer wrong"},
                        {"authorization": "Basic right"},
                        {"authorization": "bearer right"},
                    )
                ]
                if endpoint.keyed:
                    assert statuses[:3] == [401, 401, 401], endpoint.path
                    assert statuses[3] != 401, endpoint.path
                else:
                    assert 401 not in statuses, endpoint.path

    with_router(test, tmp_path, environment={"ROUTER_KEY": "right"}, key_env="ROUTER_KEY")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("10.1.2.3", 200),
        ("localhost", 200),
        ("app.localhost:80", 200),
        ("router:8001", 200),
        ("router.models.svc:8000", 200),
        ("router.models.svc.cluster.local", 200),
        ("LLM.example.org", 200),
        ("a.wide.example.org", 200),
        ("wide.example.org", 421),
        ("evil.example.com", 421),
        ("other.models.svc", 421),
        ("router.example.com", 421),
        ("localhost.evil.com", 421),
        ("127.0.0.1.evil.com", 421),
    ],
)
def test_a_host_that_is_not_ours_is_refused(tmp_path: Path, host: str, status: int) -> None:
    async def test(it: Router) -> None:
        for port in (it.port, it.management):
            assert (await ask(port, "GET", "/health/live", headers={"host": host})).status == status

    with_router(test, tmp_path, allowed_hosts=("llm.example.org", "*.wide.example.org"))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused(tmp_path: Path, *, chunked: bool) -> None:
    async def test(it: Router) -> None:
        body = json.dumps({"messages": [{"role": "user", "content": "x" * 20_000}]}).encode()
        if not chunked:
            answer = (await ask(it.port, "POST", "/v1/chat/completions", body)).status
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(b"POST /query HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body))
            answer = int((await reader.readline()).split()[1])
            writer.close()
        assert answer == 413

    with_router(test, tmp_path)


def test_a_head_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(b"GET /health/live HTTP/1.1\r\nx: " + b"y" * 5000)
        assert b"431" in await asyncio.wait_for(reader.readline(), 2)
        writer.close()

    with_router(test, tmp_path)


def test_connections_beyond_the_limit_are_turned_away(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        held = [await asyncio.open_connection("127.0.0.1", it.port) for _ in range(3)]
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        assert b"503" in await asyncio.wait_for(reader.readline(), 2)
        for _, other in (*held, (reader, writer)):
            other.close()

    with_router(test, tmp_path, limits=Limits(10_000, 4_000, 3, 10))


def test_streams_beyond_the_limit_are_refused_until_one_ends(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            models(hangs, says()) as served,
            router(one_field(served.url), tmp_path, limits=Limits(10_000, 4_000, 50, 1)) as it,
        ):
            _, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(
                request_bytes("POST", "/v1/chat/completions", {"stream": True, "messages": [{"role": "user", "content": "alpha"}]})
            )
            await until(lambda: it.running.services.open_answers == 1)
            refused = await it.chat(stream=True)
            assert (refused.status, refused.data["error"]["code"], refused.headers["retry-after"]) == (503, "AUA_OVERLOADED", "1")
            assert (await it.chat()).status == 200
            writer.transport.abort()
            await until(lambda: it.running.services.open_answers == 0)

    run(test)


def test_two_requests_sent_at_once_on_one_connection_are_answered_in_order(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        ask_one = request_bytes("POST", "/query", {"query": "alpha"})
        writer.write(ask_one + request_bytes("POST", "/query", {"query": "beta"}, {"connection": "close"}))
        both = (await asyncio.wait_for(reader.read(), 5)).decode()
        writer.close()
        assert both.index("from a") < both.index("from b")

    with_router(test, tmp_path)


# --- browsers


def test_cors_answers_allowed_origins_only(tmp_path: Path) -> None:
    settings = replace(DEFAULT_SETTINGS, cors=CorsSettings(("https://app.example.org",), credentials=True))

    async def test(it: Router) -> None:
        allowed = await it.chat(headers={"origin": "https://app.example.org"})
        assert allowed.headers["access-control-allow-origin"] == "https://app.example.org"
        assert allowed.headers["access-control-allow-credentials"] == "true"
        other = await it.chat(headers={"origin": "https://evil.example.org"})
        assert "access-control-allow-origin" not in other.headers
        asked = {"origin": "https://app.example.org", "access-control-request-method": "POST"}
        preflight = await ask(it.port, "OPTIONS", "/v1/chat/completions", headers=asked)
        assert (preflight.status, preflight.headers["access-control-allow-methods"]) == (204, "POST")
        management = await ask(it.management, "OPTIONS", "/config/reload", headers=asked)
        assert "access-control-allow-origin" not in management.headers

    with_router(test, tmp_path, settings=settings)


# --- the native dialect


def test_a_query_tells_how_it_was_answered(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        answer = (await ask(it.port, "POST", "/query", {"query": "alpha", "session_id": "mine", "temperature": 0})).data
        assert (answer["answer"], answer["specialist"], answer["field"], answer["mode"]) == ("from a", "a", "alpha", "single")
        assert (answer["session_id"], answer["abstained"], answer["plan"]) == ("mine", False, "digest")
        pinned = (await ask(it.port, "POST", "/query", {"query": "alpha", "field": "beta"})).data
        assert (pinned["specialist"], pinned["reason"]) == ("b", "pinned_field")

    with_router(test, tmp_path)


@pytest.mark.parametrize("body", [{"query": ""}, {"query": 7}, {"query": "x", "messages": []}, {"query": "x", "field": 1}, []])
def test_what_is_not_a_query_is_refused(tmp_path: Path, body: object) -> None:
    async def test(it: Router) -> None:
        assert (await ask(it.port, "POST", "/query", body)).status == 400

    with_router(test, tmp_path)


def test_a_streamed_query_is_told_as_named_events(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(streams()) as served, router(one_field(served.url), tmp_path) as it:
            answer = await ask(it.port, "POST", "/query/stream", {"query": "alpha"})
            events = [frame.split("\n")[0] for frame in answer.frames]
            kinds = ["start", "route", "specialist_start", "chunk", "chunk", "specialist_done", "done"]
            assert events == [f"event: {kind}" for kind in kinds]
            assert json.loads(answer.frames[-1].split("data: ")[1])["answer"] == "An answer."

    run(test)


def test_a_streamed_query_tells_the_first_of_several_choices(tmp_path: Path) -> None:
    second = chunk({"content": "Another."}).replace(b'"index": 0', b'"index": 1')

    async def test() -> None:
        async with (
            models(streams(chunk({"content": "An answer."}), second, second, chunk({}, "stop"), b"data: [DONE]\n\n")) as served,
            router(one_field(served.url), tmp_path) as it,
        ):
            answer = await ask(it.port, "POST", "/query/stream", {"query": "alpha", "n": 2})
            told = [frame.split("data: ")[1] for frame in answer.frames if frame.startswith("event: chunk")]
            assert [json.loads(data)["text"] for data in told] == ["An answer."]

    run(test)


@pytest.mark.parametrize("path", ["/query", "/query/stream"])
def test_a_native_question_that_offers_tools_is_sent_to_where_their_calls_have_a_place(tmp_path: Path, path: str) -> None:
    async def test() -> None:
        async with models(says()) as served, router(one_field(served.url), tmp_path) as it:
            refused = await ask(it.port, "POST", path, {"query": "alpha", "tools": [{"type": "function"}]})
            assert (refused.status, refused.data["details"]) == (400, {"param": "tools"})
            assert "/v1/chat/completions" in refused.data["message"]
            assert (await ask(it.port, "POST", "/route", {"query": "alpha", "tools": [{"type": "function"}]})).status == 200

    run(test)


def test_a_streamed_query_that_breaks_off_ends_in_an_error_event(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(paced(chunk({"content": "An "}))) as served, router(one_field(served.url), tmp_path) as it:
            answer = await ask(it.port, "POST", "/query/stream", {"query": "alpha"})
            assert answer.frames[-1].startswith("event: error\n")

    run(test)


def test_a_route_is_explained_without_a_call(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as alpha, models(says()) as beta, router(two_fields(alpha, beta), tmp_path) as it:
            told = (await ask(it.port, "POST", "/route", {"query": "alpha and beta"})).data
            assert (told["mode"], told["reason"], told["stream_mode"]) == ("fanout", "several_plausible", "decided")
            assert set(told["specialists"]) == {"a", "b"}
            assert told["thresholds"] == {"single": 0.75, "fanout": 0.3}
            assert sum(told["probabilities"].values()) == pytest.approx(1, abs=0.01)
            assert alpha.seen == beta.seen == []
            assert told["words"]["alpha"] == [{"word": "alpha", "weight": pytest.approx(3.8, abs=0.1)}]

    run(test)


# --- the management listener


def test_the_plan_is_shown_without_values_of_the_environment(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        assert (await ask(it.management, "GET", "/plan")).data["router"]["env"] == {"A": "redacted"}

    with_router(test, tmp_path)


def test_the_pace_of_a_streamed_answer_is_told_once_for_each(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(streams()) as alpha, models(streams()) as beta, router(two_fields(alpha, beta), tmp_path) as it:
            before = (await ask(it.management, "GET", "/metrics")).body
            await it.chat("alpha", stream=True)
            after = (await ask(it.management, "GET", "/metrics")).body
            assert b"aua_inter_token_seconds" not in before
            assert b'aua_inter_token_seconds_count{specialist="a"} 1' in after

    run(test)


def foreign(text: str) -> Iterator[str]:
    """Values of closed labels that the contract does not have."""
    samples = parsed(text)
    for metric in METRICS:
        for series in metric.series:
            for sample in samples.of(series):
                for label in metric.labels:
                    if not (label.names_of or label.free) and sample.labels[label.name] not in label.values:
                        yield f"{series}: {label.name}={sample.labels[label.name]}"


def test_metrics_are_of_the_contract_and_count_what_happened(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        await it.chat("alpha")
        await it.chat("alpha and beta", stream=True)
        await it.chat(model="nobody")
        text = (await ask(it.management, "GET", "/metrics")).body.decode()
        known = {series for metric in METRICS for series in metric.series}
        shown = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}
        assert shown <= known
        assert list(foreign(text)) == []
        assert 'aua_query_total{field="alpha",mode="single",outcome="answered"} 1' in text
        assert 'aua_errors_total{code="AUA_MODEL_UNKNOWN"} 1' in text
        assert 'aua_prompt_tokens_total{specialist="a"} 14' in text
        assert 'aua_answers_total{specialist="a"} ' in text
        assert "aua_server_up" not in text  # each has one
        assert 'aua_comparisons_total{field="' in text
        assert 'aua_upstream_in_flight{specialist="a"} 0' in text
        assert "aua_streams_open 0" in text

    with_router(test, tmp_path)


def test_the_router_is_ready_once_started_and_names_its_breakers(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        for port in (it.port, it.management):
            ready = await ask(port, "GET", "/health/ready")
            assert (ready.status, ready.data["breakers"]) == (200, {"a": "closed", "b": "closed"})
            assert (await ask(port, "GET", "/health/startup")).status == 200
            version = (await ask(port, "GET", "/version")).data
            assert (version["plan"], version["router"], version["structure"]) == ("digest", "its part", "structure")

    with_router(test, tmp_path)


def test_an_error_of_ours_shows_the_client_nothing_of_itself(tmp_path: Path) -> None:
    class Broken(Hand):
        def routed(self, request: object) -> object:  # type: ignore[override]  # noqa: ARG002 - it never gets that far
            raise ZeroDivisionError("secret text")

    async def test() -> None:
        async with models(says()) as served:
            a = specialist("a", "alpha", served.url)
            async with router(Broken((subject("alpha", a),), (a,)), tmp_path) as it:
                answer = await it.chat()
                assert (answer.status, answer.data["error"]["code"]) == (500, "AUA_INTERNAL")
                assert "secret" not in answer.body.decode() + it.log.getvalue()
                assert "ZeroDivisionError" in it.log.getvalue()

    run(test)


# --- what is kept


def test_a_request_leaves_rows_and_neither_question_nor_answer(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says("UNIQUE-ANSWER")) as alpha, models(says()) as beta, router(two_fields(alpha, beta), tmp_path) as it:
            await it.chat("alpha UNIQUE-QUESTION", headers={"x-request-id": "r-1"})

    run(test)
    database = sqlite3.connect(tmp_path / "state" / "aua.db")
    assert database.execute("SELECT id, outcome, specialist, finish_reason FROM requests").fetchall() == [("r-1", "answered", "a", "stop")]
    assert database.execute("SELECT mode, field, specialists FROM routes").fetchall() == [("single", "alpha", "a")]
    assert database.execute("SELECT specialist, status, prompt_tokens, completion_tokens FROM usage").fetchall() == [("a", 200, 7, 3)]
    assert not any("UNIQUE" in line for line in database.iterdump())
    database.close()


_OF_COST = ("aua_cost", "aua_field_cost", "aua_unpriced", "aua_prices", "aua_rent")


def test_every_call_is_accounted_for_by_the_price_of_its_specialist(tmp_path: Path) -> None:
    of = {"a": TokenPrice(2_500_000, 10_000_000, 250_000)}

    async def test() -> None:
        async with models(says("x"), fails(500), says("y")) as alpha, models(says("z")) as beta:
            a = specialist("a", "alpha", alpha.url)
            b = specialist("b", "beta", beta.url)
            hand = Hand((subject("alpha", a), subject("beta", b)), (a, b))
            async with router(hand, tmp_path, settings=replace(DEFAULT_SETTINGS, prices=prices("USD", "acme@1", of))) as it:
                for question in ("alpha", "alpha", "beta"):
                    await it.chat(question)
                told = (await ask(it.management, "GET", "/metrics")).body.decode()
        id_ = prices("USD", "acme@1", of).id
        assert [line for line in told.splitlines() if line.startswith(_OF_COST)] == [
            'aua_cost_micro_total{specialist="a"} 95',
            'aua_field_cost_micro_total{field="alpha"} 95',
            'aua_unpriced_calls_total{specialist="a"} 0',
            'aua_unpriced_calls_total{specialist="b"} 1',
            f'aua_prices_info{{currency="USD",prices="{id_}"}} 1',
        ]

    run(test)
    database = sqlite3.connect(tmp_path / "state" / "aua.db")
    rows = database.execute("SELECT specialist, status, cost_micro, prices FROM usage ORDER BY request, position").fetchall()
    id_ = prices("USD", "acme@1", of).id
    assert rows == [("a", 200, 47, id_), ("a", 500, 0, id_), ("a", 200, 48, id_), ("b", 200, None, id_)]
    database.close()


def test_clients_may_choose_the_same_request_id(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        for _ in range(3):
            await it.chat(headers={"x-request-id": "same"})

    with_router(test, tmp_path)
    database = sqlite3.connect(tmp_path / "state" / "aua.db")
    assert database.execute("SELECT count(*) FROM requests WHERE id = 'same'").fetchone() == (3,)
    database.close()


def test_odd_values_of_clients_and_servers_do_not_keep_a_request_from_being_recorded(tmp_path: Path) -> None:
    odd = completion("x", finish_reason={"odd": True})
    odd["usage"] = {"prompt_tokens": 2**60, "completion_tokens": "many"}

    async def script(wire: Wire) -> None:
        await wire.whole(odd)

    async def test() -> None:
        async with models(script) as served, router(one_field(served.url), tmp_path) as it:
            assert (await it.chat()).status == 200
            assert (await it.chat(model="\0" + "x" * 5000)).status == 404
            await asyncio.sleep(0.05)
            assert it.running.services.recorder.healthy

    run(test)
    database = sqlite3.connect(tmp_path / "state" / "aua.db")
    assert database.execute("SELECT count(*), max(length(model)) FROM requests").fetchone() == (2, 99)
    database.close()


@pytest.mark.parametrize(("trusted", "client"), [(("127.0.0.1",), "203.0.113.7"), ((), "127.0.0.1"), (("10.0.0.0/8",), "127.0.0.1")])
def test_only_a_trusted_proxy_is_believed_about_the_client(tmp_path: Path, trusted: tuple[str, ...], client: str) -> None:
    async def test(it: Router) -> None:
        await it.chat(headers={"x-forwarded-for": "203.0.113.7"})
        assert f'"client":"{client}"' in it.log.getvalue()

    with_router(test, tmp_path, forwarded_allow_ips=trusted)
