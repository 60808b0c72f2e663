"""`aua config migrate` as a user runs it."""

import json
import sys
from pathlib import Path

import pytest

from aua_compile.migration import chain
from aua_compile.migration.tree import Tree
from tests.cli.test_commands import Runner
from tests.tools import ROOT

GOLDEN = ROOT / "golden" / "migration"
TODAY = 'config_version: "1.0"\nproject: {name: shop}   # ours\npreset: coding\ntier: rtx4090   # the box\nfields: [swe, math]\n'


@pytest.fixture
def aua(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_bytes((GOLDEN / "0.6.yaml").read_bytes())
    (tmp_path / "aua.yaml").write_text(TODAY, encoding="utf-8")
    return Runner(capsys, monkeypatch)


def test_an_older_file_is_refused_with_the_command_that_mends_it(aua: Runner) -> None:
    ran = aua("config", "validate", "old.yaml")
    assert ran.code == 3
    assert "`aua config migrate old.yaml` brings it to 1.0" in ran.err
    assert ran.err.count("error[") == 1
    assert aua("config", "migrate", "old.yaml").code == 0
    assert aua("config", "validate", "old.yaml").code == 0


@pytest.mark.parametrize("version", ["0.5", "0.6", "0.7", "0.9"])
def test_every_version_of_the_chain_arrives_at_today(version: str, aua: Runner, tmp_path: Path) -> None:
    text = (tmp_path / "old.yaml").read_text(encoding="utf-8").replace('"0.6"', f'"{version}"')
    (tmp_path / "old.yaml").write_text(text, encoding="utf-8")
    assert aua("config", "migrate", "old.yaml").code == 0
    assert (tmp_path / "old.yaml").read_text(encoding="utf-8") == (GOLDEN / "1.0.yaml").read_text(encoding="utf-8")


def test_a_dry_run_shows_the_change_and_writes_nothing(aua: Runner, tmp_path: Path) -> None:
    ran = aua("config", "migrate", "aua.yaml", "--dry-run")
    assert ran.code == 0
    assert {"-tier: rtx4090   # the box", "+tier: single-4090 # the box"} <= set(ran.out.splitlines())
    assert "project" not in "".join(line for line in ran.out.splitlines() if line.startswith(("-p", "+p")))
    assert (tmp_path / "aua.yaml").read_text(encoding="utf-8") == TODAY


def test_check_tells_by_its_exit_code(aua: Runner, tmp_path: Path) -> None:
    assert aua("config", "migrate", "aua.yaml", "--check").code == 1
    assert (tmp_path / "aua.yaml").read_text(encoding="utf-8") == TODAY
    assert aua("config", "migrate", "aua.yaml").code == 0
    assert aua("config", "migrate", "aua.yaml", "--check").code == 0


def test_without_a_tier_it_is_proven_on_every_tier(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "aua.yaml").write_text(TODAY.replace("tier: rtx4090   # the box\n", ""), encoding="utf-8")
    told = json.loads(aua("config", "migrate", "aua.yaml", "--json").out)
    assert told["files"][0]["written"] is True
    assert {"cpu", "macbook", "h100-cluster"} <= told["proven"].keys()
    assert all(len(digest) == 64 for digest in told["proven"].values())


def test_a_change_of_the_plan_is_refused_and_nothing_is_written(aua: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(tree: Tree) -> None:
        tree["api"] = {"port": 8123}

    monkeypatch.setattr(chain, "TIDY", (*chain.TIDY, wrong))
    ran = aua("config", "migrate", "aua.yaml")
    assert ran.code == 3
    assert "AUA0624" in ran.err
    assert "`api`" in ran.err
    assert (tmp_path / "aua.yaml").read_text(encoding="utf-8") == TODAY


def test_what_the_text_lost_on_its_way_is_found_by_the_proof(aua: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aua_compile.migration import text

    monkeypatch.setattr(text, "_merged", lambda *_: (GOLDEN / "1.0.yaml").read_text(encoding="utf-8").replace("0.75", "0.8"))
    before = (tmp_path / "old.yaml").read_bytes()
    assert "AUA0624" in aua("config", "migrate", "old.yaml").err
    assert (tmp_path / "old.yaml").read_bytes() == before


@pytest.mark.parametrize("says", ['config_version: "0.6"\n', ""])
def test_files_that_an_old_one_extends_come_along(says: str, aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base/common.yaml").write_text(f"{says}router:\n  port: 8200   # ours\nlogging: {{level: DEBUG}}\n", encoding="utf-8")
    (tmp_path / "top.yaml").write_text(TODAY.replace('"1.0"', '"0.6"') + "extends: base/common.yaml\n", encoding="utf-8")
    assert aua("config", "migrate", "top.yaml").code == 0
    assert (tmp_path / "base/common.yaml").read_text(encoding="utf-8") == (
        says.replace("0.6", "1.0") + "api:\n  port: 8200   # ours\nobservability:\n  logging:\n    level: debug\n"
    )
    shown = aua("config", "show", "top.yaml").out
    assert "8200" in shown
    assert aua("config", "migrate", "top.yaml", "--check").code == 0


def test_where_one_of_several_files_cannot_be_written_none_is(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    base, top = tmp_path / "base" / "common.yaml", tmp_path / "top.yaml"
    base.write_text('config_version: "0.6"\nrouting: {max_fanout: 2}\n', encoding="utf-8")
    top.write_text(TODAY.replace('"1.0"', '"0.6"') + "extends: base/common.yaml\n", encoding="utf-8")
    before = base.read_text(encoding="utf-8"), top.read_text(encoding="utf-8")
    (tmp_path / ".top.yaml.aua-new").mkdir()
    told = aua("config", "migrate", "top.yaml")
    assert (told.code, "top.yaml" in told.err) == (4, True)
    assert (base.read_text(encoding="utf-8"), top.read_text(encoding="utf-8")) == before
    assert [path.name for path in (tmp_path / "base").iterdir()] == ["common.yaml"]
    (tmp_path / ".top.yaml.aua-new").rmdir()
    assert aua("config", "migrate", "top.yaml").code == 0
    assert '"0.6"' not in base.read_text(encoding="utf-8") + top.read_text(encoding="utf-8")


def test_permissions_and_links_are_kept(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "aua.yaml").chmod(0o640)
    (tmp_path / "link.yaml").symlink_to("aua.yaml")
    assert aua("config", "migrate", "link.yaml").code == 0
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "aua.yaml").stat().st_mode & 0o777 == 0o640
    assert "single-4090" in (tmp_path / "aua.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TODAY.replace("coding", "codng"), "AUA0220"),
        (TODAY + "colour: red\n", "AUA0201"),
        (TODAY + "fields: [law]\n", "AUA0115"),
        (TODAY.replace('"1.0"', '"0.3"'), "AUA0625"),
        (TODAY.replace('"1.0"', '"2.0"'), "AUA0227"),
        (TODAY.replace('config_version: "1.0"\n', ""), "AUA0625"),
        ("aua: {version: '1.2'}\nspecialists: []\n", "AUA0625"),
        (TODAY + "x-notes: {password: correct-horse-1}\n", "AUA0130"),
        ("", "AUA0111"),
        ("- a\n", "AUA0113"),
    ],
)
def test_a_file_with_errors_is_refused_and_stays(text: str, code: str, aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "aua.yaml").write_text(text, encoding="utf-8")
    ran = aua("config", "migrate", "aua.yaml")
    assert ran.code == 3
    assert code in ran.err
    assert "correct-horse" not in ran.err
    assert (tmp_path / "aua.yaml").read_text(encoding="utf-8") == text


def test_an_old_key_without_a_place_is_told_where_it_stands(aua: Runner, tmp_path: Path) -> None:
    text = (tmp_path / "old.yaml").read_text(encoding="utf-8").replace("    gpu: 0 ", "    enforce_eager: true\n    gpu: 0 ")
    (tmp_path / "old.yaml").write_text(text, encoding="utf-8")
    ran = aua("config", "migrate", "old.yaml")
    assert ran.code == 3
    assert "old.yaml:13:5: error[AUA0623]: `specialists[0].enforce_eager` of version 0.6" in ran.err


def test_without_the_package_that_keeps_comments_it_says_how_to_get_it(aua: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    ran = aua("config", "migrate", "aua.yaml")
    assert ran.code == 4
    assert "pip install 'aua-compile[migrate]'" in ran.err
