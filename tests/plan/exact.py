"""An exact packer: every assignment is looked at. Slow, and right by being obvious; the search is compared with it on small instances."""

from collections.abc import Sequence
from itertools import combinations, product

from aua_compile.plan.packing import Item


def fits(items: Sequence[Item], free_gib: Sequence[float], *, alone: bool = False) -> bool:
    """Whether some choice of sizes and devices overfills no device, and with `alone` leaves split items their devices."""
    devices = range(len(free_gib))
    ways = [
        [
            (chosen, size.gib, alone and size.devices > 1 and item.fixed is None)
            for size in item.sizes
            for chosen in ([item.fixed] if item.fixed is not None else combinations(devices, size.devices))
            if len(chosen) == size.devices and all(device in (devices if size.kind is None else size.kind) for device in chosen)
        ]
        for item in items
    ]
    return any(_holds(way, free_gib) for way in product(*ways))


def _holds(way: Sequence[tuple[Sequence[int], float, bool]], free_gib: Sequence[float]) -> bool:
    for device, free in enumerate(free_gib):
        here = [(gib, owned) for chosen, gib, owned in way if device in chosen]
        if sum(gib for gib, _ in here) > free or (len(here) > 1 and any(owned for _, owned in here)):
            return False
    return True
