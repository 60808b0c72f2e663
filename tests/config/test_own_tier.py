"""Machines that a project describes itself, in `tiers/<name>.yaml` beside its config."""

from pathlib import Path

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.checked import Checked
from aua_compile.compiler import configured, decided
from aua_compile.plan.build import Planned
from aua_compile.registry.catalog import Catalog

CONFIG = 'config_version: "1.0"\nproject: {name: shop}\ntier: lab\npreset: coding\n'
LAB = """\
description: The machine in the lab.
accelerator: rtx-4090
accelerators: 2
node_selector: {example.org/gpu: small}
also:
  - {accelerator: a100-80-pcie, accelerators: 2, reserved_gib: 1, node_selector: {example.org/gpu: large}}
host_ram_gib: 256
cpu_cores: 48
engines: [vllm, ollama, llamacpp]
engines_run: container
targets: [router, compose, kubernetes, docs]
"""


def planned(folder: Path, tier: str) -> Checked[Planned]:
    (folder / "tiers").mkdir()
    (folder / "tiers" / "lab.yaml").write_text(tier)
    (folder / "aua.yaml").write_text(CONFIG)
    return read(Choices(str(folder / "aua.yaml")), {}).then(lambda bundle: configured(bundle, Catalog())).then(decided)


def test_a_plan_is_made_for_a_machine_of_several_kinds_of_gpu(tmp_path: Path) -> None:
    made = planned(tmp_path, LAB).value
    assert made is not None
    plan = made.plan
    assert [ledger.accelerator for ledger in plan.ledgers] == ["rtx-4090"] * 2 + ["a100-80-pcie"] * 2
    for instance in plan.instances:
        assert len({plan.ledgers[device].accelerator for device in instance.devices}) == 1
    assert plan.hardware.kind_of((3,)).node_selector == {"example.org/gpu": "large"}
    assert plan.ledgers[3].free_gib >= 1


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("a100-80-pcie", "a100-80-pcy", "AUA0220", "no accelerator named `a100-80-pcy`"),
        ("accelerators: 2\nnode", "accelerators: 0\nnode", "AUA0720", "has 0 of `rtx-4090`"),
        ("a100-80-pcie, accelerators: 2", "apple-m3-pro, accelerators: 1", "AUA0720", "only GPUs stand beside others"),
        ("accelerator: rtx-4090", "accelerator: cpu-ddr5-5600-2ch", "AUA0720", "no accelerator"),
        ("also:", "alos:", "AUA0201", "no key `alos`"),
        (", node_selector: {example.org/gpu: large}", "", "AUA0721", "no label of the Kubernetes nodes with `a100-80-pcie`"),
    ],
)
def test_a_machine_that_cannot_be_is_refused_at_its_line(tmp_path: Path, old: str, new: str, code: str, words: str) -> None:
    found = planned(tmp_path, LAB.replace(old, new))
    assert found.value is None
    (first, *_) = [finding for finding in found.diagnostics if finding.severity == "error"]
    assert first.code == code
    assert words in first.message
    assert first.span is not None
    assert first.span.file.endswith("tiers/lab.yaml")


def test_nodes_that_the_machine_does_not_name_are_found_by_what_feature_discovery_writes(tmp_path: Path) -> None:
    text = LAB.replace("node_selector: {example.org/gpu: small}\n", "").replace("a100-80-pcie", "a100-80-sxm")
    made = planned(tmp_path, text.replace(", node_selector: {example.org/gpu: large}", "")).value
    assert made is not None
    labels = [dict(made.plan.hardware.kind_of((device,)).node_selector) for device in (0, 3)]
    assert labels == [{"nvidia.com/gpu.product": "NVIDIA-GeForce-RTX-4090"}, {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"}]


def test_where_kubernetes_is_no_target_no_node_needs_a_label(tmp_path: Path) -> None:
    text = LAB.replace(", node_selector: {example.org/gpu: large}", "").replace("compose, kubernetes, docs", "compose, docs")
    assert planned(tmp_path, text).value is not None
