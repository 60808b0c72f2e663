"""`aua-router top` and `status` against a router that runs: once, as JSON, and as a screen on a terminal of its own."""

import asyncio
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from select import select

import pyte
import pytest
from aua_runtime.cli import main
from aua_runtime.cli.ask import fetched
from aua_runtime.contract.prices import TokenPrice, prices
from aua_runtime.status.watch import Watch
from harness import DEFAULT_SETTINGS, Router, models, router, says, two_fields

SOON_S = 15.0


def with_router(test: Callable[[Router], Awaitable[None]], folder: Path) -> None:
    async def run() -> None:
        async with models(says("x")) as alpha, models(says("z")) as beta:
            hand = two_fields(alpha, beta)
            settings = replace(DEFAULT_SETTINGS, prices=prices("USD", "acme@1", {"a": TokenPrice(2_500_000, 10_000_000, 2_500_000)}))
            async with router(hand, folder, settings=settings) as it:
                await asyncio.wait_for(test(it), 20)

    asyncio.run(run())


async def status(it: Router, *arguments: str, public: bool = False) -> int:
    url = f"http://127.0.0.1:{it.port if public else it.management}"
    return await asyncio.to_thread(main, ["status", "--url", url, *arguments])


def test_one_picture_tells_what_was_asked_of_whom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    async def test(it: Router) -> None:
        for question in ("alpha", "alpha", "beta"):
            await it.chat(question)
        assert await status(it, "--once") == 0

    with_router(test, tmp_path)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(" by-hand  ready  up ")
    assert told[1].startswith("requests  3 so far")
    assert told[1].endswith("3 answered")
    rows = {line.split()[0]: line.split() for line in told if line}
    assert rows["a"][1:4] == ["up", "0", "0"]
    assert rows["a"][-1] == "0.0001"
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
    assert data["figures"]["specialists"][0]["cost_micro"] == 47
    assert data["figures"]["specialists"][1]["cost_micro"] is None


def test_the_public_listener_tells_everything_but_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def test(it: Router) -> None:
        assert await status(it, "--once", public=True) == 0
        assert await status(it, "--json", public=True) == 0

    with_router(test, tmp_path)
    told = capsys.readouterr().out
    assert "management listener only" in told
    assert json.loads(told[told.index("{") :])["figures"] is None


def test_a_public_listener_is_asked_for_metrics_once(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        url = f"http://127.0.0.1:{it.port}"
        watch = Watch((url,), "", {}, lambda url, path, key: fetched(url, path, key=key), 15.0)
        for _ in range(3):
            picture = await asyncio.to_thread(watch.look)
            assert picture.figures is None
        assert it.log.getvalue().count("AUA_NOT_FOUND") == 1

    with_router(test, tmp_path)


def test_a_router_that_stops_is_not_ready_and_one_that_is_not_there_does_not_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def test(it: Router) -> None:
        it.running.services.draining = True
        assert await status(it, "--once") == 1
        it.running.services.draining = False

    with_router(test, tmp_path)
    assert "by-hand  draining" in capsys.readouterr().out
    assert main(["status", "--url", "http://127.0.0.1:9", "--once"]) == 4
    assert "No router answers at http://127.0.0.1:9: nobody answers." in capsys.readouterr().err


def test_top_has_rates_because_it_looks_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def test(it: Router) -> None:
        await it.chat("alpha")
        url = f"http://127.0.0.1:{it.management}"
        asked = asyncio.to_thread(main, ["top", "--json", "--interval", "0.3", "--url", url])
        code, _ = await asyncio.gather(asked, it.chat("alpha"))
        assert code == 0

    with_router(test, tmp_path)
    assert json.loads(capsys.readouterr().out)["figures"]["queries_per_s"] is not None


def test_the_plan_of_a_router_with_a_key_is_asked_for_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def test(it: Router) -> None:
        it.running.services.key = b"k" * 20
        assert await status(it, "--json") == 0
        os.environ["AUA_TEST_KEY"] = "k" * 20
        assert await status(it, "--json", "--key-env", "AUA_TEST_KEY") == 0

    with_router(test, tmp_path)
    without, given = capsys.readouterr().out.split("\n}\n")[:2]
    assert "--key-env" in json.loads(without + "\n}")["no_plan"]
    assert "--key-env" not in json.loads(given + "\n}")["no_plan"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--url", "ftp://x"), "ftp"),
        (("--url", "http://"), "http://"),
        (("--interval", "0"), "0.1 to 3600"),
        (("--interval", "nan"), "0.1 to 3600"),
        (("--window", "x"), "0.1 to 3600"),
        (("--engine", "swe"), "NAME=URL"),
        (("--engine", "swe=nowhere"), "nowhere"),
    ],
)
def test_wrong_words_are_refused_with_what_would_be_right(words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(["top", "--once", *words])
    except SystemExit as end:
        code = int(end.code or 0)
    assert code == 2
    assert told in capsys.readouterr().err


TOP = ("-m", "aua_runtime.cli", "top")
FAILS = """
from aua_runtime.top.live import live
class Watch:
    def look(self):
        raise KeyError("odd")
live(Watch(), 1.0)
"""


class Tty:
    """A program on a terminal of its own, and what that terminal shows."""

    def __init__(self, *words: str, columns: int = 80, lines: int = 24, program: tuple[str, ...] = TOP, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        self._size(columns, lines)
        known = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
        self.process = subprocess.Popen(
            [sys.executable, *program, *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - the terminal is to be its own: Ctrl-C reaches it
            env={**known, "TERM": "xterm-256color", **environment},
        )
        self.theirs = theirs

    def _size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns: int, lines: int) -> None:
        self._size(columns, lines)
        self.screen.resize(lines, columns)
        self.process.send_signal(signal.SIGWINCH)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def shows(self, fits: Callable[[str], bool]) -> str:
        """The screen once it is as expected."""
        until_s = time.monotonic() + SOON_S
        while not fits(self.text):
            assert time.monotonic() < until_s, self.text
            if select([self._ours], [], [], 0.05)[0]:
                self._take()
        return self.text

    def _take(self) -> None:
        data = os.read(self._ours, 65_536)
        self.written += data
        self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def ended(self) -> int:
        """The exit code, once the program has left the terminal as it found it."""
        code = self.process.wait(SOON_S)
        while select([self._ours], [], [], 0.1)[0]:
            self._take()
        assert self.written.endswith(b"\x1b[?1049l")
        assert b"\x1b[?25h" in self.written
        assert termios.tcgetattr(self.theirs) == self.before
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self.theirs)


@contextmanager
def tty(*words: str, **how: object) -> Iterator[Tty]:
    it = Tty(*words, **how)  # type: ignore[arg-type]  # a size and variables
    try:
        yield it
    finally:
        it.close()


def on_screen(test: Callable[[Tty], None], folder: Path, **how: object) -> None:
    """A test of the screen of a router that has answered once."""

    async def run(it: Router) -> None:
        await it.chat("alpha")
        with tty("--interval", "0.2", "--url", f"http://127.0.0.1:{it.management}", **how) as terminal:
            await asyncio.to_thread(test, terminal)

    with_router(run, folder)


def test_the_screen_takes_keys_and_fits_any_size_and_leaves_no_trace(tmp_path: Path) -> None:
    def test(terminal: Tty) -> None:
        shown = terminal.shows(lambda text: "1 answered" in text and "by-hand  ready" in text)
        assert "q quit" in shown.splitlines()[23]
        terminal.resize(40, 10)
        terminal.shows(lambda text: "q quit" in text.splitlines()[9] and "SPECIALIST" in text)
        terminal.resize(120, 40)
        terminal.shows(lambda text: "REQ/S, at most" in text and "q quit" in text.splitlines()[39])
        terminal.press("?")
        terminal.shows(lambda text: "go to the next table" in text)
        terminal.press("xp")
        terminal.shows(lambda text: "PAUSED" in text)
        terminal.press("p/b\r")
        terminal.shows(lambda text: "filter `b`" in text and "PAUSED" not in text)
        terminal.press("\x1b")
        terminal.shows(lambda text: "filter" not in text.replace("/ filter", ""))
        terminal.press("ss")
        terminal.shows(lambda text: "state▲" in text)
        terminal.press("q")
        assert terminal.ended() == 0

    on_screen(test, tmp_path)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)])
def test_a_signal_ends_it_as_it_would_any_program_after_the_terminal_is_given_back(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    def test(terminal: Tty) -> None:
        terminal.shows(lambda text: "by-hand" in text)
        terminal.process.send_signal(number)
        assert terminal.ended() == code

    on_screen(test, tmp_path)


def test_it_gives_the_terminal_back_while_it_is_stopped_and_draws_anew_afterwards(tmp_path: Path) -> None:
    def test(terminal: Tty) -> None:
        terminal.shows(lambda text: "by-hand" in text)
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.shows(lambda _: terminal.written.count(b"\x1b[?1049l") == 1)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.screen.reset()
        terminal.shows(lambda text: terminal.written.count(b"\x1b[?1049h") >= 2 and "by-hand" in text)
        terminal.press("q")
        assert terminal.ended() == 0

    on_screen(test, tmp_path)


def test_without_colour_none_is_shown(tmp_path: Path) -> None:
    def test(terminal: Tty) -> None:
        terminal.shows(lambda text: "by-hand" in text)
        colours = {cell.fg for row in terminal.screen.buffer.values() for cell in row.values()}
        assert colours == {"default"}
        terminal.press("q")
        assert terminal.ended() == 0

    on_screen(test, tmp_path, NO_COLOR="1")


def test_a_terminal_that_only_knows_lines_gets_one_picture(tmp_path: Path) -> None:
    def test(terminal: Tty) -> None:
        terminal.shows(lambda text: "by-hand" in text)
        assert terminal.process.wait(SOON_S) == 0
        assert b"\x1b" not in terminal.written

    on_screen(test, tmp_path, TERM="dumb")


def test_a_router_that_goes_away_is_told_and_asked_again_until_it_is_back(tmp_path: Path) -> None:
    async def run(it: Router) -> None:
        await it.chat("alpha")
        running = it.running
        with tty("--interval", "0.2", "--url", f"http://127.0.0.1:{it.management}") as terminal:
            await asyncio.to_thread(terminal.shows, lambda text: "1 answered" in text)
            await running.stop()
            shown = await asyncio.to_thread(terminal.shows, lambda text: "nobody answers" in text)
            assert "1 answered" in shown
            terminal.press("q")
            assert await asyncio.to_thread(terminal.ended) == 0

    with_router(run, tmp_path)


def test_nobody_answers_from_the_start_and_the_screen_says_so() -> None:
    with tty("--interval", "0.2", "--url", "http://127.0.0.1:9") as terminal:
        terminal.shows(lambda text: "no router answers" in text and "nobody answers" in text)
        terminal.press("\x03")
        assert terminal.ended() == 0


def test_a_fault_of_ours_is_told_once_the_terminal_is_given_back() -> None:
    with tty(program=("-c", FAILS)) as terminal:
        assert terminal.process.wait(SOON_S) == 1
        terminal.shows(lambda _: b"KeyError: 'odd'" in terminal.written)
        assert terminal.written.index(b"\x1b[?1049l") < terminal.written.index(b"Traceback")
        assert termios.tcgetattr(terminal.theirs) == terminal.before
