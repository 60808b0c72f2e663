"""A collector that refuses, hangs, breaks or asks for a pause: no request notices, and every span is accounted for."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aua_runtime.plan import Tracing
from aua_runtime.services import Misconfigured
from aua_runtime.tracing import exporter
from harness import Models, Router, Script, Wire, ask, fails, hangs, models, router, says, two_fields, unreachable
from tracing_sink import ALL, Traced, takes, traced

SPANS = re.compile(r'aua_spans_total\{outcome="(\w+)"\} (\d+)')
OF_ONE = 8
"""Spans of one question that one specialist answers."""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits long for what will not come."""
    monkeypatch.setattr(exporter, "BATCH_S", 0.01)
    monkeypatch.setattr(exporter, "PAUSE_S", 0.01)
    monkeypatch.setattr(exporter, "FLUSH_S", 0.3)


async def counted(it: Router) -> dict[str, int]:
    text = (await ask(it.management, "GET", "/metrics")).body.decode()
    return {outcome: int(count) for outcome, count in SPANS.findall(text) if count != "0"}


async def until(it: Router, expected: dict[str, int]) -> None:
    async with asyncio.timeout(5):
        while await counted(it) != expected:  # noqa: ASYNC110 - nothing can tell it
            await asyncio.sleep(0.02)


def with_collector(test: Callable[[Traced], Awaitable[None]], folder: Path, *scripts: Script) -> None:
    async def inner() -> None:
        async with (
            models(says()) as alpha,
            models(*scripts or (takes,)) as sink,
            traced(two_fields(alpha, alpha), folder, sink=sink) as it,
        ):
            await test(it)

    asyncio.run(asyncio.wait_for(inner(), 20))


def test_what_the_collector_takes_is_counted_and_sent_with_the_headers_that_were_given(tmp_path: Path) -> None:
    async def inner() -> None:
        async with models(says()) as alpha, models(takes) as sink:
            where = Tracing(f"{sink.url}/otlp", {"X-Scope": "team"}, {"Authorization": "TRACES_KEY"})
            async with traced(two_fields(alpha, alpha), tmp_path, sink=sink, where=where, environment={"TRACES_KEY": "Basic abc"}) as it:
                await it.router.chat()
                await until(it.router, {"exported": OF_ONE})
                seen = sink.seen[0]
                said = (seen.path, seen.headers["x-scope"], seen.headers["authorization"], seen.headers["content-type"])
                assert said == ("/otlp/v1/traces", "team", "Basic abc", "application/json")

    asyncio.run(asyncio.wait_for(inner(), 20))


def test_a_collector_that_is_not_there_costs_no_request_anything(tmp_path: Path) -> None:
    async def inner() -> None:
        with unreachable() as nobody:
            async with models(says()) as alpha, traced(two_fields(alpha, alpha), tmp_path, sink=nobody) as it:
                assert [(await it.router.chat()).status for _ in range(5)] == [200] * 5
                await until(it.router, {"unreachable": 5 * OF_ONE})
                assert it.router.log.getvalue().count("spans_lost") == 1

    asyncio.run(asyncio.wait_for(inner(), 20))


def test_a_collector_that_hangs_holds_up_neither_requests_nor_the_end(tmp_path: Path) -> None:
    async def test(it: Traced) -> None:
        started_s = time.monotonic()
        assert [(await it.router.chat()).status for _ in range(5)] == [200] * 5
        await it.router.running.stop()
        assert time.monotonic() - started_s < 3
        assert it.router.running.services.tracer is not None

    with_collector(test, tmp_path, hangs)


def test_a_collector_that_is_busy_is_asked_again(tmp_path: Path) -> None:
    async def test(it: Traced) -> None:
        await it.router.chat()
        await until(it.router, {"exported": OF_ONE})
        assert len(it.sink.seen) == 4
        assert len({seen.text for seen in it.sink.seen}) == 1

    async def cuts(wire: Wire) -> None:
        await wire.cut()

    with_collector(test, tmp_path, fails(503), fails(429, {"retry-after": "0"}), cuts, takes)


def test_a_collector_that_refuses_is_not_asked_again(tmp_path: Path) -> None:
    async def test(it: Traced) -> None:
        await it.router.chat()
        await until(it.router, {"refused": OF_ONE})
        assert len(it.sink.seen) == 1

    with_collector(test, tmp_path, fails(400))


@pytest.mark.parametrize(
    "answer", [{"partialSuccess": {"rejectedSpans": "3", "errorMessage": "no"}}, {"partialSuccess": {"rejectedSpans": 3}}]
)
def test_spans_that_a_collector_threw_away_count_as_refused(tmp_path: Path, answer: dict[str, object]) -> None:
    async def test(it: Traced) -> None:
        await it.router.chat()
        await until(it.router, {"exported": OF_ONE - 3, "refused": 3})

    async def partly(wire: Wire) -> None:
        await wire.whole(answer)

    with_collector(test, tmp_path, partly)


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{", b'{"partialSuccess": {"rejectedSpans": "x"}}', b'{"partialSuccess": null}', b"\x00" * 9]
)
def test_what_a_collector_says_besides_its_status_cannot_disturb(tmp_path: Path, answer: bytes) -> None:
    async def test(it: Traced) -> None:
        await it.router.chat()
        await until(it.router, {"exported": OF_ONE})

    async def says_so(wire: Wire) -> None:
        await wire.whole(answer)

    with_collector(test, tmp_path, says_so)


def test_where_too_many_wait_the_newest_are_dropped_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "QUEUE_SPANS", 2 * OF_ONE)

    async def test(it: Traced) -> None:
        for _ in range(5):
            await it.router.chat()
        await until(it.router, {"queue_full": 3 * OF_ONE})

    with_collector(test, tmp_path, hangs)


def test_what_waits_is_sent_when_the_router_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "BATCH_S", 60.0)

    async def test(it: Traced) -> None:
        await it.router.chat()
        assert it.sink.seen == []
        await it.router.running.stop()
        assert len(it.seen()) == OF_ONE

    with_collector(test, tmp_path)


def test_a_batch_holds_no_more_spans_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "BATCH_SPANS", 2 * OF_ONE)

    async def slowly(wire: Wire) -> None:
        await asyncio.sleep(0.1)
        await takes(wire)

    async def test(it: Traced) -> None:
        await asyncio.gather(*(it.router.chat() for _ in range(7)))
        await until(it.router, {"exported": 7 * OF_ONE})
        sizes = [len(seen.body["resourceSpans"][0]["scopeSpans"][0]["spans"]) for seen in it.sink.seen]
        assert max(sizes) <= 2 * OF_ONE

    with_collector(test, tmp_path, slowly)


def test_a_request_that_is_not_recorded_is_not_exported_and_tells_model_servers_so(tmp_path: Path) -> None:
    async def inner() -> None:
        nobody = replace(ALL, sample_ratio=0.0)
        async with models(says()) as alpha, traced(two_fields(alpha, alpha), tmp_path, tracing=nobody) as it:
            await it.router.chat()
            await it.router.chat(headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
            assert [seen.headers["traceparent"][-2:] for seen in alpha.seen] == ["00", "01"]
            await until(it.router, {"exported": OF_ONE})

    asyncio.run(asyncio.wait_for(inner(), 20))


@pytest.mark.parametrize(
    ("environment", "says_what"),
    [({"AUA_TRACES_URL": "nonsense"}, "AUA_TRACES_URL"), ({"TRACES_KEY": ""}, "TRACES_KEY"), ({"TRACES_KEY": "a\nb"}, "TRACES_KEY")],
)
def test_what_the_environment_gets_wrong_is_told_at_the_start(tmp_path: Path, environment: dict[str, str], says_what: str) -> None:
    async def inner(alpha: Models) -> None:
        where = Tracing("http://127.0.0.1:1", {}, {"authorization": "TRACES_KEY"})
        async with traced(two_fields(alpha, alpha), tmp_path, where=where, environment=environment):
            pytest.fail("it started")

    with pytest.raises(Misconfigured, match=says_what):
        asyncio.run(inner(Models(1, [], [])))


def test_without_tracing_the_spans_have_no_metric(tmp_path: Path) -> None:
    async def inner() -> None:
        async with models(says()) as alpha, router(two_fields(alpha, alpha), tmp_path) as it:
            await it.chat()
            assert "aua_spans_total" not in (await ask(it.management, "GET", "/metrics")).body.decode()

    asyncio.run(asyncio.wait_for(inner(), 20))


def test_the_share_that_is_recorded_changes_by_reload(tmp_path: Path) -> None:
    async def inner() -> None:
        async with models(says()) as alpha, traced(two_fields(alpha, alpha), tmp_path, tracing=replace(ALL, sample_ratio=0.0)) as it:
            await it.router.chat()
            settings = json.loads((tmp_path / "settings.json").read_text())
            settings["tracing"]["sample_ratio"] = 1.0
            (tmp_path / "settings.json").write_text(json.dumps(settings))
            assert it.router.running.reload() == "applied"
            await it.router.chat()
            await until(it.router, {"exported": OF_ONE})

    asyncio.run(asyncio.wait_for(inner(), 20))
