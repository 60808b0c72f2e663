"""The settings of each placed engine (what is left shared out, then batch and context), and the ledger of every device."""

from dataclasses import replace
from math import floor

from aua_compile.frozen import dataclass
from aua_compile.plan import memory
from aua_compile.plan.model import Ledger, LedgerEntry, Rung
from aua_compile.plan.options import LEAST_BATCHED_TOKENS, Option, Part, Shared, pool_gib, preloading_parts
from aua_compile.plan.wants import Kind, Machine, Placement, Want
from aua_compile.registry.model import GIB

ROUNDING_GIB = 0.1
"""Left out of every device's capacity: shares are rounded up to a ten-thousandth."""

HEADROOM_SHARE = 0.03
"""Of each device, left free when what is left over is shared out."""

SEQUENCES = (256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)
"""Batch sizes that are tried when memory is left over, largest first; 256 is vLLM's own on devices below 70 GiB."""

MOST_ACTIVATIONS_GIB = 4.0
"""Above what 256 sequences add to the activations of any registered model (3.84 x 256 x 262,208 x 4 B is 1.0) and to its CUDA graphs."""

TYPICAL_SHARE = 0.25
"""A request holds a quarter of the wanted context on average, so that many more sequences than fit at full length can run."""

LARGE_DEVICE_GIB = 70.0
LARGE_BATCHED_TOKENS = 8192
"""vLLM's own `max_num_batched_tokens` from 70 GiB on, except on A100 (engine/arg_utils.py)."""

MOST_GGUF_CONTEXT = 32768
"""Up to here an Ollama or llama.cpp context is doubled while there is room: its cache is allocated at once."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A service with the option taken and its devices, in the order of the pipeline's stages."""

    want: Want
    option: Option
    devices: tuple[int, ...]

    @property
    def value_bytes(self) -> float:
        """Bytes that its cache keeps per value."""
        table = memory.VALUE_BYTES if self.option.engine.name in memory.PRELOADING else memory.GGUF_VALUE_BYTES
        return table[self.option.kv_cache]

    def sequence_gib(self, context_tokens: int) -> float:
        """The cache of one sequence in vLLM, of all layers on a device."""
        option = self.option
        return (
            memory.kv_bytes_per_sequence(
                option.candidate.model, context_tokens, option.tensor_parallel, option.engine.version, self.value_bytes
            )
            / GIB
        )


def capacity(kind: Kind) -> float:
    """What may be filled of each device of a kind, in GiB."""
    return kind.total_gib - kind.reserved_gib - ROUNDING_GIB


def capacities(machine: Machine) -> list[float]:
    """What may be filled of each device, in GiB."""
    return [capacity(kind) for kind in machine.kinds for _ in kind.devices]


def shared_out(chosen: list[Chosen], machine: Machine) -> list[float]:
    """GiB of each device that each service's engine is given: its need, and its part of what is left.

    Parts are in proportion to what one more request costs, so that room for requests grows alike. Services with a size given by the user
    and those whose cache is fixed take no part.
    """
    growing = [
        index
        for index, service in enumerate(chosen)
        if service.option.engine.name in memory.PRELOADING and service.option.asked_gib is None
    ]
    weight = {index: max(chosen[index].option.kv_gib, 1e-3) for index in growing}
    given = [service.option.inside_gib for service in chosen]
    extra = dict.fromkeys(growing, float("inf"))
    present = by_device(chosen)
    for kind in machine.kinds:
        usable = (kind.total_gib - kind.reserved_gib) * (1 - HEADROOM_SHARE)
        for device in kind.devices:
            here = present.get(device, [])
            left = max(0.0, usable - sum(chosen[index].option.need_gib for index in here))
            together = sum(weight[index] for index in here if index in weight)
            for index in here:
                if index in weight:
                    extra[index] = min(extra[index], left * weight[index] / together)
    for index in growing:
        given[index] += min(extra[index], _useful_gib(chosen[index]))
    return given


def by_device(chosen: list[Chosen]) -> dict[int, list[int]]:
    """Which services lie on each device, in their order."""
    found: dict[int, list[int]] = {}
    for index, service in enumerate(chosen):
        for device in service.devices:
            found.setdefault(device, []).append(index)
    return found


def _useful_gib(service: Chosen) -> float:
    """Beyond this a larger pool serves nobody: the most sequences, each of the full wanted context, and their activations."""
    option, want = service.option, service.want
    most = SEQUENCES[0] * option.kv_share_gib / want.concurrency
    return most - option.kv_share_gib + MOST_ACTIVATIONS_GIB


def sized_preloading(
    service: Chosen, limit_gib: float, instance: str, rejected: tuple[Rung, ...], *, shares_device: bool
) -> tuple[Placement, tuple[LedgerEntry, ...]]:
    """Settings of vLLM or SGLang within `limit_gib` of each device: the largest batch, then the longest context, that the pool can hold.

    Beside other engines vLLM is told the size of its cache, so that what they take while it starts changes nothing; alone it fills its
    share. SGLang is always told, because its share is one of what is free when it starts.
    """
    want, option = service.want, service.option
    total = option.kind.total_gib
    utilization = want.share if want.share is not None else -(-limit_gib / total * 10000 // 1) / 10000
    model, version = option.candidate.model, option.engine.version
    batched, parts = _largest_batch(service, utilization * total)
    pool = pool_gib(parts, utilization * total - option.margin_gib)
    context = want.context_tokens
    while 2 * context <= model.context_tokens and want.concurrency * service.sequence_gib(2 * context) <= pool:
        context *= 2
    if option.engine.name == "sglang":
        utilization = memory.static_share(parts[0][1], total)
    told = option.engine.name == "sglang" or (shares_device and "--kv-cache-memory-bytes" in option.engine.flags)
    placement = Placement(
        service=want.service,
        instance=instance,
        candidate=option.candidate,
        engine=option.engine,
        devices=service.devices,
        tensor_parallel=option.tensor_parallel,
        pipeline_parallel=len(option.parts),
        gpu_memory_utilization=utilization,
        kv_cache=option.kv_cache,
        kv_cache_bytes=floor(pool * max(stage.share for stage, _ in option.parts) * GIB) if told else None,
        context_tokens=context,
        max_num_seqs=batched[0],
        max_num_batched_tokens=batched[1],
        eager=option.eager,
        kv_tokens=memory.kv_tokens(pool, model, want.context_tokens, option.tensor_parallel, version, service.value_bytes),
        rejected=rejected,
    )
    return placement, _entries(replace(option, parts=parts), pool, instance, want.service)


def _largest_batch(service: Chosen, budget_gib: float) -> tuple[tuple[int, int], tuple[Part, ...]]:
    """(max_num_seqs, max_num_batched_tokens) and the terms with them: the largest whose pool still serves what is wanted."""
    want, option = service.want, service.option
    large = option.kind.total_gib >= LARGE_DEVICE_GIB and not option.kind.accelerator.name.startswith("a100")
    per_sequence = service.sequence_gib(want.context_tokens)
    counts = [want.max_num_seqs] if want.max_num_seqs is not None else [count for count in SEQUENCES if count > want.concurrency]
    for count in counts:
        needed = per_sequence * max(want.concurrency, count * TYPICAL_SHARE)
        for batched in (LARGE_BATCHED_TOKENS, LEAST_BATCHED_TOKENS) if large else (LEAST_BATCHED_TOKENS,):
            parts = _parts(service, count, batched)
            if pool_gib(parts, budget_gib - option.margin_gib) >= needed:
                return (count, batched), parts
    return (want.max_num_seqs or want.concurrency, LEAST_BATCHED_TOKENS), option.parts


def _parts(service: Chosen, count: int, batched: int) -> tuple[Part, ...]:
    """What each stage of a service's devices holds with other batch sizes."""
    option = service.option
    return preloading_parts(
        option.candidate,
        option.engine,
        option.kind,
        option.devices,
        len(option.parts),
        max_num_seqs=count,
        max_num_batched_tokens=batched,
        eager=option.eager,
    )


def gguf_contexts(chosen: list[Chosen], shared: Shared) -> list[int]:
    """The context of each llama.cpp or Ollama service: doubled together while devices keep their headroom. Others: what they want.

    Beside vLLM, which takes what is left, and where the user gave a size, nothing is doubled.
    """
    contexts = [
        min(shared.context_tokens, service.option.candidate.model.context_tokens)
        if service.option.engine.name == "ollama"
        else service.want.context_tokens
        for service in chosen
    ]
    cached = [index for index, service in enumerate(chosen) if service.option.engine.name not in memory.PRELOADING]
    growing = {device for service in chosen if service.option.engine.name in memory.PRELOADING for device in service.devices}
    if any(growing.intersection(chosen[index].devices) or chosen[index].option.asked_gib is not None for index in cached):
        return contexts
    present = by_device(chosen)
    while cached:
        longer = list(contexts)
        for index in cached:
            longer[index] = min(
                2 * contexts[index], chosen[index].option.candidate.model.context_tokens, max(MOST_GGUF_CONTEXT, contexts[index])
            )
        if longer == contexts:
            break
        needs = [
            service.option.need_gib - service.option.kv_gib + _gguf_kv(service, longer[index], shared)
            if index in cached
            else service.option.need_gib
            for index, service in enumerate(chosen)
        ]
        if any(
            sum(needs[index] for index in here) > capacity(chosen[here[0]].option.kind) * (1 - HEADROOM_SHARE) for here in present.values()
        ):
            break
        contexts = longer
    return contexts


def _gguf_kv(service: Chosen, context: int, shared: Shared) -> float:
    parallel = shared.parallel if service.option.engine.name == "ollama" else service.want.concurrency
    return memory.gguf_kv_gib(service.option.candidate.model, context, parallel, service.option.devices, service.value_bytes)


def sized_gguf(
    service: Chosen, context: int, instance: str, rejected: tuple[Rung, ...], shared: Shared
) -> tuple[Placement, tuple[LedgerEntry, ...]]:
    """Settings of llama.cpp or Ollama, which allocate their whole cache at once."""
    want, option = service.want, service.option
    parallel = shared.parallel if option.engine.name == "ollama" else want.concurrency
    placement = Placement(
        service=want.service,
        instance=instance,
        candidate=option.candidate,
        engine=option.engine,
        devices=service.devices,
        tensor_parallel=1,
        pipeline_parallel=1,
        gpu_memory_utilization=None,
        kv_cache=option.kv_cache,
        kv_cache_bytes=None,
        context_tokens=context,
        max_num_seqs=parallel,
        max_num_batched_tokens=None,
        eager=False,
        kv_tokens=context * parallel,
        rejected=rejected,
    )
    return placement, _entries(option, _gguf_kv(service, context, shared), instance, want.service)


def _entries(option: Option, kv_pool_gib: float, instance: str, service: str) -> tuple[LedgerEntry, ...]:
    """What a service takes of each of its devices, in their order: those of the first stage of a pipeline come first."""
    return tuple(
        LedgerEntry(
            instance=instance,
            weights_gib=terms.weights_gib,
            activation_gib=terms.activation_gib,
            non_torch_gib=terms.non_torch_gib,
            cuda_graphs_gib=terms.cuda_graphs_gib,
            kv_pool_gib=kv_pool_gib * stage.share,
            context_gib=terms.context_gib,
            margin_gib=option.margin_gib,
            service=service,
        )
        for stage, terms in option.parts
        for _ in range(option.tensor_parallel)
    )


def ledgers_of(chosen: list[Chosen], entries: list[tuple[LedgerEntry, ...]], machine: Machine) -> tuple[Ledger, ...]:
    """The memory of each device: what lies on it, and what stays free of what the engines see."""
    present = by_device(chosen)
    return tuple(
        _ledger(device, kind, [(chosen[index], entries[index]) for index in present.get(device, ())])
        for kind in machine.kinds
        for device in kind.devices
    )


def _ledger(device: int, kind: Kind, here: list[tuple[Chosen, tuple[LedgerEntry, ...]]]) -> Ledger:
    entries = tuple(parts[service.devices.index(device)] for service, parts in here)
    return Ledger(
        device=device,
        accelerator=kind.accelerator.name,
        total_gib=kind.total_gib,
        entries=entries,
        free_gib=kind.total_gib - sum(entry.total_gib for entry in entries),
        confidence=max((_trust(service) for service, _ in here), key=("measured", "modelled", "extrapolated").index, default="modelled"),
    )


def _trust(service: Chosen) -> memory.Confidence:
    engine = service.option.engine
    return (
        memory.confidence(service.option.kind.accelerator, engine.version)
        if engine.name == "vllm"
        else "extrapolated"
        if engine.name == "sglang"
        else "modelled"
    )
