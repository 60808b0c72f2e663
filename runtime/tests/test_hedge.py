"""Second calls for those that take long."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aua_runtime.breaker import BreakerLimits
from aua_runtime.plan import CallLimits, Hedge, Retries
from harness import (
    Hand,
    Models,
    Script,
    Wire,
    chunk,
    completion,
    fails,
    hangs,
    metric,
    models,
    one_field,
    open_calls,
    request_bytes,
    router,
    says,
    streams,
    until,
)

ONCE = Retries(max=0, base_s=0.001, cap_s=0.01, budget=0.0)
SOON = Hedge(after_s=0.05, budget=1.0)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def hedging(*served: Models, hedge: Hedge = SOON, **more: object) -> Hand:
    first, *others = (models.url for models in served)
    return one_field(first, replicas=tuple(others), hedge=hedge, retries=ONCE, **more)


def once_then(first: Script, then: Script) -> Callable[[], Script]:
    """A script that answers the first request of all the servers that run it in one way, and later ones in another."""
    asked = 0

    async def script(wire: Wire) -> None:
        nonlocal asked
        asked += 1
        await (first if asked == 1 else then)(wire)

    return lambda: script


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_takes_long_is_answered_by_another_server_and_cut_off(tmp_path: Path, *, stream: bool) -> None:
    async def test() -> None:
        script = once_then(hangs, streams() if stream else says("fast"))
        async with models(script()) as one, models(script()) as two, router(hedging(one, two), tmp_path) as it:
            answer = await it.chat(stream=stream)
            assert answer.status == 200
            assert (len(one.seen), len(two.seen)) == (1, 1)
            await until(lambda: one.seen[0].left.is_set() or two.seen[0].left.is_set())
            assert open_calls(it) == 0
            assert await metric(it, 'aua_upstream_hedges_won_total{specialist="a"}') == "1"
            assert await metric(it, 'aua_upstream_cancelled_total{specialist="a"}') == "1"
            answered = "a/1" if one.seen[0].left.is_set() else "a/0"
            assert await metric(it, f'aua_server_up{{server="{answered}"}}') == "1"
            assert await metric(it, f'aua_server_in_flight{{server="{answered}"}}') == "0"

    run(test)


def test_one_server_alone_is_asked_over_a_second_connection(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(hangs, says("second")) as served, router(hedging(served), tmp_path) as it:
            assert (await it.chat()).data["choices"][0]["message"]["content"] == "second"
            await asyncio.wait_for(served.seen[0].left.wait(), 2)

    run(test)


def test_a_call_that_answers_in_time_has_no_second(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served, router(hedging(served, hedge=Hedge(after_s=3.0, budget=1.0)), tmp_path) as it:
            assert (await it.chat()).status == 200
            assert len(served.seen) == 1
            assert await metric(it, "aua_upstream_hedges_total") == ""

    run(test)


def test_the_first_call_may_still_win(tmp_path: Path) -> None:
    async def test() -> None:
        async def late(wire: Wire) -> None:
            await asyncio.sleep(0.15)
            await wire.whole(completion("first"))

        async with models(late, hangs) as served, router(hedging(served), tmp_path) as it:
            assert (await it.chat()).data["choices"][0]["message"]["content"] == "first"
            assert await metric(it, 'aua_upstream_hedges_total{specialist="a"}') == "1"
            assert await metric(it, 'aua_upstream_hedges_won_total{specialist="a"}') == "0"
            await asyncio.wait_for(served.seen[1].left.wait(), 2)
            assert open_calls(it) == 0

    run(test)


def test_second_calls_stay_within_their_budget(tmp_path: Path) -> None:
    async def test() -> None:
        async def late(wire: Wire) -> None:
            await asyncio.sleep(0.1)
            await wire.whole(completion())

        async with models(late) as served, router(hedging(served, hedge=Hedge(0.01, 0.05)), tmp_path) as it:
            for _ in range(10):
                assert (await it.chat()).status == 200
            assert len(served.seen) == 10 + 3  # what a quiet specialist has saved, and half of the next one

    run(test)


def test_without_a_place_there_is_no_second_call(tmp_path: Path) -> None:
    async def test() -> None:
        async def late(wire: Wire) -> None:
            await asyncio.sleep(0.15)
            await wire.whole(completion())

        async with models(late) as served, router(hedging(served, limits=CallLimits(1, 5)), tmp_path) as it:
            assert (await it.chat()).status == 200
            assert len(served.seen) == 1

    run(test)


def test_a_failure_of_one_waits_for_the_other(tmp_path: Path) -> None:
    async def test() -> None:
        async def late(wire: Wire) -> None:
            await asyncio.sleep(0.15)
            await wire.whole(completion("first"))

        async with models(late, fails(500)) as served, router(hedging(served), tmp_path) as it:
            assert (await it.chat()).data["choices"][0]["message"]["content"] == "first"

    run(test)


def test_when_both_fail_the_client_hears_of_the_first(tmp_path: Path) -> None:
    async def test() -> None:
        async def late(wire: Wire) -> None:
            await asyncio.sleep(0.15)
            await wire.whole({"error": {"message": "no"}}, 503)

        async with models(late, fails(500)) as served, router(hedging(served), tmp_path) as it:
            answer = await it.chat()
            assert (answer.status, answer.data["error"]["message"]) == (502, "The specialist `a` answered with status 503.")
            assert open_calls(it) == 0

    run(test)


def test_a_clients_mistake_ends_both(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(hangs, fails(400, message="too long")) as served, router(hedging(served), tmp_path) as it:
            answer = await it.chat()
            assert (answer.status, answer.data["error"]["message"]) == (400, "too long")
            await asyncio.wait_for(served.seen[0].left.wait(), 2)

    run(test)


def test_a_loser_is_no_failure_to_the_breaker(tmp_path: Path) -> None:
    async def test() -> None:
        breaker = BreakerLimits(threshold=1, recovery_s=30.0, half_open_max=1)
        script = once_then(hangs, says())
        async with models(script()) as one, models(script()) as two, router(hedging(one, two, breaker=breaker), tmp_path) as it:
            assert (await it.chat()).status == 200
            assert [upstream.breaker.state for upstream in it.running.services.upstreams["a"].upstreams] == ["closed", "closed"]

    run(test)


def test_a_client_that_leaves_ends_both(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(hangs) as served, router(hedging(served), tmp_path) as it:
            _, writer = await asyncio.open_connection("127.0.0.1", it.port)
            body = {"model": "aua", "messages": [{"role": "user", "content": "alpha"}]}
            writer.write(request_bytes("POST", "/v1/chat/completions", body))
            await until(lambda: len(served.seen) == 2)
            writer.close()
            for seen in served.seen:
                await asyncio.wait_for(seen.left.wait(), 2)
            await until(lambda: open_calls(it) == 0)

    run(test)


def test_a_stream_whose_content_has_come_is_not_repeated(tmp_path: Path) -> None:
    async def test() -> None:
        async def drips(wire: Wire) -> None:
            await wire.head()
            await wire.chunk(chunk({"content": "An "}))
            await asyncio.sleep(0.15)
            await wire.chunk(chunk({"content": "answer."}, "stop"))
            await wire.end()

        async with models(drips) as served, router(hedging(served), tmp_path) as it:
            assert (await it.chat(stream=True)).status == 200
            assert len(served.seen) == 1

    run(test)


def test_two_streams_that_begin_together_leave_nothing_open(tmp_path: Path) -> None:
    async def test() -> None:
        go = asyncio.Event()

        async def together(wire: Wire) -> None:
            await go.wait()
            await streams()(wire)

        async with models(together) as one, models(together) as two, router(hedging(one, two), tmp_path) as it:
            asked = asyncio.create_task(it.chat(stream=True))
            await until(lambda: bool(one.seen and two.seen))
            go.set()
            assert (await asked).frames[-1] == "[DONE]"
            await until(lambda: open_calls(it) == 0)
            assert await metric(it, 'aua_upstream_in_flight{specialist="a"}') == "0"

    run(test)
