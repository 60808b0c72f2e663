"""How fast the compiler is, against the bare interpreter in the same run: a chapter of docs/performance.md."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from bench.page import busy, machine, row, write
from bench.process import Command, Sample, alternate
from tests.wheel import ROOT, environment

ROUNDS = 15
ROUNDS_OF_LARGE = 5
COLD = "--no-cache"
ENGINES = (715, 1430, 2860)
SIZES = (500, 1000, 2000)  # external specialists; the goal is stated for 1,000 and for each doubling
FIELDS = ("software_engineering", "mathematics")
TITLE = "The compiler"
PRESET = 'config_version: "1.0"\nproject: {name: bench}\npreset: coding\ntier: single-4090\n'


def external(count: int) -> str:
    """A config with `count` external specialists, each at an address of its own, and every target."""
    specialists = "".join(
        f"  - {{name: s{index:05}, model: remote, field: {FIELDS[index % 2]}, backend: openai, host: s{index:05}.example.org, port: 443}}\n"
        for index in range(count)
    )
    return (
        'config_version: "1.0"\nproject: {name: bench}\ntier: single-4090\n'
        "models:\n  remote: {id: acme/remote, vram_gib: 1}\n"
        f"arbiter: {{enabled: false}}\nspecialists:\n{specialists}"
    )


def objects(folder: Path) -> int:
    """How many Kubernetes objects lie in a folder of manifests."""
    return sum(len(re.findall(r"^kind:", path.read_text(), re.MULTILINE)) for path in (folder / "kubernetes").rglob("*.yaml"))


def written(folder: Path, config: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "aua.yaml").write_text(config)
    return folder


def compile_of(name: str, python: Path, folder: Path, *more: str, afresh: bool) -> Command:
    """A cold compile: a new process each time, and with `afresh` an empty output folder, else one in which nothing has changed."""
    words = (str(python.with_name("aua")), "compile", "aua.yaml", "-o", "deploy")
    if not afresh:
        subprocess.run(words, cwd=folder, capture_output=True, check=True)
    before = partial(shutil.rmtree, folder / "deploy", ignore_errors=True) if afresh else lambda: None
    return Command(name, (*words, *more), folder, before)


def imports(python: Path, folder: Path) -> Iterator[tuple[str, float]]:
    """Milliseconds that a compile spends importing each top-level package (its own modules alone), dearest first."""
    command = (str(python), "-X", "importtime", str(python.with_name("aua")), "compile", "aua.yaml", "-o", "deploy", COLD)
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stderr
    own: Counter[str] = Counter()
    for self_us, module in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", told, re.MULTILINE):
        own[module.split(".")[0]] += int(self_us)
    for package, microseconds in own.most_common(12):
        yield package, microseconds / 1000


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


def small_table(samples: Mapping[str, Sample]) -> Iterator[str]:
    bare = samples["bare interpreter"]
    yield row("what", "wall [ms]", "CPU [ms]", "wall, times bare", "peak [MiB]")
    yield row("---", "---:", "---:", "---:", "---:")
    for name, sample in samples.items():
        yield row(
            name, milliseconds(sample.wall_s), milliseconds(sample.cpu_s), f"{sample.wall_s / bare.wall_s:.1f}", f"{sample.peak_mib:.0f}"
        )


def large_table(samples: Mapping[str, Sample], counts: Mapping[str, int]) -> Iterator[str]:
    yield row("external specialists", "Kubernetes objects", "CPU [ms]", "wall [ms]", "peak [MiB]", "CPU, times half as many")
    yield row("---:", "---:", "---:", "---:", "---:", "---:")
    before: float | None = None
    for name, sample in samples.items():
        growth = "" if before is None else f"{sample.cpu_s / before:.2f}"
        yield row(name, counts[name], milliseconds(sample.cpu_s), milliseconds(sample.wall_s), f"{sample.peak_mib:.0f}", growth)
        before = sample.cpu_s


def objects_table() -> Iterator[str]:
    """Kubernetes manifests of plans with ever more engines: `bench.objects`, the median of `ROUNDS_OF_LARGE` processes."""
    yield row("engines", "Kubernetes objects", "CPU [ms]", "CPU, times half as many")
    yield row("---:", "---:", "---:", "---:")
    before: float | None = None
    for engines in ENGINES:
        command = (sys.executable, "-m", "bench.objects", str(engines))
        runs = [
            json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout) for _ in range(ROUNDS_OF_LARGE)
        ]
        cpu_s = statistics.median(float(run["cpu_s"]) for run in runs)
        yield row(engines, runs[0]["objects"], milliseconds(cpu_s), "" if before is None else f"{cpu_s / before:.2f}")
        before = cpu_s


def main() -> None:
    began = busy()
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        os.environ["XDG_CACHE_HOME"] = str(work / "cache")
        python = environment(work / "installed")
        preset = written(work / "preset", PRESET)
        small = alternate(
            (
                Command("bare interpreter", (str(python), "-c", "pass"), work),
                compile_of("compile a preset, all targets", python, preset, COLD, afresh=True),
                compile_of("compile it again, nothing changed", python, written(work / "again", PRESET), COLD, afresh=False),
                compile_of(
                    "check it (`--check`), nothing changed", python, written(work / "checked", PRESET), COLD, "--check", afresh=False
                ),
                compile_of("check it with the cache", python, written(work / "cached", PRESET), "--check", afresh=False),
            ),
            ROUNDS,
        )
        folders = {str(size): written(work / str(size), external(size)) for size in SIZES}
        large = alternate([compile_of(name, python, folder, COLD, afresh=True) for name, folder in folders.items()], ROUNDS_OF_LARGE)
        counts = {name: objects(folder / "deploy") for name, folder in folders.items()}
        lines = [
            "Medians of runs that alternate, each run a new process, in an environment made from the wheels.",
            f"{machine(python)}; {ROUNDS} rounds, {ROUNDS_OF_LARGE} of the large configs. {began}",
            "",
            "### A preset",
            "",
            "Goal: at most 250 ms wall on an idle machine, for a check too, and 22 times the bare interpreter. All but the last without",
            "the cache (`--no-cache`).",
            "",
            *small_table(small),
            "",
            "### Many specialists",
            "",
            "Goal: at most 1,500 ms CPU for 1,000 external specialists, and at most 2.3 times the CPU for twice as many.",
            "",
            *large_table(large, counts),
            "",
            "### Many objects",
            "",
            "Goal: at most 1,500 ms CPU for 10,000 Kubernetes objects. No tier has so many devices, so these are plans made of copies of",
            "one engine; the time is that of the Kubernetes target alone.",
            "",
            *objects_table(),
            "",
            "### What a compile imports",
            "",
            "Time spent in each package's own modules, once, with the interpreter's import timer on, which adds to it.",
            "",
            row("package", "own time [ms]"),
            row("---", "---:"),
            *(row(f"`{package}`", f"{spent:.1f}") for package, spent in imports(python, preset)),
            "",
        ]
    write(TITLE, lines)


if __name__ == "__main__":
    main()
