"""How much better than a placement any other could be: a bound on what all memory together allows."""

from collections.abc import Iterable, Sequence

from aua_compile.frozen import dataclass
from aua_compile.plan.options import Option
from aua_compile.plan.sizing import Chosen, capacity
from aua_compile.plan.wants import Kind, Machine

PARTS = 1000
"""A device is counted in so many parts, and sizes in whole ones, rounded down: what fits a device fits it so too."""

MOST_SIZES = 64
"""Of more different sizes nearly every device can be filled, and none is counted as more than it is."""

NOTHING = 1e-6
"""What is left may be below nothing by so much: sums of thousands of prices are not exact."""

PRICES = tuple(step / 100 for step in range(60, 145, 5))
"""What a GiB of one kind of devices may count, against one of the first kind."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Services that were offered the same: their options by level, best first, at which level each stands, and whether GPUs are named."""

    options: tuple[tuple[Option, ...], ...]
    levels: tuple[int, ...]
    fixed: bool


Step = tuple[int, int]
"""A ladder by its index, and the level from which its services rise by one."""


def gap(chosen: Sequence[Chosen], offers: Sequence[Sequence[Option]], machine: Machine, *, alone: bool) -> float:
    """The share of services that a better placement could at most have on a better rung, where it first parts from this one.

    By the objective a placement is better if the worst rung that any service takes is; else if more services rise past the place where they
    are farthest down their own ladders; else past the next place. Places past which as many rise as the bound allows are passed over.
    """
    ladders = _ladders(chosen, offers)
    worst = max(max(ladder.levels) for ladder in ladders)
    allowed = [min(worst, len(ladder.options) - 1) for ladder in ladders]
    if worst:
        steps = [(index, worst) for index, level in enumerate(allowed) if level == worst]
        if _Relaxed(ladders, allowed, machine, alone=alone).most(steps, []) == _services(ladders, steps):
            return sum(level == worst for ladder in ladders for level in ladder.levels) / len(chosen)
    passed: list[tuple[list[Step], int]] = []
    for steps in _places(ladders, allowed):
        risen = sum(level < start for index, start in steps for level in ladders[index].levels)
        if risen == _services(ladders, steps):
            for index, start in steps:
                allowed[index] = start - 1
            continue
        most = _Relaxed(ladders, allowed, machine, alone=alone).most(steps, passed)
        if most > risen:
            return (most - risen) / len(chosen)
        passed.append((steps, risen))
    return 0.0


def _ladders(chosen: Sequence[Chosen], offers: Sequence[Sequence[Option]]) -> list[Ladder]:
    found: dict[tuple[int, bool], tuple[Sequence[Option], list[int]]] = {}
    for service, offer in zip(chosen, offers, strict=True):
        found.setdefault((id(offer), service.want.gpus is not None), (offer, []))[1].append(service.option.rung)
    ladders = []
    for (_, fixed), (offer, held) in found.items():
        rungs = sorted({option.rung for option in offer})
        options = tuple(tuple(option for option in offer if option.rung == rung) for rung in rungs)
        ladders.append(Ladder(options, tuple(map(rungs.index, held)), fixed))
    return ladders


def _places(ladders: Sequence[Ladder], allowed: Sequence[int]) -> list[list[Step]]:
    """The steps of all ladders, together where they are as far down: farthest first."""
    found: dict[float, list[Step]] = {}
    for index, ladder in enumerate(ladders):
        for level in range(1, allowed[index] + 1):
            found.setdefault(level / len(ladder.options), []).append((index, level))
    return [steps for _, steps in sorted(found.items(), reverse=True)]


def _services(ladders: Sequence[Ladder], steps: Iterable[Step]) -> int:
    return sum(len(ladders[index].levels) for index, _ in steps)


class _Relaxed:
    """The problem with services and devices divisible: `least` is of each ladder, level and kind the parts of a device that it takes.

    Sizes are first raised by what stays empty of every device that holds them, whatever else lies there: what fits still fits, and a model
    of 20 GiB alone on a device of 24 counts as 24 where nothing has 4.
    """

    __slots__ = ("allowed", "kinds", "ladders", "least")

    def __init__(self, ladders: Sequence[Ladder], allowed: Sequence[int], machine: Machine, *, alone: bool) -> None:
        self.ladders, self.allowed, self.kinds = ladders, tuple(allowed), machine.kinds
        columns = [self._column(kind, alone=alone) for kind in self.kinds]
        self.least = [
            [tuple(column[index][level] for column in columns) for level in range(most + 1)] for index, most in enumerate(allowed)
        ]

    def _column(self, kind: Kind, *, alone: bool) -> list[list[float]]:
        """By ladder and level what the cheapest option up to that level takes of devices of a kind, in parts of one."""
        room = capacity(kind)
        sizes = [
            [
                [
                    (option.devices, int(option.need_gib / room * PARTS), alone and option.devices > 1 and not ladder.fixed)
                    for option in level
                    if option.kind.first == kind.first and option.need_gib <= room
                ]
                for level in ladder.options[: most + 1]
            ]
            for ladder, most in zip(self.ladders, self.allowed, strict=True)
        ]
        shared = {size for ladder in sizes for level in ladder for _, size, owned in level if not owned}
        full = raised(shared)
        column = []
        for ladder in sizes:
            least, levels = float("inf"), []
            for level in ladder:
                least = min(least, *(devices * (PARTS if owned else full[size]) for devices, size, owned in level), float("inf"))
                levels.append(least)
            column.append(levels)
        return column

    def most(self, steps: Sequence[Step], passed: Sequence[tuple[Sequence[Step], int]]) -> int:
        """How many services can take one of `steps` where of those in each place that was passed so many were taken.

        Whatever a part of a device of each kind is said to cost, what lies on devices costs no more than the devices: services take the
        cheapest parts until all is spent. Of several prices the one that allows least is right.
        """
        prices = [capacity(kind) for kind in self.kinds]
        least = self._affordable(prices, steps, passed)
        for index in range(1, len(prices)):
            for factor in PRICES:
                tried = [*prices[:index], capacity(self.kinds[index]) * factor, *prices[index + 1 :]]
                most = self._affordable(tried, steps, passed)
                if most < least:
                    least, prices = most, tried
        return least

    def _affordable(self, prices: Sequence[float], steps: Sequence[Step], passed: Sequence[tuple[Sequence[Step], int]]) -> int:
        cost = [[min(part * price for part, price in zip(parts, prices, strict=True)) for parts in levels] for levels in self.least]
        left = sum(price * kind.count * PARTS for price, kind in zip(prices, self.kinds, strict=True))
        left -= sum(levels[-1] * len(ladder.levels) for levels, ladder in zip(cost, self.ladders, strict=True))
        for taken, number in passed:
            left -= sum(self._rises(cost, taken)[:number])
        affordable = 0
        for rise in self._rises(cost, steps):
            left -= rise
            if left < -NOTHING:
                break
            affordable += 1
        return affordable

    def _rises(self, cost: Sequence[Sequence[float]], steps: Sequence[Step]) -> list[float]:
        """What each service pays for its step, cheapest first; nothing where none may stand as far down."""
        return sorted(
            cost[index][start - 1] - cost[index][start] if start <= self.allowed[index] else 0.0
            for index, start in steps
            for _ in self.ladders[index].levels
        )


def raised(sizes: Iterable[int]) -> dict[int, int]:
    """Each size with its part of what stays empty of every device that holds it, largest first; of `PARTS` parts in all.

    >>> raised([600, 300])
    {600: 700, 300: 300}
    """
    ordered = sorted(set(sizes), reverse=True)
    found = {size: size for size in ordered}
    if len(ordered) > MOST_SIZES:
        return found
    for size in ordered:
        reachable = _sums(found[other] for other in ordered if other != size and found[other])
        rests = (PARTS - copies * size for copies in range(1, PARTS // size + 1)) if size else ()
        empty = [(rest - ((reachable & ((2 << rest) - 1)).bit_length() - 1)) // copies for copies, rest in enumerate(rests, start=1)]
        found[size] += min(empty, default=0)
    return found


def _sums(sizes: Iterable[int]) -> int:
    """The sums of any number of some sizes up to `PARTS`, as the bits of a number."""
    within, reachable = (2 << PARTS) - 1, 1
    for size in sizes:
        more = reachable
        while (more := (more << size) & within) & ~reachable:
            reachable |= more
    return reachable
