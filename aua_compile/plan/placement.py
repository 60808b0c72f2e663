"""Decides where every managed service runs, in which rung of its ladder, on which devices and with how much of them.

The objective, strongest first:

1. every service is served, with its context and concurrency, wholly on devices: nothing is ever held partly on the CPU;
2. CUDA graphs rather than eager execution; a model that is split over devices has them to itself; one kind of engine, the tier's first,
   unless a service needs another (`Strategy`);
3. the worst rung taken is as good as possible; then whoever is farthest down the own ladder rises by a rung while there is room, of equals
   the one whose step is cheapest;
4. concurrency: services lie on the emptiest devices, are split further where a direct link makes that cheap and devices would idle, and
   share what is left; some of each device stays free (`sizing`).

The search is bounded and deterministic (`packing`), so with more than ten services it may refuse what a complete search would place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from aua_compile.frozen import dataclass
from aua_compile.names import dns_label
from aua_compile.plan.estimates import estimate
from aua_compile.plan.model import Rung
from aua_compile.plan.options import Choices, Option, Shared, choices, shared_by
from aua_compile.plan.packing import Item, Order, Place, Size, pack
from aua_compile.plan.reasons import hopeless, rejections, too_much
from aua_compile.plan.sizing import Chosen, by_device, capacities, gguf_contexts, ledgers_of, shared_out, sized_gguf, sized_vllm
from aua_compile.plan.wants import Machine, Placed, Refused, Want

Offers = Sequence[Sequence[Option]]

OLLAMA = "ollama"

MANY = 512
"""Beyond so many services times devices rungs rise together, not one by one."""


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
    for strategy in strategies(machine):
        left = {id(found): found.within(strategy.engines, eager=strategy.eager) for found in offered}
        allowed = [left[id(found)] for found in offered]
        offers = [found.options for found in allowed]
        splits = any(option.devices > 1 for offer in offers for option in offer)
        attempt = ([tuple(map(id, offer)) for offer in offers], strategy.alone and splits)
        if attempt in tried:
            continue  # nothing more is allowed than in a search that found nothing
        tried.append(attempt)
        search = _Search(wants, capacities(machine), strategy.alone)
        caps = search.caps(offers)
        if caps is not None:
            chosen = search.settled(offers, caps)
            return _placed(chosen, rejections(chosen, allowed, machine, alone=strategy.alone), machine, shared)
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


@dataclass(frozen=True, slots=True)
class _Search:
    """Wants and free memory, asked again and again whether some offers fit."""

    wants: tuple[Want, ...]
    free: list[float]
    alone: bool

    @property
    def is_large(self) -> bool:
        """Whether there is too much to look at services one by one."""
        return len(self.wants) * len(self.free) > MANY

    def packed(self, offers: Offers, order: Order = "tight") -> tuple[Place, ...] | None:
        """Places for one option of each service's offer: of each number of devices of a kind the one that needs least, by its index."""
        sizes = {id(offer): _sizes(offer) for offer in {id(offer): offer for offer in offers}.values()}
        items = [Item(want.service, sizes[id(offer)], want.gpus) for want, offer in zip(self.wants, offers, strict=True)]
        return pack(items, self.free, order, alone=self.alone)

    def caps(self, offers: Offers) -> list[int] | None:
        """The worst rung that each service may take; None where nothing fits. Rungs that cannot run do not count as steps down."""
        steps = [sorted({option.rung for option in offer}) for offer in offers]
        if not all(steps):
            return None
        last = [rungs[-1] for rungs in steps]
        if self.packed(_up_to(offers, last)) is None:
            return None
        for level in range(max((len(rungs) for rungs in steps), default=1)):
            caps = [rungs[min(level, len(rungs) - 1)] for rungs in steps]
            if caps == last or self.packed(_up_to(offers, caps)) is not None:
                return caps if self.is_large else self._raised(offers, steps, caps)
        return last

    def _raised(self, offers: Offers, steps: list[list[int]], caps: list[int]) -> list[int]:
        """The caps after raising services one rung at a time until none can be raised: first who is farthest down the own ladder."""
        stuck: set[int] = set()

        def cost(at: int) -> float:
            level = steps[at].index(caps[at])
            return _least_gib(offers[at], steps[at][max(level - 1, 0)]) - _least_gib(offers[at], caps[at])

        while len(stuck) < len(caps):
            index = max(
                (at for at in range(len(caps)) if at not in stuck),
                key=lambda at: (steps[at].index(caps[at]) / len(steps[at]), -cost(at), -at),
            )
            level = steps[index].index(caps[index])
            better = [*caps[:index], steps[index][level - 1], *caps[index + 1 :]]
            if level and self.packed(_up_to(offers, better)) is not None:
                caps = better
            else:
                stuck.add(index)
        return caps

    def settled(self, offers: Offers, caps: list[int]) -> list[Chosen]:
        """One option and its devices per service: exactly the capped rung where that leaves a packing, and wide where links allow."""
        narrowed = _up_to(offers, caps)
        exact: list[Sequence[Option]] = [
            [option for option in offer if option.rung == cap] for offer, cap in zip(narrowed, caps, strict=True)
        ]
        if self.packed(exact) is not None:
            narrowed = exact
        elif not self.is_large:
            for index, only in enumerate(exact):
                attempt = [*narrowed[:index], only, *narrowed[index + 1 :]]
                if self.packed(attempt) is not None:
                    narrowed = attempt
        if not self.is_large and any(option.kind.linked for offer in narrowed for option in offer):
            narrowed = self._widened(narrowed)
        places = self.packed(narrowed, "spread") or self.packed(narrowed)
        assert places is not None, "every step kept a packing that was found"
        return [Chosen(want, offer[place.size.tag], place.devices) for want, offer, place in zip(self.wants, narrowed, places, strict=True)]

    def _widened(self, offers: list[Sequence[Option]]) -> list[Sequence[Option]]:
        """Offers split over twice as many linked devices, heaviest service first, while devices would idle."""
        for _ in range(len(offers) * len(self.free)):
            places = self.packed(offers, "spread") or self.packed(offers)
            assert places is not None, "only offers that fit are kept"
            chosen = [offer[place.size.tag] for offer, place in zip(offers, places, strict=True)]
            used = sum(option.devices for option in chosen)
            for index in sorted(range(len(offers)), key=lambda at: (-chosen[at].terms.weights_gib, at)):
                wider = [option for option in offers[index] if _widens(chosen[index], option)]
                attempt = [*offers[:index], wider, *offers[index + 1 :]]
                if wider and used + chosen[index].devices <= len(self.free) and self.packed(attempt) is not None:
                    later = [option for option in offers[index] if option.devices >= 2 * chosen[index].devices]
                    offers = [*offers[:index], later, *offers[index + 1 :]]
                    break
            else:
                break
        return offers


def _sizes(offer: Sequence[Option]) -> tuple[Size, ...]:
    smallest: dict[tuple[int, int], Size] = {}
    for index, option in enumerate(offer):
        among = (option.devices, option.kind.first)
        known = smallest.get(among)
        if known is None or option.need_gib < known.gib:
            smallest[among] = Size(option.devices, option.need_gib, index, option.kind.devices)
    return tuple(size for _, size in sorted(smallest.items()))


def _widens(option: Option, other: Option) -> bool:
    """Whether `other` splits the layers of the same rung over twice as many devices with a direct link."""
    return (
        other.kind.linked and other.devices == 2 * option.devices and other.engine.name == "vllm" and len(other.parts) == len(option.parts)
    )


def _up_to(offers: Offers, caps: Sequence[int]) -> list[Sequence[Option]]:
    """The options of rungs no worse than the caps; equal offers stay one object, so that they are looked at once."""
    known: dict[tuple[int, int], Sequence[Option]] = {}
    for offer, cap in zip(offers, caps, strict=True):
        if (id(offer), cap) not in known:
            known[id(offer), cap] = [option for option in offer if option.rung <= cap]
    return [known[id(offer), cap] for offer, cap in zip(offers, caps, strict=True)]


def _least_gib(offer: Sequence[Option], rung: int) -> float:
    return min(option.devices * option.need_gib for option in offer if option.rung == rung)


def _placed(chosen: list[Chosen], why_not: list[tuple[Rung, ...]], machine: Machine, shared: Shared) -> Placed:
    limits = shared_out(chosen, machine)
    contexts = gguf_contexts(chosen, shared)
    instances = _instances(chosen)
    starts = _start_order(chosen, instances)
    present = by_device(chosen)
    placements, entries, estimates = [], [], []
    for index, service in enumerate(chosen):
        why, shares_device = why_not[index], any(len(present[device]) > 1 for device in service.devices)
        if service.option.engine.name == "vllm":
            placement, parts = sized_vllm(service, limits[index], instances[index], why, shares_device=shares_device)
        else:
            placement, parts = sized_gguf(service, contexts[index], instances[index], why, shared)
        placements.append(replace(placement, start_after=starts[instances[index]]))
        entries.append(parts)
        estimates.append(estimate(placement, service.option.kind, parts, on_cpu=machine.tier.devices == 0))
    return Placed(tuple(placements), ledgers_of(chosen, entries, machine), tuple(estimates))


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
    order = sorted(range(len(chosen)), key=lambda index: (chosen[index].option.engine.name != "vllm", index))
    last: dict[int, str] = {}
    after: dict[str, tuple[str, ...]] = {}
    for index in order:
        name = instances[index]
        if name not in after:
            after[name] = tuple(dict.fromkeys(last[device] for device in chosen[index].devices if device in last))
            last |= dict.fromkeys(chosen[index].devices, name)
    return after
