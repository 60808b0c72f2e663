"""`aua-router status` against a router that runs: once, as JSON, and as a table on a terminal of its own."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aua_runtime.cli import main
from aua_runtime.plan import Price
from harness import Router, models, router, says, two_fields


def with_router(test: Callable[[Router], Awaitable[None]], folder: Path) -> None:
    async def run() -> None:
        async with models(says("x")) as alpha, models(says("z")) as beta:
            hand = two_fields(alpha, beta)
            priced = replace(hand.specialists[0], price=Price(2_500_000, 10_000_000))
            fields = (replace(hand.fields[0], specialists=(priced,)), hand.fields[1])
            async with router(replace(hand, fields=fields, specialists=(priced, hand.specialists[1])), folder) as it:
                await asyncio.wait_for(test(it), 20)

    asyncio.run(run())


async def status(it: Router, *arguments: str, public: bool = False) -> int:
    url = f"http://127.0.0.1:{it.port if public else it.management}"
    return await asyncio.to_thread(main, ["status", "--url", url, *arguments])


def test_one_picture_tells_what_was_asked_of_whom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def test(it: Router) -> None:
        for question in ("alpha", "alpha", "beta"):
            await it.chat(question)
        assert await status(it, "--once") == 0

    with_router(test, tmp_path)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("by-hand: ready, up ")
    assert "3 requests: 3 answered" in told
    rows = {line.split()[0]: line.split() for line in told[-2:]}
    assert rows["a"][1:5] == ["closed", "0", "2", "0"]
    assert rows["a"][-3:] == ["14", "6", "0.0001"]
    assert rows["b"][-1] == "-"


def test_json_has_the_words_of_the_probes_and_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def test(it: Router) -> None:
        await it.chat("alpha")
        assert await status(it, "--json") == 0

    with_router(test, tmp_path)
    data = json.loads(capsys.readouterr().out)
    assert {"deployment", "runtime", "python", "plan", "structure", "status", "state", "breakers", "figures"} <= data.keys()
    assert data["figures"]["queries"] == 1
    assert data["figures"]["outcomes"]["answered"] == 1
    assert data["figures"]["specialists"][0]["cost_micro"] == 48
    assert data["figures"]["specialists"][1]["cost_micro"] is None


def test_the_public_listener_tells_everything_but_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def test(it: Router) -> None:
        assert await status(it, "--once", public=True) == 0
        assert await status(it, "--json", public=True) == 0

    with_router(test, tmp_path)
    told = capsys.readouterr().out
    assert "management listener only" in told
    assert json.loads(told[told.index("{") :])["figures"] is None


def test_a_router_that_stops_is_not_ready_and_one_that_is_not_there_does_not_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def test(it: Router) -> None:
        it.running.services.draining = True
        assert await status(it, "--once") == 1
        it.running.services.draining = False

    with_router(test, tmp_path)
    assert "by-hand: draining" in capsys.readouterr().out
    assert main(["status", "--url", "http://127.0.0.1:9", "--once"]) == 4
    assert "No router answers at http://127.0.0.1:9." in capsys.readouterr().err


def test_on_a_terminal_the_table_keeps_itself_up_to_date_within_its_size_and_leaves_no_trace(tmp_path: Path) -> None:
    screen = b""

    async def test(it: Router) -> None:
        nonlocal screen
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 8, 40, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        command = [sys.executable, "-m", "aua_runtime.cli", "status", "--interval", "0.1", "--url", f"http://127.0.0.1:{it.management}"]
        process = await asyncio.create_subprocess_exec(*command, stdout=theirs, env=environment)
        os.close(theirs)
        try:
            while screen.count(b"\x1b[H") < 3:
                screen += await asyncio.to_thread(os.read, ours, 65536)
            await it.chat("alpha")
            while b"1 requests" not in screen:
                screen += await asyncio.to_thread(os.read, ours, 65536)
            process.send_signal(signal.SIGINT)
            while not screen.endswith(b"\x1b[?1049l"):
                screen += await asyncio.to_thread(os.read, ours, 65536)
            assert await process.wait() == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            os.close(ours)

    with_router(test, tmp_path)
    assert screen.startswith(b"\x1b[?1049h\x1b[?25l\x1b[H")
    pictures = screen.decode().removesuffix("\x1b[?25h\x1b[?1049l").split("\x1b[H")[1:]
    for picture in pictures:
        assert picture.endswith("\x1b[J")
        shown = re.sub(r"\x1b\[[KJ]", "", picture).split("\r\n")
        assert len(shown) <= 8
        assert max(map(len, shown)) <= 40
    assert "more lines" in pictures[-1]
    assert "1 requests (" in screen.decode()
