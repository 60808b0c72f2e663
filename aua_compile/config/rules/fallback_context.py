"""A fallback takes what the specialist takes."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic


def fallback_too_short(subject: Subject, service: Service, index: int, name: str, context_tokens: int) -> Diagnostic:
    """A fallback with a shorter context.

    What it checks: the `context` of each fallback is at least that of the specialist it stands in for.
    Why: a prompt that fits the one would be refused by the other, just when it is needed.
    Example: `swe` with `context: 32768` and `fallback: [math]`, where `math` has `context: 8192`.
    Instead: raise the context of `math`, lower that of `swe`, or fall back to another.
    """
    place = subject.place(f"{service.path}.fallback.{index}", f"{service.path}.fallback")
    return Diagnostic(
        "AUA0242",
        "error",
        f"`{service.spec.name}` takes {service.spec.context} tokens, but its fallback `{name}` takes only {context_tokens}.",
        place.span,
        place.path,
        f"Give `{name}` a `context` of at least {service.spec.context}, or choose another fallback.",
        subject.related("decides too", f"{service.path}.context", f"specialists.{name}.context", beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    contexts = {specialist.name: specialist.context for specialist in subject.config.specialists}
    for service in subject.services:
        for index, name in enumerate(service.spec.fallback):
            if contexts.get(name, service.spec.context) < service.spec.context:
                yield fallback_too_short(subject, service, index, name, contexts[name])
