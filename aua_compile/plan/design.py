"""Which hardware would serve what a config wants, cheapest first."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from aua_compile.frozen import dataclass
from aua_compile.plan.fit import bare_machine
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Placed, Want
from aua_compile.registry.model import AcceleratorFacts, EngineFacts

COUNTS = (1, 2, 4, 8)
"""Accelerators of one machine that are tried; larger ones are clusters, which a plan does not span."""


MOST_MIXED = 120
"""Machines of two kinds that are placed on, cheapest first, before it is said that none is cheaper than those of one kind."""


@dataclass(frozen=True, slots=True)
class Design:
    """Accelerators of one machine, by kind, on which everything is placed, at the lowest rents seen. Steps down are of all ladders."""

    kinds: tuple[tuple[AcceleratorFacts, int], ...]
    placed: Placed
    steps_down: int

    @property
    def usd_per_hour(self) -> float:
        """What all of them cost."""
        return sum(_rent(kind) for kind in self.kinds)

    @property
    def free_gib(self) -> float:
        """What is left of all devices together."""
        return sum(ledger.free_gib for ledger in self.placed.ledgers)


def designs(
    wants: tuple[Want, ...], accelerators: Iterable[AcceleratorFacts], engines: tuple[EngineFacts, ...], *, steps_down: int | None = None
) -> Iterator[Design]:
    """For each rented kind of GPU the fewest of one machine that serve all wants, and two kinds where that is cheaper: cheapest first.

    `steps_down` is how many rungs all ladders together may fall below their best. What the wants fix of a machine (GPUs by number, shares,
    parallelism) is left out: it belongs to the machine that they were written for.
    """
    free = tuple(replace(want, gpus=None, share=None, memory_gib=None, tensor_parallel=None, pipeline_parallel=None) for want in wants)
    rented = [accelerator for accelerator in accelerators if accelerator.price is not None]

    def design(*kinds: tuple[AcceleratorFacts, int]) -> Design | None:
        machine = bare_machine(list(kinds), engines)
        answer = place(free, machine) if machine.engines else None
        if not isinstance(answer, Placed):
            return None
        below = sum(_rung(want, placement.candidate.reference) for want, placement in zip(free, answer.placements, strict=True))
        return Design(kinds, answer, below) if steps_down is None or below <= steps_down else None

    fewest = (next((found for count in COUNTS if (found := design((accelerator, count)))), None) for accelerator in rented)
    alike = [found for found in fewest if found is not None]
    most_usd = min((found.usd_per_hour for found in alike), default=float("inf"))
    mixed = next((found for kinds in _cheaper(rented, most_usd) if (found := design(*kinds))), None)
    both = alike if mixed is None else [*alike, mixed]
    return iter(sorted(both, key=lambda one: (one.usd_per_hour, one.steps_down, one.kinds[0][0].name)))


def _cheaper(accelerators: Iterable[AcceleratorFacts], usd: float) -> list[tuple[tuple[AcceleratorFacts, int], ...]]:
    """So many of two kinds of one vendor for less than a price, cheapest first: those that come nearest to it, where there are too many."""
    pairs = (pair for pair in combinations(sorted(accelerators, key=lambda facts: facts.name), 2) if pair[0].vendor == pair[1].vendor)
    machines = [((first, one), (second, other)) for first, second in pairs for one in COUNTS for other in COUNTS]
    ranked = sorted(
        (kinds for kinds in machines if _cost(kinds) < usd), key=lambda kinds: (_cost(kinds), [facts.name for facts, _ in kinds])
    )
    return list(ranked[-MOST_MIXED:])


def _cost(kinds: Iterable[tuple[AcceleratorFacts, int]]) -> float:
    return sum(_rent(kind) for kind in kinds)


def _rent(kind: tuple[AcceleratorFacts, int]) -> float:
    accelerator, count = kind
    assert accelerator.price is not None, "only rented ones are looked at"
    return accelerator.price.low_usd * count


def _rung(want: Want, reference: str) -> int:
    return next(index for index, candidate in enumerate(want.ladder) if candidate.reference == reference)
