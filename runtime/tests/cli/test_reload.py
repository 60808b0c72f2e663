"""`reload` against a running router."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aua_runtime.cli import main
from harness import Hand, changed, one_field, router, unreachable


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def hand() -> Hand:
    return one_field("http://127.0.0.1:1")


def test_settings_are_taken_over_and_refused_with_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def test() -> None:
        async with router(hand(), tmp_path) as it:
            command = ["reload", "--url", f"http://127.0.0.1:{it.management}"]
            changed(tmp_path, logging={"level": "error", "sample": 1})
            assert await asyncio.to_thread(main, command) == 0
            assert capsys.readouterr().out == "applied; the plan is digest\n"
            assert await asyncio.to_thread(main, [*command, "--json"]) == 0
            assert json.loads(capsys.readouterr().out) == {"outcome": "unchanged", "plan": "digest"}
            changed(tmp_path, structure="other")
            assert await asyncio.to_thread(main, command) == 1
            told = capsys.readouterr().err
            assert "the old ones stay" in told
            assert "restart the router with the code that they belong to" in told
            changed(tmp_path, structure="structure", logging={"level": "loud", "sample": 1})
            assert await asyncio.to_thread(main, command) == 1
            assert "mend the file" in capsys.readouterr().err
            assert it.running.services.settings.log_level == "error"

    run(test)


def test_a_key_is_read_from_the_environment_and_asked_for_where_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        async with router(hand(), tmp_path, environment={"ROUTER_KEY": "s3cret"}, key_env="ROUTER_KEY") as it:
            command = ["reload", "--url", f"http://127.0.0.1:{it.management}"]
            assert await asyncio.to_thread(main, command) == 1
            assert "key" in capsys.readouterr().err
            assert await asyncio.to_thread(main, [*command, "--key-env", "MY_KEY"]) == 0

    monkeypatch.setenv("MY_KEY", "s3cret")
    run(test)


def test_nobody_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with unreachable() as nobody:
        assert main(["reload", "--url", nobody.url]) == 4
    assert "No router answers" in capsys.readouterr().err
