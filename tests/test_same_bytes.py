"""The same project gives the same bytes, whoever compiles it, where, and under which Python."""

import os
import sys
from pathlib import Path

import pytest

from tests.compiling import aua, project, tree
from tests.tools import ROOT

PYTHONS = sorted((ROOT / ".tools" / "pythons").glob("*/bin/python"))

ENVIRONMENTS = {
    "another hash seed": {"PYTHONHASHSEED": "1"},
    "yet another hash seed": {"PYTHONHASHSEED": "4242"},
    "another time zone": {"TZ": "Pacific/Kiritimati"},
    "the C locale without UTF-8 mode": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a locale with another alphabet": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "another user": {"HOME": "/nonexistent", "USER": "somebody", "LOGNAME": "somebody", "USERNAME": "somebody"},
    "optimised bytecode": {"PYTHONOPTIMIZE": "2"},
    "another width of terminal": {"COLUMNS": "40", "LINES": "10", "TERM": "dumb"},
}


def compiled(folder: Path, *, python: str = sys.executable, environment: dict[str, str] | None = None) -> dict[str, bytes]:
    result = aua("compile", "aua.yaml", "-o", "deploy", within=project(folder), python=python, environment=environment)
    assert result.returncode == 0, result.stderr
    return tree(folder / "deploy")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return compiled(tmp_path_factory.mktemp("reference"), environment={"PYTHONHASHSEED": "0"})


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_the_environment_does_not_reach_the_artifacts(environment: dict[str, str], reference: dict[str, bytes], tmp_path: Path) -> None:
    assert compiled(tmp_path, environment=environment) == reference


def test_the_working_folder_does_not_reach_the_artifacts(reference: dict[str, bytes], tmp_path: Path) -> None:
    folder = project(tmp_path / "nested" / "shop")
    result = aua("compile", "nested/shop/aua.yaml", "-o", "out", within=tmp_path)
    assert result.returncode == 0, result.stderr
    assert tree(tmp_path / "out") == reference
    assert not (folder / "deploy").exists()


def test_the_name_of_the_folder_does_not_reach_the_artifacts(reference: dict[str, bytes], tmp_path: Path) -> None:
    assert compiled(tmp_path / "ein Ordner mit Ümlaut") == reference


def test_the_umask_does_not_reach_the_artifacts(reference: dict[str, bytes], tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert compiled(tmp_path) == reference
    finally:
        os.umask(before)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parent.parent.name)
def test_every_supported_python_writes_the_same_bytes(python: Path, reference: dict[str, bytes], tmp_path: Path) -> None:
    assert compiled(tmp_path, python=str(python)) == reference


def test_the_order_of_keys_and_comments_do_not_reach_the_artifacts(reference: dict[str, bytes], tmp_path: Path) -> None:
    project(tmp_path, '# a comment\ntier: single-4090   # here too\npreset: coding\nproject:\n  name: shop\nconfig_version: "1.0"\n')
    result = aua("compile", "aua.yaml", "-o", "deploy", within=tmp_path)
    assert result.returncode == 0, result.stderr
    assert tree(tmp_path / "deploy") == reference
