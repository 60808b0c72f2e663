import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aua_runtime.cli.sim.engine import METRICS, Engine, EngineName, Machine
from aua_runtime.status.samples import Samples, parsed

VLLM = {"model_name": "m", "engine": "0"}


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 5))


def engine(name: EngineName = "vllm", places: int = 2, kv_tokens: int = 100) -> Engine:
    return Engine(Machine(name, places, kv_tokens), "m", asyncio.get_running_loop().time)


def shown(of: Engine) -> Samples:
    return parsed(of.text().decode())


@pytest.mark.parametrize("name", list(METRICS))
def test_it_shows_what_the_contract_lists_for_its_engine_and_nothing_else(name: EngineName) -> None:
    async def test() -> None:
        text = engine(name).text().decode()
        for metric in METRICS[name].values():
            assert f"# TYPE {metric.name} {metric.type}\n" in text
            for sample in (found for series in metric.series for found in parsed(text).of(series)):
                assert set(sample.labels) - {"le"} == set(metric.labels)
        known = {series for metric in METRICS[name].values() for series in metric.series}
        assert {line.partition("{")[0].partition(" ")[0] for line in text.splitlines() if not line.startswith("#")} == known

    run(test)


def test_a_request_beyond_its_places_waits_in_line() -> None:
    async def test() -> None:
        it = engine(places=1)
        served: list[str] = []

        async def serve(name: str) -> None:
            async with it.seat("", 1):
                served.append(name)
                await asyncio.sleep(0.02)

        both = asyncio.gather(serve("first"), serve("second"))
        await asyncio.sleep(0.01)
        assert shown(it).total("vllm:num_requests_running", **VLLM) == 1
        assert shown(it).total("vllm:num_requests_waiting", **VLLM) == 1
        await both
        assert served == ["first", "second"]
        assert shown(it).total("vllm:num_requests_waiting", **VLLM) == 0
        assert shown(it).total("vllm:request_queue_time_seconds_count", **VLLM) == 2

    run(test)


def test_tokens_fill_the_cache_and_the_latest_request_is_put_back_until_there_is_room() -> None:
    async def test() -> None:
        it = engine(kv_tokens=10)
        order: list[str] = []

        async def late() -> None:
            async with it.seat("", 5) as seat:
                await asyncio.sleep(0.005)
                await seat.wrote()
                order.append("late")

        async with it.seat("", 5) as early:
            waiting = asyncio.create_task(late())
            await asyncio.sleep(0)
            await early.wrote()
            assert shown(it).total("vllm:kv_cache_usage_perc", **VLLM) == 1
            await asyncio.sleep(0.02)
            assert shown(it).total("vllm:num_preemptions_total", **VLLM) == 1
            order.append("early")
        await waiting
        assert order == ["early", "late"]
        assert shown(it).total("vllm:kv_cache_usage_perc", **VLLM) == 0
        assert shown(it).total("vllm:generation_tokens_total", **VLLM) == 2

    run(test)


def test_a_request_larger_than_the_whole_cache_is_served_alone() -> None:
    async def test() -> None:
        it = engine(kv_tokens=10)
        async with it.seat("", 50) as seat:
            await seat.wrote()
            assert shown(it).total("vllm:kv_cache_usage_perc", **VLLM) == 1

    run(test)


def test_a_prompt_that_begins_like_an_earlier_one_hits_the_prefix_cache() -> None:
    async def test() -> None:
        it = engine(kv_tokens=1000)
        for ending in ("a" * 64, "b" * 64, "b" * 64):
            async with it.seat("s" * 128 + ending, 48):
                pass
        assert shown(it).total("vllm:prefix_cache_queries_total", **VLLM) == 144
        assert shown(it).total("vllm:prefix_cache_hits_total", **VLLM) == 32 + 48

    run(test)


def test_a_client_that_leaves_gives_its_place_back() -> None:
    async def test() -> None:
        it = engine(places=1)

        async def serve() -> None:
            async with it.seat("", 1):
                await asyncio.sleep(9)

        tasks = [asyncio.create_task(serve()) for _ in range(2)]
        await asyncio.sleep(0.01)
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert shown(it).total("vllm:num_requests_running", **VLLM) == 0
        assert shown(it).total("vllm:num_requests_waiting", **VLLM) == 0
        async with it.seat("", 1):
            pass

    run(test)
