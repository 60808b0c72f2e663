"""`aua diff` as a user runs it: every kind of side, what it exits with, and every way to ask for what is not there."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Ran, ran
from tests.compiling import aua as run_aua
from tests.tools import ROOT, require

PROJECT = 'config_version: "1.0"\nproject: {name: shop}\npreset: coding\ntier: single-4090\ntargets: [router]\n'
FANOUT = "routing: {max_fanout: 3}\n"
Aua = Callable[..., Ran]


@pytest.fixture
def aua(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Aua:
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(PROJECT, encoding="utf-8")
    Path("new.yaml").write_text(PROJECT + FANOUT, encoding="utf-8")
    return lambda *words: ran(words, monkeypatch, capsys)


def git(*words: str, within: Path = Path()) -> None:
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "protocol.file.allow=always")
    subprocess.run((require("git"), *identity, *words), check=True, capture_output=True, cwd=within)


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit: configs, what they name, a link, and a deployment."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "configs" / "texts").mkdir(parents=True)
    names = "extends: base.yaml\nprompts: {abstention_template_path: texts/no.txt}\n"
    (folder / "old.yaml").write_text(PROJECT, encoding="utf-8")
    (folder / "configs" / "aua.yaml").write_text(PROJECT + names, encoding="utf-8")
    (folder / "configs" / "base.yaml").write_text(FANOUT, encoding="utf-8")
    (folder / "configs" / "texts" / "no.txt").write_text("I do not know.\n", encoding="utf-8")
    (folder / "configs" / "link.yaml").symlink_to("aua.yaml")
    assert run_aua("compile", "old.yaml", "-o", "deploy", within=folder).returncode == 0
    git("init", "--quiet", "--initial-branch=main", within=folder)
    git("add", ".", within=folder)
    git("commit", "--quiet", "--message=first", within=folder)
    return folder


@pytest.fixture
def repository(committed: Path, aua: Aua) -> Aua:
    """The current folder as a copy of that repository, and a change after its commit."""
    shutil.copytree(committed, Path.cwd(), symlinks=True, dirs_exist_ok=True)
    return aua


def changes(told: Ran) -> list[str]:
    return [change["path"] for change in json.loads(told.out)["changes"]]


@pytest.mark.parametrize(
    "old", ["old.yaml", "deploy", "deploy/plan.json", "main:old.yaml", "main:./old.yaml", "HEAD:deploy", "HEAD:deploy/plan.json"]
)
def test_a_side_is_a_config_a_plan_a_deployment_or_one_of_these_at_a_revision(old: str, repository: Aua) -> None:
    told = repository("diff", old, "new.yaml", "--json")
    assert (told.code, told.err) == (0, "")
    assert changes(told) == ["routing.max_fanout"]
    assert json.loads(told.out)["origins_known"] == old.endswith("yaml")


def test_a_path_of_a_revision_that_was_meant_from_here_is_told(repository: Aua, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("configs")
    told = repository("diff", "main:aua.yaml", "aua.yaml")
    assert (told.code, "write `main:./aua.yaml` for the one here" in told.err) == (3, True)


def test_a_preset_is_a_side_by_its_name(aua: Aua) -> None:
    told = aua("diff", "coding", "coding", "--tier", "single-4090", "--new-set", "routing.max_fanout=3", "--json")
    assert changes(told) == ["routing.max_fanout"]


def test_what_a_config_names_is_read_at_the_same_revision(repository: Aua) -> None:
    Path("configs/base.yaml").write_text("routing: {max_fanout: 2}\n", encoding="utf-8")
    Path("configs/texts/no.txt").write_text("I am not sure.\n", encoding="utf-8")
    told = repository("diff", "main:configs/aua.yaml", "configs/aua.yaml", "--json")
    assert changes(told) == ["routing.max_fanout", "prompts.abstention.text"]
    causes = json.loads(told.out)["causes"]
    fanout, text = (next(cause for cause in causes if cause["path"] == path) for path in ("routing.max_fanout", "texts/no.txt"))
    assert (fanout["said_before"]["file"], fanout["said_after"]["file"]) == ("main:configs/base.yaml", "configs/base.yaml")
    assert (text["before"], text["after"], text["via"]) == ("I do not know.\n", "I am not sure.\n", "file")


def test_each_change_has_its_cause_and_both_places(aua: Aua) -> None:
    Path("new.yaml").write_text(PROJECT + "routing:\n  max_fanout: 3\n  single_threshold: 0.8\n", encoding="utf-8")
    made = json.loads(aua("diff", "old.yaml", "new.yaml", "--json").out)
    said = {change["path"]: [made["causes"][index]["path"] for index in change["causes"]] for change in made["changes"]}
    assert said == {"routing.max_fanout": ["routing.max_fanout"], "routing.single_threshold": ["routing.single_threshold"]}
    threshold = next(cause for cause in made["causes"] if cause["path"] == "routing.single_threshold")
    assert (threshold["said_before"]["layer"], threshold["said_after"]["layer"], threshold["via"]) == ("preset", "project", "direct")
    assert (threshold["said_after"]["file"], threshold["said_after"]["line"]) == ("new.yaml", 8)


def test_prices_that_change_are_told_as_amounts_with_the_lines_of_both_books(aua: Aua) -> None:
    case = ROOT / "golden" / "diagnostics" / "AUA0785"
    shutil.copytree(case / "prices", "prices")
    Path("aua.yaml").write_text((case / "config.yaml").read_text(encoding="utf-8").replace("large-3", "large-2"), encoding="utf-8")
    book = Path("prices/acme@2026-11.yaml").read_text(encoding="utf-8")
    Path("prices/acme@2026-12.yaml").write_text(book.replace("10.00", "12.00").replace("0.45", "0.5"), encoding="utf-8")
    told = aua("diff", "aua.yaml", "aua.yaml", "--new-set", "observability.costs.book=acme@2026-12").out
    assert "specialists.big.price.output: 10.00 (prices/acme@2026-11.yaml:5:53) → 12.00 (prices/acme@2026-12.yaml:5:53)" in told
    assert "specialists.big.price.output_micro: 10.00 → 12.00  (behavioural)" in told
    assert "specialists.swe.rent.hour_micro: 0.45 → 0.50  (behavioural)" in told
    assert "2 changes" not in told
    assert "hot reload of router" in told


def test_what_a_preset_and_a_tier_cause_is_said_of_them(aua: Aua) -> None:
    made = json.loads(aua("diff", "old.yaml", "old.yaml", "--new-tier", "gaming-pc", "--json").out)
    assert {cause["via"] for cause in made["causes"]} == {"tier"}
    ram = next(cause for cause in made["causes"] if cause["path"] == "tier.host_ram_gib")
    assert (ram["before"], ram["after"]) == (64.0, 32.0)
    assert [ram[side]["file"] for side in ("said_before", "said_after")] == ["tiers/single-4090.yaml", "tiers/gaming-pc.yaml"]
    Path("new.yaml").write_text(PROJECT.replace("coding", "math"), encoding="utf-8")
    made = json.loads(aua("diff", "old.yaml", "new.yaml", "--json").out)
    assert [(cause["path"], cause["via"]) for cause in made["causes"]] == [("preset", "preset")]


@pytest.fixture
def own_machine(aua: Aua) -> Aua:
    """A committed project with a machine of its own and a lock."""
    Path("tiers").mkdir()
    tier = (ROOT / "tiers" / "single-4090.yaml").read_text(encoding="utf-8")
    Path("tiers/mine.yaml").write_text("".join(line for line in tier.splitlines(keepends=True) if "aliases" not in line), encoding="utf-8")
    Path("aua.yaml").write_text(PROJECT.replace("single-4090", "mine"), encoding="utf-8")
    assert aua("lock", "aua.yaml").code == 0
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "--message=first")
    return aua


def caused(told: Ran) -> dict[str, list[tuple[str, str]]]:
    """Path of a change -> the causes that are named of it, and through what."""
    made = json.loads(told.out)
    return {
        change["path"]: [(made["causes"][index]["path"], made["causes"][index]["via"]) for index in change["causes"]]
        for change in (*made["changes"], *made["told"])
    }


def test_of_a_machine_that_changed_the_fact_is_named_and_where_it_stands(own_machine: Aua) -> None:
    tier = Path("tiers/mine.yaml")
    tier.write_text(tier.read_text(encoding="utf-8").replace("accelerators: 1", "accelerators: 2").replace("ram_gib: 64", "ram_gib: 128"))
    found = caused(own_machine("diff", "main:aua.yaml", "aua.yaml", "--json"))
    assert found["hardware.host_ram_gib"] == [("tier.host_ram_gib", "tier")]
    assert found["hardware.accelerators"] == found["instances.swe.devices"] == [("tier.accelerators", "tier")]
    said = own_machine("diff", "main:aua.yaml", "aua.yaml").out
    assert "by the tier: tier.host_ram_gib: 64 (main:tiers/mine.yaml:" in said


def test_of_a_lock_that_changed_the_entry_is_named(own_machine: Aua) -> None:
    lock = Path("aua.lock")
    lock.write_text(lock.read_text(encoding="utf-8").replace("library/python:", "library/python3:"), encoding="utf-8")
    found = caused(own_machine("diff", "main:aua.yaml", "aua.yaml", "--json"))
    assert set(map(tuple, found.values())) == {(("images/router-base", "lock"),)}
    assert "by the lock: images/router-base: docker.io/library/python:" in own_machine("diff", "main:aua.yaml", "aua.yaml").out
    lock.unlink()
    assert own_machine("diff", "main:aua.yaml", "aua.yaml", "--exit-code").code == 0


def test_a_name_and_what_refers_to_it_cause_a_rename_together(aua: Aua) -> None:
    names = "specialists: [{name: %s}, {name: math, fallback: [%s]}]\n"
    Path("old.yaml").write_text(PROJECT + names % ("swe", "swe"), encoding="utf-8")
    coder = names.replace("{name: %s}", "{name: %s, model: [qwen-coder-7b-awq], field: software_engineering}")
    Path("old.yaml").write_text(PROJECT + coder % ("swe", "swe"), encoding="utf-8")
    Path("new.yaml").write_text(PROJECT + coder % ("coder", "coder") + FANOUT, encoding="utf-8")
    made = json.loads(aua("diff", "old.yaml", "new.yaml", "--json").out)
    by_path = {change["path"]: {made["causes"][index]["path"] for index in change["causes"]} for change in made["changes"]}
    assert {"specialists.coder.name", "specialists.math.fallback"} <= by_path["specialists.coder"]
    assert "routing.max_fanout" not in by_path["specialists.coder"]
    assert by_path["routing.max_fanout"] == {"routing.max_fanout"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--exit-code",), 1),
        (("--fail-on", "recreate"), 0),
        (("--fail-on", "rolling_restart"), 1),
        (("--fail-on", "hot_reload"), 1),
        (("--fail-on", "breaking,recreate,security"), 0),
        (("--fail-on", "breaking", "--fail-on", "behavioural"), 1),
    ],
)
def test_it_fails_on_what_the_caller_wants_to_hear_of(options: tuple[str, ...], code: int, aua: Aua) -> None:
    assert aua("diff", "old.yaml", "new.yaml", *options).code == code


def test_weaker_security_fails_unless_it_is_allowed(aua: Aua) -> None:
    Path("old.yaml").write_text(PROJECT + "api: {api_key_secret: SHOP_KEY}\n", encoding="utf-8")
    assert aua("diff", "old.yaml", "new.yaml").code == 1
    assert aua("diff", "old.yaml", "new.yaml", "--allow-weaker").code == 0
    assert aua("diff", "new.yaml", "old.yaml").code == 0


def test_nothing_is_said_to_be_nothing(aua: Aua) -> None:
    told = aua("diff", "old.yaml", "old.yaml", "--exit-code")
    assert (told.code, told.out) == (0, "No changes: both sides deploy the same.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("old.yaml",), 2, ""),
        (("old.yaml", "new.yaml", "--fail-on", "recraete"), 2, "did you mean recreate?"),
        (("old.yaml", "new.yaml", "--fail-on", ""), 2, "known are hot_reload"),
        (("old.yaml", "new.yaml", "--format", "html"), 2, ""),
        (("deploy", "deploy", "--tier", "cpu"), 2, "both sides are plans"),
        (("deploy", "new.yaml", "--old-tier", "cpu"), 2, "OLD is a plan"),
        (("old.yaml", "new.yaml", "--tier", "single-4900"), 3, "AUA0220"),
        (("old.yaml", "new.yaml", "--new-set", "routing.max_fanout=many"), 3, "AUA0202"),
        (("old.yaml", "newer.yaml"), 3, "Did you mean `new.yaml`?"),
        (("old.yaml", ""), 3, "AUA01"),
        (("old.yaml", "."), 3, "Did you mean `deploy`?"),
        (("old.yaml", "x" * 5000), 3, "AUA01"),
        (("old.yaml", "mian:old.yaml"), 3, "AUA0641"),
        (("old.yaml", "--upload-pack:old.yaml"), 2, ""),
        (("old.yaml", "main:odl.yaml"), 3, "Did you mean `old.yaml`"),
        (("old.yaml", "main:"), 3, "AUA0642"),
        (("old.yaml", "main:configs"), 3, "AUA0642"),
        (("old.yaml", "main:../old.yaml"), 3, "AUA0107"),
        (("old.yaml", "main:configs/link.yaml"), 3, "a link at that revision"),
        (("old.yaml", "main:configs/link.yaml/x.yaml"), 3, "a link at that revision"),
        (("old.yaml", "main:deploy/plan.jsn"), 3, "AUA01"),
        (("old.yaml", "no.json"), 3, "AUA0101"),
    ],
)
def test_what_is_asked_wrongly_is_told_and_nothing_breaks(words: tuple[str, ...], code: int, said: str, repository: Aua) -> None:
    told = repository("diff", *words)
    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.err


def test_another_repository_inside_is_told_as_one(repository: Aua, tmp_path: Path) -> None:
    git("clone", "--quiet", "--bare", ".", str(tmp_path / "other.git"))
    git("submodule", "--quiet", "add", "./other.git", "inner")
    git("commit", "--quiet", "--all", "--message=second")
    for side in ("HEAD:inner/old.yaml", "HEAD:inner"):
        told = repository("diff", side, "new.yaml")
        assert told.code == 3
        assert "another repository at that revision" in told.err


def test_without_git_a_revision_is_refused_as_the_machines_fault(aua: Aua, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    told = aua("diff", "main:old.yaml", "new.yaml")
    assert told.code == 4
    assert "the command git is not installed" in told.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it states no schema version"),
        ('{"schema_version": "0"}', "AUA0644"),
        ('{"schema_version": "1", "digests": {}, "project": 1}', "AUA0643"),
        ("edited", "the digests that it states"),
    ],
)
def test_a_plan_that_is_none_is_refused(text: str, said: str, aua: Aua) -> None:
    if text == "edited":
        aua("compile", "old.yaml")
        text = Path("deploy/plan.json").read_text(encoding="utf-8").replace('"max_fanout": 2', '"max_fanout": 3')
    Path("plan.json").write_text(text, encoding="utf-8")
    told = aua("diff", "plan.json", "new.yaml")
    assert told.code == 3
    assert said in told.err
