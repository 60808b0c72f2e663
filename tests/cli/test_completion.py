"""Completion as shells ask for it: typer's protocol by environment variables, and the scripts in the shells themselves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aua_compile.cli.complete import completed
from aua_compile.codes import CODES
from aua_compile.config.model import Config
from aua_compile.reference import declared_at
from tests.compiling import PROJECT, aua, project
from tests.tools import require


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project(tmp_path, PROJECT)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "shop.yaml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_config_is_a_yaml_file_a_folder_or_a_preset(here: Path) -> None:
    assert here.is_dir()
    assert completed("config", "") == [
        "aua.yaml", "configs/", "coding", "generalist", "legal-safe", "local-ollama", "math", "medical-safe", "research",
    ]  # fmt: skip
    assert completed("config", "configs/") == ["configs/shop.yaml"]
    assert completed("config", "nowhere/") == []


def test_names_keys_and_codes_are_those_that_exist() -> None:
    assert completed("tier", "single") == ["single-4090"]
    assert "rtx4090" in completed("tier", "")
    assert "qwen-coder-7b-awq" in completed("model", "qwen-coder-7b")
    assert completed("key or code", "AUA0201") == ["AUA0201"]
    assert set(CODES) <= set(completed("key or code", ""))
    keys = completed("key", "")
    assert "routing.max_fanout" in keys
    assert all(declared_at(key) is not None for key in keys)
    assert Config.__name__ == "Config"


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ("routing.max", ["routing.max_fanout="]),
        ("profile=", ["profile=local-dev", "profile=workstation", "profile=team", "profile=enterprise"]),
        ("safety.abstention_enabled=f", ["safety.abstention_enabled=false"]),
        ("tier=c", ["tier=cpu"]),
        ("preset=m", ["preset=math", "preset=medical-safe"]),
        ("nonsense=", []),
        ("project.name=", []),
    ],
)
def test_a_setting_is_a_key_and_then_its_values(begun: str, expected: list[str]) -> None:
    assert completed("setting", begun) == expected


def asked(shell: str, line: str, within: Path) -> list[str]:
    """What the program answers a shell that completes the end of a line."""
    words = line.split(" ")
    environment = {
        "bash": {"_AUA_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_AUA_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line},
        "fish": {"_AUA_COMPLETE": "complete_fish", "_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    return aua(within=within, environment=environment).stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_answered(shell: str, here: Path) -> None:
    assert "single-4090" in " ".join(asked(shell, "aua compile aua.yaml --tier ", here))


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("aua com", "compile"),
        ("aua compile ", "aua.yaml"),
        ("aua compile --set routing.m", "routing.max_fanout="),
        ("aua explain AUA020", "AUA0201"),
        ("aua fit qwen-coder-7b", "qwen-coder-7b-awq"),
        ("aua tiers inspect q", "quad-4090"),
        ("aua schema p", "plan"),
        ("aua completion z", "zsh"),
        ("aua config exp", "expand"),
    ],
)
def test_each_word_is_completed_where_it_stands(line: str, word: str, here: Path) -> None:
    assert word in asked("bash", line, here)


SCRIPT_PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def in_shell(*command: str, within: Path) -> str:
    return subprocess.run(command, cwd=within, env={**os.environ, "PATH": SCRIPT_PATH}, capture_output=True, text=True, check=True).stdout


def test_bash_completes_with_the_script(here: Path) -> None:
    typed = 'COMP_WORDS=(aua compile aua.yaml --tier quad); COMP_CWORD=4; _aua_completion aua; printf "%s\\n" "${COMPREPLY[@]}"'
    assert in_shell(require("bash"), "-c", f'eval "$(aua completion bash)"; {typed}', within=here).split() == ["quad-4090"]


def test_fish_completes_with_the_script(here: Path) -> None:
    told = in_shell(require("fish"), "-c", "aua completion fish | source; complete -C 'aua compile aua.yaml --tier quad'", within=here)
    assert told.split() == ["quad-4090"]


def test_zsh_takes_the_script(here: Path) -> None:
    script = aua("completion", "zsh", within=here).stdout
    (here / "_aua").write_text(script, encoding="utf-8")
    assert script.startswith("#compdef aua")
    in_shell(require("zsh"), "-n", "_aua", within=here)


def test_the_script_comes_as_json_too(here: Path) -> None:
    told = json.loads(aua("completion", "fish", "--json", within=here).stdout)
    assert told["shell"] == "fish"
    assert "aua" in told["script"]
    assert aua("completion", "tcsh", within=here).returncode == 2
