"""`aua import` as a user runs it."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.test_commands import Runner
from tests.foreign.package import TIERS

KEY = "sk-" + "a1B2" * 8


@pytest.fixture
def aua(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.chdir(tmp_path)
    for tier in TIERS.glob("*.yaml"):
        (tmp_path / tier.name).write_bytes(tier.read_bytes())
    return Runner(capsys, monkeypatch)


def test_what_comes_on_standard_output_is_a_config_that_compiles(aua: Runner, tmp_path: Path) -> None:
    ran = aua("import", "single-4090.yaml", "--name", "shop")
    assert ran.code == 0
    (tmp_path / "config.yaml").write_text(ran.out, encoding="utf-8")
    assert aua("config", "validate", "config.yaml").code == 0
    assert "41 keys: " in ran.err
    assert "compiles" in ran.err


def test_a_file_that_is_there_is_replaced_only_when_asked(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine", encoding="utf-8")
    assert aua("import", "single-4090.yaml", "-o", "config.yaml").code == 2
    assert (tmp_path / "config.yaml").read_text(encoding="utf-8") == "mine"
    assert aua("import", "single-4090.yaml", "-o", "config.yaml", "--force").code == 0


def test_what_is_refused_is_written_to_be_mended_and_told_with_its_lines(aua: Runner, tmp_path: Path) -> None:
    ran = aua("import", "h100-cluster.yaml", "-o", "config.yaml")
    assert ran.code == 3
    assert re.search(r"config\.yaml:\d+:14: error\[AUA0252\]", ran.err)
    assert "is refused as it stands" in ran.err
    assert (tmp_path / "config.yaml").exists()


def test_without_a_tier_it_says_what_lacks(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "single-4090.yaml").rename(tmp_path / "aua_config.yaml")
    ran = aua("import", "aua_config.yaml", "-o", "config.yaml")
    assert ran.code == 0
    assert "--tier NAME" in ran.err
    assert aua("import", "aua_config.yaml", "--tier", "rtx4090").code == 0
    assert aua("import", "aua_config.yaml", "--tier", "toaster").code == 2


def test_a_secret_is_refused_and_never_shown(aua: Runner, tmp_path: Path) -> None:
    text = (tmp_path / "single-4090.yaml").read_text(encoding="utf-8")
    secret = f"plugins: {{utility_scorer: {{import_path: 'a:B', config: {{api_key: {KEY}}}}}}}\n"
    (tmp_path / "single-4090.yaml").write_text(text + secret, encoding="utf-8")
    for extra in ((), ("--json",)):
        ran = aua("import", "single-4090.yaml", "-o", "config.yaml", *extra)
        assert ran.code == 3
        assert "AUA0130" in ran.err + ran.out
        assert KEY not in ran.err + ran.out
    assert not (tmp_path / "config.yaml").exists()


def test_json_holds_the_config_and_what_became_of_each_key(aua: Runner) -> None:
    ran = aua("import", "h100-cluster.yaml", "--json")
    told = json.loads(ran.out)
    assert ran.code == 3
    assert told["compiles"] is False
    assert len(told["keys"]) == 46
    assert {key["fate"] for key in told["keys"]} == {"taken", "changed", "impossible", "unavailable", "ignored"}
    assert told["findings"]["diagnostics"][0]["code"] == "AUA0252"
    assert ran.err == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where nobody else may")
def test_a_place_that_cannot_be_written_is_told(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert aua("import", "single-4090.yaml", "-o", "locked/config.yaml").code == 4


def test_a_folder_that_is_not_there_is_told(aua: Runner) -> None:
    assert aua("import", "single-4090.yaml", "-o", "nowhere/config.yaml").code == 4
    assert aua("import", "nowhere.yaml").code in {3, 4}
