"""Names of models lead to a model."""

from collections.abc import Iterator

from aua_compile.config.ladders import LONGEST_CHAIN
from aua_compile.config.rules.fallback_cycle import cycles, trail
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def name_without_model(subject: Subject, passed: tuple[str, ...], problem: str) -> Diagnostic:
    """Models that only stand for other models.

    What it checks: following `alias` from model to model ends, after at most 8 of them, at one with an `id`, or in the registry.
    Why: a name that leads back to itself names nothing, and a long chain tells nobody what it names.
    Example: `models: {a: {alias: b}, b: {alias: a}}`.
    Instead: `models: {a: {alias: b}, b: {id: Qwen/Qwen2.5-7B-Instruct}}`.
    """
    place = subject.place(f"models.{passed[-2]}.alias")
    others = subject.related("on the way", *(f"models.{name}.alias" for name in passed[:-2]), beside=place)
    return Diagnostic("AUA0255", "error", f"{problem}: {trail(passed)}.", place.span, place.path, "Let one of them have an `id`.", others)


def check(subject: Subject) -> Iterator[Diagnostic]:
    graph = {name: (own.alias,) for name, own in subject.config.models.items() if own.alias is not None}
    circling: set[str] = set()
    for cycle in cycles(graph):
        circling.update(cycle)
        yield name_without_model(subject, cycle, "Models stand for each other in a circle")
    for name in graph:
        passed = [name]
        while passed[-1] in graph and len(passed) <= LONGEST_CHAIN + 1:
            passed.append(graph[passed[-1]][0])
        if len(passed) > LONGEST_CHAIN + 1 and circling.isdisjoint(passed):
            yield name_without_model(subject, tuple(passed), f"More than {LONGEST_CHAIN} models stand for each other")
