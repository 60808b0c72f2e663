"""The settings of each placed engine (what is left shared out, then batch and context), and the ledger of every device."""

from dataclasses import replace

from aua_compile.frozen import dataclass
from aua_compile.plan import memory
from aua_compile.plan.model import Ledger, LedgerEntry, Rung
from aua_compile.plan.options import LEAST_BATCHED_TOKENS, Option, Shared
from aua_compile.plan.wants import Machine, Placement, Want
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
    """A service with the option taken and its devices."""

    want: Want
    option: Option
    devices: tuple[int, ...]


def capacities(machine: Machine) -> list[float]:
    """What may be filled of each device, in GiB."""
    usable = memory.device_gib(machine.accelerator, machine.tier) - machine.tier.reserved_gib - ROUNDING_GIB
    return [usable] * max(1, machine.tier.accelerators)


def shared_out(chosen: list[Chosen], machine: Machine) -> list[float]:
    """GiB of each device that each service's engine is given: its need, and its part of what is left.

    Parts are in proportion to what one more request costs, so that room for requests grows alike. Services with a size given by the user
    and those whose cache is fixed take no part.
    """
    usable = (memory.device_gib(machine.accelerator, machine.tier) - machine.tier.reserved_gib) * (1 - HEADROOM_SHARE)
    growing = [index for index, service in enumerate(chosen) if service.option.engine.name == "vllm" and service.option.asked_gib is None]
    weight = {index: max(chosen[index].option.kv_gib, 1e-3) for index in growing}
    given = [service.option.inside_gib for service in chosen]
    extra = dict.fromkeys(growing, float("inf"))
    for device in range(max(1, machine.tier.accelerators)):
        here = [index for index, service in enumerate(chosen) if device in service.devices]
        left = max(0.0, usable - sum(chosen[index].option.need_gib for index in here))
        together = sum(weight[index] for index in here if index in weight)
        for index in here:
            if index in weight:
                extra[index] = min(extra[index], left * weight[index] / together)
    for index in growing:
        given[index] += min(extra[index], _useful_gib(chosen[index]))
    return given


def _useful_gib(service: Chosen) -> float:
    """Beyond this a larger pool serves nobody: the most sequences, each of the full wanted context, and their activations."""
    option, want = service.option, service.want
    most = SEQUENCES[0] * option.kv_gib / want.concurrency
    return most - option.kv_gib + MOST_ACTIVATIONS_GIB


def sized_vllm(
    service: Chosen, limit_gib: float, machine: Machine, instance: str, rejected: tuple[Rung, ...]
) -> tuple[Placement, LedgerEntry]:
    """Settings of vLLM within `limit_gib` of each device: the largest batch, then the longest context, that the pool can hold."""
    want, option = service.want, service.option
    total = memory.device_gib(machine.accelerator, machine.tier)
    utilization = want.share if want.share is not None else -(-limit_gib / total * 10000 // 1) / 10000
    budget = utilization * total
    model, version = option.candidate.model, option.engine.version
    batched, sized = _largest_batch(service, budget, machine)
    pool = budget - sized.terms.inside_gib - sized.margin_gib
    context = want.context_tokens
    while (
        2 * context <= model.context_tokens
        and want.concurrency * memory.kv_bytes_per_sequence(model, 2 * context, option.devices, version) <= pool * GIB
    ):
        context *= 2
    placement = Placement(
        service=want.service,
        instance=instance,
        candidate=option.candidate,
        engine=option.engine,
        devices=service.devices,
        tensor_parallel=option.devices,
        gpu_memory_utilization=utilization,
        context_tokens=context,
        max_num_seqs=batched[0],
        max_num_batched_tokens=batched[1],
        eager=option.eager,
        kv_tokens=memory.kv_tokens(pool, model, want.context_tokens, option.devices, version),
        rejected=rejected,
    )
    return placement, _entry(sized, pool, instance, want.service)


def _largest_batch(service: Chosen, budget_gib: float, machine: Machine) -> tuple[tuple[int, int], Option]:
    """(max_num_seqs, max_num_batched_tokens) and the terms with them: the largest whose pool still serves what is wanted."""
    want, option = service.want, service.option
    model, version = option.candidate.model, option.engine.version
    large = memory.device_gib(machine.accelerator, machine.tier) >= LARGE_DEVICE_GIB and not machine.accelerator.name.startswith("a100")
    per_sequence = memory.kv_bytes_per_sequence(model, want.context_tokens, option.devices, version) / GIB
    counts = [want.max_num_seqs] if want.max_num_seqs is not None else [count for count in SEQUENCES if count > want.concurrency]
    for count in counts:
        for batched in (LARGE_BATCHED_TOKENS, LEAST_BATCHED_TOKENS) if large else (LEAST_BATCHED_TOKENS,):
            sized = _sized(service, count, batched, machine)
            pool = budget_gib - sized.terms.inside_gib - sized.margin_gib
            if pool >= per_sequence * max(want.concurrency, count * TYPICAL_SHARE):
                return (count, batched), sized
    return (want.max_num_seqs or want.concurrency, LEAST_BATCHED_TOKENS), option


def _sized(service: Chosen, count: int, batched: int, machine: Machine) -> Option:
    """The option with other batch sizes, and the margin of the least option."""
    option = service.option
    terms = memory.vllm_terms(
        option.candidate.model,
        option.candidate.variant,
        version=option.engine.version,
        max_num_seqs=count,
        max_num_batched_tokens=batched,
        tensor_parallel=option.devices,
        linked=machine.accelerator.link_gb_per_s is not None,
        eager=option.eager,
    )
    return replace(option, terms=terms)


def gguf_contexts(chosen: list[Chosen], machine: Machine, shared: Shared) -> list[int]:
    """The context of each llama.cpp or Ollama service: doubled together while devices keep their headroom. Others: what they want.

    Beside vLLM, which takes what is left, and where the user gave a size, nothing is doubled.
    """
    contexts = [
        min(shared.context_tokens, service.option.candidate.model.context_tokens)
        if service.option.engine.name == "ollama"
        else service.want.context_tokens
        for service in chosen
    ]
    cached = [index for index, service in enumerate(chosen) if service.option.engine.name != "vllm"]
    growing = {device for service in chosen if service.option.engine.name == "vllm" for device in service.devices}
    if any(growing.intersection(chosen[index].devices) or chosen[index].option.asked_gib is not None for index in cached):
        return contexts
    usable = capacities(machine)[0] * (1 - HEADROOM_SHARE)
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
        loads = [
            sum(need for need, service in zip(needs, chosen, strict=True) if device in service.devices)
            for device in range(max(1, machine.tier.accelerators))
        ]
        if any(load > usable for load in loads):
            break
        contexts = longer
    return contexts


def _gguf_kv(service: Chosen, context: int, shared: Shared) -> float:
    parallel = shared.parallel if service.option.engine.name == "ollama" else service.want.concurrency
    return memory.gguf_kv_gib(service.option.candidate.model, context, parallel, service.option.devices)


def sized_gguf(service: Chosen, context: int, instance: str, rejected: tuple[Rung, ...], shared: Shared) -> tuple[Placement, LedgerEntry]:
    want, option = service.want, service.option
    parallel = shared.parallel if option.engine.name == "ollama" else want.concurrency
    placement = Placement(
        service=want.service,
        instance=instance,
        candidate=option.candidate,
        engine=option.engine,
        devices=service.devices,
        tensor_parallel=1,
        gpu_memory_utilization=None,
        context_tokens=context,
        max_num_seqs=parallel,
        max_num_batched_tokens=None,
        eager=False,
        kv_tokens=context * parallel,
        rejected=rejected,
    )
    return placement, _entry(option, _gguf_kv(service, context, shared), instance, want.service)


def _entry(option: Option, kv_pool_gib: float, instance: str, service: str) -> LedgerEntry:
    terms = option.terms
    return LedgerEntry(
        instance=instance,
        weights_gib=terms.weights_gib,
        activation_gib=terms.activation_gib,
        non_torch_gib=terms.non_torch_gib,
        cuda_graphs_gib=terms.cuda_graphs_gib,
        kv_pool_gib=kv_pool_gib,
        context_gib=terms.context_gib,
        margin_gib=option.margin_gib,
        service=service,
    )


def ledgers_of(chosen: list[Chosen], entries: list[LedgerEntry], machine: Machine) -> tuple[Ledger, ...]:
    """The memory of each device: what lies on it, and what stays free of what the engines see."""
    total = memory.device_gib(machine.accelerator, machine.tier)
    made = []
    for device in range(max(1, machine.tier.accelerators)):
        here = tuple(entry for service, entry in zip(chosen, entries, strict=True) if device in service.devices)
        trust = [_trust(service, machine) for service in chosen if device in service.devices]
        made.append(
            Ledger(
                device=device,
                accelerator=machine.accelerator.name,
                total_gib=total,
                entries=here,
                free_gib=total - sum(entry.total_gib for entry in here),
                confidence=max(trust, key=("measured", "modelled", "extrapolated").index, default="modelled"),
            )
        )
    return tuple(made)


def _trust(service: Chosen, machine: Machine) -> memory.Confidence:
    engine = service.option.engine
    return memory.confidence(machine.accelerator, engine.version) if engine.name == "vllm" else "modelled"
