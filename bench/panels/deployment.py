"""A compiled deployment that runs: its real router before simulated engines, watched by a real Prometheus as the artifacts say.

Four engines are simulated, of three kinds; the general one has two servers. What differs from a real start are addresses: specialists are
called, and engines scraped, where the simulators listen; spans and messages go to a sink that takes four of five.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml

from bench.process import ended

SCRAPE_S = 1.0
START_S = 60.0

CONFIG = """\
config_version: "1.0"
project: {{name: panels}}
profile: local-dev
tier: quad-4090
fields: [software_engineering, mathematics, law, general]
backends:
  remote: {{kind: openai, base_url: ["http://127.0.0.1:1", "http://127.0.0.1:2"], allow_private: true}}
models: {{far: {{id: acme/far, vram_gib: 1}}}}
routing: {{single_threshold: 0.8, fanout_threshold: 0.25, max_fanout: 2, deadline_s: 25}}
safety: {{high_risk_fields: [law], require_arbiter_for_high_risk: true}}
arbiter: {{model: qwen-3b-awq}}
resilience:
  retry: {{max: 1, base: 50ms}}
  breaker: {{recovery_s: 4}}
  limits: {{concurrency: 8, queue: 12}}
  timeouts: {{connect: 1s, first_token: 8s, total: 12s}}
  hedge: {{after: 500ms, budget: 0.2}}
api: {{port: {port}, management: {{port: {management}}}}}
observability:
  metrics: {{scrape_interval: 1s}}
  runbook_base_url: https://runbooks.example.org/panels
  slo: {{availability: 0.99, latency: {{within: 5s, target: 0.95}}}}
  tracing: {{enabled: true, endpoint: "{sink}", sample_ratio: 1, trace_url: "https://traces.example.org/{{trace_id}}"}}
  webhooks: {{ops: {{url: "{sink}/ops", allow_private: true, quiet: 1s}}}}
targets: [router, prometheus, grafana, docs]
specialists:
  - {{name: swe, field: software_engineering, model: qwen-coder-7b-awq, fallback: [math]}}
  - {{name: math, field: mathematics, model: qwen-7b-awq}}
  - {{name: law, field: law, model: qwen-7b-q4-k-m, backend: llamacpp, fallback: [general]}}
  - {{name: general, field: general, model: far, backend: remote, price: {{input: "0.50", output: "1.50"}}}}
"""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A model server that pretends. `name` is the specialist that calls it, `engine` whose metrics it shows."""

    name: str
    engine: str | None = None
    options: tuple[str, ...] = ()


SLOW = ("--first-token-ms", "150", "--token-ms", "12", "--spread", "0.6")
SERVERS = (
    Simulated("swe", "vllm", (*SLOW, "--places", "4", "--kv-tokens", "150", "--failed", "0.03")),
    Simulated("math", "vllm", (*SLOW, "--places", "4", "--kv-tokens", "250", "--log-probabilities", "calibrated")),
    Simulated("law", "llamacpp", (*SLOW, "--places", "2", "--too-many", "0.05", "--correctness", "0.3")),
    Simulated("general", None, (*SLOW, "--cut", "0.04")),
    Simulated("general", None, SLOW),
    Simulated("arbiter", "vllm", ("--first-token-ms", "40", "--token-ms", "4", "--places", "8", "--kv-tokens", "8000", "--neither", "0.2")),
)


@dataclass(slots=True)
class Running:
    """What runs, and where."""

    folder: Path  # of the written deployment
    port: int
    management: int
    prometheus: str
    router: "subprocess.Popen[bytes]"
    models: "dict[str, list[subprocess.Popen[bytes]]]"

    def reload(self, settings: str | None = None) -> None:
        """Let the router read its settings again, those of the folder or another text."""
        path = self.folder / "router" / "aua_router" / "settings.json"
        kept = path.read_text()
        if settings is not None:
            path.write_text(settings)
        self.router.send_signal(signal.SIGHUP)
        time.sleep(1)
        path.write_text(kept)

    def freeze(self, name: str) -> None:
        """Let a specialist's first server hang, as one that is out of memory may."""
        self.models[name][0].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self.models[name][0].send_signal(signal.SIGCONT)


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Everything, until the block ends."""
    port, management, watch = _free_ports(3)
    with ExitStack() as stack:
        deploy = _compiled(folder, port=port, management=management, sink=stack.enter_context(_sink()))
        models: dict[str, list[subprocess.Popen[bytes]]] = {}
        addresses: dict[str, list[str]] = {}
        for index, server in enumerate(SERVERS):
            process, address = stack.enter_context(_simulated(server, index))
            models.setdefault(server.name, []).append(process)
            addresses.setdefault(server.name, []).append(address)
        router = stack.enter_context(_router(deploy / "router", management, addresses))
        found = {"router": f"127.0.0.1:{management}", **{name: urls[0].removeprefix("http://") for name, urls in addresses.items()}}
        prometheus = stack.enter_context(_prometheus(deploy / "prometheus", folder, watch, found))
        yield Running(deploy, port, management, prometheus, router, models)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _compiled(folder: Path, **addresses: int | str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "aua.yaml").write_text(CONFIG.format(**addresses))
    done = subprocess.run(
        (str(Path(sys.executable).with_name("aua")), "compile", "aua.yaml", "-o", "deploy"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return folder / "deploy"


@contextmanager
def started(command: list[str], **more: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends with the block."""
    with ended(subprocess.Popen(command, **more)) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)


@contextmanager
def _sink() -> Iterator[str]:
    """The address of a server that takes what is posted to it, but refuses every fifth."""
    number = count(1)

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(400 if next(number) % 5 == 0 else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing of it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def _simulated(server: Simulated, seed: int) -> Iterator["tuple[subprocess.Popen[bytes], str]"]:
    engine = ("--engine", server.engine) if server.engine is not None else ()
    command = [sys.executable, "-m", "aua_runtime.cli", "sim", "--model", server.name, "--seed", str(seed), *engine, *server.options]
    with started(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().decode().split()[-1]


@contextmanager
def _router(package: Path, management: int, addresses: dict[str, list[str]]) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, **{f"AUA_SPECIALIST_{name.upper()}_URL": " ".join(urls) for name, urls in addresses.items()}}
    log = (package.parent / "router.log").open("wb")
    with log, started([sys.executable, "-m", "aua_router"], cwd=package, env=environment, stdout=log, stderr=log) as process:
        _await(f"http://127.0.0.1:{management}/metrics", process)
        yield process


@contextmanager
def _prometheus(emitted: Path, folder: Path, port: int, addresses: dict[str, str]) -> Iterator[str]:
    """Prometheus with the emitted configuration and rules, but for addresses and for rules looked at with every scrape."""
    binary = shutil.which("prometheus")
    if binary is None:
        sys.exit("prometheus is not installed, and it answers every panel's queries: apt-get install prometheus")
    config = yaml.safe_load((emitted / "prometheus.yaml").read_text())
    for job in config["scrape_configs"]:
        for found in job.get("static_configs", ()):
            found["targets"] = [addresses[found["labels"]["service"]]]
    for path in (emitted / "rules").glob("*.yaml"):
        rules = yaml.safe_load(path.read_text())
        for group in rules["groups"]:
            group["interval"] = f"{SCRAPE_S:g}s"
        path.write_text(yaml.safe_dump(rules))
    watched = emitted / "watched.yaml"
    watched.write_text(yaml.safe_dump(config))
    url = f"http://127.0.0.1:{port}"
    command = [binary, f"--config.file={watched}", f"--storage.tsdb.path={folder / 'series'}", f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "prometheus.log").open("wb") as log, started(command, stdout=log, stderr=log) as process:
        _await(f"{url}/-/ready", process)
        yield url


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"did not start: {process.args!r}")
