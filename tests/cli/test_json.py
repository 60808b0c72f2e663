"""Every command speaks JSON, and what it says is what its schema describes."""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from aua_compile.cli import main, runtime
from aua_compile.cli.app import app
from aua_compile.cli.shapes import SHAPES, WITHOUT
from tests.compiling import PROJECT
from tests.tools import ROOT

SCHEMAS = ROOT / "schemas"
FOREIGN = ROOT / "tests/foreign/tiers/gaming-pc.yaml"

LOG = ROOT / "runtime/tests/doctor/logs/vllm-0.11.0.log"

OF_A_ROUTER = {"top", "status", "costs", "loadtest", "config reload"}
"""Commands that need a router that runs: tests/contract/test_router_json.py starts one."""

DEPLOYED = {"eject", "verify", "doctor", "doctor --placement", "route"}
"""Commands that need a deployment."""

RUNS = {
    "--version": "--version --json",
    "compile": "compile aua.yaml --check --json",
    "eject": "eject compose/compose.yaml --json",
    "verify": "verify deploy --json",
    "config validate": "config validate aua.yaml --json",
    "plan": "plan aua.yaml --json",
    "diff": "diff aua.yaml other.yaml --json",
    "lock": "lock aua.yaml --json",
    "explain": "explain routing.max_fanout --config aua.yaml --json",
    "fit": "fit qwen-7b --on single-4090 --json",
    "init": "init shop --preset coding --tier single-4090 --yes --json",
    "import": "import aua_config.yaml --tier single-4090 --json",
    "completion": "completion bash --json",
    "config show": "config show aua.yaml --json",
    "config expand": "config expand aua.yaml --json",
    "config diff": "config diff aua.yaml other.yaml --json",
    "config migrate": "config migrate aua.yaml --dry-run --json",
    "presets matrix": "presets matrix --json",
    "tiers design": "tiers design aua.yaml --json",
    "models inspect": "models inspect qwen-7b --json",
    "fields inspect": "fields inspect swe --json",
    "presets inspect": "presets inspect coding --json",
    "tiers inspect": "tiers inspect cpu --json",
    "engines inspect": "engines inspect vllm --json",
    "doctor": "doctor deploy --json",
    "doctor --placement": f"doctor --placement deploy --no-ask --log swe={LOG} --json",
    "route": "route why --dir deploy --json",
    **{f"{kind} list": f"{kind} list --json" for kind in ("models", "fields", "presets", "tiers", "engines")},
}


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its words."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*words, name))
    else:
        yield " ".join(words), command


COMMANDS = dict(leaves(typer.main.get_command(app())))


@cache
def registry() -> Registry[Any]:
    found = {path.name: Resource.from_contents(json.loads(path.read_text(encoding="utf-8"))) for path in SCHEMAS.glob("*.json")}
    return Registry().with_resources(found.items())


def judged(command: str, said: Any) -> list[str]:
    """What the schema of a command's output finds wrong with it."""
    name = command.replace(" ", "%20")
    judge = Draft202012Validator({"$ref": f"commands.json#/$defs/{name}"}, registry=registry())
    return [f"{error.json_path}: {error.message[:200]}" for error in judge.iter_errors(said)]


def test_every_command_has_a_schema_of_its_json_or_a_reason_for_none() -> None:
    assert {command_of(name) for name in (*SHAPES, *WITHOUT)} - {""} == set(COMMANDS)
    assert not SHAPES.keys() & WITHOUT.keys()
    assert SHAPES.keys() == RUNS.keys() | OF_A_ROUTER


def command_of(name: str) -> str:
    """The command without the option that changes what it prints."""
    return name.partition("--")[0].strip()


@pytest.mark.parametrize("command", [name for name in SHAPES if command_of(name) not in {"", *runtime.COMMANDS, *OF_A_ROUTER}])
def test_every_command_with_a_schema_takes_json(command: str) -> None:
    assert "--json" in [option for parameter in COMMANDS[command].params for option in parameter.opts]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    (made / "aua.yaml").write_text(PROJECT, encoding="utf-8")
    (made / "other.yaml").write_text(PROJECT + "routing: {max_fanout: 3}\n", encoding="utf-8")
    (made / "aua_config.yaml").write_text(FOREIGN.read_text(encoding="utf-8"), encoding="utf-8")
    return made


@pytest.mark.parametrize("command", RUNS)
def test_what_a_command_prints_is_what_its_schema_says(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    if command in DEPLOYED:
        monkeypatch.setattr(sys, "argv", ["aua", "compile", "aua.yaml", "--force"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["aua", *RUNS[command].split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in {None, 0, 1}
    said = json.loads(capsys.readouterr().out)
    assert said or command == "config diff"
    assert judged(command, said) == []


def test_the_schemas_refuse_what_is_not_so() -> None:
    assert judged("lock", {"file": 1})
    assert judged("models list", [{"name": "x", "unknown": 1}])
    assert judged("plan", {})


@pytest.mark.parametrize(
    "wrong",
    ["compile nowhere.yaml --json", "config validate nowhere.yaml --json", "plan nowhere.yaml --json", "config show nowhere.yaml --json"],
)
def test_findings_are_json_too_where_a_command_refuses(
    wrong: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["aua", *wrong.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
    assert judged("compile", json.loads(capsys.readouterr().out)) == []
