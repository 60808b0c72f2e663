"""Which rung each service takes and on which devices: the packer, asked again and again whether some offers fit.

Rungs first: the worst one that any service takes is as good as possible, then whoever is farthest down the own ladder rises while there is
room. A problem too large for that is cut into cells of a few devices, which are searched one by one; `gap` says what that may have cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush

from aua_compile.frozen import dataclass
from aua_compile.plan.options import Option
from aua_compile.plan.packing import Item, Order, Place, Size, pack
from aua_compile.plan.sizing import Chosen, capacities
from aua_compile.plan.wants import Machine, Want

Offers = Sequence[Sequence[Option]]

MANY = 512
"""Beyond so many services times devices the machine is cut into cells; in one piece, rungs rise together, not one by one."""

CELL_DEVICES = 4
"""Devices of a cell, or as many as the widest service needs."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Devices that are searched together: their numbers, their room, and by the first number of each kind which of them are of it."""

    numbers: tuple[int, ...]
    free: tuple[float, ...]
    kinds: Mapping[int, range]

    @classmethod
    def of(cls, machine: Machine, index: int = 0, among: int = 1) -> "Cell":
        """One of `among` cells with its part of every kind's devices; by default all of them."""
        rooms = capacities(machine)
        numbers: list[int] = []
        kinds: dict[int, range] = {}
        for kind in machine.kinds:
            low, high = (kind.first + kind.count * part // among for part in (index, index + 1))
            kinds[kind.first] = range(len(numbers), len(numbers) + high - low)
            numbers += range(low, high)
        return cls(tuple(numbers), tuple(rooms[number] for number in numbers), kinds)

    def holds(self, want: Want, offer: Sequence[Option]) -> bool:
        """Whether a service could lie here as far as the number of devices goes, and the devices that it names."""
        if want.gpus is not None:
            return set(want.gpus) <= set(self.numbers)
        return any(option.devices <= len(self.kinds[option.kind.first]) for option in offer)


@dataclass(frozen=True, slots=True)
class Solution:
    """What was chosen for each service, None where nothing was found. `complete`: it was decided by looking at everything."""

    chosen: tuple[Chosen, ...] | None
    complete: bool


def solve(wants: tuple[Want, ...], offers: Offers, machine: Machine, *, alone: bool) -> Solution:
    """A service's option and devices for each want, if they are found. `alone`: split models share no device."""
    whole = Cell.of(machine)
    if len(wants) * len(whole.numbers) > MANY and (parts := _dealt(wants, offers, machine)):
        found = _in_cells(wants, offers, parts, alone=alone)
        if found is not None:
            return Solution(found, complete=False)
    search = CellSearch(wants, whole, alone=alone)
    chosen = search.chosen(offers)
    return Solution(None if chosen is None else tuple(chosen), search.complete)


def _dealt(wants: tuple[Want, ...], offers: Offers, machine: Machine) -> list[tuple[Cell, list[int]]] | None:
    """The machine in cells, each with its services: the heaviest first, to whichever cell is least full. None where a cell is no part."""
    widest = max((min(option.devices for option in offer) for offer in offers if offer), default=1)
    named = max((len(want.gpus) for want in wants if want.gpus is not None), default=1)
    count = len(capacities(machine)) // max(CELL_DEVICES, widest, named)
    if count < 2:  # noqa: PLR2004 - one cell is the whole machine
        return None
    cells = [Cell.of(machine, index, count) for index in range(count)]
    dealt: list[list[int]] = [[] for _ in cells]
    loads = [(0.0, index) for index in range(count)]
    heapify(loads)
    weights = {id(offer): _least_of_all(offer) for offer in offers}
    for at in sorted(range(len(wants)), key=lambda at: (wants[at].gpus is None, -weights[id(offers[at])], wants[at].service)):
        passed = []
        while loads and not cells[loads[0][1]].holds(wants[at], offers[at]):
            passed.append(heappop(loads))
        if not loads:
            return None
        load, index = heappop(loads)
        dealt[index].append(at)
        for entry in (*passed, (load + weights[id(offers[at])] / sum(cells[index].free), index)):
            heappush(loads, entry)
    return list(zip(cells, dealt, strict=True))


def _in_cells(wants: tuple[Want, ...], offers: Offers, parts: list[tuple[Cell, list[int]]], *, alone: bool) -> tuple[Chosen, ...] | None:
    found: dict[int, Chosen] = {}
    for cell, services in parts:
        search = CellSearch(tuple(wants[at] for at in services), cell, alone=alone)
        chosen = search.chosen([offers[at] for at in services])
        if chosen is None:
            return None
        found |= zip(services, chosen, strict=True)
    return tuple(found[at] for at in range(len(wants)))


class CellSearch:
    """Services and the devices of a cell, asked again and again whether some offers fit. `complete` until a search stops at its bound."""

    __slots__ = ("alone", "cell", "complete", "wants")

    def __init__(self, wants: tuple[Want, ...], cell: Cell, *, alone: bool) -> None:
        self.wants, self.cell, self.alone, self.complete = wants, cell, alone, True

    @property
    def is_large(self) -> bool:
        """Whether there is too much to look at services one by one."""
        return len(self.wants) * len(self.cell.numbers) > MANY

    def chosen(self, offers: Offers) -> list[Chosen] | None:
        """One option and its devices per service; None where nothing fits."""
        caps = self.caps(offers)
        return None if caps is None else self.settled(offers, caps)

    def packed(self, offers: Offers, order: Order = "tight") -> tuple[Place, ...] | None:
        """Places for one option of each service's offer: of each number of devices of a kind the one that needs least, by its index."""
        sizes = {id(offer): self._sizes(offer) for offer in {id(offer): offer for offer in offers}.values()}
        items = [Item(want.service, sizes[id(offer)], self._fixed(want)) for want, offer in zip(self.wants, offers, strict=True)]
        found = pack(items, self.cell.free, order, alone=self.alone)
        self.complete &= found.complete
        return found.places

    def _sizes(self, offer: Sequence[Option]) -> tuple[Size, ...]:
        smallest: dict[tuple[int, int], Size] = {}
        for index, option in enumerate(offer):
            among = (option.devices, option.kind.first)
            known = smallest.get(among)
            if known is None or option.need_gib < known.gib:
                smallest[among] = Size(option.devices, option.need_gib, index, self.cell.kinds[option.kind.first])
        return tuple(size for _, size in sorted(smallest.items()))

    def _fixed(self, want: Want) -> tuple[int, ...] | None:
        return None if want.gpus is None else tuple(map(self.cell.numbers.index, want.gpus))

    def caps(self, offers: Offers) -> list[int] | None:
        """The worst rung that each service may take; None where nothing fits. Rungs that cannot run do not count as steps down."""
        steps = [_rungs(offer) for offer in offers]
        if not all(steps):
            return None
        last = [rungs[-1] for rungs in steps]
        if self.packed(_up_to(offers, last)) is None:
            return None
        for level in range(max((len(rungs) for rungs in steps), default=1)):
            caps = [rungs[min(level, len(rungs) - 1)] for rungs in steps]
            if caps == last or self.packed(_up_to(offers, caps)) is not None:
                return caps if self.is_large else self._raised(offers, steps, caps)
        return last

    def _raised(self, offers: Offers, steps: list[list[int]], caps: list[int]) -> list[int]:
        """The caps after raising services one rung at a time until none can be raised: first who is farthest down the own ladder."""
        stuck: set[int] = set()

        def cost(at: int) -> float:
            level = steps[at].index(caps[at])
            return _least_gib(offers[at], steps[at][max(level - 1, 0)]) - _least_gib(offers[at], caps[at])

        while len(stuck) < len(caps):
            index = max(
                (at for at in range(len(caps)) if at not in stuck),
                key=lambda at: (steps[at].index(caps[at]) / len(steps[at]), -cost(at), -at),
            )
            level = steps[index].index(caps[index])
            better = [*caps[:index], steps[index][level - 1], *caps[index + 1 :]]
            if level and self.packed(_up_to(offers, better)) is not None:
                caps = better
            else:
                like = (id(offers[index]), caps[index], self.wants[index].gpus)
                stuck |= {at for at, want in enumerate(self.wants) if (id(offers[at]), caps[at], want.gpus) == like}
        return caps

    def settled(self, offers: Offers, caps: list[int]) -> list[Chosen]:
        """One option and its devices per service: exactly the capped rung where that leaves a packing, and wide where links allow."""
        narrowed = _up_to(offers, caps)
        exact: list[Sequence[Option]] = [
            [option for option in offer if option.rung == cap] for offer, cap in zip(narrowed, caps, strict=True)
        ]
        if self.packed(exact) is not None:
            narrowed = exact
        elif not self.is_large:
            for index, only in enumerate(exact):
                attempt = [*narrowed[:index], only, *narrowed[index + 1 :]]
                if self.packed(attempt) is not None:
                    narrowed = attempt
        complete = self.complete  # which devices of equal room are taken is no part of the objective
        if not self.is_large and any(option.kind.linked for offer in narrowed for option in offer):
            narrowed = self._widened(narrowed)
        places = self.packed(narrowed, "spread") or self.packed(narrowed)
        assert places is not None, "every step kept a packing that was found"
        self.complete = complete
        return [
            Chosen(want, offer[place.size.tag], tuple(self.cell.numbers[device] for device in place.devices))
            for want, offer, place in zip(self.wants, narrowed, places, strict=True)
        ]

    def _widened(self, offers: list[Sequence[Option]]) -> list[Sequence[Option]]:
        """Offers split over twice as many linked devices, heaviest service first, while devices would idle."""
        devices = len(self.cell.numbers)
        for _ in range(len(offers) * devices):
            places = self.packed(offers, "spread") or self.packed(offers)
            assert places is not None, "only offers that fit are kept"
            chosen = [offer[place.size.tag] for offer, place in zip(offers, places, strict=True)]
            used = sum(option.devices for option in chosen)
            for index in sorted(range(len(offers)), key=lambda at: (-chosen[at].terms.weights_gib, at)):
                wider = [option for option in offers[index] if _widens(chosen[index], option)]
                attempt = [*offers[:index], wider, *offers[index + 1 :]]
                if wider and used + chosen[index].devices <= devices and self.packed(attempt) is not None:
                    later = [option for option in offers[index] if option.devices >= 2 * chosen[index].devices]
                    offers = [*offers[:index], later, *offers[index + 1 :]]
                    break
            else:
                break
        return offers


def _widens(option: Option, other: Option) -> bool:
    """Whether `other` splits the layers of the same rung over twice as many devices with a direct link."""
    like = other.engine.name == "vllm" and len(other.parts) == len(option.parts)
    return like and other.kind.linked and other.devices == 2 * option.devices


def _rungs(offer: Sequence[Option]) -> list[int]:
    """The rungs that can run, best first."""
    return sorted({option.rung for option in offer})


def _up_to(offers: Offers, caps: Sequence[int]) -> list[Sequence[Option]]:
    """The options of rungs no worse than the caps; equal offers stay one object, so that they are looked at once."""
    known: dict[tuple[int, int], Sequence[Option]] = {}
    for offer, cap in zip(offers, caps, strict=True):
        if (id(offer), cap) not in known:
            known[id(offer), cap] = [option for option in offer if option.rung <= cap]
    return [known[id(offer), cap] for offer, cap in zip(offers, caps, strict=True)]


def _least_gib(offer: Sequence[Option], rung: int) -> float:
    return min(option.devices * option.need_gib for option in offer if option.rung == rung)


def _least_of_all(offer: Sequence[Option]) -> float:
    return min((option.devices * option.need_gib for option in offer), default=0.0)


def gap(chosen: Sequence[Chosen], offers: Offers, machine: Machine) -> float:
    """By which share of a bound the ladders together could at most be better: rungs above each one's last, against a relaxed problem.

    The bound lets services take parts of rungs and of devices: of all memory together, what raises ladders most per GiB first.
    """
    rungs = {id(offer): _rungs(offer) for offer in offers}
    climbed = sum(
        len(rungs[id(offer)]) - 1 - rungs[id(offer)].index(service.option.rung) for service, offer in zip(chosen, offers, strict=True)
    )
    steps = {id(offer): list(_climbs(offer, rungs[id(offer)])) for offer in {id(offer): offer for offer in offers}.values()}
    left, bound, rises = sum(capacities(machine)), 0.0, []
    for offer in offers:
        (least_gib, held), *more = steps[id(offer)]
        left, bound = left - least_gib, bound + held
        rises += more
    for gib, rise in sorted(rises, key=lambda step: step[0] / step[1]):
        if left <= 0:
            break
        bound += rise * min(1.0, left / gib)
        left -= gib
    most = int(bound + 1e-9)
    return max(0.0, (most - climbed) / most) if most else 0.0


def _climbs(offer: Sequence[Option], rungs: list[int]) -> Iterator[tuple[float, float]]:
    """The least memory and the rungs climbed with it, then each further rise worth its memory: (GiB more, rungs more), cheapest first."""
    points = sorted((_least_gib(offer, rung), -(len(rungs) - 1 - index)) for index, rung in enumerate(rungs))
    gib, climb = points[0][0], -points[0][1]
    yield gib, climb
    while better := [(more, -negative) for more, negative in points if -negative > climb]:
        nearest = min(better, key=lambda point: ((point[0] - gib) / (point[1] - climb), -point[1]))
        yield nearest[0] - gib, nearest[1] - climb
        gib, climb = nearest
