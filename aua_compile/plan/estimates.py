"""What a placed service is expected to do: rooflines over bandwidth and arithmetic. Estimates, not measurements; see docs/placement.md."""

from math import ceil

from aua_compile.frozen import dataclass
from aua_compile.plan import memory
from aua_compile.plan.model import Estimate, LedgerEntry
from aua_compile.plan.wants import Kind, Placement
from aua_compile.registry.model import ModelFacts

BANDWIDTH_EFFICIENCY = 0.77
"""Share of peak bandwidth that decoding reaches: Llama-3.1-8B in bf16 on an A100-40 gave 75 tokens/s where 1555 / 16.06 is 96.8."""
CPU_EFFICIENCY = 0.7
"""On a CPU, 60 to 80 % of peak are sustained."""
ARITHMETIC_EFFICIENCY = 0.5
"""Share of dense peak that a prefill reaches: 0.4 to 0.6. Unverified."""
LINKED_EFFICIENCY = 0.9
PCIE_EFFICIENCY = 0.6
"""What each further GPU adds when layers are split: on NVLink 0.9, over PCIe 0.5 to 0.7. Unverified."""
FP8_ARITHMETIC = 8.9
"""Compute capability from which fp8 weights are multiplied as fp8; weights of four bits are multiplied in bf16 everywhere."""
BYTES_PER_GB = 10**9
FLOPS_PER_TFLOPS = 10**12
TYPICAL_TOKENS = 4096
"""What a request has behind it while it decodes, and at most what its prompt holds."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What the devices of a service do together: bytes read and operations computed per second. Without a sourced figure, None."""

    bytes_per_s: float
    flops_per_s: float | None


def estimate(placement: Placement, kind: Kind, entries: tuple[LedgerEntry, ...], *, on_cpu: bool) -> Estimate:
    """How many requests run at once, how fast, how soon the first token comes, and what a million tokens cost with all of them.

    A decoding step reads the active weights once and each sequence's cache: step = (weights + batch x cache) / bandwidth; tokens per second
    = batch / step. A pipeline's stages work on parts of the batch at the same time. Cost = (low price per hour x share of the devices) /
    (tokens per second x 3600) x 10**6.
    """
    model, variant = placement.candidate.model, placement.candidate.variant
    tokens = min(placement.context_tokens, TYPICAL_TOKENS)
    cache, rates = _cache_bytes(placement, tokens), _rates(placement, kind, on_cpu=on_cpu)
    active, stages = model.parameters.active / model.parameters.total, placement.pipeline_parallel
    batch = max(1, min(placement.max_num_seqs, placement.kv_tokens // tokens))
    touched = max(active, _touched(model, batch / stages))
    together = batch * rates.bytes_per_s / (variant.bytes * touched + batch / stages * cache)
    return Estimate(
        specialist=placement.service,
        worst_case_concurrency=placement.kv_tokens / placement.context_tokens,
        expected_concurrency=float(batch),
        decode_tokens_per_s=rates.bytes_per_s / (variant.bytes * active + cache),
        batch_tokens_per_s=together,
        first_token_s=_first_token_s(placement, tokens, rates),
        cost_per_million_tokens=_usd_per_million(kind, entries, together),
    )


def _cache_bytes(placement: Placement, tokens: int) -> float:
    preloading = placement.engine.name in memory.PRELOADING
    value_bytes = (memory.VALUE_BYTES if preloading else memory.GGUF_VALUE_BYTES)[placement.kv_cache]
    return memory.kv_bytes_per_sequence(placement.candidate.model, tokens, 1, placement.engine.version if preloading else "", value_bytes)


def _rates(placement: Placement, kind: Kind, *, on_cpu: bool) -> Rates:
    """Of the devices that share each layer; those of other stages wait for them."""
    efficiency = CPU_EFFICIENCY if on_cpu else BANDWIDTH_EFFICIENCY
    ways = placement.tensor_parallel
    gain = 1.0 if ways == 1 else ways * (LINKED_EFFICIENCY if kind.linked else PCIE_EFFICIENCY)
    compute = kind.accelerator.compute
    tflops = compute.bf16_tflops if compute else None
    in_fp8 = compute is not None and compute.capability is not None and compute.capability >= FP8_ARITHMETIC
    if compute is not None and in_fp8 and placement.candidate.variant.quantization == "fp8":
        tflops = compute.fp8_tflops or tflops
    flops = None if tflops is None else tflops * FLOPS_PER_TFLOPS * ARITHMETIC_EFFICIENCY * gain
    return Rates(kind.accelerator.memory.bandwidth_gb_per_s * BYTES_PER_GB * efficiency * gain, flops)


def _touched(model: ModelFacts, batch: float) -> float:
    """Share of the weights that a batch reads: with E experts of which each token visits k, 1 - (1 - k / E) ** batch of them."""
    experts = model.experts
    return 1.0 if experts is None else 1 - (1 - experts.per_token / experts.count) ** batch


def _first_token_s(placement: Placement, tokens: int, rates: Rates) -> float | None:
    """Seconds from an idle engine's reading a prompt of `tokens` to its first token.

    Operations are 2 x active parameters x tokens and, for attention, 2 x layers x heads x head dim x tokens**2 (half of the square is
    masked). A prompt is read in steps of `max_num_batched_tokens`, each of which reads the weights: the slower of the two decides.
    """
    if rates.flops_per_s is None:
        return None
    model, variant = placement.candidate.model, placement.candidate.variant
    shape = model.shape
    attention = 2 * shape.layers * shape.heads * shape.head_dim * tokens**2 if shape else 0
    steps = ceil(tokens / (placement.max_num_batched_tokens or memory.GGUF_BATCH))
    touched = max(model.parameters.active / model.parameters.total, _touched(model, tokens / steps))
    return max((2 * model.parameters.active * tokens + attention) / rates.flops_per_s, steps * variant.bytes * touched / rates.bytes_per_s)


def _usd_per_million(kind: Kind, entries: tuple[LedgerEntry, ...], tokens_per_s: float) -> float | None:
    price = kind.accelerator.price
    if price is None:
        return None
    share = sum(min(1.0, entry.total_gib / kind.total_gib) for entry in entries)
    return price.low_usd * share / (tokens_per_s * 3600) * 10**6
