"""Every GPU that is named exists on the tier."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic


def gpu_outside_tier(subject: Subject, service: Service, index: int, gpu: int) -> Diagnostic:
    """A GPU index that the tier does not have.

    What it checks: each index under `gpus` is below the number of the tier's accelerators; they are counted from 0.
    Why: the engine would find no such device and not start.
    Example: `gpus: [1]` on `single-4090`.
    Instead: `gpus: [0]`, or leave `gpus` out and let the planner choose.
    """
    tier = subject.resolved.tier
    place = subject.place(f"{service.path}.gpus.{index}", f"{service.path}.gpus")
    has = f"has {tier.devices}, counted from 0" if tier.devices else "has none; its models run on the CPU"
    named = "GPU 0" if tier.devices == 1 else f"GPUs from 0 to {tier.devices - 1}"
    advice = f"Name {named}, or leave `gpus` out." if tier.devices else "Leave `gpus` out."
    message = f"`{service.spec.name}` asks for GPU {gpu}, but tier `{subject.config.tier}` {has}."
    return Diagnostic("AUA0246", "error", message, place.span, place.path, advice, subject.related("the tier", "tier", beside=place))


def check(subject: Subject) -> Iterator[Diagnostic]:
    for service in subject.services:
        if service.outside is None:
            for index, gpu in enumerate(service.spec.gpus or ()):
                if gpu >= subject.resolved.tier.devices:
                    yield gpu_outside_tier(subject, service, index, gpu)
