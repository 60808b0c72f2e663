"""The gallery of comparisons: what people read of a change, in a terminal and in a review. `make golden` rewrites it.

A case is a folder `golden/diffs/<case>` with `old.yaml` and `new.yaml`, more options in `args`, and what is shown as text and as Markdown.
"""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import Ran, ran
from tests.tools import ROOT

GALLERY = ROOT / "golden" / "diffs"
CASES = sorted(folder.name for folder in GALLERY.iterdir())
SHOWN = {"text": "expected.txt", "markdown": "expected.md"}


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str, str], Ran]:
    def compare(case: str, form: str) -> Ran:
        monkeypatch.chdir(GALLERY / case)
        args = Path("args")
        options = shlex.split(args.read_text(encoding="utf-8")) if args.exists() else []
        return ran(("diff", "old.yaml", "new.yaml", *options, "--format", form), monkeypatch, capsys)

    return compare


@pytest.mark.parametrize("form", SHOWN)
@pytest.mark.parametrize("case", CASES)
def test_a_change_is_shown_as_in_the_gallery(
    case: str, form: str, compared: Callable[[str, str], Ran], pytestconfig: pytest.Config
) -> None:
    told = compared(case, form)
    assert not told.err
    assert told.code == ("weaker" in told.out.rsplit("changes", 1)[-1])
    expected = GALLERY / case / SHOWN[form]
    if pytestconfig.getoption("--update-golden"):
        expected.write_text(told.out, encoding="utf-8")
    assert told.out == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_what_programs_read_keeps_to_its_schema(case: str, compared: Callable[[str, str], Ran]) -> None:
    schema = json.loads((ROOT / "schemas" / "diff.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(compared(case, "json").out))


def test_the_page_shows_what_is_printed() -> None:
    page = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
    for case in ("several", "gpu-move"):
        lines = (GALLERY / case / SHOWN["text"]).read_text(encoding="utf-8").splitlines()
        assert "\n".join(f"    {line}" if line else "" for line in lines) in page
