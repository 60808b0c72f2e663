"""Which rung each service takes and on which devices: the packer, asked again and again whether some offers fit.

Rungs first: the worst one that any service takes is as good as possible, then whoever is farthest down the own ladder rises while there is
room. Where there is too much to look at everything, devices are filled instead (`filling`), and `bounds` says what that may have cost.
"""

from collections.abc import Callable, Sequence
from math import ceil, floor
from operator import ge, le

from aua_compile.frozen import dataclass
from aua_compile.plan.filling import Filler
from aua_compile.plan.memory import PRELOADING
from aua_compile.plan.options import Option
from aua_compile.plan.packing import Item, Order, Place, Size, pack
from aua_compile.plan.sizing import Chosen, capacities
from aua_compile.plan.wants import Machine, Want

Offers = Sequence[Sequence[Option]]

GRAIN = 2**20
"""Sizes and rooms are whole parts of a GiB, so many of them: such numbers add up exactly, and equal rooms are seen to be equal."""

MANY = 512
"""Beyond so many services times devices no search is complete, and none is tried."""

MOST_LOOKS = 200_000
"""Then rungs rise until so many ways to fill a device were looked at."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What was chosen for each service, None where nothing was found. `complete`: it was decided by looking at everything."""

    chosen: tuple[Chosen, ...] | None
    complete: bool


def solve(wants: tuple[Want, ...], offers: Offers, machine: Machine, *, alone: bool) -> Solution:
    """A service's option and devices for each want, if they are found. `alone`: split models share no device."""
    search = _Search(wants, machine, alone=alone)
    caps = search.caps(offers)
    chosen = None if caps is None else tuple(search.settled(offers, caps))
    return Solution(chosen, search.complete)


class _Search:
    """Services and devices, asked again and again whether some offers fit. `complete` until a search stops at its bound."""

    __slots__ = ("alone", "complete", "filler", "free", "is_large", "kinds", "wants")

    def __init__(self, wants: tuple[Want, ...], machine: Machine, *, alone: bool) -> None:
        self.wants, self.alone = wants, alone
        self.free = [floor(room * GRAIN) / GRAIN for room in capacities(machine)]
        self.kinds = {kind.first: kind.devices for kind in machine.kinds}
        self.is_large = len(wants) * len(self.free) > MANY
        self.filler = Filler(self.free, tuple(self.kinds.values()), alone=alone)
        self.complete = not self.is_large

    def packed(self, offers: Offers, order: Order = "tight") -> tuple[Place, ...] | None:
        """Places for one option of each service's offer: of each number of devices of a kind the one that needs least, by its index."""
        sizes = {id(offer): self._sizes(offer) for offer in {id(offer): offer for offer in offers}.values()}
        items = [Item(want.service, sizes[id(offer)], want.gpus) for want, offer in zip(self.wants, offers, strict=True)]
        if self.is_large and order == "tight":
            return self.filler.places(items)
        found = pack(items, self.free, order, alone=self.alone)
        self.complete &= found.complete
        return found.places

    def _sizes(self, offer: Sequence[Option]) -> tuple[Size, ...]:
        smallest: dict[tuple[int, int], Size] = {}
        for index, option in enumerate(offer):
            among = (option.devices, option.kind.first)
            known = smallest.get(among)
            if known is None or option.need_gib <= known.gib - 1 / GRAIN:
                smallest[among] = Size(option.devices, ceil(option.need_gib * GRAIN) / GRAIN, index, self.kinds[option.kind.first])
        return tuple(size for _, size in sorted(smallest.items()))

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
                return self._raised(offers, steps, caps)
        return last

    def _raised(self, offers: Offers, steps: list[list[int]], caps: list[int]) -> list[int]:
        """The caps after raising services one rung at a time until none can be raised: first who is farthest down the own ladder.

        Of those who are equally far down the one whose step is cheapest comes first. As many as fit rise together; the one that does not,
        and whoever is like it, stays.
        """
        stuck: set[int] = set()
        while self.filler.looks < MOST_LOOKS:
            down = {at: steps[at].index(cap) / len(steps[at]) for at, cap in enumerate(caps) if at not in stuck and cap != steps[at][0]}
            if not down:
                break
            farthest = max(down.values())
            better = {at: steps[at][steps[at].index(caps[at]) - 1] for at, far in down.items() if far == farthest}
            cost = {at: _least_gib(offers[at], rung) - _least_gib(offers[at], caps[at]) for at, rung in better.items()}
            ranked = sorted(better, key=lambda at: (cost[at], at))
            count = self._most(offers, caps, ranked, better)
            caps = _with(caps, better, ranked[:count])
            if count < len(ranked):
                like = self._like(offers, caps, ranked[count])
                stuck |= {at for at in ranked[count:] if self._like(offers, caps, at) == like}
        return caps

    def _like(self, offers: Offers, caps: list[int], at: int) -> tuple[object, ...]:
        return id(offers[at]), caps[at], self.wants[at].gpus

    def _most(self, offers: Offers, caps: list[int], ranked: list[int], better: dict[int, int]) -> int:
        """How many of `ranked`, from the first, can rise together: all, or as many as doubling and halving finds."""
        low, high, middle = 0, len(ranked) + 1, len(ranked)
        while high - low > 1:
            if self.packed(_up_to(offers, _with(caps, better, ranked[:middle]))) is not None:
                low = middle
            else:
                high = middle
            middle = min(2 * low + 1, (low + high) // 2)
        return low

    def settled(self, offers: Offers, caps: list[int]) -> list[Chosen]:
        """One option and its devices per service: exactly the capped rung where that leaves a packing, and wide where links allow."""
        narrowed = _up_to(offers, caps)
        exact = _kept(narrowed, caps, ge)
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
        return [Chosen(want, offer[place.size.tag], place.devices) for want, offer, place in zip(self.wants, narrowed, places, strict=True)]

    def _widened(self, offers: list[Sequence[Option]]) -> list[Sequence[Option]]:
        """Offers split over twice as many linked devices, heaviest service first, while devices would idle."""
        devices = len(self.free)
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
    like = other.engine.name in PRELOADING and len(other.parts) == len(option.parts)
    return like and other.kind.linked and other.devices == 2 * option.devices


def _rungs(offer: Sequence[Option]) -> list[int]:
    """The rungs that can run, best first."""
    return sorted({option.rung for option in offer})


def _up_to(offers: Offers, caps: Sequence[int]) -> list[Sequence[Option]]:
    """The options of rungs no worse than the caps."""
    return _kept(offers, caps, le)


def _kept(offers: Offers, caps: Sequence[int], holds: Callable[[int, int], bool]) -> list[Sequence[Option]]:
    """The options whose rung stands so to the cap; equal offers stay one object, so that they are looked at once."""
    known: dict[tuple[int, int], Sequence[Option]] = {}
    for offer, cap in zip(offers, caps, strict=True):
        if (id(offer), cap) not in known:
            known[id(offer), cap] = [option for option in offer if holds(option.rung, cap)]
    return [known[id(offer), cap] for offer, cap in zip(offers, caps, strict=True)]


def _with(caps: list[int], better: dict[int, int], risen: Sequence[int]) -> list[int]:
    """The caps with those of some services raised."""
    caps = caps.copy()
    for at in risen:
        caps[at] = better[at]
    return caps


def _least_gib(offer: Sequence[Option], rung: int) -> float:
    return min(option.devices * option.need_gib for option in offer if option.rung == rung)
