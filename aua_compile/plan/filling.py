"""Devices for more items than a search can look through: each is filled with the items that leave least of it, and like devices alike.

Fast and not complete: what it finds fits, what it does not find may fit. Like `packing` it knows sizes, nothing of models.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from aua_compile.frozen import dataclass
from aua_compile.plan.packing import Item, Place, Size

SLACKS = (0.06, 0.03, 0.015)
"""Shares of a device that may stay empty before something fuller is looked for; tried in turn."""

LOOKS = 100
"""So many ways to fill one device are looked at; then the fullest seen is taken."""

ROUNDS = 3
"""So often what found no room on one device is given several before the rest."""


@dataclass(frozen=True, slots=True)
class Like:
    """Items of equal sizes whose devices are free to choose, by their indexes."""

    name: str
    sizes: tuple[Size, ...]
    indexes: tuple[int, ...]


class Filler:
    """Fills devices; `looks` counts the ways that were looked at, so that a caller can stop after as much work on every machine."""

    __slots__ = ("alone", "free", "kinds", "looks")

    def __init__(self, free_gib: Sequence[float], kinds: Sequence[range], *, alone: bool) -> None:
        self.free, self.kinds, self.alone, self.looks = tuple(free_gib), tuple(kinds), alone, 0

    def places(self, items: Sequence[Item]) -> tuple[Place, ...] | None:
        """Places for all items, if they are found. Items that were given one `sizes` tuple are alike; each size names its kind."""
        likes = _likes(items)
        if sum(items[like.indexes[0]].least_gib * len(like.indexes) for like in likes) > sum(self.free):
            return None
        return next((found for slack in SLACKS if (found := self._filled(items, likes, slack)) is not None), None)

    def _filled(self, items: Sequence[Item], likes: Sequence[Like], slack: float) -> tuple[Place, ...] | None:
        apart = [0] * len(likes)
        for _ in range(ROUNDS):
            filling = _Filling(self, likes)
            fits = filling.fix(items) and filling.split(apart)
            left = filling.fill(slack) if fits else {}
            self.looks += filling.looks
            if not fits or any(all(size.devices == 1 for size in likes[at].sizes) for at in left):
                return None
            if not left:
                return filling.places(items)
            for at, number in left.items():
                apart[at] += number
        return None


def _likes(items: Sequence[Item]) -> list[Like]:
    found: dict[int, list[int]] = {}
    for index, item in enumerate(items):
        if item.fixed is None:
            found.setdefault(id(item.sizes), []).append(index)
    likes = (Like(min(items[index].name for index in indexes), items[indexes[0]].sizes, tuple(indexes)) for indexes in found.values())
    return sorted(likes, key=lambda like: (like.sizes[0].gib, like.name))


class _Filling:
    """One attempt: what is free of each device, how many of each like items are left, and who lies where: (like items, size, devices)."""

    __slots__ = ("filler", "fixed", "free", "left", "likes", "looks", "put")

    def __init__(self, filler: Filler, likes: Sequence[Like]) -> None:
        self.filler, self.likes, self.free = filler, likes, list(filler.free)
        self.left = [len(like.indexes) for like in likes]
        self.put: list[tuple[int, Size, tuple[int, ...]]] = []
        self.fixed: dict[int, Place] = {}
        self.looks = 0

    def fix(self, items: Sequence[Item]) -> bool:
        """Whether the items whose devices are given found room there."""
        for index, item in enumerate(items):
            if item.fixed is not None:
                size = next((size for size in item.sizes if self._holds(size, item.fixed)), None)
                if size is None:
                    return False
                self.fixed[index] = Place(size, item.fixed)
                self._take(size, item.fixed)
        return True

    def _holds(self, size: Size, devices: Sequence[int]) -> bool:
        among = size.kind or range(len(self.free))
        return len(devices) == size.devices and all(device in among and self.free[device] >= size.gib for device in devices)

    def _take(self, size: Size, devices: Sequence[int], *, owned: bool = False) -> None:
        for device in devices:
            self.free[device] = 0.0 if owned else self.free[device] - size.gib

    def split(self, apart: Sequence[int]) -> bool:
        """Whether so many of each like items found several devices: of the kind of which they take least."""
        for at, wanted in enumerate(apart):
            if not wanted:
                continue
            number = wanted
            wide = (size for size in self.likes[at].sizes if size.devices > 1)
            for size in sorted(wide, key=lambda size: (self._cost(size), size.devices)):
                for devices in self._sets(size, number):
                    self.put.append((at, size, devices))
                    self._take(size, devices, owned=self.filler.alone)
                    number -= 1
            if number:
                return False
            self.left[at] -= wanted
        return True

    def _cost(self, size: Size) -> float:
        """What a split takes of its kind's devices."""
        assert size.kind is not None
        return size.devices * (max(self.filler.free[device] for device in size.kind) if self.filler.alone else size.gib)

    def _sets(self, size: Size, most: int) -> list[tuple[int, ...]]:
        """So many sets of devices at most, none in two of them: those with least room to spare."""
        whole = self.filler.free
        able = [
            device
            for device in size.kind or ()
            if self.free[device] >= size.gib and not (self.filler.alone and self.free[device] < whole[device])
        ]
        able.sort(key=lambda device: (self.free[device], device))
        several = min(most, len(able) // size.devices)
        return [tuple(sorted(able[at * size.devices : (at + 1) * size.devices])) for at in range(several)]

    def fill(self, slack: float) -> dict[int, int]:
        """How many of which like items are left when all devices are full, smallest devices first: a large one has use for anything."""
        for room, kind, devices in self._alike():
            self._fill_alike(room, kind, devices, slack)
        return {at: number for at, number in enumerate(self.left) if number}

    def _alike(self) -> list[tuple[float, range, list[int]]]:
        """Devices of one kind and equal room, in order of room."""
        found: list[tuple[float, range, list[int]]] = []
        for kind in self.filler.kinds:
            alike: dict[float, list[int]] = {}
            for device in kind:
                alike.setdefault(self.free[device], []).append(device)
            found += [(room, kind, devices) for room, devices in alike.items() if room > 0]
        return sorted(found, key=lambda group: (group[0], group[1].start))

    def _fill_alike(self, room: float, kind: range, devices: list[int], slack: float) -> None:
        offered = sorted((size.gib, at, size) for at, size in self._singles(kind, room))
        filled = 0
        while filled < len(devices) and (offered := [offer for offer in offered if self.left[offer[1]]]):
            sizes, counts = [gib for gib, _, _ in offered], [self.left[at] for _, at, _ in offered]
            fullest = self._fullest(sizes, counts, room, slack * room)
            often = min(len(devices) - filled, *(counts[offer] // number for offer, number in fullest.items()))
            for offer, number in fullest.items():
                _, at, size = offered[offer]
                self.left[at] -= often * number
                self.put += [(at, size, (device,)) for device in devices[filled : filled + often] for _ in range(number)]
            filled += often

    def _singles(self, kind: range, room: float) -> Iterator[tuple[int, Size]]:
        for at, like in enumerate(self.likes):
            for size in like.sizes:
                if size.devices == 1 and size.kind == kind and size.gib <= room:
                    yield at, size

    def _fullest(self, sizes: Sequence[float], counts: Sequence[int], room: float, slack: float) -> Mapping[int, int]:
        """How many of some sizes, in ascending order and each at most so often, fill a room best: depth first, the largest ones first."""
        least, looks = room, 0
        taken: list[int] = []
        best: list[int] = []
        left = [room]
        following = [len(sizes) - 1]
        while following and looks < LOOKS and least > slack:
            kind = following[-1]
            if kind < 0:
                following.pop()
                left.pop()
                if taken:
                    taken.pop()
                continue
            following[-1] -= 1
            if taken.count(kind) < counts[kind]:
                looks += 1
                taken.append(kind)
                left.append(left[-1] - sizes[kind])
                following.append(min(kind, bisect_right(sizes, left[-1]) - 1))
                if left[-1] < least:
                    best, least = taken.copy(), left[-1]
        self.looks += looks
        return {kind: best.count(kind) for kind in best}

    def places(self, items: Sequence[Item]) -> tuple[Place, ...]:
        """A place for every item; of like ones the first lies where the first was put."""
        following = [iter(like.indexes) for like in self.likes]
        found = dict(self.fixed)
        for at, size, devices in self.put:
            found[next(following[at])] = Place(size, devices)
        return tuple(found[index] for index in range(len(items)))
