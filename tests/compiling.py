"""Runs `aua compile` as a user does: a process of its own, in a project's folder."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.tools import ROOT

PROJECT = 'config_version: "1.0"\nproject: {name: shop}\npreset: coding\ntier: single-4090\n'

# What the console script does, for an interpreter that has the dependencies but not the two distributions.
ENTRY = "import sys; from aua_compile.cli import main; sys.argv[0] = 'aua'; main()"


def project(folder: Path, text: str = PROJECT) -> Path:
    """A project's folder with `text` as its `aua.yaml`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "aua.yaml").write_text(text)
    return folder


def aua(
    *arguments: str, within: Path, python: str = sys.executable, environment: Mapping[str, str] | None = None, code: str = ENTRY
) -> subprocess.CompletedProcess[str]:
    """Run `aua` with this checkout's code; nothing of the folder it runs in is importable (`-P`)."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "runtime" / "src")))
    return subprocess.run(
        (python, "-P", "-B", "-c", code, *arguments),
        cwd=within,
        env={**os.environ, **(environment or {}), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under `folder`: its relative path and its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
