"""`aua explain` as a user runs it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.test_commands import Runner, aua
from tests.tools import ROOT

__all__ = ["aua"]

BASE = 'config_version: "1.0"\napi:\n  port: 8080\n'
PROJECT = 'config_version: "1.0"\nproject: {name: shop}\npreset: local-ollama\ntargets: [router, compose, docs]\nextends: base.yaml\n'


@pytest.fixture
def deployed(aua: Runner) -> Runner:
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    Path("aua.yaml").write_text(PROJECT, encoding="utf-8")
    assert aua("compile", "aua.yaml", "--tier", "cpu").code == 0
    return aua


def place(path: str, text: str) -> str:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return f"{path}:{next(number for number, line in enumerate(lines, 1) if text in line)}"


def test_a_line_names_its_field_and_who_said_it(deployed: Runner) -> None:
    ran = deployed("explain", place("deploy/compose/compose.yaml", 'published: "8080"'))
    assert ran.code == 0
    assert "api.public.port" in ran.out
    assert "api.port = 8080, set by extends at base.yaml:3:9 = 8080" in ran.out


def test_a_value_on_the_command_line_is_named_with_what_it_won_over(deployed: Runner) -> None:
    assert deployed("compile", "aua.yaml", "--tier", "cpu", "--set", "api.port=8081").code == 0
    ran = deployed("explain", place("deploy/compose/compose.yaml", 'published: "8081"'))
    assert "set by --set api.port = 8081" in ran.out
    assert "over extends at base.yaml:3:9 = 8080" in ran.out


def test_a_key_lists_the_lines_that_it_reaches(deployed: Runner) -> None:
    ran = deployed("explain", "api.port")
    assert 'published: "8080"' in ran.out
    assert "decides:   api.public.port" in ran.out
    assert "deploy/compose/compose.yaml:" in ran.out


def test_a_field_of_the_plan_is_explained_too(deployed: Runner) -> None:
    ran = deployed("explain", "api.public.port")
    assert ran.out.startswith("api.public.port, a field of the plan")
    assert "base.yaml:3:9" in ran.out


def test_an_edited_file_is_said_to_be_edited_and_its_lines_are_found_again(deployed: Runner) -> None:
    file = Path("deploy/compose/compose.yaml")
    file.write_text("# mine\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    ours = deployed("explain", place(str(file), 'published: "8080"'))
    assert "The file was edited after aua wrote it." in ours.out
    assert "api.public.port" in ours.out
    mine = deployed("explain", f"{file}:1")
    assert "aua.yaml gives no such line" in mine.out


def test_a_stale_file_is_said_to_be_stale(deployed: Runner) -> None:
    Path("base.yaml").write_text(BASE.replace("8080", "8090"), encoding="utf-8")
    ran = deployed("explain", place("deploy/compose/compose.yaml", 'published: "8080"'))
    assert "The file is not what aua.yaml gives now" in ran.out
    assert 'published: "8090"' in ran.out


def test_a_file_that_was_handed_over_is_said_to_be_so(deployed: Runner) -> None:
    assert deployed("eject", "deploy/compose/compose.yaml").code == 0
    ran = deployed("explain", place("deploy/compose/compose.yaml", 'published: "8080"'))
    assert "handed over with `aua eject`" in ran.out
    assert "api.public.port" in ran.out


def test_a_line_of_a_patch_names_the_patch(deployed: Runner) -> None:
    patch = "patches:\n  - target: {file: compose/compose.yaml}\n    merge: {services: {router: {restart: always}}}\n"
    Path("aua.yaml").write_text(PROJECT + patch, encoding="utf-8")
    assert deployed("compile", "aua.yaml", "--tier", "cpu").code == 0
    ran = deployed("explain", place("deploy/compose/compose.yaml", "restart: always"))
    assert "patches.0.merge.services.router.restart" in ran.out
    assert "project at aua.yaml:8:" in ran.out


def test_the_manifest_and_the_carried_runtime_have_answers(deployed: Runner) -> None:
    assert "The digest of plan.json" in deployed("explain", place("deploy/aua.manifest.json", '"plan.json"')).out
    assert "deploy.runtime" in deployed("explain", "deploy/router/aua_runtime/__init__.py:1").out


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("deploy/none.yaml:1", "there is no file"),
        ("deploy/plan.md:0", "lines count from 1"),
        ("deploy/plan.md:99999", "has "),
        ("aua.yaml:1", "lies in no folder that `aua compile` wrote"),
        ("deploy/mine.txt:1", "is not one of the files that aua wrote"),
        ("deploy:1", "there is no file"),
        ("api.prot", "did you mean api.port"),
        ("specialists.nobody.port", "has nothing at specialists.nobody.port"),
        ("specialists.nobody.url", "there is no key and no field of the plan"),
        ("AUA9999", "there is no code"),
        (":", "there is no key"),
    ],
)
def test_what_is_not_there_is_refused_with_a_sentence(deployed: Runner, what: str, says: str) -> None:
    Path("deploy/mine.txt").write_text("mine\n", encoding="utf-8")
    ran = deployed("explain", what)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_a_config_that_is_elsewhere_must_be_named(deployed: Runner) -> None:
    Path("aua.yaml").rename("other.yaml")
    refused = deployed("explain", "deploy/plan.md:1")
    assert refused.code == 2
    assert "give it with --config" in refused.err
    assert deployed("explain", "deploy/plan.md:1", "--config", "other.yaml", "--tier", "cpu").code == 0


def test_a_config_that_is_refused_now_is_told_as_compile_tells_it(deployed: Runner) -> None:
    Path("base.yaml").write_text(BASE.replace("8080", "no"), encoding="utf-8")
    ran = deployed("explain", "deploy/plan.md:1")
    assert ran.code == 3
    assert "base.yaml:3:9" in ran.err


@pytest.mark.parametrize("what", ["deploy/plan.md:1", "api.port", "api.public.port", "routing", "AUA0220"])
def test_the_json_form_keeps_its_schema(deployed: Runner, what: str) -> None:
    ran = deployed("explain", what, "--json")
    schema = json.loads((ROOT / "schemas" / "explanation.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(ran.out))
