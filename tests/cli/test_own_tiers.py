"""Machines that a project describes itself, in the commands that take a tier and no config."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aua_compile.cli.app import app
from aua_compile.cli.own_tiers import own_names


def run(*words: str) -> Result:
    return CliRunner().invoke(app(words[0]), list(words))


LAB = """\
description: The machine in the lab.
accelerator: rtx-4090
accelerators: 2
also: [{accelerator: a100-80-pcie, accelerators: 1}]
host_ram_gib: 256
cpu_cores: 48
engines: [vllm, ollama, llamacpp]
engines_run: container
targets: [router, compose]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tiers").mkdir()
    (tmp_path / "tiers" / "lab.yaml").write_text(LAB, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_fit_takes_it_as_it_takes_a_shipped_one() -> None:
    found = run("fit", "llama3-3-70b-fp8", "--on", "lab", "--concurrency", "1", "--json")
    assert found.exit_code == 0
    assert [fit["accelerator"] for fit in json.loads(found.stdout)] == ["a100-80-pcie"]


@pytest.mark.usefixtures("project")
def test_it_is_listed_with_its_file_and_inspected() -> None:
    listed = {tier["name"]: tier for tier in json.loads(run("tiers", "list", "--json").stdout)}
    assert listed["lab"]["file"] == "tiers/lab.yaml"
    assert listed["lab"]["also"] == {"a100-80-pcie": 1}
    assert listed["quad-4090"]["file"] is None
    assert "2 x rtx-4090 + 1 x a100-80-pcie" in run("tiers", "list").stdout
    assert run("tiers", "inspect", "lab").stdout.startswith("description: The machine in the lab.")


def test_a_project_can_begin_on_it(project: Path) -> None:
    made = run("init", ".", "--preset", "coding", "--tier", "lab", "--yes")
    assert made.exit_code == 0, made.output
    assert "tier: lab" in (project / "aua.yaml").read_text(encoding="utf-8")


def test_what_it_may_not_say_is_told_where_it_stands(project: Path) -> None:
    (project / "tiers" / "lab.yaml").write_text(LAB.replace("rtx-4090", "rtx-4091"), encoding="utf-8")
    told = run("fit", "qwen-7b", "--on", "lab")
    assert told.exit_code == 3
    assert "tiers/lab.yaml:2:14: error[AUA0220]" in told.stderr


@pytest.mark.parametrize("text", ["", "- a\n", "accelerator: [", "description: only\n", "\x00"])
def test_a_file_that_is_no_machine_is_told_and_not_a_crash(project: Path, text: str) -> None:
    (project / "tiers" / "lab.yaml").write_text(text, encoding="utf-8")
    for command in (("fit", "qwen-7b", "--on", "lab"), ("tiers", "list"), ("tiers", "inspect", "lab")):
        told = run(*command)
        assert told.exit_code == 3
        assert "tiers/lab.yaml" in told.stderr


def test_a_shipped_name_stays_the_shipped_machine_and_other_files_are_none(project: Path) -> None:
    for name in ("quad-4090.yaml", "No Name.yaml", "lab.yml", "notes.txt"):
        (project / "tiers" / name).write_text("accelerators: 1\n", encoding="utf-8")
    assert own_names() == ("lab",)


def test_where_there_are_none_nothing_is_said_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert own_names() == ()
    assert all(tier["file"] is None for tier in json.loads(run("tiers", "list", "--json").stdout))
