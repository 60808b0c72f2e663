"""Measures whole processes: wall time, CPU time and peak memory as the kernel counts them."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

P = TypeVar("P", "subprocess.Popen[bytes]", "subprocess.Popen[str]")
STOP_S = 15.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a process. CPU is user and system time together."""

    wall_s: float
    cpu_s: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Command:
    """What is measured: an argument vector, where it runs, and what makes its folder ready before each run."""

    name: str
    arguments: tuple[str, ...]
    folder: Path
    before: Callable[[], None] = lambda: None


def run(command: Command) -> Sample:
    """Run once, its output dropped; a process that fails ends the measurement."""
    command.before()
    started = time.perf_counter()
    child = subprocess.Popen(command.arguments, cwd=command.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"failed: {' '.join(command.arguments)}")
    # The kernel counts the peak in KiB on Linux and in bytes on macOS.
    # Until it loads its program a child counts the memory of this process, so this one stays small.
    peak_mib = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    return Sample(wall_s, usage.ru_utime + usage.ru_stime, peak_mib)


def alternate(commands: Sequence[Command], rounds: int) -> dict[str, Sample]:
    """The median of each figure over `rounds`, in which every command runs once, so that a busy machine slows all of them alike."""
    samples: dict[str, list[Sample]] = {command.name: [] for command in commands}
    for _ in range(rounds):
        for command in commands:
            samples[command.name].append(run(command))
    return {
        name: Sample(*(statistics.median(getattr(sample, figure) for sample in of) for figure in Sample.__slots__))
        for name, of in samples.items()
    }


@contextmanager
def ended(process: P) -> Iterator[P]:
    """Ends a process with the block: asked first, and then killed."""
    with process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
