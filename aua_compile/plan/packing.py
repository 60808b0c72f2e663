"""Which devices each item goes to: a bounded depth-first search over devices of one or several kinds. It knows sizes, nothing of models."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import Literal

from aua_compile.frozen import dataclass

SMALL = 10
SMALL_STEPS = 4000
STEPS_PER_ITEM = 8
"""A search of at most SMALL items may take SMALL_STEPS steps, a larger one so many per item; then it says that nothing was found."""

MOST_PLACES = 256
"""Of the ways to choose several devices for one item so many are looked at."""

Order = Literal["tight", "spread"]


@dataclass(frozen=True, slots=True)
class Size:
    """`gib` of each of `devices` devices, all of those in `kind` where it is set; `tag` is the caller's."""

    devices: int
    gib: float
    tag: int = 0
    kind: range | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """Something to place in one of several sizes, on devices of the search's choice or on those of `fixed`. `name` breaks ties."""

    name: str
    sizes: tuple[Size, ...]
    fixed: tuple[int, ...] | None = None

    @property
    def least_gib(self) -> float:
        """The least it takes of all devices together."""
        return min(size.devices * size.gib for size in self.sizes)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item went, and in which size."""

    size: Size
    devices: tuple[int, ...]


def pack(items: Sequence[Item], free_gib: Sequence[float], order: Order = "tight", *, alone: bool = False) -> tuple[Place, ...] | None:
    """A place for every item, in the order given; None where the search found none.

    Largest items come first, so the answer does not depend on the order of `items`. `tight` fills devices up, `spread` takes the emptiest.
    Devices with equal room are alike, so only one of them is tried; with `alone`, one in use and one that is empty. With `alone` an item on
    several devices shares them with no other, unless its devices are fixed.
    """
    if any(not item.sizes for item in items):
        return None
    ranked = sorted(range(len(items)), key=lambda index: (items[index].fixed is None, -items[index].least_gib, items[index].name))
    later_gib = [0.0] * (len(ranked) + 1)
    for position in reversed(range(len(ranked))):
        later_gib[position] = later_gib[position + 1] + items[ranked[position]].least_gib
    steps = SMALL_STEPS if len(items) <= SMALL else STEPS_PER_ITEM * len(items)
    search = _Search([items[index] for index in ranked], later_gib, order, tuple(free_gib), steps, alone=alone)
    found = search.run()
    if found is None:
        return None
    back = dict(zip(ranked, found, strict=True))
    return tuple(back[index] for index in range(len(items)))


class _Search:
    """The state of one search: `whole` is what each device held before it, `steps` what it may still take."""

    __slots__ = ("alone", "evens", "every", "items", "later_gib", "order", "steps", "whole")

    def __init__(self, items: list[Item], later_gib: list[float], order: Order, whole: Sequence[float], steps: int, *, alone: bool) -> None:
        self.items, self.later_gib, self.order, self.whole, self.steps, self.alone = items, later_gib, order, whole, steps, alone
        self.every = range(len(whole))
        self.evens: dict[int, bool] = {}

    def run(self) -> list[Place] | None:
        """Depth first, with a stack of its own: a thousand items are deeper than Python recurses."""
        placed: list[Place] = []
        free = [list(self.whole)]
        choices = [self._choices(0, free[0])]
        while len(placed) < len(self.items):
            place = next(choices[-1], None)
            if place is None:
                choices.pop()
                free.pop()
                if not placed:
                    return None
                placed.pop()
                continue
            if self.steps == 0:
                return None
            self.steps -= 1
            left = free[-1].copy()
            owned = self._owns(self.items[len(placed)], place.size)
            for device in place.devices:
                left[device] = 0.0 if owned else left[device] - place.size.gib
            placed.append(place)
            free.append(left)
            choices.append(self._choices(len(placed), left))
        return placed

    def _choices(self, position: int, free: list[float]) -> Iterator[Place]:
        if position == len(self.items) or self.later_gib[position] > sum(free):
            return iter(())
        return self._places(self.items[position], free)

    def _owns(self, item: Item, size: Size) -> bool:
        return self.alone and size.devices > 1 and item.fixed is None

    def _places(self, item: Item, free: list[float]) -> Iterator[Place]:
        """The distinct ways to place an item, preferred first: on few devices, then by the room that it leaves on one."""
        if item.fixed is not None:
            yield from self._on(item.fixed, item.sizes, free)
            return
        single = [size for size in item.sizes if size.devices == 1]
        if len(single) == 1:
            for device in self._unlike(free, single[0]):
                yield Place(single[0], (device,))
        elif single:
            sign = 1 if self.order == "tight" else -1
            places = [Place(size, (device,)) for size in single for device in self._unlike(free, size)]
            yield from sorted(places, key=lambda place: sign * (free[place.devices[0]] - place.size.gib))
        for size in item.sizes:
            if size.devices > 1:
                yield from self._splits(size, free)

    def _on(self, fixed: tuple[int, ...], sizes: tuple[Size, ...], free: list[float]) -> Iterator[Place]:
        for size in sizes:
            among = self.every if size.kind is None else size.kind
            if len(fixed) == size.devices and all(device in among and free[device] >= size.gib for device in fixed):
                yield Place(size, fixed)

    def _unlike(self, free: list[float], size: Size) -> Iterator[int]:
        """One device of each room that is enough, preferred first. An empty one is not like one in use where split items want it alone."""
        backwards = self.order == "spread"
        among = self.every if size.kind is None else size.kind
        if not self.alone or self._even(among):
            here = free[among.start : among.stop]
            rooms = sorted(set(here))
            enough = rooms[bisect_left(rooms, size.gib) :]
            for room in reversed(enough) if backwards else enough:
                yield among.start + here.index(room)
            return
        first: dict[tuple[float, bool], int] = {}
        for device in among:
            room = free[device]
            if room >= size.gib:
                first.setdefault((room, room >= self.whole[device]), device)
        for _, device in sorted(first.items(), reverse=backwards):
            yield device

    def _even(self, among: range) -> bool:
        """Whether some devices began with equal room; then those of equal room are all empty or all in use."""
        if among.start not in self.evens:
            self.evens[among.start] = len(set(self.whole[among.start : among.stop])) == 1
        return self.evens[among.start]

    def _splits(self, size: Size, free: list[float]) -> Iterator[Place]:
        """The distinct sets of several devices: of devices with equal room as many as are needed are looked at."""
        sign = 1 if self.order == "tight" else -1
        among = self.every if size.kind is None else size.kind
        able = [device for device in among if free[device] >= (max(self.whole[device], size.gib) if self.alone else size.gib)]
        able.sort(key=lambda device: (sign * free[device], device))
        able = [device for rank, device in enumerate(able) if rank < size.devices or free[able[rank - size.devices]] != free[device]]
        seen = set()
        for devices in islice(combinations(able, size.devices), MOST_PLACES):
            alike = tuple(free[device] for device in devices)
            if alike not in seen:
                seen.add(alike)
                yield Place(size, tuple(sorted(devices)))
