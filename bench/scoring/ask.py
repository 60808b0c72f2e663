"""The tasks of the built-in evaluation, asked of a compiled router before a simulated model server; and what the router thought of them."""

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aua_runtime.cli.sim.tasks import Task, tasks
from aua_runtime.contract.events import SPECIALIST_DONE

from bench.process import ended

CONFIG = """\
config_version: "1.0"
project: {{name: scoring}}
tier: cpu
fields: [mathematics, software_engineering, general]
backends:
  one: {{kind: vllm, base_url: "{models[0]}", allow_private: true}}
  two: {{kind: vllm, base_url: "{models[1]}", allow_private: true}}
  three: {{kind: vllm, base_url: "{models[2]}", allow_private: true}}
models: {{remote: {{id: acme/remote, vram_gib: 1}}}}
arbiter: {{enabled: false}}
routing: {{max_fanout: 3, fanout_threshold: 0.33}}
api: {{port: {port}, management: {{port: {management}}}}}
targets: [router]
specialists:
  - {{name: math, model: remote, field: mathematics, backend: one}}
  - {{name: swe, model: remote, field: software_engineering, backend: two}}
  - {{name: general, model: remote, field: general, backend: three}}
"""
CLASSIFIED = "    likely = classify.fields_of(request)\n"
GIVEN = """\
    given = by_question()[request.question].field
    likely = dict.fromkeys((given, *(field.name for field in FIELDS)), 1 / len(FIELDS))
"""
"""In the generated pipeline: the classifier's word is replaced by the task's own field and equal probabilities, so that every question goes
to all three specialists and is scored with its field's weights. The rest of the router is as it was compiled."""
CANDIDATES = 3
START_S = 30.0
WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Scored:
    """An answer and what the router thought of it. `signals` has the terms of the utility and what they were made of; None: not known."""

    task: Task
    specialist: str
    text: str
    signals: Mapping[str, float | None]


def compared(calibration: str, seed: int, correctness: float, folder: Path) -> tuple[list[list[Scored]], list[Scored]]:
    """All tasks by three specialists at once, a list of three for each; and all by one, whose answers are relayed and scored afterwards."""
    with ExitStack() as stack:
        servers = [stack.enter_context(_model(calibration, CANDIDATES * seed + place, correctness)) for place in range(CANDIDATES)]
        port = stack.enter_context(_router(folder, servers))
        several = [_candidates(port, task) for task in tasks()]
        names = [_asked_alone(port, task) for task in tasks()]
        return several, _recorded(folder, names)


def _candidates(port: int, task: Task) -> list[Scored]:
    found = []
    for name, data in _events(port, {"session_id": "bench", **task.body}):
        if name == SPECIALIST_DONE:
            score = data["utility"]
            signals = {**{key: score[key] for key in ("utility", "efficacy", "confidence", "curiosity")}, **score["signals"]}
            found.append(Scored(task, data["specialist"], data["answer"], signals))
    if len(found) != CANDIDATES:
        sys.exit(f"{len(found)} candidates for: {task.question}")
    return found


def _asked_alone(port: int, task: Task) -> tuple[Task, str, str]:
    """Task, request id and answer of the specialist `general`, relayed in the mode `single`."""
    status, body = _posted(port, "/query", {"specialist": "general", **task.body})
    if status != http.client.OK or body["mode"] != "single":
        sys.exit(f"no answer to: {task.question}: {body}")
    return task, body["id"], body["answer"]


def _recorded(folder: Path, answers: list[tuple[Task, str, str]]) -> list[Scored]:
    """The scores that the router recorded behind its answers."""
    until = time.monotonic() + WAIT_S
    path = next(folder.rglob("*.db"))
    while time.monotonic() < until:
        with closing(sqlite3.connect(path)) as database:
            rows = database.execute("SELECT id, utility, efficacy, confidence, curiosity FROM requests WHERE utility IS NOT NULL")
            by_id = {row[0]: dict(zip(("utility", "efficacy", "confidence", "curiosity"), row[1:], strict=True)) for row in rows}
        if all(identity in by_id for _, identity, _ in answers):
            return [Scored(task, "general", text, by_id[identity]) for task, identity, text in answers]
        time.sleep(0.1)
    sys.exit("not every answer was recorded with its score")


def _posted(port: int, path: str, body: object) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    with closing(connection):
        connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def _events(port: int, body: object) -> Iterator[tuple[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    with closing(connection):
        connection.request("POST", "/query/stream", json.dumps(body), {"content-type": "application/json"})
        text = connection.getresponse().read().decode()
    for frame in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            yield lines["event"], json.loads(lines["data"])


# --- processes


@contextmanager
def _model(calibration: str, seed: int, correctness: float) -> Iterator[str]:
    options = ["--first-token-ms", "0", "--token-ms", "0", "--correctness", str(correctness), "--seed", str(seed)]
    command = [sys.executable, "-m", "aua_runtime.cli", "sim", "--log-probabilities", calibration, *options]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]


@contextmanager
def _router(folder: Path, models: list[str]) -> Iterator[int]:
    folder.mkdir(parents=True)
    port, management = _free_ports()
    (folder / "aua.yaml").write_text(CONFIG.format(models=models, port=port, management=management))
    command = [str(Path(sys.executable).with_name("aua")), "compile", "aua.yaml", "-o", "deploy"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    home = folder / "deploy" / "router"
    pipeline = home / "aua_router" / "pipeline.py"
    text = pipeline.read_text().replace(
        "from aua_runtime.request", "from aua_runtime.cli.sim.tasks import by_question\nfrom aua_runtime.request", 1
    )
    pipeline.write_text(text.replace(CLASSIFIED, GIVEN, 1))
    more = {"PYTHONPATH": str(home)}
    command = [sys.executable, "-m", "aua_router"]
    with ended(subprocess.Popen(command, cwd=folder, env={**os.environ, **more}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)):
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                break
        yield port


def _free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], other.getsockname()[1]]
