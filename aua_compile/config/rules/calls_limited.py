"""The router lets as many calls through as the engine was planned for."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic


def too_few_calls(subject: Subject, service: Service, path: str, most: int) -> Diagnostic:
    """A router that lets fewer calls through than the engine was planned for.

    What it checks: `limits.concurrency`, where given for an engine that this deployment starts, is at least the specialist's `concurrency`.
    Why: placement sets memory aside for so many requests at once, and the router would never send them.
    Example: `concurrency: 8` with `limits: {concurrency: 4}`.
    Instead: `limits: {concurrency: 8}`, or a smaller `concurrency`.
    """
    spec = service.spec
    keys = (path, f"{service.path}.concurrency")
    place = subject.place(*keys)
    return Diagnostic(
        "AUA0229",
        "warning",
        f"Memory is planned for {spec.concurrency} requests at once to `{spec.name}`, but the router lets only {most} through.",
        place.span,
        place.path,
        f"Raise `limits.concurrency` to at least {spec.concurrency}, or lower `concurrency`.",
        subject.related("decides too", *keys, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    common = subject.config.resilience.limits.concurrency
    for service in subject.services:
        own = service.spec.limits.concurrency if service.spec.limits is not None else None
        most, path = (common, "resilience.limits.concurrency") if own is None else (own, f"{service.path}.limits.concurrency")
        if service.outside is None and most is not None and most < service.spec.concurrency:
            yield too_few_calls(subject, service, path, most)
