"""A model is split over as many GPUs as it is given."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic


def parallelism_mismatch(subject: Subject, service: Service, available: int, source: str) -> Diagnostic:
    """A model split over another number of GPUs than it has.

    What it checks: `tensor_parallel` equals the number of `gpus` where both are given, and is at most the number of GPUs of the tier.
    Why: each part of the model needs a GPU of its own, and a GPU without a part would stand idle.
    Example: `gpus: [0, 1]` with `tensor_parallel: 4`.
    Instead: `gpus: [0, 1, 2, 3]` with `tensor_parallel: 4`, or leave one of the two to the planner.
    """
    place = subject.place(f"{service.path}.tensor_parallel", f"{service.path}.gpus")
    return Diagnostic(
        "AUA0248",
        "error",
        f"`{service.spec.name}` is split over {service.spec.tensor_parallel} GPUs, but {source} {available}.",
        place.span,
        place.path,
        f"Give `tensor_parallel: {available}`, or leave it out." if available else "Leave `tensor_parallel` out.",
        subject.related("decides too", f"{service.path}.gpus", f"{service.path}.tensor_parallel", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    tier = subject.resolved.tier
    for service in subject.services:
        wanted, gpus = service.spec.tensor_parallel, service.spec.gpus
        if service.outside is not None or wanted is None:
            continue
        if gpus is not None and len(gpus) != wanted:
            yield parallelism_mismatch(subject, service, len(gpus), "`gpus` names")
        elif gpus is None and wanted > max(tier.accelerators, 1):
            yield parallelism_mismatch(subject, service, tier.accelerators, f"tier `{subject.config.tier}` has")
