"""Which hardware would serve what a config wants, cheapest first."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aua_compile.frozen import dataclass
from aua_compile.plan.fit import bare_machine
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Placed, Want
from aua_compile.registry.model import AcceleratorFacts, EngineFacts

COUNTS = (1, 2, 4, 8)
"""Accelerators of one machine that are tried; larger ones are clusters, which a plan does not span."""


@dataclass(frozen=True, slots=True)
class Design:
    """`count` accelerators on which everything is placed, at the lowest rent that was seen. Steps down are of all ladders together."""

    accelerator: AcceleratorFacts
    count: int
    usd_per_hour: float
    placed: Placed
    steps_down: int

    @property
    def free_gib(self) -> float:
        """What is left of all devices together."""
        return sum(ledger.free_gib for ledger in self.placed.ledgers)


def designs(
    wants: tuple[Want, ...], accelerators: Iterable[AcceleratorFacts], engines: tuple[EngineFacts, ...], *, steps_down: int | None = None
) -> Iterator[Design]:
    """For each rented kind of GPU the fewest of one machine that serve all wants, cheapest first.

    `steps_down` is how many rungs all ladders together may fall below their best. What the wants fix of a machine (GPUs by number, shares,
    parallelism) is left out: it belongs to the machine that they were written for.
    """
    free = tuple(replace(want, gpus=None, share=None, memory_gib=None, tensor_parallel=None) for want in wants)
    found = []
    for accelerator in accelerators:
        if accelerator.price is None:
            continue
        for count in COUNTS:
            machine = bare_machine([(accelerator, count)], engines)
            answer = place(free, machine) if machine.engines else None
            if not isinstance(answer, Placed):
                continue
            below = sum(_rung(want, placement.candidate.reference) for want, placement in zip(free, answer.placements, strict=True))
            if steps_down is None or below <= steps_down:
                found.append(Design(accelerator, count, accelerator.price.low_usd * count, answer, below))
                break
    return iter(sorted(found, key=lambda design: (design.usd_per_hour, design.steps_down, design.accelerator.name)))


def _rung(want: Want, reference: str) -> int:
    return next(index for index, candidate in enumerate(want.ladder) if candidate.reference == reference)
