"""The generated router, judged by the tools that a user would point at it, and run from exactly the files that were emitted."""

import json
import os
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from aua_runtime.contract.environment import specialist_url
from aua_runtime.doctor import examined
from aua_runtime.doctor.subject import patient_in

from aua_compile.plan.model import Listener, Plan
from aua_compile.targets.router import PACKAGE, emit
from tests.targets.plans import PLANS, collected, single_4090
from tests.tools import ROOT, require, require_module

ALL = sorted(PLANS)
START_S = 20.0


def written(plan: Plan, folder: Path) -> Path:
    """The folder `router` of a plan."""
    for artifact in emit(plan):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.text, encoding="utf-8")
    return folder / "router"


def judged(command: list[str], folder: Path) -> None:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ALL)
def test_the_package_is_laid_out_and_linted_as_a_person_would_have_it(name: str, tmp_path: Path) -> None:
    ruff = require("ruff")
    folder = written(PLANS[name](), tmp_path)
    judged([ruff, "format", "--no-cache", "--check", "."], folder)
    judged([ruff, "check", "--no-cache", "."], folder)
    rules = ["--config", str(ROOT / "pyproject.toml"), "--config", "lint.per-file-ignores = {}", "--ignore", "RUF001"]  # a user's own words
    judged([ruff, "check", "--no-cache", *rules, PACKAGE], folder)


@pytest.mark.parametrize("name", ALL)
def test_the_types_of_the_package_check_against_the_runtime_that_it_carries(name: str, tmp_path: Path) -> None:
    require_module("mypy")
    folder = written(PLANS[name](), tmp_path)
    environment = {key: value for key, value in os.environ.items() if key != "MYPYPATH"}
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "--config-file", os.devnull, "-p", PACKAGE]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_who_would_answer_is_told_without_a_server(tmp_path: Path) -> None:
    written(single_4090(), tmp_path)
    command = [sys.executable, "-m", "aua_runtime.cli", "route", "Why does my Python loop raise an IndexError?", "--dir"]
    ran = subprocess.run([*command, str(tmp_path), "--json"], capture_output=True, text=True, check=True)
    told = json.loads(ran.stdout)
    assert told["field"] == "software_engineering"
    assert told["words"]["software_engineering"][0]["weight"] > 1
    shown = subprocess.run([*command, str(tmp_path / "router")], capture_output=True, text=True, check=True).stdout
    assert "software_engineering" in shown
    assert subprocess.run([*command, str(tmp_path / "none")], capture_output=True, check=False).returncode == 2


# --- running


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now."""
    import socket

    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def process(command: list[str], folder: Path, log: Path | None = None, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that ends when asked to, and says so. What it writes goes to `log`, or to a pipe that must be read."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "AUA_"))}
    with (
        log.open("w") if log is not None else nullcontext(subprocess.PIPE) as output_to,
        subprocess.Popen(command, cwd=folder, env={**kept, **environment}, stdout=output_to, stderr=subprocess.STDOUT, text=True) as ran,
    ):
        try:
            yield ran
        finally:
            ran.send_signal(signal.SIGTERM)
            output, _ = ran.communicate(timeout=15)
        assert ran.returncode == 0, output


@contextmanager
def models(folder: Path, token_ms: int = 1) -> Iterator[str]:
    """The address of a model server that pretends."""
    command = [sys.executable, "-m", "aua_runtime.cli", "sim", "--first-token-ms", "1", "--token-ms", str(token_ms), "--tokens", "20"]
    with process(command, folder) as ran:
        assert ran.stdout is not None
        yield ran.stdout.readline().split()[-1]


@dataclass(frozen=True)
class Running:
    """Addresses of a router."""

    public: str
    management: str


@contextmanager
def running(python: str, tmp_path: Path, plan: Plan, served: str | None = None) -> Iterator[Running]:
    """A router in a process of its own, with a model server behind it: the one at `served`, or one that pretends."""
    public, management = free_ports(2)
    api = replace(plan.api, public=Listener("127.0.0.1", public), management=Listener("127.0.0.1", management))
    folder = written(replace(plan, api=api), tmp_path)
    with models(tmp_path) if served is None else nullcontext(served) as url:
        urls = {f"AUA_SPECIALIST_{name}_URL": url for name in ("SWE", "MATH", "ARBITER")}
        with process([python, "-m", PACKAGE], tmp_path, tmp_path / "router.log", PYTHONPATH=str(folder), **urls) as ran:
            until = monotonic() + START_S
            while True:
                try:
                    if httpx.get(f"http://127.0.0.1:{public}/health/ready", trust_env=False).status_code == 200:
                        break
                except httpx.TransportError:
                    assert ran.poll() is None, (tmp_path / "router.log").read_text()
                    assert monotonic() < until
                    sleep(0.05)
            yield Running(f"http://127.0.0.1:{public}", f"http://127.0.0.1:{management}")


def test_an_environment_made_of_exactly_the_emitted_files_answers(tmp_path: Path) -> None:
    folder = written(single_4090(), tmp_path)
    venv.create(tmp_path / "fresh", with_pip=True)
    python = str(tmp_path / "fresh" / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", "requirements.txt"]
    installed = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    if installed.returncode != 0 and "No matching distribution" in installed.stderr and os.environ.get("AUA_REQUIRE_TOOLS") != "1":
        pytest.skip("no package index can be reached")
    assert installed.returncode == 0, installed.stderr
    with running(python, tmp_path, single_4090()) as router:
        chat = {"model": "aua", "messages": [{"role": "user", "content": "a mathematics question"}]}
        answer = httpx.post(f"{router.public}/v1/chat/completions", json=chat, trust_env=False).json()
        assert "simulated" in answer["choices"][0]["message"]["content"]
        assert (tmp_path / "state" / "aua.db").exists()


def test_a_changed_value_is_taken_over_and_changed_code_is_not(tmp_path: Path) -> None:
    plan = single_4090()
    with running(sys.executable, tmp_path, plan) as router, httpx.Client(trust_env=False) as http:
        api = replace(
            plan.api,
            public=Listener("127.0.0.1", int(router.public.rsplit(":", 1)[1])),
            management=Listener("127.0.0.1", int(router.management.rsplit(":", 1)[1])),
        )
        before = http.get(f"{router.public}/version").json()
        hot = replace(plan, api=api, routing=replace(plan.routing, single_threshold=0.9))
        written(hot, tmp_path)
        assert http.post(f"{router.management}/config/reload").json()["outcome"] == "applied"
        assert http.post(f"{router.public}/route", json={"query": "x"}).json()["thresholds"]["single"] == 0.9
        after = http.get(f"{router.public}/version").json()
        assert (after["structure"], after["plan"] != before["plan"], after["router"] != before["router"]) == (
            before["structure"],
            True,
            True,
        )
        assert http.get(f"{router.management}/plan").json()["routing"]["single_threshold"] == 0.9
        written(replace(hot, routing=replace(hot.routing, max_fanout=1)), tmp_path)
        refused = http.post(f"{router.management}/config/reload")
        assert (refused.status_code, refused.json()["details"]["apply"]) == (409, "rolling_restart")


@pytest.mark.parametrize("name", ALL)
def test_the_doctor_understands_every_plan(name: str, tmp_path: Path) -> None:
    plan = PLANS[name]()
    written(plan, tmp_path)
    called = (*plan.specialists, *((plan.arbiter.specialist,) if plan.arbiter is not None else ()))
    nowhere = {specialist_url(specialist.name): "http://127.0.0.1:9" for specialist in called}
    found = examined(patient_in(tmp_path, nowhere))
    assert {one.check for one in found} >= {"versions", "state", "ports", "gpus", "backends"}
    assert len([one for one in found if one.check == "backends"]) == len(called)
    assert [one for one in found if one.check == "versions" and one.level == "error"] == []


def test_the_doctor_and_the_status_of_a_router_that_runs(tmp_path: Path) -> None:
    with running(sys.executable, tmp_path, single_4090()) as router, models(tmp_path) as url:
        moved = {
            f"AUA_SPECIALIST_{name}_{what}": value
            for name in ("SWE", "MATH", "ARBITER")
            for what, value in (("URL", url), ("MODEL", "simulated"))
        }
        doctor = [sys.executable, "-m", "aua_runtime.cli", "doctor", str(tmp_path), "--json"]
        ran = subprocess.run(doctor, cwd=tmp_path, env={**os.environ, **moved}, capture_output=True, text=True, check=False)
        found = json.loads(ran.stdout)["findings"]
        assert {one["message"] for one in found if one["check"] == "ports"} == {
            f"{address.removeprefix('http://')} is held by the router of this deployment, which runs"
            for address in (router.public, router.management)
        }
        assert {one["level"] for one in found if one["check"] == "backends"} == {"ok"}
        assert ("aua.db", "up to date") in [(Path(one["subject"]).name, one["message"]) for one in found]
        status = [sys.executable, "-m", "aua_runtime.cli", "status", "--once", "--url", router.management]
        told = subprocess.run(status, capture_output=True, text=True, check=True).stdout
        assert "rows 0 wait, 0 lost" in told


@pytest.mark.parametrize(("plan", "traced"), [(single_4090(), False), (collected(), True)], ids=["off", "on"])
def test_where_no_request_is_recorded_the_code_has_nothing_of_it(plan: Plan, traced: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    folder = written(plan, tmp_path)
    modules = {path.name: path.read_text() for path in (folder / PACKAGE).glob("*.py")}
    assert ("tracing" in modules["pipeline.py"], "Tracing" in modules["app.py"]) == (traced, traced)
    asked = f"import sys, {PACKAGE}.app, aua_runtime.server; print('aua_runtime.tracing' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", asked], cwd=folder, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(traced)
