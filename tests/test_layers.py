"""Who may import whom: the contracts lie in pyproject.toml; what they cannot say is tested here."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import ROOT, require

CONTRACT = sorted((ROOT / "runtime/src/aua_runtime/contract").rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_imports_go_one_way() -> None:
    linted = subprocess.run([require("lint-imports"), "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("module", CONTRACT, ids=lambda path: path.stem)
def test_the_contract_imports_the_standard_library_and_itself_alone(module: Path) -> None:
    roots = {(name.split(".")[0], name.startswith("aua_runtime.contract")) for name in imported(module)}
    assert {root for root, own in roots if not own} <= sys.stdlib_module_names
