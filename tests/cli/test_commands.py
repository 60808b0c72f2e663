"""The commands as a user runs them, in this process: what they print, where, and their exit codes."""

import io
import json
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from aua_compile.cli import main
from aua_compile.cli.app import GROUPS

PROJECT = 'config_version: "1.0"\nproject: {name: shop}\npreset: coding\ntier: single-4090\n'


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Runner:
    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def __call__(self, *arguments: str) -> Ran:
        self.monkeypatch.setattr(sys, "argv", ["aua", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        read = self.capsys.readouterr()
        return Ran(code, read.out, read.err)


@pytest.fixture
def aua(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aua.yaml").write_text(PROJECT, encoding="utf-8")
    return Runner(capsys, monkeypatch)


def test_compile_writes_and_a_second_run_touches_nothing(aua: Runner, tmp_path: Path) -> None:
    first = aua("compile", "aua.yaml")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "deploy").rglob("*") if path.is_file()}
    second = aua("compile", "aua.yaml")
    assert (first.code, second.code) == (0, 0)
    assert "nothing changed" in second.out
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_check_tells_drift_by_its_exit_code_and_writes_nothing(aua: Runner, tmp_path: Path) -> None:
    assert aua("compile", "aua.yaml", "--check").code == 1
    assert not (tmp_path / "deploy").exists()
    aua("compile", "aua.yaml")
    assert aua("compile", "aua.yaml", "--check").code == 0
    (tmp_path / "deploy" / "plan.md").write_text("mine", encoding="utf-8")
    drift = aua("compile", "aua.yaml", "--check")
    assert drift.code == 1
    assert "deploy/plan.md: error[AUA0518]" in drift.err
    assert (tmp_path / "deploy" / "plan.md").read_text(encoding="utf-8") == "mine"


def test_a_hand_edited_file_stops_a_compile_until_forced(aua: Runner, tmp_path: Path) -> None:
    aua("compile", "aua.yaml")
    page = tmp_path / "deploy" / "plan.md"
    page.write_text("mine", encoding="utf-8")
    refused = aua("compile", "aua.yaml")
    assert refused.code == 4
    assert page.read_text(encoding="utf-8") == "mine"
    assert aua("compile", "aua.yaml", "--force").code == 0
    assert page.read_text(encoding="utf-8") != "mine"


def test_one_changed_value_touches_only_the_files_that_it_reaches(aua: Runner) -> None:
    aua("compile", "aua.yaml")
    Path("aua.yaml").write_text(PROJECT + "routing: {single_threshold: 0.8}\n", encoding="utf-8")
    changed = [line.split()[1] for line in aua("compile", "aua.yaml").out.splitlines() if line.startswith("  ~")]
    assert "router/aua_router/settings.json" in changed
    assert {path for path in changed if path.startswith("prometheus/")} == {
        "prometheus/rules/deployed.yaml",
        "prometheus/tests/alerts.yaml",
    }
    assert not [path for path in changed if path.startswith(("compose/", "router/aua_runtime/")) or path.endswith(".py")]


def test_dry_run_lists_and_writes_nothing(aua: Runner, tmp_path: Path) -> None:
    shown = aua("compile", "aua.yaml", "--dry-run")
    assert shown.code == 0
    assert "+ compose/compose.yaml" in shown.out
    assert not (tmp_path / "deploy").exists()


def test_an_invalid_config_writes_nothing_and_says_where(aua: Runner, tmp_path: Path) -> None:
    Path("aua.yaml").write_text(PROJECT + "routing: {single_treshold: 0.8}\n", encoding="utf-8")
    refused = aua("compile", "aua.yaml")
    assert refused.code == 3
    assert refused.err.startswith("aua.yaml:5:11: error[AUA0201]")
    assert not (tmp_path / "deploy").exists()


def test_findings_come_in_json_on_standard_output(aua: Runner) -> None:
    Path("aua.yaml").write_text(PROJECT + "routing: {single_treshold: 0.8}\n", encoding="utf-8")
    refused = aua("compile", "aua.yaml", "--json")
    assert refused.code == 3
    assert not refused.err
    assert json.loads(refused.out)


def test_a_tar_goes_to_standard_output(aua: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(taken, encoding="utf-8", write_through=True))
    assert aua("compile", "aua.yaml", "-o", "-").code == 0
    with tarfile.open(fileobj=io.BytesIO(taken.getvalue())) as tar:
        assert "plan.json" in tar.getnames()


def test_a_shipped_preset_is_compiled_by_its_name(aua: Runner, tmp_path: Path) -> None:
    assert aua("compile", "coding", "--tier", "single-4090").code == 0
    assert json.loads((tmp_path / "deploy" / "plan.json").read_text(encoding="utf-8"))["project"]["name"] == "coding"


def test_explain_a_key_says_who_set_it_and_whom_it_overrode(aua: Runner) -> None:
    Path("aua.yaml").write_text(PROJECT + "routing: {fanout_threshold: 0.2}\n", encoding="utf-8")
    told = aua("explain", "routing.fanout_threshold", "--config", "aua.yaml")
    assert "value:     0.2" in told.out
    assert "set by:    project at aua.yaml:5:29 = 0.2" in told.out
    assert "over:      preset at presets/coding.yaml" in told.out
    listed = json.loads(aua("explain", "routing.fanout_threshold", "--config", "aua.yaml", "--json").out)
    assert [origin["layer"] for origin in listed["here"]["origins"]] == ["project", "preset"]


def test_explain_knows_list_entries_by_name_and_by_index(aua: Runner) -> None:
    for key in ("specialists.swe.field", "specialists[0].field"):
        assert "value:     software_engineering" in aua("explain", key, "-c", "aua.yaml").out
    assert "the built-in default" in aua("explain", "specialists.swe.tls_verify", "-c", "aua.yaml").out
    assert aua("explain", "specialists.nobody.field", "-c", "aua.yaml").code == 2


def test_explain_a_code_prints_its_rule(aua: Runner) -> None:
    told = aua("explain", "aua0301")
    assert told.code == 0
    assert "What it checks" in told.out
    assert "AUA0301" in json.loads(aua("explain", "AUA0301", "--json").out)["code"]


@pytest.mark.parametrize(("what", "words"), [("AUA9999", "no code"), ("routing.fanout_treshold", "did you mean routing.fanout_threshold")])
def test_explain_refuses_what_it_does_not_know(aua: Runner, what: str, words: str) -> None:
    refused = aua("explain", what)
    assert refused.code == 2
    assert words in refused.err


def test_config_validate_and_its_strictness(aua: Runner) -> None:
    assert aua("config", "validate", "aua.yaml").code == 0
    Path("aua.yaml").write_text(PROJECT + "backends: {spare: {kind: vllm}}\n", encoding="utf-8")
    assert aua("config", "validate", "aua.yaml").code == 0
    assert aua("config", "validate", "aua.yaml", "--strict").code == 1


def test_config_show_names_the_layer_of_each_value(aua: Runner) -> None:
    shown = {row["key"]: row for row in json.loads(aua("config", "show", "aua.yaml", "--json").out)}
    assert shown["tier"]["layer"].startswith("project aua.yaml:4")
    assert shown["specialists.swe.field"]["layer"].startswith("preset presets/coding.yaml")
    assert shown["api.port"]["layer"] == "default"
    text = aua("config", "show", "aua.yaml").out
    assert "api.port" in text
    assert len([line for line in text.splitlines() if line.startswith("fields.software_engineering.keywords ")]) == 1
    assert len(text.splitlines()) < 200 < len(shown)


def test_config_expand_prints_a_config_that_compiles(aua: Runner) -> None:
    Path("whole.yaml").write_text(aua("config", "expand", "aua.yaml").out, encoding="utf-8")
    assert aua("config", "validate", "whole.yaml").code == 0
    assert not aua("config", "diff", "aua.yaml", "whole.yaml").out


def test_config_diff_lists_what_differs(aua: Runner) -> None:
    Path("other.yaml").write_text(PROJECT + "routing: {max_fanout: 3}\n", encoding="utf-8")
    differing = aua("config", "diff", "aua.yaml", "other.yaml")
    assert differing.code == 1
    assert differing.out == "routing.max_fanout: 2 -> 3\n"
    assert json.loads(aua("config", "diff", "aua.yaml", "other.yaml", "--json").out) == [{"key": "routing.max_fanout", "old": 2, "new": 3}]


@pytest.mark.parametrize(
    ("kind", "name"), [("models", "qwen-coder-7b"), ("fields", "swe"), ("presets", "coding"), ("tiers", "rtx4090"), ("engines", "vllm")]
)
def test_each_registry_is_listed_and_inspected(aua: Runner, kind: str, name: str) -> None:
    listed = json.loads(aua(kind, "list", "--json").out)
    assert len(listed) >= 3
    assert len(aua(kind, "list").out.splitlines()) == len(listed) + 1
    assert aua(kind, "inspect", name).code == 0
    assert json.loads(aua(kind, "inspect", name, "--json").out)
    unknown = aua(kind, "inspect", name[:-1] + "x9")
    assert unknown.code == 2
    assert "There is no" in unknown.err


def test_the_matrix_shows_every_pair(aua: Runner) -> None:
    cells = json.loads(aua("presets", "matrix", "--json").out)
    assert len(cells) == 49
    text = aua("presets", "matrix").out
    assert "of 49 fit." in text


@pytest.mark.parametrize("group", [(), *((name,) for name in GROUPS)])
def test_a_list_of_commands_says_of_each_a_whole_sentence(group: tuple[str, ...], aua: Runner) -> None:
    listed = aua(*group, "--help").out.split("Commands:\n")[1]
    assert all(line.endswith(".") and "..." not in line for line in listed.splitlines())


def test_plan_prints_a_screen_the_page_or_the_file(aua: Runner) -> None:
    assert "What runs" in aua("plan", "aua.yaml").out
    assert "# Plan of shop" in aua("plan", "aua.yaml", "--markdown").out
    assert json.loads(aua("plan", "aua.yaml", "--json").out)["project"]["name"] == "shop"
    assert aua("plan", "aua.yaml", "--json", "--markdown").code == 2


def test_the_words_of_the_runtime_work_here_too(aua: Runner) -> None:
    told = aua("status", "--url", "http://127.0.0.1:9", "--json")
    assert told.code in {1, 4}
    assert "usage: aua serve" in aua("serve", "--help").out
    assert "usage: aua config reload" in aua("config", "reload", "--help").out
    assert aua("serve").code == 2
    assert "no compiled router" in aua("doctor", "nowhere").err
