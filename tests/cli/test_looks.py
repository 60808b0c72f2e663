import io
import os
import pty
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.cli.looks import columns, cut, progress, room_of, table, takes_colour, width_of, working
from tests.compiling import ENTRY, PROJECT, project
from tests.tools import ROOT

WORDS = st.text(st.sampled_from("ab c漢é😀"), max_size=20)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"CLICOLOR": "0"}, False),
        (True, {"FORCE_COLOR": "0"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "3", "TERM": "dumb"}, True),
        (False, {"CLICOLOR_FORCE": "1"}, True),
        (False, {"CI": "true"}, False),
        (True, {"CI": "true"}, True),
    ],
)
def test_colours_go_where_they_are_wanted(terminal: bool, environment: dict[str, str], expected: bool) -> None:  # noqa: FBT001 - a case
    assert takes_colour(Terminal() if terminal else io.StringIO(), environment) is expected


def test_a_terminal_has_a_width_and_a_pipe_has_none() -> None:
    assert width_of(Terminal(), {"COLUMNS": "72"}) == 72
    assert width_of(io.StringIO(), {"COLUMNS": "72"}) is None
    assert width_of(Terminal(), {"COLUMNS": "none"}) is None
    assert room_of(io.StringIO(), {}, 90) == 90
    assert room_of(io.StringIO(), {"COLUMNS": "61"}, 90) == 61


@given(WORDS, st.integers(1, 30))
def test_what_is_cut_fits_and_says_so(text: str, width: int) -> None:
    short = cut(text, width)
    assert columns(short) <= width
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=5), st.integers(30, 120))
def test_a_table_fits_the_terminal(rows: list[tuple[str, str, str]], width: int) -> None:
    lines = table(("one", "two", "three"), rows, width).splitlines()
    assert len(lines) == len(rows) + 1
    assert all(columns(line) <= width for line in lines)


def test_what_a_row_is_about_is_cut_last() -> None:
    rows = [("r1-distill-llama-70b", "a description that nobody types"), ("r1-distill-llama-8b", "another")]
    assert [line.split("  ")[0] for line in table(("name", "what"), rows, 34).splitlines()[1:]] == [name for name, _ in rows]
    narrow = table(("name", "what", "more"), [(*row, "at length, too") for row in rows], 36).splitlines()
    assert narrow[0].split() == ["name", "what", "…"]
    assert [line.split("  ")[0] for line in narrow[1:]] == [name for name, _ in rows]


@given(st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_in_a_pipe_nothing_is_cut(rows: list[tuple[str, str]]) -> None:
    text = table(("one", "two"), rows)
    assert all(cell.strip() in text for row in rows for cell in row)


def test_wide_characters_keep_their_columns() -> None:
    assert table(("name", "x"), [("漢字", "1"), ("ab", "2")]).splitlines() == ["name  x", "漢字  1", "ab    2"]


def test_what_cannot_be_seen_is_written_out_in_a_table() -> None:
    assert "\x1b" not in table(("name",), [("a\x1b[2Jb",)])


def test_progress_is_shown_on_a_terminal_after_a_second_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 0.5, 1.5, 2.5])
    monkeypatch.setattr("aua_runtime.looks.time.monotonic", lambda: next(moments))
    for name in ("CI", "TERM"):
        monkeypatch.delenv(name, raising=False)
    stream = Terminal()
    assert list(progress("abc", "working", stream)) == ["a", "b", "c"]
    assert stream.getvalue() == "\r\x1b[Kworking: 1 of 3\r\x1b[Kworking: 2 of 3\r\x1b[K"


@pytest.mark.parametrize(("stream", "environment"), [(io.StringIO(), {}), (Terminal(), {"CI": "1"}), (Terminal(), {"TERM": "dumb"})])
def test_progress_is_silent_elsewhere(stream: io.StringIO, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aua_runtime.looks.QUIET_S", -1.0)
    monkeypatch.delenv("CI", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert list(progress("ab", "working", stream)) == ["a", "b"]
    with working("working", stream):
        sleep(0.05)
    assert not stream.getvalue()


@pytest.mark.parametrize("ends", [None, KeyError, KeyboardInterrupt])
def test_what_takes_long_is_told_on_a_terminal_and_taken_away_however_it_ends(
    ends: type[BaseException] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aua_runtime.looks.QUIET_S", 0.0)
    for name in ("CI", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    with suppress(KeyError, KeyboardInterrupt), working("a word " * 20, stream):
        while not stream.getvalue():
            sleep(0.01)
        if ends is not None:
            raise ends
    first, *_, last = stream.getvalue().split("\r\x1b[K")[1:]
    assert (first.startswith("a word "), first.endswith(" 0 s"), last) == (True, True, "")
    assert columns(first) < 40


def test_what_is_quick_or_speaks_json_is_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "TERM"):
        monkeypatch.delenv(name, raising=False)
    stream = Terminal()
    with working("working", stream):
        pass
    monkeypatch.setattr("aua_runtime.looks.QUIET_S", 0.0)
    with working("working", stream, shows=False):
        sleep(0.05)
    assert not stream.getvalue()


SLOW = "import aua_runtime.looks, sys; aua_runtime.looks.QUIET_S = 0.0; from aua_compile.cli import main; sys.argv[0] = 'aua'; main()"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("compile aua.yaml", "compiling aua.yaml 0 s"),
        ("diff aua.yaml other.yaml", "planning with each change alone 0 s"),
        ("explain routing.max_fanout --config aua.yaml", "compiling with one value changed at a time 0 s"),
        ("lock aua.yaml", "compiling aua.yaml 0 s"),
    ],
)
def test_a_command_says_what_it_does_and_leaves_no_line_of_it(command: str, told: str, tmp_path: Path) -> None:
    folder = project(tmp_path, PROJECT + "targets: [prometheus]\n")
    (folder / "other.yaml").write_text(PROJECT + "targets: [prometheus]\nrouting: {max_fanout: 3}\n", encoding="utf-8")
    shown = on_terminal(*command.split(), columns=80, within=folder, code=SLOW)
    assert f"\r\x1b[K{told}" in shown
    assert shown.count("\r\x1b[K") % 2 == 0
    kept = "".join(part for part in shown.split("\r\x1b[K") if not part.endswith(" s"))
    assert " 0 s" not in kept
    assert " 0 s" not in on_terminal(*command.split(), "--json", columns=80, within=folder, code=SLOW)


def on_terminal(*arguments: str, columns: int, within: Path, code: str = ENTRY) -> str:
    """What a command writes to a terminal of so many columns."""
    leader, follower = pty.openpty()
    ioctl(follower, TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    path = os.pathsep.join((str(ROOT), str(ROOT / "runtime" / "src")))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "TERM": "xterm"}
    child = subprocess.Popen((sys.executable, "-c", code, *arguments), cwd=within, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    child.wait()
    return shown.decode().replace("\r\n", "\n")


TABLES: Sequence[tuple[str, ...]] = (
    ("models", "list"),
    ("tiers", "list"),
    ("presets", "list"),
    ("engines", "list"),
    ("fit", "qwq-32b", "--on", "single-4090"),
    ("tiers", "design", "aua.yaml"),
    ("config", "show", "aua.yaml"),
)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("arguments", TABLES[:2], ids=" ".join)
def test_a_list_fits_the_terminal_that_it_is_shown_in(arguments: tuple[str, ...], width: int, tmp_path: Path) -> None:
    shown = on_terminal(*arguments, columns=width, within=project(tmp_path, PROJECT))
    assert len(shown.splitlines()) > 3
    assert max(columns(line) for line in shown.splitlines()) <= width
