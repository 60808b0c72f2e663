"""The files for CI do what they say: each is run as GitHub, GitLab and pre-commit would run it, installing this checkout with pip."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.checkout import COMPOSE, CONFIG, clone, committed, edit, git
from tests.compiling import aua
from tests.tools import ROOT, require


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository."""
    return clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def wheels(here: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Both distributions, as an index would have them."""
    folder = tmp_path_factory.mktemp("wheels")
    built = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    subprocess.run((*built, str(here / "runtime"), str(here)), check=True)
    return " ".join(sorted(map(str, folder.iterdir())))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with its deployment, committed."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "coding.yaml").write_text(CONFIG, encoding="utf-8")
    compiled = aua("compile", "coding.yaml", "--tier", "single-4090", within=folder)
    assert compiled.returncode == 0, compiled.stderr
    return committed(folder)


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def script(folder: Path, lines: str, environment: dict[str, str], *, flags: str) -> subprocess.CompletedProcess[str]:
    """Run lines with the environment that a runner has, and this interpreter first."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    whole = {**os.environ, "PATH": path, **environment}
    return subprocess.run(("bash", *flags.split(), "-c", lines), cwd=folder, env=whole, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("schema", "file"), [("github-actions", "action.yml"), ("gitlab-ci", "ci/gitlab.yml")])
def test_the_files_keep_to_the_schema_of_their_makers(schema: str, file: str) -> None:
    words = (require("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", str(ROOT / file))
    judged = subprocess.run(words, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_pre_commit_accepts_the_hooks() -> None:
    judged = subprocess.run((require("pre-commit"), "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")), check=False)
    assert judged.returncode == 0


class Runner:
    """Runs the steps of the action as GitHub does: its variables, `bash --noprofile --norc -eo pipefail`, one process a step."""

    def __init__(self, checkout: Path, temporary: Path) -> None:
        self.steps = [step for step in loaded("action.yml")["runs"]["steps"] if "run" in step]
        self.summary = temporary / "summary.md"
        self.environment = {
            "GITHUB_ACTION_PATH": str(checkout),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(temporary),
        }

    def run(self, number: int, folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
        defaults = {name: given.get("default", "") for name, given in loaded("action.yml")["inputs"].items()}
        step = self.steps[number]
        assert "${{" not in step["run"], "an input that is text of the script could be a command"
        said = {name: self.value(text, {**defaults, **inputs}) for name, text in step["env"].items()}
        return script(folder, step["run"], {**self.environment, **said}, flags="--noprofile --norc -eo pipefail")

    @staticmethod
    def value(text: str, inputs: dict[str, str]) -> str:
        name = text.removeprefix("${{ inputs.").removesuffix(" }}")
        return inputs[name]


@pytest.fixture(scope="module")
def runner(here: Path, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner on which the action has installed this checkout."""
    runner = Runner(here, tmp_path_factory.mktemp("runner"))
    installed = runner.run(0, here)
    assert installed.returncode == 0, installed.stderr
    return runner


def test_the_action_passes_where_nothing_drifted_and_leaves_no_summary(runner: Runner, project: Path) -> None:
    checked = runner.run(1, project, config="coding.yaml", tier="single-4090")
    assert checked.returncode == 0, checked.stderr
    assert not runner.summary.exists()
    assert git(project, "status", "--porcelain") == ""


def test_the_action_annotates_what_drifted_and_puts_the_report_into_the_summary(runner: Runner, project: Path) -> None:
    edit(project)
    checked = runner.run(1, project, config="coding.yaml", tier="single-4090")
    assert checked.returncode == 1
    assert f"::error title=AUA0518,file={COMPOSE},line=" in checked.stdout
    assert "-    restart: always\n    +    restart: unless-stopped\n" in runner.summary.read_text()
    runner.summary.unlink()


def test_the_action_fails_with_the_configs_own_findings(runner: Runner, project: Path) -> None:
    checked = runner.run(1, project, config="coding.yaml", tier="single-4900")
    assert checked.returncode == 3
    assert "::error title=AUA0220" in checked.stdout
    runner.summary.unlink()


@pytest.mark.parametrize("config", ["$(touch pwned).yaml", "'; touch pwned; '.yaml", "--help", "-o"])
def test_no_input_of_the_action_becomes_a_command_or_an_option(config: str, runner: Runner, project: Path) -> None:
    checked = runner.run(1, project, config=config, tier="single-4090")
    assert checked.returncode == 3
    assert "AUA0101" in checked.stdout
    assert not (project / "pwned").exists()
    runner.summary.unlink()


def test_the_job_of_gitlab_fails_with_a_report_that_names_the_file(wheels: str, project: Path) -> None:
    template = loaded("ci/gitlab.yml")
    lines = "\n".join(template["aua-check"]["script"])
    variables = {name: given["value"] for name, given in template["variables"].items()}
    variables |= {"AUA_CONFIG": "coding.yaml", "AUA_TIER": "single-4090", "AUA_PACKAGES": wheels}
    report = project / template["aua-check"]["artifacts"]["reports"]["codequality"]
    ran = script(project, lines, variables, flags="-eo pipefail")
    assert ran.returncode == 0, ran.stderr
    assert all(one["severity"] == "minor" for one in json.loads(report.read_text()))
    edit(project)
    ran = script(project, lines, variables, flags="-eo pipefail")
    assert ran.returncode == 1
    assert "error[AUA0518]" in ran.stderr
    (found,) = (one for one in json.loads(report.read_text()) if one["severity"] == "major")
    assert (found["check_name"], found["location"]["path"]) == ("AUA0518", COMPOSE)
    assert len(found["fingerprint"]) == 64


def test_pre_commit_runs_the_hook_from_a_clone(here: Path, project: Path, tmp_path: Path) -> None:
    hook = {"id": "aua-check", "args": ["coding.yaml", "--tier", "single-4090", "-o", "deploy"]}
    use = {"repos": [{"repo": str(here), "rev": git(here, "rev-parse", "HEAD"), "hooks": [hook]}]}
    (project / ".pre-commit-config.yaml").write_text(json.dumps(use), encoding="utf-8")
    git(project, "add", "--all")
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home"), "PRE_COMMIT_COLOR": "never"}

    def run() -> subprocess.CompletedProcess[str]:
        words = (require("pre-commit"), "run", "--all-files")
        return subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)

    passed = run()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout
    edit(project)
    failed = run()
    assert failed.returncode == 1
    assert "error[AUA0518]" in failed.stdout
