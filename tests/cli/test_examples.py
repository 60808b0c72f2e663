"""Every command's help has an example, and the example runs as it is shown."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_json import COMMANDS
from tests.compiling import ENTRY, PROJECT
from tests.tools import ROOT, require

EXAMPLE = re.compile(r"Example: (aua(?:-router)? .*)")
NOT_RUN = {
    "demo": "starts a router, as its own test does",
    "serve": "runs until it is stopped",
    "sim": "runs until it is stopped",
    "status": "needs a router that runs",
    "top": "needs a router that runs",
    "costs": "needs a router that ran",
    "loadtest": "needs a router that runs",
    "config reload": "needs a router that runs",
}
"""Commands whose examples are not run here, each with the reason."""


def helped(words: str) -> str:
    """What `--help` of a command says, unwrapped."""
    return subprocess.run(
        (sys.executable, "-c", ENTRY, *words.split(), "--help"), capture_output=True, text=True, check=True, cwd=ROOT, env=environment(200)
    ).stdout


def environment(columns: int) -> dict[str, str]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "runtime" / "src")))
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": str(columns), "TERMINAL_WIDTH": str(columns)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the examples make sense: a repository with a config, another, its deployment, and one of the public package."""
    made = tmp_path_factory.mktemp("examples")
    (made / "coding.yaml").write_text(PROJECT, encoding="utf-8")
    (made / "aua.yaml").write_text(PROJECT, encoding="utf-8")
    (made / "coding.prod.yaml").write_text(PROJECT + "routing: {max_fanout: 3}\n", encoding="utf-8")
    (made / "aua_config.yaml").write_text((ROOT / "tests/foreign/tiers/gaming-pc.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    commands = made / "bin"
    commands.mkdir()
    for name, code in (("aua", ENTRY), ("aua-router", "import sys; from aua_runtime.cli import main; sys.exit(main())")):
        (commands / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"\n', encoding="utf-8")
        (commands / name).chmod(0o755)
    shell(made, "aua compile coding.yaml -o deploy")
    who = "-c user.name=example -c user.email=example@example.org"
    shell(made, f"git init -q -b main && git add coding.yaml coding.prod.yaml && git {who} commit -q -m first")
    return made


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(folder / "bin"), os.environ.get("PATH", os.defpath)))
    home = {"HOME": str(folder), "PATH": path, "AUA_TRACEBACK": "1"}
    return subprocess.run(
        (require("sh"), "-c", line), cwd=folder, env={**environment(100), **home}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_that_runs(command: str, folder: Path) -> None:
    found = EXAMPLE.findall(helped(command))
    assert found, f"aua {command} --help shows no example"
    if command in NOT_RUN:
        return
    for example in found:
        (folder / ".local/share/bash-completion/completions").mkdir(parents=True, exist_ok=True)
        line = " ".join(example.split()).replace("NAME", _named(command))
        ran = shell(folder, line)
        assert ran.returncode in {0, 1}, f"{line}\n{ran.stdout[-500:]}\n{ran.stderr[-500:]}"
        assert "Traceback" not in ran.stderr


def _named(command: str) -> str:
    return {"models": "qwen-7b", "fields": "research", "presets": "coding", "tiers": "cpu", "engines": "vllm"}.get(
        command.split(maxsplit=1)[0], "NAME"
    )


def test_what_is_not_run_is_there() -> None:
    assert NOT_RUN.keys() <= COMMANDS.keys()
