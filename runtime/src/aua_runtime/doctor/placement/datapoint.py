"""What vLLM engines told as rows of `bench/placement/vllm_logs.yaml`, against which the memory model is scored."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from aua_runtime.doctor.placement import Report
from aua_runtime.doctor.placement.comparison import TERMS, Instance

NEEDED = ("weights", "kv_pool")
"""A row without these cannot be scored."""

SOURCE = "measured: say here who measured it, when, and on which machine"


def rows(plan: Mapping[str, Any], report: Report) -> Iterator[str]:
    """A row of YAML for each engine that told enough; a row of a known engine has all that its scoring needs but the source."""
    ledgers = {ledger["device"]: ledger for ledger in plan["ledgers"]}
    for instance, planned in zip(report.instances, plan["instances"], strict=True):
        gib = {term: told.measured for term, called in TERMS.items() for told in instance.terms if told.name == called}
        if instance.engine == "vllm" and all(term in gib for term in NEEDED):
            yield f"  - {_flow(_row(planned, instance, ledgers[instance.devices[0]], gib, report))}\n"


def _row(
    planned: Mapping[str, Any], instance: Instance, ledger: Mapping[str, Any], gib: Mapping[str, float], report: Report
) -> dict[str, Any]:
    words = dict(zip(planned["command"], planned["command"][1:], strict=False))
    model = planned["models"][0]
    tokens = next((int(term.measured) for term in instance.terms if term.unit == "tokens"), None)
    version = instance.version or instance.planned_version
    row = {
        "id": f"{report.deployment}-{instance.name}-{version}",
        "model": model["model"],
        "repository": model["repository"],
        "vllm": version,
        "card": ledger["accelerator"],
        "total_gib": instance.total_gib or ledger["total_gib"],
        "utilization": planned["gpu_memory_utilization"],
        "tensor_parallel": planned["tensor_parallel"],
        "eager": "--enforce-eager" in planned["command"],
        "max_model_len": int(words.get("--max-model-len", planned["context_tokens"])),
        "max_num_seqs": int(words.get("--max-num-seqs", planned["max_num_seqs"])),
        "max_num_batched_tokens": int(words.get("--max-num-batched-tokens", 2048)),
        "weights_gib": gib["weights"],
        "activation_gib": gib.get("activation"),
        "non_torch_gib": gib.get("non_torch"),
        "kv_gib": gib["kv_pool"],
        "kv_tokens": tokens,
        "fits": True,
        "split": "seen",
        "source": SOURCE,
    }
    return {
        key: round(value, 2) if isinstance(value, float) and key != "utilization" else value
        for key, value in row.items()
        if value is not None
    }


def _flow(row: Mapping[str, Any]) -> str:
    """A row in YAML's flow form. Every value is JSON, which is YAML."""
    return "{" + ", ".join(f"{key}: {orjson.dumps(value).decode()}" for key, value in row.items()) + "}"
