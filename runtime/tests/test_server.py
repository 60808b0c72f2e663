"""The life of the process: reloading, draining, starting and not starting."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aua_runtime.contract.settings import SettingsRefused
from aua_runtime.services import Misconfigured
from aua_runtime.state import StateUnusable
from harness import Hand, Script, Wire, ask, changed, completion, models, one_field, request_bytes, router, says, specialist, subject, until


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def hand(url: str = "http://127.0.0.1:1", **more: object) -> Hand:
    return one_field(url, **more)


def after(seconds: float) -> Script:
    async def script(wire: Wire) -> None:
        await asyncio.sleep(seconds)
        await wire.whole(completion())

    return script


def test_a_reload_takes_new_settings_over(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served, router(hand(served.url), tmp_path) as it:
            thresholds = {"single_threshold": 0.99, "fanout_threshold": 0.5, "deadline_s": 5}
            changed(tmp_path, routing=thresholds)
            answer = await ask(it.management, "POST", "/config/reload")
            assert (answer.status, answer.data["outcome"]) == (200, "applied")
            assert (await ask(it.port, "POST", "/route", {"query": "alpha"})).data["thresholds"] == {"single": 0.99, "fanout": 0.5}
            assert (await ask(it.management, "POST", "/config/reload")).data["outcome"] == "unchanged"

    run(test)


def test_a_reload_changes_what_is_logged(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served, router(hand(served.url), tmp_path) as it:
            counts = []
            for level in ("info", "error", "info"):
                changed(tmp_path, logging={"level": level, "sample": 1})
                await ask(it.management, "POST", "/config/reload")
                await it.chat()
                counts.append(it.log.getvalue().count('"event":"query"'))
        assert counts == [1, 1, 2]

    run(test)


@pytest.mark.parametrize(
    "text",
    [b"{", b"[]", b"{}", b'{"digests": {"plan": "a"}, "ledgers": []}', b'{"digests": {"plan": "a", "router": "b"}, "ledgers": [{}]}'],
)
def test_settings_beside_a_damaged_plan_are_refused_whole(tmp_path: Path, text: bytes) -> None:
    async def test() -> None:
        async with router(hand(), tmp_path) as it:
            before = (await ask(it.management, "GET", "/version")).data
            changed(tmp_path, routing={"single_threshold": 0.99, "fanout_threshold": 0.5, "deadline_s": 5})
            (tmp_path / "plan.json").write_bytes(text)
            answer = await ask(it.management, "POST", "/config/reload")
            assert (answer.status, answer.data["error"]) == (409, "AUA_SETTINGS_REFUSED")
            assert "plan.json" in answer.data["message"] + str(answer.data["details"])
            assert (await ask(it.port, "POST", "/route", {"query": "alpha"})).data["thresholds"]["single"] != 0.99
            assert (await ask(it.management, "GET", "/version")).data == before

    run(test)


def test_settings_for_other_code_are_refused_with_what_must_be_done_instead(tmp_path: Path) -> None:
    async def test() -> None:
        async with router(hand(), tmp_path) as it:
            changed(tmp_path, structure="other")
            answer = await ask(it.management, "POST", "/config/reload")
            assert (answer.status, answer.data["error"], answer.data["details"]["apply"]) == (
                409,
                "AUA_SETTINGS_REFUSED",
                "rolling_restart",
            )
            metrics = (await ask(it.management, "GET", "/metrics")).body.decode()
            assert 'aua_settings_reloads_total{outcome="refused"} 1' in metrics
            assert "aua_settings_last_reload_successful 0" in metrics

    run(test)


def test_settings_that_are_wrong_change_nothing_and_every_fault_is_told(tmp_path: Path) -> None:
    async def test() -> None:
        async with router(hand(), tmp_path) as it:
            before = it.running.services.settings
            changed(tmp_path, routing={"single_threshold": 2, "deadline_s": 5}, logging={"level": "loud", "sample": 1}, extra=1)
            answer = await ask(it.management, "POST", "/config/reload")
            assert len(answer.data["details"]["faults"]) == 4
            assert it.running.services.settings is before

    run(test)


def test_a_request_keeps_the_settings_that_it_began_with(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(after(0.1)) as served:
            more = subject("alpha", specialist("a", "alpha", served.url), stream_mode="decided")
            checked = Hand((more,), more.specialists, abstention="No.")
            async with router(checked, tmp_path) as it:
                asking = asyncio.create_task(it.chat())
                await until(lambda: bool(served.seen))
                changed(tmp_path, safety={"min_confidence_for_direct_answer": 1.0})
                assert it.running.reload() == "applied"
                assert (await asking).data["choices"][0]["message"]["content"] == "An answer."
                assert (await it.chat()).data["choices"][0]["message"]["content"] == "No."

    run(test)


def test_newer_settings_may_be_mounted_elsewhere(tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    mounted.mkdir()

    async def test() -> None:
        async with router(hand(), tmp_path, environment={"AUA_SETTINGS": str(mounted)}) as it:
            (mounted / "settings.json").write_bytes((tmp_path / "settings.json").read_bytes())
            changed(mounted, logging={"level": "error", "sample": 1})
            assert it.running.reload() == "applied"

    run(test)


def test_stopping_lets_open_requests_finish_and_takes_no_new_ones(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(after(0.15)) as served, router(hand(served.url), tmp_path) as it:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(request_bytes("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "alpha"}]}))
            await until(lambda: bool(served.seen))
            port, management = it.port, it.management
            stopping = asyncio.create_task(it.running.stop())
            await asyncio.sleep(0.02)
            assert (await ask(management, "GET", "/health/ready")).data["status"] == "draining"
            with pytest.raises(OSError, match=r".*"):
                await asyncio.open_connection("127.0.0.1", port)  # it no longer listens there
            assert b"An answer." in await asyncio.wait_for(reader.read(), 2)
            writer.close()
            await stopping

    run(test)


def test_stopping_is_bounded(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            models(after(30)) as served,
            router(hand(served.url, timeouts=replace(hand().specialists[0].timeouts, total_s=60)), tmp_path) as it,
        ):
            object.__setattr__(it.running.services.deployment, "drain_s", 0.05)
            asking = asyncio.create_task(it.chat())
            await until(lambda: bool(served.seen))
            await asyncio.wait_for(it.running.stop(), 2)
            assert (await asking).data["error"]["code"] == "AUA_DRAINING"

    run(test)


@pytest.mark.parametrize(
    ("environment", "more", "told"),
    [
        ({}, {"key_env": "MODEL_KEY"}, "MODEL_KEY is not set"),
        ({"MODEL_KEY": "s3cret\nvalue"}, {"key_env": "MODEL_KEY"}, "MODEL_KEY holds characters"),
        ({"AUA_SPECIALIST_A_URL": "ftp://x"}, {}, "AUA_SPECIALIST_A_URL"),
    ],
)
def test_an_environment_that_lacks_something_is_told_by_name_and_never_by_value(
    tmp_path: Path, environment: dict[str, str], more: dict[str, object], told: str
) -> None:
    async def test() -> None:
        with pytest.raises(Misconfigured, match=told) as refused:
            async with router(hand(**more), tmp_path, environment=environment):
                pass
        assert "s3cret" not in str(refused.value)

    run(test)


def test_a_specialist_can_be_moved_by_the_environment(tmp_path: Path) -> None:
    async def test() -> None:
        async with models(says()) as served:
            moved = {"AUA_SPECIALIST_A_URL": served.url, "AUA_SPECIALIST_A_MODEL": "other"}
            async with router(hand(), tmp_path, environment=moved) as it:
                assert (await it.chat()).status == 200
                assert served.seen[0].body["model"] == "other"

    run(test)


def test_a_state_file_of_another_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    database = sqlite3.connect(tmp_path / "state" / "aua.db")
    database.execute("PRAGMA user_version = 99")
    database.close()

    async def test() -> None:
        with pytest.raises(StateUnusable, match="`user_version` 99"):
            async with router(hand(), tmp_path):
                pass

    run(test)


def test_settings_that_are_not_json_are_refused_at_start(tmp_path: Path) -> None:
    async def test() -> None:
        async with router(hand(), tmp_path) as it:
            (tmp_path / "settings.json").write_text("{")
            with pytest.raises(SettingsRefused, match="not JSON"):
                it.running.reload()

    run(test)
