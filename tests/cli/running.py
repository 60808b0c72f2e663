"""A command as a user runs it, in this process: its exit code and what it printed where."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from aua_compile.cli import main
from aua_compile.cli.app import app


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def ran(arguments: Sequence[str], patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ran:
    patch.setattr(sys, "argv", ["aua", *arguments])
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    read = capsys.readouterr()
    return Ran(code, read.out, read.err)


def aua(*words: str) -> tuple[int, str, str]:
    """One command alone, without what `main` adds: its exit code, and what it wrote to standard output and standard error."""
    result = CliRunner().invoke(app(words[0]), list(words))
    return result.exit_code, result.stdout, result.stderr
