"""The machine that a command runs on: its GPUs, memory and cores, and the tier that stands for it."""

import os
import platform
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import AcceleratorFacts, TierFacts

Run = Callable[[list[str]], str]
"""Runs a program and gives what it writes; empty where there is none, or it fails."""

KIB, MIB, GIB = 2**10, 2**20, 2**30
WAIT_S = 10


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU by the name its driver gives; its memory where that is known."""

    name: str
    memory_gib: float | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of a machine. `chip` is set where memory is shared with a GPU of Apple's."""

    gpus: tuple[Gpu, ...] = ()
    chip: str = ""
    memory_gib: float = 0.0
    cores: int = 0

    def __str__(self) -> str:
        names = dict.fromkeys(gpu.name for gpu in self.gpus)
        gpus = [f"{sum(gpu.name == name for gpu in self.gpus)} x {name}" for name in names]
        memory = [f"{self.memory_gib:.0f} GiB of memory"] if self.memory_gib else []
        return ", ".join([*gpus, *([self.chip] if self.chip else []), f"{self.cores} cores", *memory])


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tier for a machine, and what to know about it: empty where the tier is just that machine."""

    tier: str
    remark: str = ""


def run_program(command: list[str]) -> str:
    """What a program writes, or nothing."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return ran.stdout if ran.returncode == 0 else ""


def look(run: Run = run_program, root: Path = Path("/"), system: str = platform.system()) -> Machine:
    """The machine this runs on; `root` is where `proc` lies."""
    cores = os.cpu_count() or 1
    if system == "Darwin":
        chip = run(["sysctl", "-n", "machdep.cpu.brand_string"]).strip()
        size = run(["sysctl", "-n", "hw.memsize"]).strip()
        return Machine((), chip if chip.startswith("Apple") else "", int(size) / GIB if size.isdigit() else 0.0, cores)
    return Machine(tuple(_asked(run)) or tuple(_listed(root)), "", _memory_gib(root), cores)


def _asked(run: Run) -> Iterator[Gpu]:
    """GPUs as the driver's own tool tells them."""
    for line in run(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]).splitlines():
        name, _, size = line.rpartition(",")
        if name.strip():
            yield Gpu(name.strip(), float(size) * MIB / GIB if size.strip().isdigit() else None)


def _listed(root: Path) -> Iterator[Gpu]:
    """GPUs as the kernel's driver lists them, where its tool is not installed."""
    for path in sorted((root / "proc/driver/nvidia/gpus").glob("*/information")):
        for line in _text(path).splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "Model" and value.strip():
                yield Gpu(value.strip())


def _memory_gib(root: Path) -> float:
    for line in _text(root / "proc/meminfo").splitlines():
        key, _, value = line.partition(":")
        if key == "MemTotal" and value.split()[:1] and value.split()[0].isdigit():
            return int(value.split()[0]) * KIB / GIB
    return 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def tier_for(machine: Machine, catalog: Catalog) -> Proposal:
    """The tier that stands for a machine, or the largest that it surely holds."""
    tiers = dict(_tiers(catalog))
    if machine.chip:
        return _remarked("macbook", tiers["macbook"], machine)
    gpus = [gpu for gpu in machine.gpus if gpu.name == machine.gpus[0].name]
    if not gpus:
        return _remarked("cpu", tiers["cpu"], machine)
    facts = {name: catalog.accelerator(tier.accelerator) for name, tier in tiers.items() if tier.accelerators}
    held = {name: tiers[name] for name, accelerator in facts.items() if accelerator.kind == "gpu" and tiers[name].accelerators <= len(gpus)}
    same = [name for name in held if facts[name].node_label == gpus[0].name.replace(" ", "-")]
    if same:
        best = max(same, key=lambda name: held[name].accelerators)
        more = len(gpus) - held[best].accelerators
        return Proposal(best, f"It stands for {held[best].accelerators} of the {len(gpus)} GPUs here." if more else "")
    memory_gib = gpus[0].memory_gib or _known_memory(gpus[0], catalog)
    smaller = [name for name in held if memory_gib is not None and _visible(facts[name]) <= memory_gib]
    if not smaller:
        small = _remarked("cpu", tiers["cpu"], machine)
        return Proposal(small.tier, f"No tier stands for {gpus[0].name}, nor is one surely smaller; `cpu` leaves it idle.")
    best = max(smaller, key=lambda name: (held[name].accelerators * _visible(facts[name]), name))
    return Proposal(best, f"No tier stands for {gpus[0].name}; `{best}` is the largest that it surely holds.")


def _tiers(catalog: Catalog) -> Iterator[tuple[str, TierFacts]]:
    for name in catalog.names("tiers"):
        document = catalog.document("tiers", name)
        if document is not None and (facts := catalog.tier(document).value) is not None:
            yield name, facts


def _remarked(name: str, tier: TierFacts, machine: Machine) -> Proposal:
    """A tier without GPUs of its own, with a word where it stands for more than there is."""
    short = machine.memory_gib and round(machine.memory_gib) < tier.host_ram_gib * 0.9
    remark = f"It stands for {tier.host_ram_gib:g} GiB of memory, and here are {machine.memory_gib:.0f}." if short else ""
    return Proposal(name, remark)


def _visible(accelerator: AcceleratorFacts) -> float:
    return accelerator.memory.visible_gib or accelerator.memory.nominal_gib


def _known_memory(gpu: Gpu, catalog: Catalog) -> float | None:
    """The memory of a GPU that the registry knows, where the driver did not say."""
    label = gpu.name.replace(" ", "-")
    known = (catalog.accelerator(name) for name in catalog.names("accelerators"))
    return next((_visible(accelerator) for accelerator in known if accelerator.node_label == label), None)
