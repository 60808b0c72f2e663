"""What every file of the project keeps to, wherever it lies."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import aua_compile
from tests.tools import ROOT

SHIPPED_CODE = ("aua_compile/", "runtime/src/", "bench/")
# The patterns are written so that they do not find themselves.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|NotImplemented[E]rror)\b")
EXCUSE = re.compile(r"#\s*(no[q]a|type: igno[r]e|pragma: no co[v]er)(?P<rest>.*)$", re.MULTILINE)
REASON = re.compile(r"(: *[A-Z]+[0-9]+(, *[A-Z]+[0-9]+)*|\[[\w, -]+\])?[ #-]+\w+")
MACHINE_PATH = re.compile(r"(?<![\w.~$}/-])/(work|root|Users|home/[a-z]+)/")
INDEX_HOST = re.compile(r"https?://(registry|proxy|files|index|pypi)\.[a-z]")


def tracked(*endings: str) -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if name.endswith(endings) and (ROOT / name).is_file():
            yield ROOT / name


def found(pattern: re.Pattern[str], *endings: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {match.group().strip()}"
        for path in tracked(*endings)
        for match in pattern.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]


def test_nothing_is_left_to_do_later() -> None:
    assert found(UNFINISHED, ".py", ".j2", ".md", ".yaml", ".toml") == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert found(MACHINE_PATH, ".py", ".j2", ".md", ".yaml", ".json", ".toml", ".txt", "run", "Makefile") == []


def test_no_file_names_a_package_index() -> None:
    assert found(INDEX_HOST, ".py", ".j2", ".md", ".yaml", ".toml", ".txt", "run", "Makefile") == []


def test_every_exception_to_a_check_in_shipped_code_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked(".py")
        if str(path.relative_to(ROOT)).startswith(SHIPPED_CODE)
        for match in EXCUSE.finditer(path.read_text(encoding="utf-8"))
        if not REASON.match(match["rest"])
    ]
    assert silent == []


def test_the_public_surface_is_exactly_this() -> None:
    assert aua_compile.__all__ == ["__version__", "load_plan"]


def test_no_module_postpones_its_annotations() -> None:
    assert found(re.compile(r"^from __future__ import annot[a]tions", re.MULTILINE), ".py") == []


@pytest.mark.parametrize("folder", ["aua_compile", "runtime/src/aua_runtime"])
def test_only_the_edges_touch_the_outside(folder: str) -> None:
    """In the compiler reading, writing, finding and printing each have one place; the runtime's contract does none of it."""
    edges = ("aua_compile/source.py", "aua_compile/disk", "aua_compile/shipped.py", "aua_compile/cli/")
    reached = {
        f"{path.relative_to(ROOT)}: {call}"
        for path in (ROOT / folder).rglob("*.py")
        if folder == "aua_compile" or "contract" in path.parts
        if not str(path.relative_to(ROOT)).startswith(edges)
        for call in _outside_calls(path)
    }
    assert reached == set()


OUTSIDE_FUNCTIONS = {"open", "print", "input"}
OUTSIDE_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "getenv", "iterdir", "glob", "rglob"}
OUTSIDE_MODULES = {"subprocess", "socket", "random", "datetime", "time", "secrets", "threading", "asyncio"}


def _outside_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(name) if name in OUTSIDE_FUNCTIONS:
                    yield f"{name}() in line {node.lineno}"
                case ast.Attribute(attr=name) if name in OUTSIDE_METHODS:
                    yield f".{name}() in line {node.lineno}"
        elif isinstance(node, ast.Import):
            yield from (f"import {alias.name}" for alias in node.names if alias.name in OUTSIDE_MODULES)
