"""Every call that reached a model is counted once, at its own price, however it came about; rows, metrics and reports say the same sums."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aua_runtime.arbitrate import Judge
from aua_runtime.contract.prices import PlacePrice, Price, TokenPrice, prices
from aua_runtime.cost.ledger import of_file
from aua_runtime.cost.report import of_entries, of_router_data
from aua_runtime.plan import Hedge, Retries, Timeouts
from aua_runtime.status.samples import parsed
from harness import (
    DEFAULT_SETTINGS,
    STREAM,
    USAGE_CHUNK,
    Hand,
    Models,
    Router,
    Script,
    Wire,
    ask,
    completion,
    fails,
    hangs,
    models,
    request_bytes,
    router,
    says,
    specialist,
    streams,
    subject,
    until,
)

A, B, JUDGE = TokenPrice(2_000_001, 10_000_000, 250_000), TokenPrice(300_000, 700_000, 300_000), TokenPrice(50_000, 50_000, 50_000)
OF_A, OF_B, OF_JUDGE = 7 * 2_000_001 + 3 * 10_000_000, 7 * 300_000 + 3 * 700_000, 10 * 50_000
"""What an answer of the fake servers costs at each price, in PICO: 7 tokens read, 3 written."""


@dataclass
class Setup:
    """Specialists `a` with two servers and `b`, a judge, and a router."""

    first: Models
    second: Models
    other: Models
    judge: Models
    it: Router

    @property
    def asked(self) -> int:
        return sum(len(served.seen) for served in (self.first, self.second, self.other, self.judge))


@dataclass(frozen=True)
class Row:
    """What was kept of a call."""

    specialist: str
    field: str
    status: int | None
    error: str | None
    cost_micro: int | None


Ask = Callable[[Setup], Awaitable[object]]


def decides(word: str) -> Script:
    return says(json.dumps({"verdict": word, "confidence": 0.9, "reason": "so"}))


async def holds(wire: Wire) -> None:
    """Streams the beginning of an answer, and no more."""
    await wire.head()
    await wire.chunk(STREAM[0])
    await wire.chunk(STREAM[1])
    await asyncio.sleep(60)


def played(
    folder: Path,
    asks: Ask,
    *scripts: Script,
    of: dict[str, Price] | None = None,
    judged: bool = False,
    high_risk: bool = False,
    **of_a: Any,
) -> list[Row]:
    """The rows of what is asked, after all that was told of them was held against each other."""
    told = prices("USD", "test@1", {"a": A, "b": B, "judge": JUDGE} if of is None else of)
    lines = ""
    reported: dict[str, Any] = {}
    reached = 0

    async def test() -> None:
        nonlocal lines, reported, reached
        async with AsyncExitStack() as stack:
            served = [await stack.enter_async_context(models(script)) for script in (*scripts, *[says("x")] * (4 - len(scripts)))]
            first, second, other, judging = served
            a = specialist("a", "alpha", first.url, **{"retries": Retries(0, 0.001, 0.01, 0.0), **of_a})
            b = specialist("b", "beta", other.url)
            judge = specialist("judge", None, judging.url)
            if a.replicas:
                a = replace(a, replicas=(second.url,))
            fields = tuple(
                subject(one.field or "", one, high_risk=high_risk, stream_mode="decided" if high_risk else "direct") for one in (a, b)
            )
            made = Hand(fields, (a, b, judge), judge=Judge(judge, "Judge.", "No.", always_for_high_risk=high_risk) if judged else None)
            it = await stack.enter_async_context(router(made, folder, settings=replace(DEFAULT_SETTINGS, prices=told)))
            setup = Setup(first, second, other, judging, it)
            await asks(setup)
            await until(lambda: not any(one.open for held in it.running.services.upstreams.values() for one in held.upstreams))
            it.log.getvalue()  # settles what is over
            lines = (await ask(it.management, "GET", "/metrics")).body.decode()
            reported = (await ask(it.management, "GET", "/metrics/cost")).data
            reached = setup.asked

    asyncio.run(asyncio.wait_for(test(), 20))
    store = folder / "state" / "aua.db"
    with closing(sqlite3.connect(store)) as database:
        found = database.execute(
            "SELECT u.specialist, coalesce(r.field, 'none'), u.status, u.error, u.cost_micro, u.prices"
            " FROM usage u JOIN requests r ON r.number = u.request ORDER BY u.request, u.position"
        ).fetchall()
    assert {row[5] for row in found} <= {told.id}
    rows = [Row(*row[:5]) for row in found]
    conserved(rows, lines, reported, store)
    assert sum(row.status is not None or row.error in {"cancelled", "AUA_SPECIALIST_TIMEOUT"} for row in rows) == reached
    return rows


def conserved(rows: list[Row], lines: str, reported: dict[str, Any], store: Path) -> None:
    """Each sum in integers: by row, specialist and field, in the metrics, in `/metrics/cost`, and in what the store is read as."""
    samples = parsed(lines)
    total = sum(row.cost_micro or 0 for row in rows)
    assert total == samples.total("aua_cost_micro_total") == samples.total("aua_field_cost_micro_total")
    for name in {row.specialist for row in rows}:
        assert sum(row.cost_micro or 0 for row in rows if row.specialist == name) == samples.total("aua_cost_micro_total", specialist=name)
    for name in {row.field for row in rows}:
        assert sum(row.cost_micro or 0 for row in rows if row.field == name) == samples.total("aua_field_cost_micro_total", field=name)
    live = of_router_data(reported)
    kept = of_entries(of_file(str(store), 0.0), {}, None)
    assert (live.currency, live.cost_micro) == ("USD", total)
    assert (kept.cost_micro, kept.unpriced_calls) == (total, live.unpriced_calls)
    of_kept = {
        one.specialist: (one.calls, one.unpriced_calls, one.prompt_tokens, one.completion_tokens, one.cost_micro)
        for one in kept.specialists
    }
    of_live = {
        one.specialist: (one.calls, one.unpriced_calls, one.prompt_tokens, one.completion_tokens, one.cost_micro)
        for one in live.specialists
    }
    assert of_kept == {name: figures for name, figures in of_live.items() if name in of_kept}
    assert all(not figures[0] for name, figures in of_live.items() if name not in of_kept)
    assert [(one.field, one.cost_micro) for one in kept.fields if one.cost_micro] == [
        (one.field, one.cost_micro) for one in live.fields if one.cost_micro
    ]


def spent(rows: list[Row], specialist: str) -> list[int | None]:
    return [row.cost_micro for row in rows if row.specialist == specialist]


def micros(*amounts_pico: int) -> list[int]:
    """The costs of calls to one specialist, one after the other: what is less than a millionth is carried over."""
    sums = [sum(amounts_pico[: count + 1]) // 10**6 for count in range(len(amounts_pico))]
    return [now - before for before, now in zip([0, *sums], sums, strict=False)]


def test_a_fan_out_that_is_judged_in_both_orders_costs_two_answers_and_two_judgements(tmp_path: Path) -> None:
    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha and beta")

    rows = played(tmp_path, asks, says("The first thing entirely."), says(), says("Something else was meant."), decides("a"), judged=True)
    assert (spent(rows, "a"), spent(rows, "b")) == (micros(OF_A), micros(OF_B))
    assert spent(rows, "judge") == micros(OF_JUDGE, OF_JUDGE)


def test_a_review_costs_the_answer_and_one_judgement(tmp_path: Path) -> None:
    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha")

    rows = played(tmp_path, asks, says(), says(), says(), decides("a"), judged=True, high_risk=True)
    assert (spent(rows, "a"), spent(rows, "b"), spent(rows, "judge")) == (micros(OF_A), [], micros(OF_JUDGE))


def test_a_candidate_that_fails_costs_nothing_and_the_other_is_paid(tmp_path: Path) -> None:
    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha and beta")

    rows = played(tmp_path, asks, says(), says(), fails(400), decides("a"), judged=True)
    assert (spent(rows, "a"), spent(rows, "b")) == (micros(OF_A), [0])


def test_repeats_cost_what_was_answered(tmp_path: Path) -> None:
    failed = 0

    async def at_first(wire: Wire) -> None:
        nonlocal failed
        failed += 1
        await (fails(503) if failed < 3 else says())(wire)

    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha")

    rows = played(tmp_path, asks, at_first, retries=Retries(3, 0.001, 0.01, 10.0))
    assert spent(rows, "a") == [0, 0, *micros(OF_A)]


def test_a_fallback_costs_its_own_price_in_the_field_of_the_request(tmp_path: Path) -> None:
    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha")

    rows = played(tmp_path, asks, fails(503), fallback=("b",))
    assert [(row.specialist, row.field, row.cost_micro) for row in rows] == [("a", "alpha", 0), ("b", "alpha", *micros(OF_B))]


@pytest.mark.parametrize("stream", [False, True])
def test_a_second_call_that_wins_is_paid_and_nobody_knows_what_the_first_used(tmp_path: Path, *, stream: bool) -> None:
    asked = 0

    async def slow_first(wire: Wire) -> None:
        nonlocal asked
        asked += 1
        await (hangs if asked == 1 else streams() if stream else says())(wire)

    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha", stream=stream)

    rows = played(tmp_path, asks, slow_first, slow_first, replicas=("second",), hedge=Hedge(after_s=0.05, budget=1.0))
    assert [(row.error, row.cost_micro) for row in rows] == [("cancelled", None), (None, *micros(OF_A))]


def test_a_place_that_was_held_is_paid_for_until_the_call_was_cut_off(tmp_path: Path) -> None:
    asked = 0

    async def slow_first(wire: Wire) -> None:
        nonlocal asked
        asked += 1
        await (hangs if asked == 1 else says())(wire)

    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha")

    hour = PlacePrice(10**9, 10**15)  # 278 millionths for each millisecond
    rows = played(tmp_path, asks, slow_first, slow_first, of={"a": hour}, replicas=("second",), hedge=Hedge(after_s=0.05, budget=1.0))
    lost, won = (row.cost_micro or 0 for row in rows)
    assert lost > 13_000
    assert 0 < won < lost


async def leaves(setup: Setup, *, stream: bool) -> None:
    """Ask, and go when the model has begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", setup.it.port)
    body = {"model": "aua", "messages": [{"role": "user", "content": "alpha"}], "stream": stream}
    writer.write(request_bytes("POST", "/v1/chat/completions", body))
    await until(lambda: bool(setup.first.seen))
    if stream:
        await reader.readuntil(b"An ")
    writer.transport.abort()
    await asyncio.wait_for(setup.first.seen[0].left.wait(), 2)


@pytest.mark.parametrize("stream", [False, True])
def test_of_a_call_whose_client_left_nobody_knows_the_cost(tmp_path: Path, *, stream: bool) -> None:
    async def asks(setup: Setup) -> None:
        await leaves(setup, stream=stream)

    rows = played(tmp_path, asks, holds if stream else hangs)
    assert [(row.error, row.cost_micro) for row in rows] == [("cancelled", None)]


@pytest.mark.parametrize("stream", [False, True])
def test_of_an_answer_without_usage_nobody_knows_the_cost(tmp_path: Path, *, stream: bool) -> None:
    async def asks(setup: Setup) -> None:
        assert (await setup.it.chat("alpha", stream=stream)).status == 200

    async def without(wire: Wire) -> None:
        await wire.whole({key: value for key, value in completion().items() if key != "usage"})

    rows = played(tmp_path, asks, streams(*(part for part in STREAM if part != USAGE_CHUNK)) if stream else without)
    assert [(row.error, row.cost_micro) for row in rows] == [(None, None)]


def test_a_stream_that_breaks_off_after_its_usage_costs_what_it_told(tmp_path: Path) -> None:
    async def cut(wire: Wire) -> None:
        await wire.head()
        for part in STREAM[:-1]:
            await wire.chunk(part)
        await asyncio.sleep(0.02)
        await wire.cut()

    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha", stream=True)

    assert spent(played(tmp_path, asks, cut), "a") == micros(OF_A)


@pytest.mark.parametrize("price", [A, PlacePrice(10**9, 10**15), None])
def test_a_server_that_was_never_reached_costs_nothing(tmp_path: Path, price: Price | None) -> None:
    async def asks(setup: Setup) -> None:
        await setup.it.chat("alpha")

    never = Timeouts(connect_s=0.0, first_token_s=1.0, idle_s=1.0, total_s=5.0)
    (row,) = played(tmp_path, asks, timeouts=never, of={} if price is None else {"a": price})
    assert (row.error, row.cost_micro) == ("AUA_BACKEND_UNREACHABLE", None if price is None else 0)


def test_a_request_that_is_refused_costs_nothing(tmp_path: Path) -> None:
    async def asks(setup: Setup) -> None:
        assert (await setup.it.chat("x" * 20_000)).status == 413

    assert played(tmp_path, asks) == []


def test_many_requests_at_once_cost_the_sum_of_what_each_would(tmp_path: Path) -> None:
    async def asks(setup: Setup) -> None:
        questions = ["alpha", "beta", "alpha and beta"] * 5
        await asyncio.gather(*(setup.it.chat(question) for question in questions))

    rows = played(tmp_path, asks, says("The first thing entirely."), says(), says("Something else was meant."), decides("a"), judged=True)
    of = {name: len(spent(rows, name)) for name in ("a", "b", "judge")}
    assert of == {"a": 10, "b": 10, "judge": 10}
    assert sum(row.cost_micro or 0 for row in rows) == 10 * OF_A // 10**6 + 10 * OF_B // 10**6 + 10 * OF_JUDGE // 10**6
