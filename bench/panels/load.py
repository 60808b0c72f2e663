"""What happens to the deployment while it is watched: the built-in load, clients that err or leave, a server that hangs, new settings."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

from aua_runtime.cli.sim.tasks import tasks

from bench.panels.deployment import Running, started

DURATION_S = 100
RATE = 9
BURST_RATE = 40
"""For ten seconds: more than the places of the specialists, so that calls wait in line and some are refused."""
ASKED = (
    "Is this lease, which nobody signed, enforceable, and can the tenant sue for the deposit? Show the sum of 12 * 7 + 5 as Python code."
)


@contextmanager
def under_load(deployment: Running) -> Iterator[None]:
    """Let everything happen, which takes `DURATION_S` seconds; the load goes on until the block ends."""
    over = Event()
    others = [Thread(target=_until, args=(over, act, pause_s)) for act, pause_s in _acts(deployment.port)]
    with _load(deployment, RATE, DURATION_S + 60):
        for other in others:
            other.start()
        try:
            _through(deployment)
            yield
        finally:
            over.set()
            for other in others:
                other.join()


def _through(deployment: Running) -> None:
    began_s = time.monotonic()
    with ExitStack() as stack:
        for at_s, happens in _events(deployment, stack):
            time.sleep(max(0.0, began_s + at_s - time.monotonic()))
            happens()


def _events(deployment: Running, stack: ExitStack) -> list[tuple[float, Callable[[], object]]]:
    """What happens after how many seconds."""
    return [
        (15, deployment.reload),
        (25, lambda: stack.enter_context(_load(deployment, BURST_RATE, 10))),
        (45, lambda: deployment.freeze("math")),
        (62, lambda: deployment.thaw("math")),
        (70, lambda: deployment.reload("{")),
        (85, deployment.reload),
        (DURATION_S, lambda: None),
    ]


@contextmanager
def _load(deployment: Running, rate: float, seconds: int) -> Iterator[None]:
    """The built-in load, which asks the tasks of the built-in evaluation: simulated models answer them in different ways."""
    prompts = deployment.folder / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"messages": task.body["messages"], "field": task.field}) + "\n" for task in tasks()))
    command = [sys.executable, "-m", "aua_runtime.cli", "loadtest", "--url", f"http://127.0.0.1:{deployment.port}", "--rate", f"{rate}"]
    options = ["--duration", f"{seconds}s", "--streamed", "0.6", "--max-tokens", "60", "--seed", f"{seconds}", "--prompts", str(prompts)]
    with started([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        yield


def _acts(port: int) -> list[tuple[Callable[[], None], float]]:
    """What other clients do again and again, and how long they wait in between."""
    return [
        (lambda: _ask(port, {"model": "nobody", "messages": [{"role": "user", "content": "hello"}]}), 2.0),
        (lambda: _ask(port, {"model": "aua", "messages": []}), 3.0),
        (lambda: _ask(port, {"model": "aua", "stream": True, "messages": [{"role": "user", "content": "hello"}]}, leave_s=0.1), 1.5),
        (lambda: _ask(port, {"model": "aua", "messages": [{"role": "user", "content": ASKED}]}), 0.5),
    ]


def _until(over: Event, act: Callable[[], None], pause_s: float) -> None:
    while not over.wait(pause_s):
        act()


def _ask(port: int, body: dict[str, object], leave_s: float = 30.0) -> None:
    """One question, given up after a time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=leave_s)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()
