"""`aua-router loadtest` against a router that runs, as a person runs it."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from aua_runtime.cli import main
from aua_runtime.plan import Limits
from harness import Models, Router, Script, Wire, fails, models, router, streams, two_fields

LIMITS = Limits(body_bytes=10_000, header_bytes=4_000, connections=500, streams=500)
"""More than any load here can have open, however slow the machine."""


def with_router(test: Callable[[Router, Models], Awaitable[None]], folder: Path, script: Script) -> None:
    """A router with one model server behind both of its specialists."""

    async def run() -> None:
        async with models(script) as servers, router(two_fields(servers, servers), folder, limits=LIMITS) as it:
            await asyncio.wait_for(test(it, servers), 30)

    asyncio.run(run())


async def load(it: Router, *arguments: str) -> tuple[int, str, str]:
    words = ["loadtest", "--url", f"http://127.0.0.1:{it.port}", *arguments]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aua_runtime.cli", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, told = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), told.decode()


def test_streams_are_timed_and_all_is_accounted_for(tmp_path: Path) -> None:
    async def test(it: Router, servers: Models) -> None:
        code, out, _ = await load(
            it, "--rate", "15", "--duration", "1s", "--json", "--expect", "error_share<=0", "--expect", "total_p99<=20"
        )
        told = json.loads(out)
        assert (code, told["errors"]) == (0, {})
        assert told["requests"] == told["answered"] == told["ttft"]["count"] == len(servers.seen)
        assert 0 < told["ttft"]["p50"] <= told["total"]["p50"]
        assert [each["met"] for each in told["expectations"]] == [True, True]

    with_router(test, tmp_path, streams())


def test_errors_are_counted_by_their_code_and_break_an_expectation(tmp_path: Path) -> None:
    async def test(it: Router, _: Models) -> None:
        code, out, _ = await load(it, "--rate", "20", "--duration", "1s", "--expect", "error_share<=0.01", "--streamed", "0")
        assert code == 1
        assert "AUA_BACKEND_ERROR" in out
        assert "| error_share<=0.01 | 1        | NO  |" in out

    with_router(test, tmp_path, fails(500))


def test_a_page_shows_the_plots_and_needs_nothing_else(tmp_path: Path) -> None:
    async def test(it: Router, _: Models) -> None:
        page, text = tmp_path / "load.html", tmp_path / "load.md"
        code, out, _ = await load(it, "--rate", "40", "--duration", "1s", "--html", str(page), "--markdown", str(text))
        assert (code, text.read_text(encoding="utf-8")) == (0, out)
        html = page.read_text(encoding="utf-8")
        HTMLParser().feed(html)
        assert not any(word in html for word in ("<script", "src=", "@import", "url("))
        plots = ["<svg" + part.partition("</svg>")[0] + "</svg>" for part in html.split("<svg")[1:]]
        assert len(plots) == 4
        for plot in plots:
            for place in ET.fromstring(plot).iter("circle"):
                assert 0 <= float(place.attrib["cx"]) <= 760
                assert 0 <= float(place.attrib["cy"]) <= 290

    with_router(test, tmp_path, streams())


def test_times_are_told_by_what_the_routers_headers_name(tmp_path: Path) -> None:
    async def test(it: Router, _: Models) -> None:
        page = tmp_path / "load.html"
        (tmp_path / "asked").write_text('{"prompt": "alpha"}\n{"prompt": "beta"}\n')
        words = ("--rate", "40", "--duration", "1s", "--prompts", str(tmp_path / "asked"), "--html", str(page))
        code, out, _ = await load(it, *words)
        assert code == 0
        heads = ("field", "specialist")
        assert all(f"| {head.ljust(max(len(head), 5))} | answered | first token p50 | first token p95" in out for head in heads)
        assert all(f"<th>{head}</th><th>answered</th>" in page.read_text(encoding="utf-8") for head in heads)
        told = json.loads((await load(it, *words, "--json"))[1])
        assert set(told["by_field"]) == {"alpha", "beta"}
        assert sum(part["answered"] for part in told["by_specialist"].values()) == told["answered"]
        assert max(part["total"]["max"] for part in told["by_specialist"].values()) == told["total"]["max"]

    with_router(test, tmp_path, streams())


def test_a_server_that_stalls_is_slow_for_all_that_were_due_meanwhile(tmp_path: Path) -> None:
    began = 0.0

    async def stalls(wire: Wire) -> None:
        nonlocal began
        now = asyncio.get_running_loop().time()
        began = began or now
        if 0.5 < now - began < 1.5:
            await asyncio.sleep(began + 1.5 - now)
        await streams()(wire)

    async def test(it: Router, _: Models) -> None:
        _, out, _ = await load(it, "--rate", "9", "--duration", "2s", "--process", "constant", "--json")
        told = json.loads(out)
        assert (told["requests"], told["errors"]) == (18, {})
        assert told["total"]["p90"] > 0.5  # who waits for each answer sees one slow one of nine
        assert told["ttft"]["p90"] > 0.5

    with_router(test, tmp_path, stalls)


def test_what_hangs_ends_the_load_that_allows_no_such_time_and_is_in_its_figures(tmp_path: Path) -> None:
    async def test(it: Router, _: Models) -> None:
        code, out, _ = await load(it, "--rate", "40", "--duration", "60s", "--abort", "total_p50<=0.4", "--streamed", "0", "--json")
        told = json.loads(out)
        assert (code, told["ended"], told["errors"]) == (1, "total_p50<=0.4 did not hold", {})
        assert told["unfinished"] == told["requests"] == told["total"]["count"]
        assert told["total"]["p50"] > 0.4

    with_router(test, tmp_path, ponders_long)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_load_reports_what_was_measured(tmp_path: Path, number: signal.Signals) -> None:
    async def test(it: Router, servers: Models) -> None:
        words = ["loadtest", "--url", f"http://127.0.0.1:{it.port}", "--rate", "20", "--duration", "60s", "--json"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aua_runtime.cli", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        while len(servers.seen) < 3:  # noqa: ASYNC110 - the fake server has no event for it
            await asyncio.sleep(0.05)
        process.send_signal(number)
        out, told = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 0
        measured = json.loads(out)
        assert (measured["answered"] >= 2, measured["errors"]) == (True, {})
        assert b"Ended early, interrupted" in told

    with_router(test, tmp_path, streams())


async def ponders_long(wire: Wire) -> None:
    await asyncio.sleep(20)
    await streams()(wire)


async def ponders(wire: Wire) -> None:
    await asyncio.sleep(0.3)
    await streams()(wire)


def test_more_open_requests_than_allowed_are_counted_and_not_sent(tmp_path: Path) -> None:
    async def test(it: Router, servers: Models) -> None:
        code, out, _ = await load(it, "--rate", "50", "--duration", "1s", "--process", "constant", "--max-open", "1", "--json")
        told = json.loads(out)
        assert (code, told["errors"].keys(), told["requests"]) == (0, {"not_sent"}, 50)
        assert told["answered"] == 50 - told["errors"]["not_sent"] == len(servers.seen) <= 5

    with_router(test, tmp_path, ponders)


def test_a_load_that_breaks_its_bound_is_ended_early_and_fails(tmp_path: Path) -> None:
    async def test(it: Router, _: Models) -> None:
        code, out, told = await load(it, "--rate", "40", "--duration", "60s", "--streamed", "0", "--abort", "error_share<=0.5", "--json")
        report = json.loads(out)
        assert (code, report["ended"]) == (1, "error_share<=0.5 did not hold")
        assert "Ended early" in told
        assert 20 <= report["requests"] < 400

    with_router(test, tmp_path, fails(500))


def test_a_load_is_compared_with_an_earlier_one(tmp_path: Path) -> None:
    async def test(it: Router, _: Models) -> None:
        _, out, _ = await load(it, "--rate", "20", "--duration", "1s", "--json")
        (tmp_path / "before.json").write_text(out)
        code, out, _ = await load(
            it, "--rate", "20", "--duration", "1s", "--process", "bursts", "--json", "--against", f"{tmp_path}/before.json"
        )
        compared = {each["name"]: each for each in json.loads(out)["compared"]}
        assert code == 0
        assert compared["error_share"] == {"name": "error_share", "before": 0.0, "now": 0.0, "change": None}
        assert compared["ttft_p50"]["change"] == pytest.approx(compared["ttft_p50"]["now"] / compared["ttft_p50"]["before"] - 1)

    with_router(test, tmp_path, streams())


@pytest.mark.parametrize(
    ("words", "says_"),
    [
        (["--abort", "speed<=1"], "no figure"),
        (["--against", "/nowhere.json"], "No such file"),
        (["--against", __file__], "not JSON"),
        (["--url", "http://203.0.113.9"], "--allow-remote"),
        (["--url", "ftp://127.0.0.1"], "base URL"),
        (["--url", "127.0.0.1:8000"], "base URL"),
        (["--expect", "speed<=1"], "no figure"),
        (["--mix", "astrology"], "astrology"),
        (["--prompts", "/nonexistent"], "No such file"),
        (["--prompts", "/dev/zero"], "no file"),
        (["--rate", "1000", "--duration", "10h"], "1,000,000"),
        (["--html", "/nowhere/load.html"], "/nowhere/load.html: no file can be written there"),
        (["--markdown", "/"], "/: no file can be written there"),
        (["--key-env", "NOT_SET_HERE"], "NOT_SET_HERE is not set"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_sent(words: list[str], says_: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["loadtest", *words]) == 2
    assert says_ in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--rate", "0"], ["--rate", "x"], ["--duration", "30"], ["--streamed", "2"], ["--max-open", "1.5"], ["--process", "burst"]]
)
def test_a_wrong_word_is_a_usage_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["loadtest", *words])
    assert end.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_nobody_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen: whoever connects is refused
        assert main(["loadtest", "--url", f"http://127.0.0.1:{held.getsockname()[1]}"]) == 4
    assert "No router answers" in capsys.readouterr().err
