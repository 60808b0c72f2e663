"""How large the router's installed runtime is and how soon it answers, against the bare interpreter: a chapter of docs/performance.md."""

import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.backend import WHOLE
from bench.load import heads
from bench.page import busy, machine, options, table, tell
from bench.prompts import bodies
from bench.ratio import ratio, spread
from bench.servers import backend, compiled, free_port
from tests.wheel import ROOT, run

TITLE = "Install and start"
ROUNDS = 9
SIZE_MAX_MB = 55
START_MAX = 40
LATE_S = 30.0
FORBIDDEN = ("fastapi", "starlette", "pydantic")


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment that holds the runtime and what it needs, as the generated requirements pin it, and nothing else."""

    python: Path
    packages: Path

    def sizes(self) -> dict[str, float]:
        """Megabytes by top-level name, largest first, without bytecode."""
        found: Counter[str] = Counter()
        for path in self.packages.rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                found[path.relative_to(self.packages).parts[0]] += path.stat().st_size
        return {name: size / 1e6 for name, size in found.most_common()}


def installed(folder: Path, router: Path) -> Installed:
    """The third-party packages by hash and the runtime's own wheel, in an empty environment."""
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder / "wheels", within=ROOT / "runtime")
    venv.create(folder / "environment", with_pip=False)
    python = folder / "environment" / "bin" / "python"
    asked = (python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    packages = Path(subprocess.run([str(part) for part in asked], capture_output=True, text=True, check=True).stdout.strip())
    install = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile", "--target", packages)
    run(*install, "--require-hashes", "--requirement", router / "requirements.txt")
    run(*install, "--no-deps", *(folder / "wheels").glob("*.whl"))
    return Installed(python, packages)


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}}


def bare_s(python: Path) -> float:
    started = time.perf_counter()
    subprocess.run((str(python), "-c", "pass"), check=True, env=_environment())
    return time.perf_counter() - started


def first_answer_s(python: Path, router: Path, port: int, question: bytes, *options: str) -> tuple[float, str]:
    """Seconds from the start of a router to its first 200 for a routed question; it is then stopped. And what it wrote to stderr."""
    with tempfile.TemporaryFile("w+") as told:
        started = time.perf_counter()
        process = subprocess.Popen((str(python), *options, "-m", "aua_router"), cwd=router, env=_environment(), stderr=told)
        try:
            took_s = _until_answered(process, port, question, started)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(LATE_S)
        told.seek(0)
        return took_s, told.read()


def _until_answered(process: "subprocess.Popen[bytes]", port: int, question: bytes, started: float) -> float:
    while process.poll() is None and time.perf_counter() - started < LATE_S:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(question)
            answer = b""
            while not answer.endswith(WHOLE) and (data := connection.recv(65536)):
                answer += data
            if answer.startswith(b"HTTP/1.1 200"):
                return time.perf_counter() - started
        time.sleep(0.001)
    sys.exit("the router did not answer")


def imported(importtime: str) -> Counter[str]:
    """Milliseconds spent in each top-level package's own modules, by the interpreter's import timer."""
    own: Counter[str] = Counter()
    for self_us, module in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", importtime, re.MULTILINE):
        own[module.split(".")[0]] += int(self_us)
    return own


def lines(sizes: Mapping[str, float], bare: list[float], first: list[float], own: Counter[str], began: str) -> Iterator[str]:
    yield "The runtime's wheel and its pinned dependencies in an empty environment, without bytecode; then the generated router there, from"
    yield "starting the process to the first 200 with an answer to a routed question. The bare interpreter runs `pass`."
    yield f"{machine(sys.executable)}; {len(bare)} rounds. {began}"
    yield ""
    loaded = [name for name in FORBIDDEN if name in own]
    bars = (
        ("installed [MB]", f"at most {SIZE_MAX_MB}", f"{sum(sizes.values()):.1f}"),
        ("start to the first 200, times the bare interpreter", f"at most {START_MAX}", ratio(first, bare)),
        (f"imports of {', '.join(FORBIDDEN)}", "none", ", ".join(loaded) or "none"),
    )
    yield from table(("bar", "asked", "measured"), bars)
    yield ""
    yield from table(
        ("what", "wall [ms]", "least to largest"),
        (
            ("bare interpreter", f"{statistics.median(bare) * 1000:.0f}", spread([each * 1000 for each in bare])),
            ("router, to its first 200", f"{statistics.median(first) * 1000:.0f}", spread([each * 1000 for each in first])),
        ),
    )
    yield ""
    yield from table(("package", "size [MB]"), ((f"`{name}`", f"{size:.2f}") for name, size in sizes.items() if size >= 0.05))
    yield ""
    yield "Time that imports take in each package's own modules until then, once, with the interpreter's import timer on:"
    yield ""
    yield from table(("package", "own time [ms]"), ((f"`{name}`", f"{us / 1000:.1f}") for name, us in own.most_common(12)))


def main() -> None:
    given = options(__doc__)
    began = busy()
    with tempfile.TemporaryDirectory() as made, backend() as models:
        port = free_port()
        router = compiled(Path(made) / "router", models.port, port, free_port())
        environment = installed(Path(made), router)
        sizes = environment.sizes()
        question = heads(port, bodies("aua")[:1])[0]
        _, told = first_answer_s(environment.python, router, port, question, "-X", "importtime")  # writes the bytecode, too
        _, told = first_answer_s(environment.python, router, port, question, "-X", "importtime")
        bare, first = [], []
        for _ in range(ROUNDS):
            bare.append(bare_s(environment.python))
            first.append(first_answer_s(environment.python, router, port, question)[0])
    tell(TITLE, lines(sizes, bare, first, imported(told), began), alone=given.alone)


if __name__ == "__main__":
    main()
