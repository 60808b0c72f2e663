"""`aua demo`: compile a preset, run its router on parts of this machine, ask it two questions, and stop again."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

from aua_runtime.contract.environment import specialist_model, specialist_url
from aua_runtime.contract.headers import FIELD, SPECIALIST
from typer import Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import Format
from aua_compile.plan.model import Plan

PRESET, TIER = "coding", "single-4090"
QUESTIONS = (
    "Write a Python function that reverses a singly linked list, and say what its time complexity is.",
    "Solve the equation x^2 - 5x + 6 = 0 and prove that there is no third solution.",
)
LOCAL_SERVER = 11434
"""Where Ollama listens unless told otherwise."""
START_S = 20.0
STOP_S = 10.0
ANSWER_S = 180.0
SHOWN_CHARACTERS = 300


class Failed(Exception):
    """The demonstration cannot go on, and why."""


@dataclass(frozen=True, slots=True)
class Models:
    """Where the specialists' models are for this demonstration. `name` None leaves each its planned name."""

    url: str
    name: str | None
    told: str


def run(
    output: Annotated[str, Option("-o", "--output", metavar="DIR", help="Where artifacts, state and logs go.")] = ".demo",
) -> None:
    """Show a router at work. Compiles the preset `coding`, starts its router on this machine, asks it two questions, and stops it.

    Example: aua demo
    """
    try:
        _demonstrate(Path(output), Interrupts())
    except (Failed, OSError) as failure:
        why = f"`{failure.filename}`: {failure.strerror}." if isinstance(failure, OSError) else failure
        sys.stderr.write(f"The demonstration stopped: {why}\n")
        raise SystemExit(Exit.ENVIRONMENT) from None


class Interrupts:
    """Ctrl-C and SIGTERM end the demonstration, but never between starting a process and knowing it, nor while it is being stopped."""

    def __init__(self) -> None:
        self._held = False
        self._pending: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._arrived)

    def _arrived(self, number: int, _frame: FrameType | None) -> None:
        self._pending = number
        if not self._held:
            raise SystemExit(128 + number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What arrives meanwhile takes effect at the end."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._pending is not None:
            raise SystemExit(128 + self._pending)


def _demonstrate(folder: Path, interrupts: Interrupts) -> None:
    ports = _free_ports(2)
    plan, count = _compiled(folder / "deploy", ports)
    folder.joinpath("state").mkdir(parents=True, exist_ok=True)
    print(f"1  Compiled the preset {PRESET} for the tier {TIER}: {count} files in {folder / 'deploy'}")
    with _models(folder, interrupts) as models, _router(plan, models, folder, interrupts) as router:
        print(f"2  {models.told}")
        print(f"3  The router answers at http://{router}; its state is in {folder / plan.state.path if plan.state.path else folder}")
        for question in QUESTIONS:
            _ask(router, question)
    print("\n4  Everything is stopped. Open next:")
    for path, why in _worth_reading(folder / "deploy"):
        print(f"   {path}  {why}")


def _compiled(folder: Path, ports: list[int]) -> tuple[Plan, int]:
    """The preset, compiled as `aua compile` does, at ports that are free now."""
    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project
    from aua_compile.compiler import planned, remade
    from aua_compile.disk import apply, destination

    settings = (f"api.port={ports[0]}", f"api.management.port={ports[1]}")
    project = Project(Choices(PRESET, TIER, None, settings), Format.TEXT)
    plan = project.certain(project.through(planned))
    artifacts = project.certain(remade(plan))
    folder.parent.mkdir(parents=True, exist_ok=True)
    project.certain(apply(artifacts, project.certain(destination(folder, [])), force=True))
    return plan, len(artifacts)


def _free_ports(count: int) -> list[int]:
    """Ports that nothing listens on at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


@contextmanager
def _models(folder: Path, interrupts: Interrupts) -> Iterator[Models]:
    """A model server that is already there, else one that only pretends."""
    name = _local_model()
    if name is not None:
        yield Models(
            f"http://127.0.0.1:{LOCAL_SERVER}", name, f"Every specialist is played by {name}, from the model server on port {LOCAL_SERVER}"
        )
        return
    port = _free_ports(1)[0]
    command = [sys.executable, "-m", "aua_runtime.cli", "sim", "--port", str(port)]
    with _process(command, folder, "models", {}, interrupts) as process:
        _wait(process, port, "/health", folder / "models.log")
        yield Models(
            f"http://127.0.0.1:{port}", None, "No model is needed: a simulated model server plays them, and says so in every answer"
        )


def _local_model() -> str | None:
    """A model of the server that answers on Ollama's port, if there is one with a model that chats."""
    try:
        status, listed, _ = _asked(f"127.0.0.1:{LOCAL_SERVER}", "GET", "/v1/models", None, 1.0)
        names = [str(entry["id"]) for entry in listed["data"]] if status == http.client.OK else []
    except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException):
        return None
    return next((name for name in names if "embed" not in name), None)


@contextmanager
def _router(plan: Plan, models: Models, folder: Path, interrupts: Interrupts) -> Iterator[str]:
    """The generated router as a process of its own; gives its address."""
    from aua_compile.targets.router import PACKAGE

    environment = {"PYTHONPATH": str((folder / "deploy" / "router").resolve())}
    for specialist in plan.called:
        environment[specialist_url(specialist.name)] = models.url
        if models.name is not None:
            environment[specialist_model(specialist.name)] = models.name
    with _process([sys.executable, "-m", PACKAGE], folder, "router", environment, interrupts) as process:
        _wait(process, plan.api.public.port, "/health/ready", folder / "router.log")
        yield f"127.0.0.1:{plan.api.public.port}"


@contextmanager
def _process(
    command: list[str], folder: Path, name: str, environment: Mapping[str, str], interrupts: Interrupts
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is gone when the block ends, however it ends. Its own session keeps Ctrl-C for us, so that we stop it in order."""
    process: subprocess.Popen[bytes] | None = None
    try:
        with (folder / f"{name}.log").open("wb") as log, interrupts.held():
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        yield process
    finally:
        if process is not None:
            with interrupts.held():
                _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, path: str, log: Path) -> None:
    """Until a process answers."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if _asked(f"127.0.0.1:{port}", "GET", path, None, 1.0)[0] == http.client.OK:
                return
        except (OSError, ValueError, http.client.HTTPException):
            pass
        time.sleep(0.05)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise Failed(f"{log} ends with: " + " | ".join(last) if last else f"{log} is empty.")


def _ask(router: str, question: str) -> None:
    """Ask a question through the chat-completions shape, and show who answered and why."""
    status, route, _ = _asked(router, "POST", "/route", {"query": question}, 10.0)
    if status != http.client.OK:
        raise Failed(f"the router refused to explain its route: {route}")
    started = time.monotonic()
    body = {"model": "aua", "messages": [{"role": "user", "content": question}], "max_tokens": 400}
    status, answer, headers = _asked(router, "POST", "/v1/chat/completions", body, ANSWER_S)
    took_s = time.monotonic() - started
    if status != http.client.OK:
        raise Failed(f"the router gave no answer: {answer.get('error')}")
    text = " ".join(str(answer["choices"][0]["message"]["content"]).split())
    print(f"\n   Question   {question}")
    print(f"   Field      {headers[FIELD]}, answered by {headers.get(SPECIALIST, 'an abstention')}: {_reason(route)}")
    print("   Likely     " + ", ".join(f"{name} {value:.2f}" for name, value in route["probabilities"].items()))
    print(f"   Answer     {text[:SHOWN_CHARACTERS]}{'...' if len(text) > SHOWN_CHARACTERS else ''}")
    usage = answer.get("usage") or {}
    print(f"   Model      {answer.get('model')}, {usage.get('completion_tokens', 0)} tokens in {took_s:.2f} s")


def _reason(route: Mapping[str, Any]) -> str:
    """Why these specialists, with the numbers that decided."""
    thresholds = route["thresholds"]
    match route["reason"]:
        case "above_single_threshold":
            top = next(iter(route["probabilities"].values()))
            return f"{top:.2f} is at or above {thresholds['single']:.2f}, so one specialist answers alone"
        case "several_plausible" | "one_plausible":
            return f"none reaches {thresholds['single']:.2f}, so those from {thresholds['fanout']:.2f} up are compared"
        case _:
            return f"no field reaches {thresholds['fanout']:.2f}, so the generalist answers"


def _asked(host: str, method: str, path: str, body: object, timeout_s: float) -> tuple[int, dict[str, Any], http.client.HTTPMessage]:
    """Status, JSON body and headers of one request to this machine."""
    connection = http.client.HTTPConnection(host, timeout=timeout_s)
    try:
        headers = {"content-type": "application/json"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read()), response.headers
    finally:
        connection.close()


def _worth_reading(folder: Path) -> list[tuple[Path, str]]:
    """The artifacts that tell most, as far as this plan has them."""
    told = {
        "plan.md": "every decision, for people",
        "router/aua_router/pipeline.py": "what happens to a question, top to bottom",
        "compose/compose.yaml": "the deployment for one machine",
        "kubernetes/README.md": "the deployment for a cluster",
        "prometheus/rules/alerts.yaml": "the alerts, each with a page in docs/runbooks",
    }
    return [(folder / path, why) for path, why in told.items() if (folder / path).exists()]
