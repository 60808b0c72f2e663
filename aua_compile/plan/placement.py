"""Decides where every managed service runs, in which rung of its ladder, on which devices and with how much of them.

The objective, strongest first:

1. every service is served, with its context and concurrency, wholly on devices: nothing is ever held partly on the CPU;
2. CUDA graphs rather than eager execution; a model that is split over devices has them to itself; one kind of engine, the tier's first,
   unless a service needs another (`Strategy`);
3. the worst rung taken is as good as possible; then whoever is farthest down the own ladder rises by a rung while there is room, of equals
   the one whose step is cheapest;
4. concurrency: services lie on the emptiest devices, are split further where a direct link makes that cheap and devices would idle, and
   share what is left; some of each device stays free (`sizing`).

The search is bounded and deterministic (`packing`, beyond its reach `filling`); what it did not look at is told as a gap (`bounds`).
"""

from collections.abc import Iterator
from dataclasses import replace

from aua_compile.frozen import dataclass
from aua_compile.names import dns_label
from aua_compile.plan.bounds import gap
from aua_compile.plan.estimates import estimate
from aua_compile.plan.memory import PRELOADING
from aua_compile.plan.model import Rung, Search
from aua_compile.plan.options import Choices, Shared, choices, shared_by
from aua_compile.plan.reasons import hopeless, rejections, too_much
from aua_compile.plan.search import Offers, solve
from aua_compile.plan.sizing import Chosen, by_device, gguf_contexts, ledgers_of, shared_out, sized_gguf, sized_preloading
from aua_compile.plan.wants import Machine, Placed, Refused, Want

OLLAMA = "ollama"


@dataclass(frozen=True, slots=True)
class Strategy:
    """What a search allows: the engines, sharing the devices of a split model, eager execution."""

    engines: frozenset[str]
    alone: bool
    eager: bool


def strategies(machine: Machine) -> Iterator[Strategy]:
    """From what a person would choose to what may still fit."""
    engines = list(machine.engines)
    for eager in (False, True):
        for alone in (True, False):
            for many in range(1, len(engines) + 1):
                yield Strategy(frozenset(engines[:many]), alone, eager)


def place(wants: tuple[Want, ...], machine: Machine) -> Placed | Refused:
    """Where everything runs, or which service does not fit."""
    groups = _groups(wants, machine)
    answer = _solved(tuple(_joint(group) for group in groups), machine)
    return answer if isinstance(answer, Refused) or len(groups) == len(wants) else _each(answer, groups, wants)


def _groups(wants: tuple[Want, ...], machine: Machine) -> list[list[Want]]:
    """Services that take the same weights from one Ollama server: those of equal ladders and constraints that only Ollama can run."""
    groups: dict[tuple[object, ...], list[Want]] = {}
    for want in wants:
        only = want.engine == OLLAMA or set(machine.engines) == {OLLAMA} or all(rung.engine == OLLAMA for rung in want.ladder)
        references = tuple(rung.reference for rung in want.ladder)
        same = (references, want.gpus, want.share, want.memory_gib, want.tensor_parallel, want.max_num_seqs, want.kv_cache)
        groups.setdefault(same if only else (want.service,), []).append(want)
    return list(groups.values())


def _joint(group: list[Want]) -> Want:
    """One want for a group: the longest context, and all requests together."""
    context, concurrency = max(want.context_tokens for want in group), sum(want.concurrency for want in group)
    return replace(group[0], context_tokens=context, concurrency=concurrency)


def _each(answer: Placed, groups: list[list[Want]], wants: tuple[Want, ...]) -> Placed:
    """An answer for groups as one for each service. The ledger counts the weights once, under the group's first service."""
    first = {want.service: group[0].service for group in groups for want in group}
    placements = {placement.service: placement for placement in answer.placements}
    estimates = {estimated.specialist: estimated for estimated in answer.estimates}
    return replace(
        answer,
        placements=tuple(replace(placements[first[want.service]], service=want.service) for want in wants),
        estimates=tuple(replace(estimates[first[want.service]], specialist=want.service) for want in wants),
    )


def _solved(wants: tuple[Want, ...], machine: Machine) -> Placed | Refused:
    shared = shared_by(wants)
    offered = _offered(wants, machine, shared)
    for want, found in zip(wants, offered, strict=True):
        refused = hopeless(want, found, machine)
        if refused is not None:
            return refused
    tried: list[tuple[list[tuple[int, ...]], bool]] = []
    complete = True
    for strategy in strategies(machine):
        left = {id(found): found.within(strategy.engines, eager=strategy.eager) for found in offered}
        allowed = [left[id(found)] for found in offered]
        offers = [found.options for found in allowed]
        splits = any(option.devices > 1 for offer in offers for option in offer)
        attempt = ([tuple(map(id, offer)) for offer in offers], strategy.alone and splits)
        if attempt in tried:
            continue  # nothing more is allowed than in a search that found nothing
        tried.append(attempt)
        solution = solve(wants, offers, machine, alone=strategy.alone)
        complete &= solution.complete
        if solution.chosen is not None:
            chosen = list(solution.chosen)
            why_not = rejections(chosen, allowed, machine, alone=strategy.alone)
            return _placed(chosen, why_not, _searched(chosen, offers, machine, complete=complete, alone=strategy.alone), machine, shared)
    return too_much(wants, offered, machine)


def _offered(wants: tuple[Want, ...], machine: Machine, shared: Shared) -> list[Choices]:
    """The choices of each service; those that want the same are looked at once."""
    known: dict[tuple[object, ...], Choices] = {}
    offered = []
    for want in wants:
        ladder = tuple(rung.reference for rung in want.ladder)
        split = (want.gpus, want.share, want.memory_gib, want.tensor_parallel, want.pipeline_parallel)
        key = (ladder, want.context_tokens, want.concurrency, want.engine, want.max_num_seqs, want.kv_cache, split)
        if key not in known:
            known[key] = choices(want, machine, shared)
        offered.append(known[key])
    return offered


def _searched(chosen: list[Chosen], offers: Offers, machine: Machine, *, complete: bool, alone: bool) -> Search:
    """What is known of the answer: the best by the objective, or how far from a bound."""
    share = 0.0 if complete else gap(chosen, offers, machine, alone=alone)
    return Search(optimal=complete or share == 0, gap=share)


def _placed(chosen: list[Chosen], why_not: list[tuple[Rung, ...]], searched: Search, machine: Machine, shared: Shared) -> Placed:
    limits = shared_out(chosen, machine)
    contexts = gguf_contexts(chosen, shared)
    instances = _instances(chosen)
    starts = _start_order(chosen, instances)
    present = by_device(chosen)
    placements, entries, estimates = [], [], []
    for index, service in enumerate(chosen):
        why, shares_device = why_not[index], any(len(present[device]) > 1 for device in service.devices)
        if service.option.engine.name in PRELOADING:
            placement, parts = sized_preloading(service, limits[index], instances[index], why, shares_device=shares_device)
        else:
            placement, parts = sized_gguf(service, contexts[index], instances[index], why, shared)
        placements.append(replace(placement, start_after=starts[instances[index]]))
        entries.append(parts)
        estimates.append(estimate(placement, service.option.kind, parts, on_cpu=machine.tier.devices == 0))
    return Placed(tuple(placements), ledgers_of(chosen, entries, machine), tuple(estimates), searched)


def _instances(chosen: list[Chosen]) -> list[str]:
    """The engine process of each service, as a DNS label: its own, but one Ollama server for all its models on the same devices."""
    taken = {dns_label(service.want.service) for service in chosen}
    groups = sorted({service.devices for service in chosen if service.option.engine.name == OLLAMA})
    names: dict[tuple[int, ...], str] = {}
    for devices in groups:
        name = "ollama" if len(groups) == 1 else f"ollama-{'-'.join(map(str, devices))}"
        while name in taken:
            name += "-server"
        names[devices] = name
    return [names[service.devices] if service.option.engine.name == OLLAMA else dns_label(service.want.service) for service in chosen]


def _start_order(chosen: list[Chosen], instances: list[str]) -> dict[str, tuple[str, ...]]:
    """Per instance, those that must be ready before: one at a time on a device, vLLM first, as it measures free memory at its start.

    Engines that start together charge each other's allocations (vllm#55827).
    """
    order = sorted(range(len(chosen)), key=lambda index: (chosen[index].option.engine.name not in PRELOADING, index))
    last: dict[int, str] = {}
    after: dict[str, tuple[str, ...]] = {}
    for index in order:
        name = instances[index]
        if name not in after:
            after[name] = tuple(dict.fromkeys(last[device] for device in chosen[index].devices if device in last))
            last |= dict.fromkeys(chosen[index].devices, name)
    return after
