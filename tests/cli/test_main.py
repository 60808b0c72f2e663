"""The command as a process sees it: no traceback, whatever happens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aua_compile.cli import main
from tests.compiling import PROJECT, aua, project


def test_a_bug_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_: str | None) -> None:
        raise LookupError("the\x1b[2J plan")

    monkeypatch.setattr("aua_compile.cli.app.app", broken)
    monkeypatch.delenv("AUA_TRACEBACK", raising=False)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 70
    assert capsys.readouterr().err.startswith("aua: a bug in aua: LookupError: the\\x1b[2J plan\n")


def test_a_bug_shows_where_it_is_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str | None) -> None:
        raise LookupError

    monkeypatch.setattr("aua_compile.cli.app.app", broken)
    monkeypatch.setenv("AUA_TRACEBACK", "1")
    with pytest.raises(LookupError):
        main()


def test_an_interrupt_while_the_command_still_loads_is_no_traceback() -> None:
    loading = """
import sys
from aua_compile.cli import main
class Interrupted:
    def find_spec(self, name, *_):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
main()
"""
    told = subprocess.run((sys.executable, "-c", loading, "plan"), capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (130, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output_is_the_machines_fault() -> None:
    code = "from aua_compile.cli import main; main()"
    with Path("/dev/full").open("wb") as full:
        told = subprocess.run((sys.executable, "-c", code, "models", "list"), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (told.returncode, told.stderr) == (4, "aua: the output cannot be written: No space left on device\n")


def test_a_locale_that_lacks_the_characters_does_not_stop_a_finding(tmp_path: Path) -> None:
    folder = project(tmp_path, PROJECT + "ключ: 漢\n")
    told = aua("compile", "aua.yaml", within=folder, environment={"PYTHONIOENCODING": "ascii"})
    assert (told.returncode, told.stdout) == (3, "")
    assert "AUA0117" in told.stderr
    told = aua("compile", "aua.yaml", "--format", "github", within=folder, environment={"PYTHONIOENCODING": "latin-1"})
    assert "AUA0117" in told.stdout


def test_a_reader_that_leaves_early_ends_the_command_quietly(tmp_path: Path) -> None:
    folder = project(tmp_path, PROJECT + "port: 1\n")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        code = "import sys; from aua_compile.cli import main; sys.argv[0] = 'aua'; main()"
        told = subprocess.run(
            (sys.executable, "-c", code, "compile", "aua.yaml", "--format", "json"),
            cwd=folder,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert b"Traceback" not in told.stderr
