"""SARIF as `aua compile` writes it, held to the standard."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from tests.cli.running import ran
from tests.cli.sarif import faults
from tests.tools import require_file

PROJECT = 'config_version: "1.0"\nproject: {name: shop}\npreset: coding\ntier: single-4090\ntargets: [prometheus, docs]\n'
Results = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Results:
    """What a log of `aua compile` lists, in a project of its own; the log is held to the standard."""
    monkeypatch.chdir(tmp_path)
    Path("aua.yaml").write_text(PROJECT, encoding="utf-8")
    assert ran(("compile", "aua.yaml"), monkeypatch, capsys).code == 0

    def said(*words: str) -> list[dict[str, Any]]:
        log = json.loads(ran(("compile", "aua.yaml", *words, "--format", "sarif"), monkeypatch, capsys).out)
        assert faults(log) == []
        found: list[dict[str, Any]] = log["runs"][0]["results"]
        return found

    return said


def drifted() -> Path:
    """A config and a folder that part in many ways; gives a file that was lost."""
    lost, edited, *_ = sorted(path for path in Path("deploy/docs/runbooks").iterdir())
    lost.unlink()
    edited.write_text("mine\n", encoding="utf-8")
    Path("deploy/ä b.txt").write_text("not ours\n", encoding="utf-8")
    Path("aua.yaml").write_text(PROJECT.replace("preset: coding", "preset: math").replace("shop", "stall"), encoding="utf-8")
    return lost


def codes(results: list[dict[str, Any]], level: str) -> set[str]:
    return {result["ruleId"] for result in results if result["level"] == level}


def test_a_folder_as_it_should_be_gives_a_log_without_errors(results: Results) -> None:
    assert codes(results("--check"), "error") == set()


def test_every_kind_of_drift_is_a_result_at_its_file(results: Results) -> None:
    lost = drifted()
    found = results("--check")
    assert codes(found, "error") >= {"AUA0515", "AUA0516", "AUA0518"}
    assert codes(found, "warning") >= {"AUA0520"}
    places = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in found if result["ruleId"] == "AUA0515"}
    assert lost.as_posix() in places
    shutil.rmtree("deploy")
    assert "AUA0514" in codes(results("--check"), "error")


@pytest.mark.parametrize(
    "config",
    [
        "port: 1\n",
        "routing: {max_fanout: 0.40, single_threshold: 40}\n",
        "specialists: [{name: swe, port: '8001'}]\n",
        "ключ: 漢\n",
        "extends: ../nowhere.yaml\n",
        "a: [\n",
        "",
        "observability: {tracing: {headers: {authorization: sk-abcdefghijklmnop1234567890}}}\n",
    ],
)
def test_whatever_is_wrong_with_a_config_the_log_is_one(config: str, results: Results) -> None:
    Path("aua.yaml").write_text(PROJECT + config if config else "", encoding="utf-8")
    assert codes(results(), "error")


def test_a_fix_says_what_is_replaced_by_what(results: Results) -> None:
    Path("aua.yaml").write_text(PROJECT.replace("preset: coding", "preset: codng"), encoding="utf-8")
    (change,) = results()[0]["fixes"][0]["artifactChanges"]
    assert (change["artifactLocation"]["uri"], change["replacements"][0]["insertedContent"]["text"]) == ("aua.yaml", "coding")


def test_the_schema_of_the_standard_agrees(results: Results, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(require_file("sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    results()
    drifted()
    Path("bad.yaml").write_text(PROJECT.replace("coding", "codng") + "port: 1\nключ: 漢\n", encoding="utf-8")
    for words in (("aua.yaml", "--check"), ("bad.yaml",)):
        log = json.loads(ran(("compile", *words, "--format", "sarif"), monkeypatch, capsys).out)
        assert log["runs"][0]["results"]
        Draft4Validator(schema).validate(log)


RESULT = {"ruleId": "A", "ruleIndex": 0, "level": "error", "message": {"text": "a"}}


@pytest.mark.parametrize(
    ("version", "rules", "result"),
    [
        ("2.0.0", [{"id": "A"}], RESULT),
        ("2.1.0", [], RESULT),
        ("2.1.0", [{"id": "B"}], RESULT),
        ("2.1.0", [{"id": "A"}], {"ruleId": "A", "ruleIndex": 0}),
        ("2.1.0", [{"id": "A"}], {**RESULT, "level": "major"}),
        ("2.1.0", [{"id": "A"}], {**RESULT, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "/a b"}}}]}),
    ],
)
def test_the_judge_refuses_what_is_no_log(version: str, rules: Any, result: Any) -> None:
    assert faults({"version": version, "runs": [{"tool": {"driver": {"name": "aua", "rules": rules}}, "results": [result]}]})
