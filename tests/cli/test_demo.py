"""`aua demo`, as a person runs it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tools import require_module

COMMAND = [sys.executable, "-c", "from aua_compile.cli import main; main()", "demo", "-o", ".demo"]


def left_over(folder: Path) -> list[str]:
    """Processes that still work in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder.resolve()):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")
def test_it_answers_two_questions_says_why_and_leaves_nothing_running(tmp_path: Path) -> None:
    require_module("uvicorn")
    ran = subprocess.run(COMMAND, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("Question ") == 2
    assert "software_engineering, answered by swe: 0." in ran.stdout
    assert "mathematics, answered by math: 0." in ran.stdout
    assert "so one specialist answers alone" in ran.stdout
    assert "simulated" in ran.stdout
    shown = [Path(line.split()[0]) for line in ran.stdout.split("Open next:")[1].splitlines() if line.strip()]
    assert len(shown) >= 4
    assert all((tmp_path / path).exists() for path in shown)
    assert (tmp_path / ".demo" / "state" / "aua.db").exists()
    assert left_over(tmp_path) == []


def test_a_file_in_the_place_of_its_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine\n", encoding="utf-8")
    ran = subprocess.run([*COMMAND, "-o", "mine"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (4, "The demonstration stopped: `mine`: File exists.\n")


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_it_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    require_module("uvicorn")
    with subprocess.Popen(COMMAND, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as ran:
        until = time.monotonic() + 30
        while not (tmp_path / ".demo" / "router.log").exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(ran.pid, number)
        output, _ = ran.communicate(timeout=30)

    assert "Traceback" not in output
    assert ran.returncode in {128 + number, -number}
    assert left_over(tmp_path) == []
