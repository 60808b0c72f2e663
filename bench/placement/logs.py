"""The start-up logs that the memory model is scored against, one row per run of vLLM."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

LOGS = Path(__file__).with_name("vllm_logs.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was started on each of its devices, and what vLLM printed: sizes in GiB per device."""

    id: str
    model: str | None  # reference into the registry
    repository: str
    vllm: str
    card: str
    total_gib: float
    utilization: float
    tensor_parallel: int
    pipeline_parallel: int = 1
    quantization: str | None = None
    dtype: str = "bf16"
    cache_dtype: str = "auto"
    max_model_len: int
    max_num_seqs: int
    max_num_batched_tokens: int
    weights_gib: float
    activation_gib: float | None = None
    non_torch_gib: float | None = None
    kv_gib: float
    kv_tokens: int | None = None
    fits: bool
    split: Literal["fitted", "seen"]
    source: str


def runs() -> tuple[Run, ...]:
    """All rows, in the order of the file."""
    logs = yaml.safe_load(LOGS.read_text())
    shared = {"max_num_seqs": logs["max_num_seqs"], "max_num_batched_tokens": logs["max_num_batched_tokens"]}
    return tuple(Run(**{**shared, **row}) for row in logs["rows"])
