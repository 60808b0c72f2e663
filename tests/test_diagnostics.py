"""The gallery of findings: what a person who makes the mistake sees, for every code.

A case is a folder `golden/diagnostics/<CODE>` or `<CODE>-<what>` with the project's files, the words after `aua` in `args` if they are not
`compile config.yaml`, and what is then shown in `expected.txt`. `--update-golden` rewrites the latter.
"""

import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aua_compile.cli.app import app
from aua_compile.codes import CODES
from aua_compile.source import BYTE_LIMIT

GALLERY = Path(__file__).parents[1] / "golden" / "diagnostics"
CASES = sorted(folder.name for folder in GALLERY.iterdir())
EXPECTED = "expected.txt"

MADE = {"AUA0104": {"config.yaml": "#" * (BYTE_LIMIT + 1)}}
"""Files too large to be kept."""


def shown(case: str, folder: Path) -> str:
    """The command of a case, run on a copy of its files in `folder`, and everything it shows."""
    shutil.copytree(GALLERY / case, folder, symlinks=True, dirs_exist_ok=True)
    (folder / EXPECTED).unlink(missing_ok=True)
    for name, text in MADE.get(case, {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    args = folder / "args"
    words = args.read_text(encoding="utf-8").strip() if args.exists() else "compile config.yaml"
    args.unlink(missing_ok=True)
    before = files(folder)
    result = CliRunner().invoke(app, shlex.split(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code:
        assert files(folder) == before, "a refused project writes nothing"
    return f"$ aua {words}\n{result.output}exit code {result.exit_code}\n"


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_as_in_the_gallery(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.chdir(tmp_path)
    told = shown(case, tmp_path)
    expected = GALLERY / case / EXPECTED
    if pytestconfig.getoption("--update-golden"):
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
    assert f"[{case.split('-', maxsplit=1)[0]}]" in told


def test_every_code_has_a_case() -> None:
    assert sorted({case.split("-", 1)[0] for case in CASES}) == sorted(CODES)
