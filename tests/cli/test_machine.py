"""What a machine is taken for."""

from pathlib import Path

import pytest

from aua_compile.cli.machine import GIB, Gpu, Machine, Run, look, run_program, tier_for
from aua_compile.registry.catalog import Catalog

CATALOG = Catalog()


def answering(**answers: str) -> Run:
    """A machine on which these programs, by name, write these texts; others are not installed."""
    return lambda command: answers.get(command[0].replace("-", "_"), "")


def meminfo(root: Path, gib: int) -> Path:
    (root / "proc").mkdir(parents=True, exist_ok=True)
    (root / "proc/meminfo").write_text(f"MemFree: 1 kB\nMemTotal:       {gib * 2**20} kB\n", encoding="utf-8")
    return root


def test_the_drivers_tool_is_asked_for_gpus(tmp_path: Path) -> None:
    told = "NVIDIA GeForce RTX 4090, 24564\nNVIDIA GeForce RTX 4090, 24564\n"
    machine = look(answering(nvidia_smi=told), meminfo(tmp_path, 64), "Linux")
    assert [gpu.name for gpu in machine.gpus] == ["NVIDIA GeForce RTX 4090"] * 2
    assert machine.gpus[0].memory_gib == pytest.approx(23.99, abs=0.01)
    assert machine.memory_gib == 64
    assert str(machine).startswith("2 x NVIDIA GeForce RTX 4090, ")


def test_without_the_tool_the_kernels_list_is_read(tmp_path: Path) -> None:
    for slot in ("0000:01:00.0", "0000:02:00.0"):
        folder = tmp_path / "proc/driver/nvidia/gpus" / slot
        folder.mkdir(parents=True)
        (folder / "information").write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   12\n", encoding="utf-8")
    machine = look(answering(), tmp_path, "Linux")
    assert machine.gpus == (Gpu("NVIDIA H100 80GB HBM3"),) * 2


@pytest.mark.parametrize("told", ["", "\n", "No devices were found\n", "NVIDIA-SMI has failed because it couldn't communicate\n", ",,,\n"])
def test_whatever_the_tool_says_there_is_a_tier(told: str, tmp_path: Path) -> None:
    assert tier_for(look(answering(nvidia_smi=told), tmp_path, "Linux"), CATALOG).tier in CATALOG.names("tiers")


def test_a_mac_is_known_by_its_chip() -> None:
    def run(command: list[str]) -> str:
        return {"machdep.cpu.brand_string": "Apple M3 Pro\n", "hw.memsize": f"{36 * GIB}\n"}[command[-1]]

    machine = look(run, Path("/nowhere"), "Darwin")
    assert tier_for(machine, CATALOG).tier == "macbook"
    assert tier_for(machine, CATALOG).remark == ""


def test_a_mac_with_less_memory_than_the_tier_stands_for_is_told_so() -> None:
    assert "stands for 36 GiB of memory, and here are 16" in tier_for(Machine(chip="Apple M1", memory_gib=16, cores=8), CATALOG).remark


@pytest.mark.parametrize(
    ("name", "count", "tier"),
    [
        ("NVIDIA GeForce RTX 4090", 1, "single-4090"),
        ("NVIDIA GeForce RTX 4090", 3, "single-4090"),
        ("NVIDIA GeForce RTX 4090", 4, "quad-4090"),
        ("NVIDIA GeForce RTX 4080", 1, "gaming-pc"),
        ("NVIDIA A100-SXM4-80GB", 4, "a100-cluster"),
        ("NVIDIA H100 80GB HBM3", 8, "h100-cluster"),
    ],
)
def test_gpus_that_a_tier_stands_for_give_that_tier(name: str, count: int, tier: str) -> None:
    assert tier_for(Machine((Gpu(name, 24),) * count, cores=8), CATALOG).tier == tier


@pytest.mark.parametrize(
    ("name", "memory_gib", "count", "tier"),
    [
        ("NVIDIA H200", 140.0, 1, "single-4090"),
        ("NVIDIA H200", 140.0, 8, "h100-cluster"),
        ("NVIDIA GeForce RTX 3090", None, 1, "single-4090"),
        ("NVIDIA GeForce RTX 3080", 10.0, 1, "cpu"),
        ("Something New", None, 1, "cpu"),
    ],
)
def test_other_gpus_give_the_largest_tier_that_they_surely_hold_and_say_so(
    name: str, memory_gib: float | None, count: int, tier: str
) -> None:
    proposal = tier_for(Machine((Gpu(name, memory_gib),) * count, cores=8), CATALOG)
    assert proposal.tier == tier
    assert name in proposal.remark


def test_a_program_that_is_not_there_says_nothing() -> None:
    assert run_program(["no-such-program-here"]) == ""
    assert run_program(["false"]) == ""
