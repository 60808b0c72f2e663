"""`aua eject` and `aua compile --check` as a person runs them."""

import json
from pathlib import Path

import pytest

from tests.cli.running import aua
from tests.config.projects import WHOLE

COMPOSE = "compose/compose.yaml"


@pytest.fixture
def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    config = Path("c.yaml")
    config.write_text(WHOLE + "targets: [compose, router]\narbiter: {enabled: false}\n", encoding="utf-8")
    assert aua("compile", "c.yaml")[0] == 0
    return tmp_path / "deploy"


@pytest.mark.parametrize("named", [COMPOSE, f"deploy/{COMPOSE}", f"./deploy/{COMPOSE}"])
def test_a_file_is_named_by_its_path_in_the_folder_or_with_it(named: str, deploy: Path) -> None:
    code, out, _ = aua("eject", named)
    assert code == 0
    assert out.startswith(f"deploy/{COMPOSE}: yours from now on")
    assert "then handed over by aua eject: edits stay." in (deploy / COMPOSE).read_text()
    assert aua("eject", named)[1].startswith(f"deploy/{COMPOSE}: yours already")


def test_a_folder_elsewhere_and_the_way_back(deploy: Path) -> None:
    before = (deploy / COMPOSE).read_bytes()
    deploy.rename(deploy.parent / "out")
    assert aua("eject", COMPOSE, "-o", "out")[0] == 0
    assert aua("eject", COMPOSE, "-o", "out", "--undo")[0] == 0
    assert Path("out", COMPOSE).read_bytes() == before


def test_check_is_green_after_ejecting_and_tells_later_what_would_be_generated(deploy: Path) -> None:
    aua("eject", COMPOSE)
    (deploy / COMPOSE).write_text("services: {}\n")
    assert aua("compile", "c.yaml", "--check")[0] == 0
    with Path("c.yaml").open("a") as config:
        config.write("api: {port: 9000}\n")
    code, _, told = aua("compile", "c.yaml")
    assert code == 0
    assert "warning[AUA0519]" in told
    assert "published: 9000" in told or "9000" in told
    code, _, told = aua("compile", "c.yaml", "--check")
    assert code == 0
    assert "warning[AUA0519]" in told
    assert (deploy / COMPOSE).read_text() == "services: {}\n"
    aua("eject", COMPOSE)
    assert "AUA0519" not in aua("compile", "c.yaml", "--check")[2]


def test_check_shows_a_diff_of_what_was_edited_unless_told_not_to(deploy: Path) -> None:
    text = (deploy / COMPOSE).read_text()
    (deploy / COMPOSE).write_text(text.replace("restart: unless-stopped", "restart: always", 1))
    code, out, told = aua("compile", "c.yaml", "--check")
    assert code == 1
    assert "-    restart: always\n    +    restart: unless-stopped\n" in told
    assert out.startswith("deploy: 1 hand edited")
    assert "restart" not in aua("compile", "c.yaml", "--check", "--no-diff")[2]


def test_each_form_tells_of_drift(deploy: Path) -> None:
    (deploy / COMPOSE).write_text("mine\n")
    findings = json.loads(aua("compile", "c.yaml", "--check", "--json")[1])["diagnostics"]
    assert [(one["code"], one["span"]["file"]) for one in findings if one["severity"] == "error"] == [("AUA0518", f"deploy/{COMPOSE}")]
    assert f"::error title=AUA0518,file=deploy/{COMPOSE},line=1" in aua("compile", "c.yaml", "--check", "--format", "github")[1]
    quality = json.loads(aua("compile", "c.yaml", "--check", "--format", "gitlab")[1])
    assert {"check_name": "AUA0518", "path": f"deploy/{COMPOSE}"} in [
        {"check_name": one["check_name"], "path": one["location"]["path"]} for one in quality
    ]
    results = json.loads(aua("compile", "c.yaml", "--check", "--format", "sarif")[1])["runs"][0]["results"]
    assert "AUA0518" in {one["ruleId"] for one in results}


def test_an_absolute_output_folder_is_named_from_where_the_command_runs(deploy: Path) -> None:
    (deploy / COMPOSE).write_text("mine\n")
    assert f"file=deploy/{COMPOSE}," in aua("compile", "c.yaml", "-o", str(deploy), "--check", "--format", "github")[1]


def test_what_cannot_be_ejected_is_refused_with_the_machines_exit_code(deploy: Path) -> None:
    for words in (("plan.json",), ("nothing",), (COMPOSE, "--undo"), (COMPOSE, "-o", "nowhere")):
        code, _, told = aua("eject", *words)
        assert code == 4
        assert "error[AUA0513]" in told
    assert deploy.is_dir()
