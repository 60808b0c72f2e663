"""Which devices each item goes to: a bounded depth-first search over devices of one or several kinds. It knows sizes, nothing of models."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import combinations, islice, pairwise
from math import comb
from typing import Literal

from aua_compile.frozen import dataclass

SMALL = 24
SMALL_STEPS = 4000
STEPS_PER_ITEM = 8
MANY = 64
"""A search of at most SMALL items may take SMALL_STEPS steps, a larger one so many per item, one of more than MANY little more than one
each; then it says that it is not complete."""

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


@dataclass(frozen=True, slots=True)
class Packed:
    """A place for every item, in the order given; None where none was found, of which there are none if the search was `complete`."""

    places: tuple[Place, ...] | None
    complete: bool = True


def pack(items: Sequence[Item], free_gib: Sequence[float], order: Order = "tight", *, alone: bool = False) -> Packed:
    """Places for all items, if they are found.

    Largest items come first, so the answer does not depend on the order of `items`. `tight` fills devices up, `spread` takes the emptiest.
    Devices with equal room are alike, so only one of them is tried; with `alone`, one in use and one that is empty. With `alone` an item on
    several devices shares them with no other, unless its devices are fixed.
    """
    if any(not item.sizes for item in items):
        return Packed(None)
    ranked = sorted(range(len(items)), key=lambda index: (items[index].fixed is None, -items[index].least_gib, items[index].name))
    steps = SMALL_STEPS if len(items) <= SMALL else len(items) + STEPS_PER_ITEM * min(len(items), MANY)
    search = _Search([items[index] for index in ranked], order, tuple(free_gib), steps, alone=alone)
    found = search.run()
    if found is None:
        return Packed(None, search.steps > 0 and not search.skipped)
    back = dict(zip(ranked, found, strict=True))
    return Packed(tuple(back[index] for index in range(len(items))))


class _Search:
    """The state of one search: `whole` is what each device held before it, `steps` what it may still take.

    `later_gib` is what the items from a position on take at least, `least_gib` what the smallest of them takes of one device. `failed` are
    states from which nothing was found; `skipped`, whether places were left out because there were too many.
    """

    __slots__ = (
        "alone", "evens", "every", "failed", "items", "later_gib", "least_gib", "memory", "order", "segments", "skipped", "steps", "whole",
    )  # fmt: skip

    def __init__(self, items: list[Item], order: Order, whole: tuple[float, ...], steps: int, *, alone: bool) -> None:
        self.order, self.whole, self.steps, self.alone = order, whole, steps, alone
        self.every = range(len(whole))
        self.evens: dict[int, bool] = {}
        self.skipped = False
        self.items = items = [self._without_dominated(item) for item in items]
        self.later_gib, self.least_gib = [0.0], [float("inf")]
        for item in reversed(items):
            self.later_gib.append(self.later_gib[-1] + item.least_gib)
            self.least_gib.append(min(self.least_gib[-1], *(size.gib for size in item.sizes)))
        self.later_gib.reverse()
        self.least_gib.reverse()
        self.failed: set[tuple[object, ...] | None] = set()
        self.segments = self._segments()
        self.memory = len(items) <= SMALL and all(len(set(whole[segment])) == 1 for segment in self.segments)

    def _without_dominated(self, item: Item) -> Item:
        """An item without needless sizes: where a split owns its devices, as many as hold it when empty are enough."""
        if not self.alone or item.fixed is not None or len(item.sizes) == 1:
            return item
        kept: list[Size] = []
        enough: set[int] = set()
        for size in sorted(item.sizes, key=lambda size: (size.devices, size.gib)):
            among = self.every if size.kind is None else size.kind
            if among.start not in enough:
                kept.append(size)
                if among and self._even(among) and size.gib <= self.whole[among.start]:
                    enough.add(among.start)
        return item if len(kept) == len(item.sizes) else Item(item.name, tuple(kept), item.fixed)

    def _segments(self) -> list[slice]:
        """Devices that no size tells apart, side by side."""
        ranges = {size.kind for item in self.items for size in item.sizes if size.kind is not None}
        cuts = sorted({0, len(self.whole), *(bound for among in ranges for bound in (among.start, among.stop))})
        return [slice(low, high) for low, high in pairwise(cuts)]

    def run(self) -> list[Place] | None:
        """Depth first, with a stack of its own: a thousand items are deeper than Python recurses."""
        placed: list[Place] = []
        free = [list(self.whole)]
        began = [self.steps]
        choices = [self._choices(0, free[0])]
        while len(placed) < len(self.items):
            place = next(choices[-1], None)
            if place is None:
                choices.pop()
                left = free.pop()
                if began.pop() > self.steps:  # else it was seen at once that nothing fits, and is again
                    self._remember(len(placed), left)
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
            began.append(self.steps)
            choices.append(self._choices(len(placed), left))
        return placed

    def _choices(self, position: int, free: list[float]) -> Iterator[Place]:
        """The places of the next item; none where what is left over is too small for what is to come, or was seen to lead nowhere."""
        if position == len(self.items):
            return iter(())
        least = self.least_gib[position]
        if self.later_gib[position] > sum(room for room in free if room >= least) or (
            self.failed and self._state(position, free) in self.failed
        ):
            return iter(())
        return self._places(self.items[position], free)

    def _state(self, position: int, free: list[float]) -> tuple[object, ...] | None:
        """What decides whether the items from a position on fit: the room of each kind's devices, whichever has which.

        None where it matters which: where the next item is fixed, or devices of a kind began with unlike room.
        """
        if not self.memory or position == len(self.items) or self.items[position].fixed is not None:
            return None
        return (position, *[tuple(sorted(free[segment])) for segment in self.segments])

    def _remember(self, position: int, free: list[float]) -> None:
        state = self._state(position, free)
        if state is not None:
            self.failed.add(state)

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
        self.skipped |= comb(len(able), size.devices) > MOST_PLACES
        for devices in islice(combinations(able, size.devices), MOST_PLACES):
            alike = tuple(free[device] for device in devices)
            if alike not in seen:
                seen.add(alike)
                yield Place(size, tuple(sorted(devices)))
