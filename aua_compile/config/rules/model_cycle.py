"""Names of models lead to a model."""

from collections.abc import Iterator

from aua_compile.config.rules.fallback_cycle import cycles
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def model_cycle(subject: Subject, cycle: tuple[str, ...]) -> Diagnostic:
    """Models that only stand for each other.

    What it checks: following `alias` from model to model ends at one with an `id`, or in the registry.
    Why: a name that leads back to itself names nothing.
    Example: `models: {a: {alias: b}, b: {alias: a}}`.
    Instead: `models: {a: {alias: b}, b: {id: Qwen/Qwen2.5-7B-Instruct}}`.
    """
    place = subject.place(f"models.{cycle[-2]}.alias")
    path = " -> ".join(f"`{name}`" for name in cycle)
    others = subject.related("part of the circle", *(f"models.{name}.alias" for name in cycle[:-2]), beside=place)
    return Diagnostic(
        "AUA0255",
        "error",
        f"Models stand for each other in a circle: {path}.",
        place.span,
        place.path,
        "Let one of them have an `id`.",
        others,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    graph = {name: (own.alias,) for name, own in subject.config.models.items() if own.alias is not None}
    yield from (model_cycle(subject, cycle) for cycle in cycles(graph))
