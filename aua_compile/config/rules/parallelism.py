"""A model is split over as many GPUs as it is given."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic


def parallelism_mismatch(subject: Subject, service: Service, available: int, source: str) -> Diagnostic:
    """A model split over another number of GPUs than it has.

    What it checks: `tensor_parallel` times `pipeline_parallel` equals the number of `gpus` where they are given, and is at most the number
    of GPUs of one kind that the tier has. Given alone, `pipeline_parallel` divides the number of `gpus`.
    Why: each part of the model needs a GPU of its own, and a GPU without a part would stand idle.
    Example: `gpus: [0, 1]` with `tensor_parallel: 4`.
    Instead: `gpus: [0, 1, 2, 3]` with `tensor_parallel: 4`, or leave one of the two to the planner.
    """
    keys = [key for key in ("tensor_parallel", "pipeline_parallel") if getattr(service.spec, key) is not None]
    place = subject.place(*(f"{service.path}.{key}" for key in (*keys, "gpus")))
    (first, *more) = keys
    wanted = " x ".join(str(getattr(service.spec, key)) for key in keys)
    leave = f"leave {' and '.join(f'`{key}`' for key in keys)} out"
    others = f" without `{more[0]}`" if more else ""
    return Diagnostic(
        "AUA0248",
        "error",
        f"`{service.spec.name}` is split over {wanted} GPUs, but {source} {available}.",
        place.span,
        place.path,
        f"Give `{first}: {available}`{others}, or {leave}." if available else f"{leave[0].upper()}{leave[1:]}.",
        subject.related("decides too", f"{service.path}.gpus", *(f"{service.path}.{key}" for key in keys), beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    tier = subject.resolved.tier
    most = max(kind.accelerators for kind in tier.kinds)
    for service in subject.services:
        ways, stages, gpus = service.spec.tensor_parallel, service.spec.pipeline_parallel, service.spec.gpus
        if service.outside is not None or ways is stages is None:
            continue
        wanted = (ways or 1) * (stages or 1)
        if gpus is not None and (len(gpus) % wanted if ways is None else len(gpus) != wanted):
            yield parallelism_mismatch(subject, service, len(gpus), "`gpus` names")
        elif gpus is None and wanted > max(most, 1):
            of = " of one kind" if tier.also else ""
            yield parallelism_mismatch(
                subject,
                service,
                most,
                f"the most{of} that tier `{subject.config.tier}` has is" if of else f"tier `{subject.config.tier}` has",
            )
