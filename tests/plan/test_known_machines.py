"""The memory model on settings that people ran: what was measured there, and what could never have started."""

from pathlib import Path

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.checked import Checked
from aua_compile.compiler import planned
from aua_compile.plan.model import Plan
from aua_compile.registry.catalog import Catalog

CATALOG = Catalog()

MEASURED_MIB = 22206
"""In use of 24,564 on one RTX 4090 with three engines of the settings below, by nvidia-smi."""

SINGLE_4090 = """\
config_version: "1.0"
project: {name: known}
tier: single-4090
fields: [software_engineering, general]
specialists:
  - {name: swe, field: software_engineering, model: qwen-coder-7b-awq, gpus: [0], memory: 0.34, context: 2048, concurrency: 1}
  - {name: general, field: general, model: qwen-7b-awq, gpus: [0], memory: 0.34, context: 2048, concurrency: 1}
arbiter: {model: qwen-3b-awq, gpus: [0], memory: 0.18, context: 2048, concurrency: 1}
"""

LLAMA3_70B = (
    "{layers: 80, hidden: 8192, intermediate: 28672, heads: 64, kv_heads: 8, head_dim: 128, vocabulary: 128256, parameters: 70553706496}"
)
H100 = """\
config_version: "1.0"
project: {{name: known}}
tier: h100-cluster
fields: [software_engineering, general]
models:
  llama3-70b: {{id: acme/Llama-3-70B-Instruct, context: 8192, shape: {shape}}}
specialists:
  - {{name: swe, field: software_engineering, model: {first}, gpus: [0, 1, 2, 3], memory: 0.90, context: {context}, concurrency: 8}}
  - {{name: general, field: general, model: qwen-72b, gpus: [4, 5, 6, 7], memory: 0.90, context: 32768, concurrency: 8}}
arbiter: {{model: qwen-7b, gpus: [{arbiter_gpu}], memory: {arbiter_memory}, context: 8192, concurrency: 8}}
"""


def compiled(folder: Path, text: str) -> Checked[Plan]:
    (folder / "aua.yaml").write_text(text)
    return read(Choices(str(folder / "aua.yaml")), {}).then(lambda bundle: planned(bundle, CATALOG))


def errors(checked: Checked[Plan]) -> str:
    return "\n".join(f"{finding.code} {finding.message}" for finding in checked.diagnostics if finding.severity == "error")


def test_three_engines_on_one_4090_take_what_was_measured_within_three_percent(tmp_path: Path) -> None:
    plan = compiled(tmp_path, SINGLE_4090).value
    assert plan is not None
    (ledger,) = plan.ledgers
    taken_mib = sum(entry.total_gib for entry in ledger.entries) * 1024
    assert taken_mib == pytest.approx(MEASURED_MIB, rel=0.03)
    assert [instance.gpu_memory_utilization for instance in plan.instances] == [0.34, 0.34, 0.18]


def test_a_judge_of_fourteen_gibibytes_in_eight_percent_of_an_h100_is_refused(tmp_path: Path) -> None:
    text = H100.format(shape=LLAMA3_70B, first="llama3-3-70b", context=32768, arbiter_gpu=4, arbiter_memory=0.08)
    told = errors(compiled(tmp_path, text.replace("memory: 0.90", "memory: 0.88")))
    assert "No rung of `arbiter` can run here" in told
    assert "`memory` gives it 6.3" in told


def test_more_than_a_device_is_refused_with_the_sum(tmp_path: Path) -> None:
    text = H100.format(shape=LLAMA3_70B, first="llama3-3-70b", context=32768, arbiter_gpu=0, arbiter_memory=0.25)
    assert "91.1 GiB of GPU 0 are asked for, but it has 79.2 GiB (h100-sxm): 71.3 `swe` + 19.8 `arbiter`" in errors(
        compiled(tmp_path, text)
    )


def test_a_context_that_the_model_does_not_have_is_refused(tmp_path: Path) -> None:
    text = H100.format(shape=LLAMA3_70B, first="llama3-70b", context=32768, arbiter_gpu=0, arbiter_memory=0.08)
    told = errors(compiled(tmp_path, text))
    assert "8192" in told
    assert "32768" in told


def test_the_same_models_fit_where_the_planner_shares_out_the_devices(tmp_path: Path) -> None:
    text = H100.format(shape=LLAMA3_70B, first="llama3-3-70b", context=32768, arbiter_gpu=0, arbiter_memory=0.08)
    free = text.replace("gpus: [0, 1, 2, 3], memory: 0.90, ", "").replace("gpus: [4, 5, 6, 7], memory: 0.90, ", "")
    plan = compiled(tmp_path, free.replace("gpus: [0], memory: 0.08, ", "")).value
    assert plan is not None
    assert all(ledger.free_gib > 0 for ledger in plan.ledgers)


@pytest.mark.parametrize("preset", ["coding", "generalist", "legal-safe", "math", "medical-safe", "research"])
def test_the_shipped_presets_fit_the_h100_cluster(preset: str) -> None:
    checked = read(Choices(preset, tier="h100-cluster"), {}).then(lambda bundle: planned(bundle, CATALOG))
    assert checked.value is not None
