"""`aua init` as a user meets it: by flags in this process, by answers in a real terminal."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aua_compile.cli.starting import problem
from aua_compile.shipped import names, shipped
from aua_compile.starter import Start
from tests.cli.test_commands import Runner

WIZARD = [sys.executable, "-c", "from aua_compile.cli import main; main()", "init"]
WAIT_S = 60


@pytest.fixture
def aua(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.chdir(tmp_path)
    return Runner(capsys, monkeypatch)


@pytest.fixture(scope="module")
def misfit() -> tuple[str, str]:
    """A preset and a tier that it does not fit on."""
    for preset in sorted(names("presets"), key="generalist".__ne__):
        for tier in sorted(names("tiers"), key="gaming-pc".__ne__):
            if problem(Start("shop", preset, tier)):
                return preset, tier
    pytest.skip("every preset fits on every tier")


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


class Terminal:
    """A command in a terminal of its own. `until` reads what it shows."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.screen, inside = pty.openpty()
        self.process = subprocess.Popen(command, cwd=folder, stdin=inside, stdout=inside, stderr=inside, start_new_session=True)
        os.close(inside)
        self.shown = ""

    def until(self, text: str) -> None:
        end = time.monotonic() + WAIT_S
        while text not in self.shown:
            ready, _, _ = select.select([self.screen], [], [], end - time.monotonic())
            assert ready, self.shown
            try:
                self.shown += os.read(self.screen, 4096).decode(errors="replace")
            except OSError:  # the command ended
                assert text in self.shown, self.shown
        self.shown = self.shown.partition(text)[2]

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def ended(self) -> int:
        code = self.process.wait(WAIT_S)
        os.close(self.screen)
        return code


def test_by_flags_a_project_begins_that_compiles(aua: Runner, tmp_path: Path) -> None:
    ran = aua("init", "shop", "--preset", "coding", "--tier", "rtx4090")
    assert ran.code == 0
    assert files(tmp_path / "shop") == {"aua.yaml", ".aua/config.schema.json", ".gitignore", ".gitattributes"}
    assert "cd shop" in ran.out
    assert aua("config", "validate", "shop/aua.yaml", "--strict").code in {0, 1}
    published = (shipped("schemas") / "config.json").read_text(encoding="utf-8")
    assert (tmp_path / "shop/.aua/config.schema.json").read_text(encoding="utf-8") == published


def test_a_second_time_changes_nothing(aua: Runner, tmp_path: Path) -> None:
    aua("init", "--preset", "math", "--tier", "cpu", "--name", "shop", "--ci", "github")
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    ran = aua("init", "--yes", "--ci", "github")
    assert ran.code == 0
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before
    assert {line.split(":")[0] for line in ran.out.splitlines() if ": " in line} == {"unchanged"}


def test_edits_stay_lists_get_what_they_lack_and_the_difference_is_shown(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "aua.yaml").write_text('config_version: "1.0"\nproject: {name: mine}\npreset: math\ntier: cpu\n', encoding="utf-8")
    (tmp_path / ".gitignore").write_bytes(b"*.log\r\n.env")
    ran = aua("init", "--preset", "coding", "--tier", "cpu")
    assert ran.code == 0
    assert "mine" in (tmp_path / "aua.yaml").read_text(encoding="utf-8")
    assert (tmp_path / ".gitignore").read_bytes() == b"*.log\r\n.env\r\nstate/\r\n"
    assert "kept: aua.yaml" in ran.out
    assert "-preset: math" not in ran.out.replace("\n+", "\n") or "+preset: coding" in ran.out
    assert "+preset: coding" in ran.out


def test_a_pair_that_does_not_fit_is_refused_with_those_that_do(aua: Runner, tmp_path: Path, misfit: tuple[str, str]) -> None:
    preset, tier = misfit
    ran = aua("init", "shop", "--preset", preset, "--tier", tier)
    assert ran.code == 3
    assert f"`{preset}` does not fit on `{tier}`: " in ran.err
    assert f"local-ollama on {tier}" in ran.err
    assert f"{preset} on h100-cluster" in ran.err
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("init",), "--preset NAME and --tier NAME"),
        (("init", "--preset", "coding"), "pass --tier NAME"),
        (("init", "--preset", "codng", "--tier", "cpu"), "There is no preset `codng`"),
        (("init", "--preset", "coding", "--tier", "toaster"), "There is no tier `toaster`"),
        (("init", "--preset", "coding", "--tier", "cpu", "--name", "Bad Name"), "is no name"),
        (("init", "a-file", "--yes"), "is no folder"),
        (("init", "--preset", "coding", "--tier", "cpu", "--ci", "jenkins"), "jenkins"),
    ],
)
def test_what_cannot_be_begun_is_refused_and_nothing_is_written(aua: Runner, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    ran = aua(*arguments)
    assert ran.code == 2
    assert says in ran.err
    assert files(tmp_path) == {"a-file"}


def test_a_folder_in_the_place_of_a_file_is_refused(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").mkdir()
    assert aua("init", "--preset", "coding", "--tier", "cpu").code == 2
    assert files(tmp_path) == set()


def test_a_link_stays_a_link(aua: Runner, tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("*.log\n", encoding="utf-8")
    (tmp_path / ".gitignore").symlink_to("shared")
    aua("init", "--preset", "coding", "--tier", "cpu")
    assert (tmp_path / ".gitignore").is_symlink()
    assert (tmp_path / "shared").read_text(encoding="utf-8") == "*.log\n.env\nstate/\n"


def test_a_secret_in_a_file_that_is_kept_is_not_shown(aua: Runner, tmp_path: Path) -> None:
    key = "sk-" + "a1B2" * 8
    (tmp_path / "aua.yaml").write_text(f"api_key: {key}\n", encoding="utf-8")
    ran = aua("init", "--preset", "coding", "--tier", "cpu")
    assert key not in ran.out + ran.err
    assert "[withheld]" in ran.out


def test_json_says_what_became_of_each_file(aua: Runner) -> None:
    told = json.loads(aua("init", "shop", "--preset", "coding", "--tier", "cpu", "--json").out)
    assert {file["path"]: file["status"] for file in told["files"]} == dict.fromkeys(
        ("aua.yaml", ".aua/config.schema.json", ".gitignore", ".gitattributes"), "new"
    )
    assert told["next"][0] == "cd shop"


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_command_that_ci_runs_refuses_drift(ci: str, aua: Runner, tmp_path: Path) -> None:
    aua("init", "--preset", "local-ollama", "--tier", "cpu", "--ci", ci)
    name = ".github/workflows/aua.yml" if ci == "github" else ".gitlab-ci.yml"
    line = next(line for line in (tmp_path / name).read_text(encoding="utf-8").splitlines() if "--check" in line)
    words = line[line.index("aua ") :].partition(" > ")[0].split()[1:]
    assert aua(*words).code == 1
    assert aua("compile", "aua.yaml", "-o", "deploy").code == 0
    assert aua(*words).code == 0


def test_the_wizard_asks_says_what_does_not_fit_and_writes_at_the_end(tmp_path: Path, misfit: tuple[str, str]) -> None:
    preset, tier = misfit
    terminal = Terminal([*WIZARD, "shop"], tmp_path)
    terminal.until("What to run [coding]: ")
    terminal.type("nonsense\n")
    terminal.until("Give a name or a number")
    terminal.type(f"{preset}\n")
    terminal.until("This machine: ")
    terminal.until("Where it runs [")
    terminal.type(f"{tier}\n")
    terminal.until(f"does not fit on `{tier}`")
    terminal.until("What fits [")
    terminal.type(f"local-ollama on {tier}\n")
    terminal.until("The project's name [shop]: ")
    terminal.type("Bad Name\n")
    terminal.until("Give lower-case letters")
    terminal.type("store\n")
    terminal.until("A file for CI [none]: ")
    assert files(tmp_path) == set()
    terminal.type("2\n")
    terminal.until("Next:")
    assert terminal.ended() == 0
    text = (tmp_path / "shop/aua.yaml").read_text(encoding="utf-8")
    assert all(line in text for line in ("  name: store\n", "preset: local-ollama\n", f"tier: {tier}\n"))
    assert ".github/workflows/aua.yml" in files(tmp_path / "shop")


@pytest.mark.parametrize("answers", [0, 1, 2, 3])
@pytest.mark.parametrize("way", ["interrupt", "end"])
def test_leaving_at_any_question_leaves_nothing(answers: int, way: str, tmp_path: Path) -> None:
    terminal = Terminal([*WIZARD, "shop"], tmp_path)
    questions = ("What to run [", "Where it runs [", "name [", "CI [")
    replies = ("local-ollama\n", "cpu\n", "\n", "\n")
    for question, reply in zip(questions[:answers], replies, strict=False):
        terminal.until(question)
        terminal.type(reply)
    terminal.until(questions[answers])
    if way == "interrupt":
        terminal.process.send_signal(signal.SIGINT)
    else:
        terminal.type("\x04")
    terminal.until("Nothing was written.")
    assert terminal.ended() == 130
    assert files(tmp_path) == set()
    assert not (tmp_path / "shop").exists()
