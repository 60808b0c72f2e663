"""What is measured, as processes of their own: the fast backend, our router as it is compiled, nginx; and the generator that loads them.

All listen on 127.0.0.1 only and end with the `with` block that started them. CPU is what the kernel has counted for the whole process,
threads and workers included: `clock_gettime` on a process's CPU clock, in nanoseconds (clock_getcpuclockid(3)).
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.load import Load, Told
from bench.process import ended

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".tools" / "litellm"
LITELLM = "litellm[proxy]"
INSTALL_S = 600
START_S = 60.0
PRIORITY = -10
SETTLE_S = 0.1
"""After a load, before its CPU is read: what is recorded behind the response is counted too."""
_CLOCK_OF_PROCESS = 2  # CPUCLOCK_SCHED, in include/linux/posix-timers_types.h

CONFIG = """\
config_version: "1.0"
project: {{name: bench}}
tier: cpu
fields: [software_engineering, mathematics, law, general]
backends: {{fast: {{kind: openai, base_url: "{backend}", allow_private: true}}}}
models: {{remote: {{id: acme/remote, vram_gib: 1}}}}
arbiter: {{enabled: false}}
routing: {{max_fanout: 1}}
api: {{port: {port}, management: {{port: {management}}}, limits: {{connections: 20000, streams: 2000}}}}
observability: {observability}
targets: [router]
specialists:
  - {{name: swe, model: remote, field: software_engineering, backend: fast}}
  - {{name: math, model: remote, field: mathematics, backend: fast}}
  - {{name: law, model: remote, field: law, backend: fast}}
  - {{name: general, model: remote, field: general, backend: fast}}
"""
"""Four specialists on one backend, one of which answers each question: classification, routing, metrics, scoring and SQLite are on.

A line of the log for each request is not, as with nginx beside it."""

QUIET = "{logging: {level: warning}}"
TELLING = "{logging: {level: info}}"

NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 19000; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream models {{ server 127.0.0.1:{backend}; keepalive 512; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://models;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering {buffering};
        }}
    }}
}}
"""


@dataclass(slots=True)
class Server:
    """A process that listens."""

    name: str
    process: "subprocess.Popen[str]"
    port: int
    management: int = 0

    def pids(self) -> list[int]:
        """The process and its children."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def cpu_s(self) -> float:
        """User and system time of all its threads and children until now."""
        return sum(time.clock_gettime((~pid << 3) | _CLOCK_OF_PROCESS) for pid in self.pids())


@dataclass(slots=True)
class Generator:
    """The process that sends."""

    process: "subprocess.Popen[str]"

    def run(self, load: Load, *, strict: bool = True) -> Told:
        """Carry out a load. An answer that was not right ends the measurement, or is told where it is not `strict`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(load)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the load generator ended")
        told = Told(**json.loads(line))
        if told.errors and strict:
            sys.exit(f"not every answer was right: {told.errors} of {load.requests} at port {load.port}: {told.example}")
        return told


def measured(generator: Generator, server: Server, load: Load) -> tuple[float, Told]:
    """CPU seconds that a server spent on a load, and what came of the load."""
    before_s = server.cpu_s()
    told = generator.run(load)
    time.sleep(SETTLE_S)
    return server.cpu_s() - before_s, told


@contextmanager
def attack(kind: str, port: int, seconds: float) -> Iterator["subprocess.Popen[str]"]:
    """Clients that mean no good, once they are at it; what they did is the next line that they print."""
    process = _started([sys.executable, "-m", "bench.attack", kind, str(port), str(seconds)], 1, stdout=subprocess.PIPE)
    with _ended(process, first=False):
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(
    arguments: list[str], core: int, *, folder: Path = ROOT, more: Mapping[str, str] | None = None, **pipes: int | None
) -> "subprocess.Popen[str]":
    """A process on one core: what is measured on the first, backend and generator on the second, so that neither waits for the other."""
    cores = sorted(os.sched_getaffinity(0))
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}}
    environment.update(more or {})
    os.sched_setaffinity(0, {cores[core % len(cores)]})
    try:
        return subprocess.Popen(arguments, cwd=folder, env=environment, text=True, **pipes)  # type: ignore[call-overload,no-any-return]  # pipes by name
    finally:
        os.sched_setaffinity(0, cores)


def _before_others(process: "subprocess.Popen[str]") -> None:
    """Let a process go before whatever else the machine does, where that is allowed: waiting for others is not what is measured."""
    with suppress(PermissionError, ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, process.pid, PRIORITY)


@contextmanager
def _ended(process: "subprocess.Popen[str]", *, first: bool = True) -> Iterator[None]:
    if first:
        _before_others(process)
    with ended(process):
        yield


def _await_port(process: "subprocess.Popen[str]", port: int) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    sys.exit(f"a server did not start: {process.args!r}")


@contextmanager
def backend() -> Iterator[Server]:
    process = _started([sys.executable, "-m", "bench.backend"], 1, stdout=subprocess.PIPE)
    with _ended(process):
        assert process.stdout is not None
        yield Server("backend", process, int(process.stdout.readline()))


@contextmanager
def generator() -> Iterator[Generator]:
    process = _started([sys.executable, "-m", "bench.load"], 1, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with _ended(process):
        yield Generator(process)


def compiled(folder: Path, backend_port: int, port: int, management: int, observability: str = QUIET) -> Path:
    """The folder of a router that `aua compile` wrote for this backend, with the runtime it carries."""
    folder.mkdir(parents=True, exist_ok=True)
    config = CONFIG.format(backend=f"http://127.0.0.1:{backend_port}", port=port, management=management, observability=observability)
    (folder / "aua.yaml").write_text(config)
    command = (str(Path(sys.executable).with_name("aua")), "compile", "aua.yaml", "-o", "deploy")
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "deploy" / "router"


@contextmanager
def router(folder: Path, backend_port: int, *, observability: str = QUIET, program: tuple[str, ...] = ("aua_router",)) -> Iterator[Server]:
    """The generated package in its own process, as its README says, or a program of ours that runs it; its log is a file."""
    port, management = free_port(), free_port()
    home = compiled(folder, backend_port, port, management, observability)
    more = {} if program == ("aua_router",) else {"PYTHONPATH": str(ROOT)}
    with (folder / "router.log").open("w") as log:
        process = _started([sys.executable, "-m", *program], 0, folder=home, more=more, stdout=subprocess.DEVNULL, stderr=log.fileno())
    with _ended(process):
        _await_port(process, port)
        yield Server("router", process, port, management)


@contextmanager
def nginx(folder: Path, backend_port: int, *, buffering: bool = True) -> Iterator[Server]:
    """One nginx worker that passes on what it gets, with connections kept on both sides."""
    binary = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if binary is None:
        sys.exit("nginx is not installed, and every figure is a ratio to it: apt-get install nginx-light")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, backend=backend_port, buffering="on" if buffering else "off"))
    process = _started([binary, "-p", str(folder), "-c", str(config)], 0, stderr=subprocess.DEVNULL)
    with _ended(process):
        _await_port(process, port)
        yield Server("nginx", process, port)


def litellm_python() -> Path | None:
    """The interpreter of an environment of its own that holds LiteLLM's proxy, made on first use; None where it cannot be had."""
    python = TOOLS / "bin" / "python"
    if not (TOOLS / "ready").exists():
        try:
            venv.create(TOOLS, with_pip=True)
            install = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", LITELLM)
            subprocess.run(install, check=True, timeout=INSTALL_S)
        except (OSError, subprocess.SubprocessError):
            return None
        (TOOLS / "ready").touch()
    return python


@contextmanager
def litellm(python: Path, folder: Path, backend_port: int) -> Iterator[Server]:
    """LiteLLM's proxy with one model on the backend, one worker, nothing else on. It asks nobody for prices and tells nobody.

    Like the router here it asks its clients for no key, which it has to be told is meant: it listens on this machine only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    model = {"model": "openai/bench", "api_base": f"http://127.0.0.1:{backend_port}/v1", "api_key": "none"}
    config = {"model_list": [{"model_name": "bench", "litellm_params": model}], "litellm_settings": {"telemetry": False}}
    (folder / "config.json").write_text(json.dumps(config))
    command = [str(python.with_name("litellm")), "--config", str(folder / "config.json"), "--host", "127.0.0.1", "--port", str(port)]
    quiet = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    }
    process = _started(command, 0, folder=folder, more=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _ended(process):
        _await_port(process, port)
        yield Server("litellm", process, port)
