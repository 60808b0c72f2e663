"""Every model that is declared is used."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def unused_model(subject: Subject, name: str) -> Diagnostic:
    """A model that nothing uses.

    What it checks: each entry of `models` is on the ladder of a specialist or the arbiter, or another model stands for it.
    Why: it has no effect, and is often a misspelt name.
    Example: `models: {mine: {id: acme/mine-7b, vram_gib: 15.2}}` that no specialist names.
    Instead: name it with `model: mine`, or remove it.
    """
    place = subject.place(f"models.{name}")
    return Diagnostic(
        "AUA0260", "warning", f"Nothing uses the model `{name}`.", place.span, place.path, f"Name it with `model: {name}`, or remove it."
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    used = {rung for service in subject.services for rung in service.spec.model or ()}
    used |= {model.alias for model in subject.config.models.values() if model.alias is not None}
    yield from (
        unused_model(subject, name) for name in subject.config.models if name not in used and subject.layer(f"models.{name}") != "preset"
    )
