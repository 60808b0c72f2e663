"""Why a rung was not taken, and why a service cannot be placed: words with the arithmetic in them."""

from collections.abc import Iterable

from aua_compile.plan.model import Rung
from aua_compile.plan.options import Choices, Option
from aua_compile.plan.sizing import ROUNDING_GIB, Chosen, capacities, capacity
from aua_compile.plan.wants import Kind, Machine, Refused, Want


def hopeless(want: Want, found: Choices, machine: Machine) -> Refused | None:
    """The refusal of a service that not even an empty machine could run."""
    present = machine.tier.devices
    outside = [device for device in want.gpus or () if device >= present]
    if outside:
        have = f"{present}, counted from 0" if present else "none"
        return Refused("constraint", want.service, f"`{want.service}` asks for GPU {outside[0]}; the tier has {have}.")
    if want.max_num_seqs is not None and want.max_num_seqs < want.concurrency:
        reason = f"`{want.service}` wants {want.concurrency} requests at once and allows the engine {want.max_num_seqs}."
        return Refused("constraint", want.service, reason)
    ways, stages = want.tensor_parallel, want.pipeline_parallel
    if want.gpus is not None and (ways or 1) * (stages or 1) != len(want.gpus) and (ways or len(want.gpus) % (stages or 1)):
        of = f"{stages} stages and " if stages else ""
        reason = f"`{want.service}` names {len(want.gpus)} GPUs and {of}a tensor parallelism of {ways or 1}."
        return Refused("constraint", want.service, reason)
    reasons = found.reasons(want)
    if not found.options:
        words = "; ".join(f"`{rung.model}`: {rung.reason}" for rung in reasons)
        return Refused("constraint", want.service, f"No rung of `{want.service}` can run here. {words}.", rungs=reasons)
    least = min(found.options, key=_lack)
    if _lack(least)[0] > 0:
        rungs = tuple(Rung(want.ladder[index].reference, _alone(want, found, index)) for index in range(len(want.ladder)))
        where = f" on each of {least.devices} devices" if least.devices > 1 else ""
        eager = " and no CUDA graphs" if least.eager else ""
        reason = f"That is `{least.candidate.reference}`, the smallest it could run,{where} with {_demand(want)}{eager}."
        has = _has([(least.kind, 1)])
        return Refused("memory", want.service, reason, least.need_gib, capacity(least.kind), least.shares, has, rungs)
    return None


def _lack(option: Option) -> tuple[float, float, int]:
    """By how much an empty device is too small, what the option needs, and how many devices."""
    return max(0.0, option.need_gib - capacity(option.kind)), option.need_gib, option.devices


def _has(devices: Iterable[tuple[Kind, int]]) -> dict[str, float]:
    """What may be filled of so many devices of some kinds, as what engines see of them and what is kept from it."""
    seen = kept = rounding = 0.0
    for kind, count in devices:
        seen, kept, rounding = seen + kind.total_gib * count, kept - kind.reserved_gib * count, rounding - ROUNDING_GIB * count
    return {"that engines see": seen} | {name: gib for name, gib in (("reserved", kept), ("rounding", rounding)) if gib}


def _demand(want: Want) -> str:
    return f"{want.concurrency} request{'s' * (want.concurrency > 1)} of {want.context_tokens} tokens"


def rejections(chosen: list[Chosen], offered: list[Choices], machine: Machine, *, alone: bool) -> list[tuple[Rung, ...]]:
    """For each service the better rungs, each with the arithmetic of why it was not taken. `alone`: split models share no device."""
    whole = capacities(machine)
    free = whole.copy()
    for service in chosen:
        for device in service.devices:
            free[device] -= service.option.need_gib
    return [_rejected(service, found, free, whole, alone=alone) for service, found in zip(chosen, offered, strict=True)]


def _rejected(service: Chosen, found: Choices, free: list[float], whole: list[float], *, alone: bool) -> tuple[Rung, ...]:
    if service.option.rung == 0:
        return ()
    beside = [gib + service.option.need_gib if device in service.devices else gib for device, gib in enumerate(free)]
    reasons = []
    for index in range(service.option.rung):
        reason = _alone(service.want, found, index) or _beside(service.want, found, index, beside, whole, alone=alone)
        reasons.append(Rung(service.want.ladder[index].reference, reason))
    return tuple(reasons)


def _alone(want: Want, found: Choices, rung: int) -> str:
    """Why a rung does not fit an empty machine; empty where it does."""
    if rung in found.unusable:
        return found.unusable[rung]
    least = min(found.of_rung(rung), key=_lack)
    if _lack(least)[0] == 0:
        return ""
    return f"needs {_sum(least)} for {_demand(want)}; an empty device has {capacity(least.kind):.1f} GiB"


def _beside(want: Want, found: Choices, rung: int, free: list[float], whole: list[float], *, alone: bool) -> str:
    """Why a rung that would fit alone does not fit beside the others, which leave `free` of `whole`."""
    able = [option for option in found.of_rung(rung) if _lack(option)[0] == 0]
    least = min(able, key=lambda option: (option.devices * option.need_gib, option.devices))
    among = least.kind.devices
    free, whole = free[among.start : among.stop], whole[among.start : among.stop]
    needs = f"needs {_sum(least)} for {_demand(want)}"
    if alone and least.devices > 1 and want.gpus is None:
        empty = sum(left > full - ROUNDING_GIB for left, full in zip(free, whole, strict=True))
        return f"{needs}, and no other model on them; beside the other services {empty} of {len(free)} devices are empty"
    left = sorted(free, reverse=True)[least.devices - 1]
    places = 1 if f"{left:.1f}" != f"{least.need_gib:.1f}" else 3
    exactly = "" if places == 1 else f" ({least.need_gib:.3f} exactly)"
    return f"{needs}{exactly}; beside the other services {left:.{places}f} GiB are free"


def _sum(option: Option) -> str:
    shares = " + ".join(f"{gib:.1f} {name}" for name, gib in option.shares.items())
    each = f" on each of {option.devices} devices" if option.devices > 1 else ""
    return f"{option.need_gib:.1f} GiB{each} ({shares})"


def too_much(wants: tuple[Want, ...], offered: list[Choices], machine: Machine) -> Refused:
    """The refusal of services that fit alone and not together: it names the one that needs most."""
    least = [min(found.options, key=lambda option: (option.devices * option.need_gib, option.devices)) for found in offered]
    ranked = sorted(range(len(wants)), key=lambda index: (-least[index].devices * least[index].need_gib, wants[index].service))
    want, found = wants[ranked[0]], offered[ranked[0]]
    terms = {f"`{wants[index].service}`": least[index].devices * least[index].need_gib for index in ranked}
    rooms = capacities(machine)
    reason = "That is each in the smallest rung that can run here."
    if sum(terms.values()) <= sum(rooms):
        among = " and ".join(f"{kind.count} devices of {capacity(kind):.1f} GiB" for kind in machine.kinds)
        reason += f" They fit in no division among {among} that was found."
    rungs = tuple(Rung(candidate.reference, _needs(found, index)) for index, candidate in enumerate(want.ladder))
    has = _has((kind, kind.count) for kind in machine.kinds)
    return Refused("memory", want.service, reason, sum(terms.values()), sum(rooms), terms, has, rungs, len(wants))


def _needs(found: Choices, rung: int) -> str:
    if rung in found.unusable:
        return found.unusable[rung]
    return f"needs {_sum(min(found.of_rung(rung), key=lambda option: option.need_gib))}"
