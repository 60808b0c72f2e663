"""`aua lock` and `--locked` as a person runs them."""

import json
from pathlib import Path

import pytest
import yaml

from aua_compile.manifest import MANIFEST
from aua_compile.shipped import shipped
from tests.cli.running import aua

CONFIG = 'config_version: "1.0"\nproject: {name: demo}\npreset: coding\ntier: single-4090\n'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "c.yaml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entries() -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load(Path("aua.lock").read_text(encoding="utf-8"))["entries"]
    return found


def rewrite(old: str, new: str) -> None:
    text = Path("aua.lock").read_text(encoding="utf-8")
    assert old in text
    Path("aua.lock").write_text(text.replace(old, new), encoding="utf-8")


def test_the_lock_names_all_that_a_deployment_is_made_of() -> None:
    assert aua("lock", "c.yaml")[0] == 0
    assert {name.partition("/")[0] for name in entries()} == {
        "accelerators", "engines", "fields", "images", "models", "presets", "revisions", "runtime", "templates", "tiers",
    }  # fmt: skip
    lines = Path("aua.lock").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3 + len(entries())


def test_a_locked_project_compiles_and_the_lock_is_not_rewritten() -> None:
    aua("lock", "c.yaml")
    before = Path("aua.lock").stat()
    assert aua("lock", "c.yaml")[0] == 0
    assert aua("compile", "c.yaml", "--locked")[0] == 0
    assert Path("aua.lock").stat() == before
    assert aua("compile", "c.yaml", "--locked", "--check")[0] == 0


def test_a_tier_of_the_projects_own_needs_no_entry() -> None:
    Path("tiers").mkdir()
    shipped_tier = shipped("tiers") / "single-4090.yaml"
    Path("tiers/mine.yaml").write_text(shipped_tier.read_text(encoding="utf-8").replace("aliases: [rtx4090]\n", ""), encoding="utf-8")
    code, _, told = aua("lock", "c.yaml", "--tier", "mine")
    assert code == 0, told
    assert not [name for name in entries() if name.startswith("tiers/")]
    assert aua("compile", "c.yaml", "--tier", "mine", "--locked")[0] == 0


def test_the_lock_of_several_tiers_is_one_file() -> None:
    aua("lock", "c.yaml")
    code, _, told = aua("compile", "c.yaml", "--locked", "--tier", "gaming-pc")
    assert (code, "tiers/gaming-pc" in told) == (1, True)
    aua("lock", "c.yaml", "--tier", "gaming-pc")
    for tier in ("single-4090", "gaming-pc"):
        assert aua("compile", "c.yaml", "--locked", "--tier", tier)[0] == 0


def test_a_locked_image_and_commit_are_used_until_they_are_upgraded() -> None:
    aua("lock", "c.yaml")
    commit = entries()["revisions/Qwen/Qwen3-4B-AWQ"]
    rewrite("vllm-openai:v0.33.0", "vllm-openai:v0.32.0")
    rewrite(commit, "0" * 40)
    assert aua("compile", "c.yaml", "--locked")[0] == 0
    compose = Path("deploy/compose/compose.yaml").read_text(encoding="utf-8")
    assert "vllm-openai:v0.32.0" in compose
    assert f"--revision={'0' * 40}" in compose or "0" * 40 in compose
    code, out, _ = aua("lock", "c.yaml", "--upgrade", "images/vllm", "--upgrade", "qwen3-4b")
    assert (code, "  ~ images/vllm  vllm/vllm-openai:v0.32.0 -> vllm/vllm-openai:v0.33.0" in out) == (0, True)
    assert entries()["revisions/Qwen/Qwen3-4B-AWQ"] == commit


def test_what_the_config_says_itself_wins_over_the_lock() -> None:
    aua("lock", "c.yaml")
    set_image = ("--set", "deploy.images.vllm=vllm/vllm-openai:v0.31.0")
    assert aua("compile", "c.yaml", *set_image)[0] == 0
    assert "vllm-openai:v0.31.0" in Path("deploy/compose/compose.yaml").read_text(encoding="utf-8")
    assert aua("compile", "c.yaml", "--locked", *set_image)[0] == 1


def test_changed_facts_are_a_warning_and_with_locked_a_refusal_that_writes_nothing() -> None:
    aua("lock", "c.yaml")
    rewrite("presets/coding: sha256:", "presets/coding: sha256:0")
    code, _, told = aua("compile", "c.yaml")
    assert (code, "AUA0602" in told) == (0, True)
    manifest = Path("deploy", MANIFEST).read_bytes()
    code, _, told = aua("compile", "c.yaml", "--locked", "--set", "routing.single_threshold=0.8")
    assert (code, "error[AUA0602]" in told) == (1, True)
    assert Path("deploy", MANIFEST).read_bytes() == manifest
    assert aua("compile", "c.yaml", "--check")[0] == 1
    aua("lock", "c.yaml", "--upgrade", "coding")
    assert aua("compile", "c.yaml", "--locked")[0] == 0


def test_an_upgrade_shows_first_what_it_does_to_what_runs() -> None:
    aua("lock", "c.yaml")
    rewrite("vllm-openai:v0.33.0", "vllm-openai:v0.32.0")
    before = Path("aua.lock").read_bytes()
    code, out, _ = aua("lock", "c.yaml", "--upgrade", "images/vllm", "--dry-run")
    assert (code, Path("aua.lock").read_bytes()) == (0, before)
    assert "instances.swe.image: vllm/vllm-openai:v0.32.0 → vllm/vllm-openai:v0.33.0" in out
    assert "recreate of" in out
    told = json.loads(aua("lock", "c.yaml", "--upgrade", "images/vllm", "--json")[1])
    assert {change["path"] for change in told["diff"]["changes"]} >= {"instances.swe.image", "instances.math.image"}
    assert json.loads(aua("lock", "c.yaml", "--json")[1])["diff"] is None


def test_a_dry_run_writes_nothing() -> None:
    code, out, _ = aua("lock", "c.yaml", "--dry-run")
    assert (code, "nothing written" in out, Path("aua.lock").exists()) == (0, True, False)


def test_the_same_is_told_as_json() -> None:
    code, out, _ = aua("lock", "c.yaml", "--json")
    told = json.loads(out)
    assert (code, told["file"], told["written"], set(told["added"])) == (0, "aua.lock", True, set(entries()))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "AUA0111"),
        ("lock_version: 1\nentries: {}\n", "AUA02"),
        ('lock_version: "2"\nentries: {}\n', "AUA02"),
        ('lock_version: "1"\nentries:\n  models: x\n', "AUA02"),
        ('lock_version: "1"\nentries:\n  models/a: [x]\n', "AUA02"),
        ('lock_version: "1"\nentries:\n<<<<<<< ours\n  models/a: "1"\n', "AUA01"),
        ('lock_version: "1"\n', "AUA02"),
        ('lock_version: "1"\nentries: {}\nmore: 1\n', "AUA02"),
    ],
)
def test_a_broken_lock_is_a_located_error(text: str, says: str) -> None:
    Path("aua.lock").write_text(text, encoding="utf-8")
    for command in ("lock", "compile"):
        code, _, told = aua(command, "c.yaml")
        assert (code, says in told, "aua.lock:" in told) == (3, True, True), told


def test_a_preset_by_name_has_no_place_for_a_lock() -> None:
    code, _, told = aua("lock", "coding", "--tier", "single-4090")
    assert (code, "AUA0605" in told) == (2, True)
    assert not Path("aua.lock").exists()


BOOK = 'currency: EUR\neffective: "2026-11-01"\nsource: a contract\ngpu_hour: {rtx-4090: "0.45"}\n'


def test_prices_that_change_under_the_name_of_their_book_are_refused(project: Path) -> None:
    (project / "c.yaml").write_text(CONFIG + "observability: {costs: {book: acme@2026-11}}\n", encoding="utf-8")
    book = project / "prices" / "acme@2026-11.yaml"
    book.parent.mkdir()
    book.write_text(BOOK, encoding="utf-8")
    aua("lock", "c.yaml")
    assert aua("compile", "c.yaml", "--locked")[0] == 0
    book.write_text(BOOK.replace("0.45", "0.46"), encoding="utf-8")
    code, _, told = aua("compile", "c.yaml", "--locked")
    assert code == 1
    assert "`prices/acme@2026-11` is locked as" in told
