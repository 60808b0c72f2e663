import json
from pathlib import Path

from aua_compile import __version__
from tests.compiling import aua


def test_the_version_is_told_in_words_and_as_json(tmp_path: Path) -> None:
    told = aua("--version", within=tmp_path)
    assert told.returncode == 0
    assert told.stdout.startswith(f"aua {__version__} (runtime ")
    assert json.loads(aua("--version", "--json", within=tmp_path).stdout)["aua"] == __version__


def test_nothing_asked_shows_the_help_and_is_a_mistake(tmp_path: Path) -> None:
    told = aua(within=tmp_path)
    assert told.returncode == 2
    assert "Usage: aua [OPTIONS] COMMAND" in told.stdout + told.stderr
