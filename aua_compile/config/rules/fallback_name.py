"""Every fallback is a specialist."""

from collections.abc import Iterator

from aua_compile.config.mistakes import listed, nearest, shown
from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic, Fix


def unknown_fallback(subject: Subject, service: Service, index: int, name: str) -> Diagnostic:
    """A fallback that is no specialist.

    What it checks: each name under `fallback` is the name of a specialist of this deployment.
    Why: when the specialist fails, the call would have nowhere to go.
    Example: `fallback: [mathh]`.
    Instead: `fallback: [math]`.
    """
    place = subject.place(f"{service.path}.fallback.{index}", f"{service.path}.fallback")
    known = [specialist.name for specialist in subject.config.specialists if specialist.name != service.spec.name]
    near = nearest(name, known)
    is_arbiter = name == subject.config.arbiter.name
    reason = "the arbiter answers no field" if is_arbiter else "no specialist has that name"
    return Diagnostic(
        "AUA0240",
        "error",
        f"`{service.spec.name}` falls back to {shown(name)}, but {reason}.",
        place.span,
        place.path,
        f"Did you mean `{near}`?" if near else f"Specialists: {listed(known)}." if known else "Remove it; there is no other specialist.",
        fix=Fix(place.span, near) if near else None,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    known = {specialist.name for specialist in subject.config.specialists}
    for service in subject.services:
        for index, name in enumerate(service.spec.fallback):
            if name not in known:
                yield unknown_fallback(subject, service, index, name)
