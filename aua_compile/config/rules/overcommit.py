"""What is asked of each device by name fits that device."""

from collections.abc import Iterator
from math import fsum

from aua_compile.config.read import Bytes, Fraction
from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.registry.model import GIB, Accelerators, TierFacts

ROUNDING_GIB = 1e-6
MOST_TERMS = 8


def device_overcommitted(subject: Subject, device: int, total_gib: float, asked: list[tuple[Service, float]]) -> Diagnostic:
    """A device of which more is asked than it has.

    What it checks: the `memory` of all specialists that must use the same device, fractions and sizes, sums to at most what the device has.
    Why: the engine that starts last would find too little memory and stop.
    Example: two specialists with `gpus: [0]` and `memory: 0.6` each.
    Instead: `memory: 0.45` each, other GPUs, or no `memory`: then the planner shares the device out.
    """
    needed_gib = fsum(gib for _, gib in asked)
    terms = " + ".join(f"{gib:.1f} `{service.spec.name}`" for service, gib in asked[:MOST_TERMS])
    if len(asked) > MOST_TERMS:
        terms += f" + {fsum(gib for _, gib in asked[MOST_TERMS:]):.1f} others"
    paths = [f"{service.path}.memory" for service, _ in asked]
    place = subject.place(*reversed(paths))
    tier = subject.resolved.tier
    name = f"GPU {device}" if tier.devices else "memory"
    return Diagnostic(
        "AUA0247",
        "error",
        f"{needed_gib:.1f} GiB of {name} are asked for, but it has {total_gib:.1f} GiB ({_kind(tier, device).accelerator}): {terms}.",
        place.span,
        place.path,
        "Ask for less, name other GPUs, or leave `memory` out and let the planner share the device.",
        subject.related("asked here", *paths, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    tier = subject.resolved.tier
    asking = [service for service in subject.services if service.outside is None and service.spec.memory is not None]
    if not asking:
        return
    by_device: dict[int, list[tuple[Service, float]]] = {}
    for service in asking:
        memory = service.spec.memory
        for device in service.spec.gpus or ((0,) if tier.devices <= 1 else ()):
            if device < max(1, tier.devices):
                by_device.setdefault(device, []).append((service, _gib(memory, _total_gib(subject, device))))
        largest = max(range(max(1, tier.devices)), key=lambda device: (_total_gib(subject, device), -device))
        total_gib = _total_gib(subject, largest)
        if service.spec.gpus is None and tier.devices > 1 and _gib(memory, total_gib) > total_gib + ROUNDING_GIB:
            yield device_overcommitted(subject, largest, total_gib, [(service, _gib(memory, total_gib))])
    for device, asked in sorted(by_device.items()):
        total_gib = _total_gib(subject, device)
        if fsum(gib for _, gib in asked) > total_gib + ROUNDING_GIB:
            yield device_overcommitted(subject, device, total_gib, asked)


def _kind(tier: TierFacts, device: int) -> Accelerators:
    """The kind of a device of the tier; the CPU's is the only one."""
    last = 0
    for kind in tier.kinds:
        last += kind.accelerators
        if device < last:
            return kind
    return tier.kinds[0]


def _total_gib(subject: Subject, device: int) -> float:
    """What an engine sees of one device; where models run on the CPU or in unified memory, the host's memory."""
    tier = subject.resolved.tier
    accelerator = subject.resolved.catalog.accelerator(_kind(tier, device).accelerator)
    if accelerator.kind != "gpu":
        return tier.host_ram_gib
    return accelerator.memory.visible_gib or accelerator.memory.nominal_gib


def _gib(memory: Fraction | Bytes, total_gib: float) -> float:
    return memory.value * total_gib if isinstance(memory, Fraction) else memory.value / GIB
