"""Limits on calls and several servers of a specialist, as a client of the router sees them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aua_runtime.breaker import BreakerLimits
from aua_runtime.plan import CallLimits, Retries, Timeouts
from harness import (
    DEFAULT_SETTINGS,
    Hand,
    Router,
    Script,
    Wire,
    ask,
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
    specialist,
    streams,
    subject,
    unreachable,
    until,
)

ONCE = Retries(max=0, base_s=0.001, cap_s=0.01, budget=0.0)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def limited(url: str, queue: int, **more: object) -> Hand:
    """A deployment of one specialist that takes one call at a time."""
    return one_field(url, limits=CallLimits(1, queue), retries=ONCE, **more)


def waiting(it: Router) -> int:
    return it.running.services.upstreams["a"].waiting


def held(until_set: asyncio.Event) -> Script:
    async def script(wire: Wire) -> None:
        await until_set.wait()
        await wire.whole(completion())

    return script


def test_a_call_waits_for_its_place_and_is_answered(tmp_path: Path) -> None:
    async def test() -> None:
        go = asyncio.Event()
        async with models(held(go), says("second")) as served, router(limited(served.url, 1), tmp_path) as it:
            first = asyncio.create_task(it.chat())
            await until(lambda: len(served.seen) == 1)
            second = asyncio.create_task(it.chat())
            await until(lambda: waiting(it) == 1)
            assert await metric(it, 'aua_upstream_queued{specialist="a"}') == "1"
            assert len(served.seen) == 1
            go.set()
            assert [(await first).status, (await second).data["choices"][0]["message"]["content"]] == [200, "second"]
            assert await metric(it, 'aua_upstream_queued{specialist="a"}') == "0"
            assert await metric(it, 'aua_upstream_wait_seconds_count{specialist="a"}') == "1"
            assert open_calls(it) == 0

    run(test)


def test_a_full_queue_is_told_as_an_overload_with_a_time_to_wait(tmp_path: Path) -> None:
    async def test() -> None:
        go = asyncio.Event()
        async with models(held(go)) as served, router(limited(served.url, 0), tmp_path) as it:
            first = asyncio.create_task(it.chat())
            await until(lambda: len(served.seen) == 1)
            refused = await it.chat()
            assert (refused.status, refused.data["error"]["code"], refused.headers["retry-after"]) == (503, "AUA_OVERLOADED", "1")
            go.set()
            assert (await first).status == 200
            assert len(served.seen) == 1

    run(test)


def test_a_full_queue_falls_back(tmp_path: Path) -> None:
    async def test() -> None:
        go = asyncio.Event()
        async with models(held(go)) as alpha, models(says("b")) as beta:
            a = specialist("a", "alpha", alpha.url, limits=CallLimits(1, 0), fallback=("b",))
            b = specialist("b", "beta", beta.url)
            hand = Hand((subject("alpha", a), subject("beta", b)), (a, b))
            async with router(hand, tmp_path) as it:
                first = asyncio.create_task(it.chat())
                await until(lambda: len(alpha.seen) == 1)
                answer = await it.chat()
                assert (answer.status, answer.headers["x-aua-specialist"]) == (200, "b")
                go.set()
                await first

    run(test)


def test_the_wait_for_a_place_counts_against_the_deadline(tmp_path: Path) -> None:
    async def test() -> None:
        settings = replace(DEFAULT_SETTINGS, routing=replace(DEFAULT_SETTINGS.routing, deadline_s=0.2))
        async with models(hangs) as served, router(limited(served.url, 5), tmp_path, settings=settings) as it:
            first = asyncio.create_task(it.chat())
            await until(lambda: len(served.seen) == 1)
            began = asyncio.get_running_loop().time()
            late = await it.chat()
            assert late.data["error"]["code"] == "AUA_DEADLINE_EXCEEDED"
            assert asyncio.get_running_loop().time() - began < 0.45
            await first
            await until(lambda: waiting(it) == 0 and open_calls(it) == 0)

    run(test)


def test_a_client_that_leaves_the_queue_frees_its_place_in_it(tmp_path: Path) -> None:
    async def test() -> None:
        go = asyncio.Event()
        async with models(held(go)) as served, router(limited(served.url, 1), tmp_path) as it:
            first = asyncio.create_task(it.chat())
            await until(lambda: len(served.seen) == 1)
            _, writer = await asyncio.open_connection("127.0.0.1", it.port)
            body = {"model": "aua", "messages": [{"role": "user", "content": "alpha"}]}
            writer.write(request_bytes("POST", "/v1/chat/completions", body))
            await until(lambda: waiting(it) == 1)
            writer.close()
            await until(lambda: waiting(it) == 0)
            assert await metric(it, 'aua_upstream_queued{specialist="a"}') == "0"
            go.set()
            assert (await first).status == 200
            assert len(served.seen) == 1

    run(test)


async def _drips(wire: Wire) -> None:
    await wire.head()
    await wire.chunk(chunk({"content": "An "}))
    await asyncio.sleep(60)


async def _breaks(wire: Wire) -> None:
    await wire.head()
    await wire.chunk(chunk({"content": "An "}))
    await wire.cut()


async def _cuts(wire: Wire) -> None:
    await wire.cut()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "script", [says(), fails(400), fails(500), fails(429), hangs, _drips, _breaks, _cuts, streams(), streams(b"data: x\n\n")]
)
def test_every_way_a_call_can_end_gives_its_place_back(tmp_path: Path, script: Script, *, stream: bool) -> None:
    async def test() -> None:
        timeouts = Timeouts(connect_s=0.2, first_token_s=0.2, idle_s=0.2, total_s=0.4)
        async with models(script, says()) as served, router(limited(served.url, 0, timeouts=timeouts), tmp_path) as it:
            await it.chat(stream=stream)
            await until(lambda: open_calls(it) == 0)
            assert (await it.chat()).status == 200

    run(test)


@pytest.mark.parametrize("script", [hangs, _drips])
def test_a_client_that_leaves_gives_its_calls_place_back(tmp_path: Path, script: Script) -> None:
    async def test() -> None:
        async with models(script, says()) as served, router(limited(served.url, 0), tmp_path) as it:
            _, writer = await asyncio.open_connection("127.0.0.1", it.port)
            body = {"model": "aua", "messages": [{"role": "user", "content": "alpha"}], "stream": True}
            writer.write(request_bytes("POST", "/v1/chat/completions", body))
            await until(lambda: len(served.seen) == 1)
            assert open_calls(it) == 1
            writer.close()
            await until(lambda: open_calls(it) == 0)
            await asyncio.wait_for(served.seen[0].left.wait(), 2)
            assert (await it.chat()).status == 200

    run(test)


def test_a_server_that_cannot_be_reached_gives_its_place_back(tmp_path: Path) -> None:
    async def test() -> None:
        with unreachable() as gone:
            async with router(limited(gone.url, 0), tmp_path) as it:
                assert (await it.chat()).data["error"]["code"] == "AUA_BACKEND_UNREACHABLE"
                assert (await it.chat()).data["error"]["code"] == "AUA_BACKEND_UNREACHABLE"
                assert open_calls(it) == 0

    run(test)


# --- several servers


def test_a_session_stays_with_one_server_and_sessions_are_spread(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as one, models(says()) as two, router(one_field(one.url, replicas=(two.url,)), tmp_path) as it:
            homes = set()
            for session in range(12):
                before = (len(one.seen), len(two.seen))
                for turn in range(3):
                    await it.chat(f"alpha {turn}", headers={"x-aua-session-id": f"session-{session}"})
                grown = (len(one.seen) - before[0], len(two.seen) - before[1])
                assert sorted(grown) == [0, 3]
                homes.add(grown)
            assert len(homes) == 2

    run(test)


def test_a_conversation_stays_with_the_server_that_saw_its_beginning(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as one, models(says()) as two, router(one_field(one.url, replicas=(two.url,)), tmp_path) as it:
            for number in range(20):
                turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"alpha {number}"}]
                before = (len(one.seen), len(two.seen))
                for turn in range(3):
                    await ask(it.port, "POST", "/v1/chat/completions", {"model": "aua", "messages": turns})
                    turns += [{"role": "assistant", "content": "An answer."}, {"role": "user", "content": f"alpha, and {turn}?"}]
                assert sorted((len(one.seen) - before[0], len(two.seen) - before[1])) == [0, 3]
            assert one.seen
            assert two.seen

    run(test)


def test_a_repeat_goes_to_another_server(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            models(fails(500)) as bad,
            models(says()) as good,
            router(one_field(bad.url, replicas=(good.url,), retries=Retries(max=1, base_s=0.001, cap_s=0.01, budget=1.0)), tmp_path) as it,
        ):
            for session in range(10):
                assert (await it.chat(headers={"x-aua-session-id": f"s{session}"})).status == 200

    run(test)


def test_the_server_that_fails_rests_and_the_others_go_on(tmp_path: Path) -> None:
    async def test() -> None:
        breaker = BreakerLimits(threshold=1, recovery_s=30.0, half_open_max=1)
        async with (
            models(fails(500)) as bad,
            models(says()) as good,
            router(one_field(bad.url, replicas=(good.url,), breaker=breaker), tmp_path) as it,
        ):
            for session in range(10):
                await it.chat(headers={"x-aua-session-id": f"s{session}"})
            assert len(bad.seen) == 1
            assert await metric(it, 'aua_breaker_state{specialist="a"}') == "0"

    run(test)


def test_the_environment_may_name_several_servers(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as one, models(says()) as two:
            environment = {"AUA_SPECIALIST_A_URL": f"{one.url}, {two.url}"}
            async with router(one_field("http://127.0.0.1:9"), tmp_path, environment=environment) as it:
                for session in range(12):
                    assert (await it.chat(headers={"x-aua-session-id": f"s{session}"})).status == 200
                assert one.seen
                assert two.seen

    run(test)


def test_calls_that_take_nearly_as_long_as_they_may_open_the_breaker(tmp_path: Path) -> None:
    async def test() -> None:
        async def slow(wire: Wire) -> None:
            await asyncio.sleep(0.1)
            await wire.whole(completion())

        breaker = BreakerLimits(threshold=5, recovery_s=30.0, half_open_max=1, window=3, failing_share=0.5, slow_share=0.2)
        timeouts = Timeouts(connect_s=0.4, first_token_s=0.4, idle_s=0.4, total_s=0.4)
        async with models(slow) as served, router(one_field(served.url, breaker=breaker, timeouts=timeouts), tmp_path) as it:
            assert [(await it.chat()).status for _ in range(3)] == [200, 200, 200]
            rests = await it.chat()
            assert (rests.status, rests.data["error"]["code"]) == (503, "AUA_BACKEND_UNREACHABLE")
            assert await metric(it, 'aua_breaker_state{specialist="a"}') == "2"

    run(test)
