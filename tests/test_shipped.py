import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import get_args

import pytest

from aua_compile.shipped import Kind, names, shipped
from tests.tools import ROOT, require_module

DATA_FOLDERS = ("presets", "registries", "schemas", "templates", "tiers")


def tracked(folder: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.split())


def built(target: str, folder: Path) -> Path:
    require_module("hatchling")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)], cwd=ROOT, capture_output=True, check=True)
    return next(folder.iterdir())


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_shipped_file_has_a_folder_with_something_in_it(kind: Kind) -> None:
    assert any(shipped(kind).iterdir())


@pytest.mark.parametrize("kind", ["presets", "tiers", "models", "fields", "accelerators", "engines"])
def test_the_name_of_a_file_is_the_name_of_what_it_holds(kind: Kind) -> None:
    assert names(kind) == tuple(sorted(path.stem for path in shipped(kind).glob("*.yaml")))


@pytest.mark.parametrize("folder", DATA_FOLDERS)
def test_a_data_folder_holds_no_python_module(folder: str) -> None:
    assert not list((ROOT / folder).rglob("*.py"))


def test_the_wheel_holds_every_data_file_inside_the_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(built("wheel", tmp_path)) as wheel:
        held = set(wheel.namelist())
    assert {f"aua_compile/{path}" for folder in DATA_FOLDERS for path in tracked(folder)} <= held


def test_the_wheel_holds_nothing_outside_the_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(built("wheel", tmp_path)) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"aua_compile", "aua_compile-0.1.0.dist-info"}


def test_the_source_distribution_holds_what_the_wheel_is_built_from(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as sdist:
        held = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
    assert {path for folder in ("aua_compile", *DATA_FOLDERS) for path in tracked(folder)} <= held


@pytest.mark.parametrize("folder", ["runtime", "presets", "tests"])
def test_an_editable_install_does_not_make_a_folder_of_the_checkout_importable(folder: str, tmp_path: Path) -> None:
    tried = subprocess.run([sys.executable, "-I", "-c", f"import {folder}"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in tried.stderr
