"""Fallbacks do not lead back."""

from collections.abc import Iterator, Mapping

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

MOST_SHOWN = 8


def fallback_cycle(subject: Subject, cycle: tuple[str, ...]) -> Diagnostic:
    """Fallbacks that lead back to where they started.

    What it checks: following `fallback` from specialist to specialist never returns to one already passed; a specialist is not its own.
    Why: when one of them fails under load, each would push its calls to the other until both are down.
    Example: `swe` with `fallback: [math]` and `math` with `fallback: [swe]`.
    Instead: let one of them have none, or fall back to a third.
    """
    last, first = cycle[-2], cycle[0]
    index = next(specialist.fallback.index(first) for specialist in subject.config.specialists if specialist.name == last)
    place = subject.place(f"specialists.{last}.fallback.{index}", f"specialists.{last}.fallback")
    path = trail(cycle)
    others = [f"specialists.{name}.fallback" for name in cycle[:-2]]
    return Diagnostic(
        "AUA0241",
        "error",
        f"`{first}` falls back to itself." if last == first else f"Fallbacks lead back to `{first}`: {path}.",
        place.span,
        place.path,
        f"Remove `{first}` from the fallbacks of `{last}`.",
        subject.related("part of the circle", *others, beside=place),
    )


def trail(names: tuple[str, ...]) -> str:
    """Names with arrows between them; of a long way only where it begins and ends."""
    shortened = names if len(names) <= MOST_SHOWN else (*names[: MOST_SHOWN // 2], "...", *names[-MOST_SHOWN // 2 :])
    return " -> ".join(f"`{name}`" for name in shortened).replace("`...`", "...")


def check(subject: Subject) -> Iterator[Diagnostic]:
    graph = {specialist.name: specialist.fallback for specialist in subject.config.specialists}
    yield from (fallback_cycle(subject, cycle) for cycle in cycles(graph))


def cycles(graph: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """One cycle for each edge that closes one, in the order of the config: its names, the first again at the end.

    Depth first with a stack of its own, in time linear in the edges.

    >>> list(cycles({"a": ("b",), "b": ("c", "a"), "c": ()}))
    [('a', 'b', 'a')]
    """
    done: set[str] = set()
    for start in graph:
        if start in done:
            continue
        trail = {start: None}  # keeps the order of the path
        stack = [(start, iter(graph[start]))]
        while stack:
            name, following = stack[-1]
            for other in following:
                if other in trail:
                    path = list(trail)
                    yield (*path[path.index(other) :], other)
                elif other in graph and other not in done:
                    trail[other] = None
                    stack.append((other, iter(graph[other])))
                    break
            else:
                done.add(name)
                del trail[name]
                stack.pop()
