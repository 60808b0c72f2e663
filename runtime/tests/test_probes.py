"""What is known of servers without any traffic."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aua_runtime.breaker import BreakerLimits
from aua_runtime.engines import ENGINES, LLAMACPP, OPENAI, OPENAI_WITH_LOG_PROBABILITIES, VLLM, Engine
from aua_runtime.plan import Retries
from harness import (
    Hand,
    Models,
    Router,
    Script,
    Wire,
    ask,
    completion,
    fails,
    hangs,
    metric,
    models,
    one_field,
    router,
    says,
    specialist,
    subject,
    unreachable,
    until,
)

OFTEN_S = 0.05
ONCE = Retries(max=0, base_s=0.001, cap_s=0.01, budget=0.0)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def probed(*served: Models, **more: object) -> Hand:
    first, *others = (models.url for models in served)
    given = {"probe_interval_s": OFTEN_S, "retries": ONCE, **more}
    return one_field(first, replicas=tuple(others), **given)


def up(it: Router) -> bool | None:
    return it.running.services.upstreams["a"].up


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_server_is_asked_the_way_its_kind_answers(tmp_path: Path, engine: Engine) -> None:
    async def test() -> None:
        async with models(says()) as served, router(probed(served, engine=engine), tmp_path) as it:
            await until(lambda: up(it) is True)
            assert served.seen[0].path == engine.health_path

    run(test)


def test_a_probe_carries_the_servers_key(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served:
            hand = probed(served, engine=OPENAI, key_env="MODEL_KEY")
            async with router(hand, tmp_path, environment={"MODEL_KEY": "mk"}) as it:
                await until(lambda: up(it) is True)
            assert served.seen[0].headers["authorization"] == "Bearer mk"

    run(test)


@pytest.mark.parametrize(
    ("script", "there"), [(says(), True), (fails(404), True), (fails(401), True), (fails(500), False), (fails(503), False)]
)
def test_what_a_server_says_decides(tmp_path: Path, script: Script, *, there: bool) -> None:
    async def test() -> None:
        async with models(script) as served, router(probed(served), tmp_path) as it:
            await until(lambda: up(it) is there)
            assert await metric(it, 'aua_specialist_up{specialist="a"}') == str(int(there))
            ready = (await ask(it.management, "GET", "/health/ready")).data
            assert ready["up"] == {"a": there}

    run(test)


def test_a_server_that_does_not_answer_is_down(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(hangs) as served, router(probed(served), tmp_path) as it:
            await until(lambda: up(it) is False)

    run(test)


def test_a_server_that_is_gone_is_down_and_one_that_comes_back_is_up(tmp_path: Path) -> None:
    async def test() -> None:
        with unreachable() as gone:
            async with router(probed(gone), tmp_path) as it:
                await until(lambda: up(it) is False)
                assert "server_down" in it.log.getvalue()
        async with models(fails(503), says()) as served, router(probed(served), tmp_path) as it:
            await until(lambda: up(it) is True)
            assert "server_up" in it.log.getvalue()

    run(test)


def test_a_specialist_is_up_while_one_of_its_servers_is(tmp_path: Path) -> None:
    async def test() -> None:
        with unreachable() as gone:
            async with models(says()) as served, router(probed(gone, served), tmp_path) as it:
                await until(lambda: all(upstream.up is not None for upstream in it.running.services.upstreams["a"].upstreams))
                assert up(it) is True

    run(test)


def test_a_server_with_calls_is_not_asked(tmp_path: Path) -> None:
    async def test() -> None:
        async def long(wire: Wire) -> None:
            if wire.seen.path != "/health":
                await asyncio.sleep(6 * OFTEN_S)
            await wire.whole(completion())

        async with models(long) as served, router(probed(served), tmp_path) as it:
            await until(lambda: up(it) is True)
            await it.chat()
            paths = [seen.path for seen in served.seen]
            assert paths[paths.index("/v1/chat/completions") :] == ["/v1/chat/completions"]

    run(test)


def test_without_an_interval_nothing_is_asked(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served, router(probed(served, probe_interval_s=None), tmp_path) as it:
            await asyncio.sleep(4 * OFTEN_S)
            assert (served.seen, up(it)) == ([], None)

    run(test)


def test_probing_ends_with_the_router(tmp_path: Path) -> None:
    async def test() -> None:
        before = asyncio.all_tasks()
        async with models(says()) as served:
            async with router(probed(served), tmp_path) as it:
                await until(lambda: up(it) is True)
            asked = len(served.seen)
            await asyncio.sleep(3 * OFTEN_S)
            assert len(served.seen) == asked
        assert asyncio.all_tasks() == before

    run(test)


def test_a_server_that_can_be_reached_again_closes_the_breaker_without_traffic(tmp_path: Path) -> None:
    async def test() -> None:
        breaker = BreakerLimits(threshold=1, recovery_s=0.1, half_open_max=1)
        async with models(says()) as served, router(probed(served, breaker=breaker), tmp_path) as it:
            upstream = it.running.services.upstreams["a"].upstreams[0]
            upstream.unreachable = True
            upstream.breaker.fail(upstream.breaker.admit())
            assert upstream.breaker.state == "open"
            await until(lambda: upstream.breaker.state == "closed")

    run(test)


def test_a_server_that_failed_otherwise_needs_a_real_call_to_close_the_breaker(tmp_path: Path) -> None:
    async def test() -> None:
        breaker = BreakerLimits(threshold=1, recovery_s=0.1, half_open_max=1)

        async def broken(wire: Wire) -> None:
            healthy = wire.seen.path == "/health"
            await wire.whole({} if healthy else {"error": "out of memory"}, 200 if healthy else 500)

        async with models(broken) as served, router(probed(served, breaker=breaker), tmp_path) as it:
            await it.chat()
            upstream = it.running.services.upstreams["a"].upstreams[0]
            await until(lambda: upstream.breaker.state == "half_open")
            asked = len(served.seen)
            await until(lambda: len(served.seen) > asked + 2)
            assert (upstream.breaker.state, upstream.up) == ("half_open", True)

    run(test)


# --- what differs between engines


def test_a_server_that_still_loads_its_model_is_told_as_that(tmp_path: Path) -> None:
    async def test() -> None:
        async def loading(wire: Wire) -> None:
            await wire.whole({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, 503)

        async with models(loading) as served, router(probed(served, engine=LLAMACPP, probe_interval_s=None), tmp_path) as it:
            error = (await it.chat()).data["error"]
            assert (error["code"], error["message"]) == ("AUA_BACKEND_UNREACHABLE", "The specialist `a` is still loading its model.")

    run(test)


@pytest.mark.parametrize(
    ("engine", "asked"),
    [(VLLM, (True, None)), (LLAMACPP, (True, 1)), (OPENAI, (None, None)), (OPENAI_WITH_LOG_PROBABILITIES, (True, None))],
    ids=lambda value: getattr(value, "name", ""),
)
def test_log_probabilities_are_asked_for_as_the_engine_understands(tmp_path: Path, engine: Engine, asked: tuple[object, object]) -> None:
    async def test() -> None:
        async with models(says()) as served:
            a = specialist("a", "alpha", served.url, engine=engine)
            hand = Hand((subject("alpha", a, stream_mode="decided"),), (a,))
            async with router(hand, tmp_path) as it:
                await it.chat()
            body = served.seen[0].body
            assert (body.get("logprobs"), body.get("top_logprobs")) == asked

    run(test)


@pytest.mark.parametrize("wish", [None, False])
def test_log_probabilities_that_the_client_does_not_want_are_asked_for_all_the_same_and_not_told(
    tmp_path: Path, *, wish: bool | None
) -> None:
    async def test() -> None:
        async with models(says(logprobs={"content": [{"token": "x", "logprob": -0.1}]})) as served:
            a = specialist("a", "alpha", served.url)
            async with router(Hand((subject("alpha", a, stream_mode="decided"),), (a,)), tmp_path) as it:
                told = (await it.chat(logprobs=wish)).data
            assert served.seen[0].body["logprobs"] is True
            assert told["aua"]["utility"]["signals"]["likelihood"] is not None
            assert "logprobs" not in told["choices"][0]

    run(test)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "too long", "type": "invalid_request_error"}},
        {"object": "error", "message": "too long", "type": "BadRequestError", "code": 400},
        {"error": "too long"},
        {"detail": "too long"},
    ],
    ids=["openai", "sglang", "ollama", "fastapi"],
)
def test_a_servers_own_words_are_found_in_every_engines_errors(tmp_path: Path, body: object) -> None:
    async def test() -> None:
        async def refuses(wire: Wire) -> None:
            await wire.whole(body, 400)

        async with models(refuses) as served, router(probed(served, probe_interval_s=None), tmp_path) as it:
            assert (await it.chat()).data["error"]["message"] == "too long"

    run(test)
