"""Every backend that is declared is used."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def unused_backend(subject: Subject, name: str) -> Diagnostic:
    """A backend that nothing uses.

    What it checks: each entry of `backends` is named by a specialist, the arbiter or a model.
    Why: it has no effect, and is often a misspelt name.
    Example: `backends: {gatewy: {kind: openai, base_url: https://llm.example.org}}` that no specialist names.
    Instead: name it with `backend: gatewy`, or remove it.
    """
    place = subject.place(f"backends.{name}")
    return Diagnostic(
        "AUA0259",
        "warning",
        f"Nothing uses the backend `{name}`.",
        place.span,
        place.path,
        f"Name it with `backend: {name}`, or remove it.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    used = {service.backend for service in subject.services} | {service.spec.backend for service in subject.services}
    used |= {model.backend for model in subject.config.models.values()}
    yield from (
        unused_backend(subject, name)
        for name in subject.config.backends
        if name not in used and subject.layer(f"backends.{name}") != "preset"
    )
