"""What a placed service is expected to do: a roofline over memory bandwidth. Estimates, not measurements; see docs/placement.md."""

from aua_compile.plan import memory
from aua_compile.plan.model import Estimate, LedgerEntry
from aua_compile.plan.wants import Kind, Placement

BANDWIDTH_EFFICIENCY = 0.77
"""Share of peak bandwidth that decoding reaches: Llama-3.1-8B in bf16 on an A100-40 gave 75 tokens/s where 1555 / 16.06 is 96.8."""
CPU_EFFICIENCY = 0.7
"""On a CPU, 60 to 80 % of peak are sustained."""
LINKED_EFFICIENCY = 0.9
PCIE_EFFICIENCY = 0.6
"""What each further GPU adds when a model is split: on NVLink 0.9, over PCIe 0.5 to 0.7. Unverified."""
BYTES_PER_GB = 10**9
TYPICAL_TOKENS = 4096
"""What a request has behind it while it decodes."""


def estimate(placement: Placement, kind: Kind, entries: tuple[LedgerEntry, ...], *, on_cpu: bool) -> Estimate:
    """One stream's speed, the requests of full context that fit at once, and what a million tokens cost with a full batch.

    A decoding step reads the active weights once and each sequence's cache: step = (weights + batch x cache) / bandwidth; tokens per second
    = batch / step. Cost = (low price per hour x share of the device) / (tokens per second x 3600) x 10**6.
    """
    model, variant, version = placement.candidate.model, placement.candidate.variant, placement.engine.version
    context = placement.context_tokens
    cache = memory.kv_bytes_per_sequence(model, min(context, TYPICAL_TOKENS), 1, version if placement.engine.name == "vllm" else "")
    at_once = placement.kv_tokens / context
    bandwidth = _bandwidth_bytes_per_s(placement, kind, on_cpu=on_cpu)
    active = model.parameters.active / model.parameters.total
    batch = max(1, min(placement.max_num_seqs, placement.kv_tokens // min(context, TYPICAL_TOKENS)))
    touched = _touched(placement, batch)
    alone = bandwidth / (variant.bytes * active + cache)
    together = batch * bandwidth / (variant.bytes * max(active, touched) + batch * cache)
    return Estimate(placement.service, at_once, alone, _usd_per_million(kind, entries, together))


def _bandwidth_bytes_per_s(placement: Placement, kind: Kind, *, on_cpu: bool) -> float:
    efficiency = CPU_EFFICIENCY if on_cpu else BANDWIDTH_EFFICIENCY
    one = kind.accelerator.memory.bandwidth_gb_per_s * BYTES_PER_GB * efficiency
    split = placement.tensor_parallel
    if split == 1:
        return one
    return one * split * (LINKED_EFFICIENCY if kind.linked else PCIE_EFFICIENCY)


def _touched(placement: Placement, batch: int) -> float:
    """Share of the weights that a batch reads: with E experts of which each token visits k, 1 - (1 - k / E) ** batch of them."""
    experts = placement.candidate.model.experts
    return 1.0 if experts is None else 1 - (1 - experts.per_token / experts.count) ** batch


def _usd_per_million(kind: Kind, entries: tuple[LedgerEntry, ...], tokens_per_s: float) -> float | None:
    price = kind.accelerator.price
    if price is None:
        return None
    share = sum(min(1.0, entry.total_gib / kind.total_gib) for entry in entries)
    return price.low_usd * share / (tokens_per_s * 3600) * 10**6
