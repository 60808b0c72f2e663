"""The start-up logs that the memory model is scored against, one row per run of vLLM."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import yaml

LOGS = Path(__file__).with_name("vllm_logs.yaml")
UNSAID = "say here"
"""In the source of a row as `aua doctor --as-datapoint` prints it, until somebody says where it was measured."""


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
    eager: bool = False
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
    beyond: str = ""  # why it is known to lie outside its band


class WrongRowError(Exception):
    """A row that cannot be scored; the message names it."""


def runs(file: Path = LOGS) -> tuple[Run, ...]:
    """All rows of a file, in its order. WrongRowError where one lacks something, has a key too many, or no source."""
    logs = yaml.safe_load(file.read_text())
    if not isinstance(logs, dict) or not isinstance(logs.get("rows"), list):
        raise WrongRowError(f"{file.name}: it has no list `rows`")
    shared = {key: logs[key] for key in ("max_num_seqs", "max_num_batched_tokens") if key in logs}
    found = tuple(_run({**shared, **row}, logs.get("sources") or {}) for row in logs["rows"])
    twice = [name for name, count in Counter(run.id for run in found).items() if count > 1]
    if twice:
        raise WrongRowError(f"{twice[0]}: it is there twice")
    return found


def _run(row: Mapping[str, Any], sources: Mapping[str, str]) -> Run:
    name = row.get("id", "a row without id")
    declared = {field.name: field for field in fields(Run)}
    unknown = sorted(row.keys() - declared.keys())
    if unknown:
        raise WrongRowError(f"{name}: there is no key `{unknown[0]}`")
    missing = [key for key, field in declared.items() if field.default is MISSING and key not in row]
    if missing:
        raise WrongRowError(f"{name}: it lacks `{missing[0]}`")
    source = str(row["source"])
    if UNSAID in source or (source not in sources and " " not in source):
        raise WrongRowError(f"{name}: its source is neither one of `sources` nor says who measured it, when and where")
    return Run(**row)
