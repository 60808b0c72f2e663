"""The memory of each device as bars of text whose lengths and figures sum."""

from collections.abc import Sequence

from aua_compile.graph.placement import Device, gib
from aua_compile.plan.rounding import apportioned
from aua_compile.targets.docs.markdown import fenced, table

BAR = 40  # characters for a whole device: with names and figures a line stays below the eighty of a terminal


def bars(device: Device) -> str:
    """One device: a line per service and one for what is free; figures and bars sum to the device."""
    names = [block.label for block in device.blocks] + ["free"]
    sizes = [block.size for block in device.blocks] + [device.free]
    lengths = apportioned(sizes, BAR)
    width = max(map(len, names))
    signs = ["█"] * len(device.blocks) + ["·"]
    lines = [
        f"{name:{width}} {gib(size):>8} GiB  {sign * length}".rstrip()
        for name, size, sign, length in zip(names, sizes, signs, lengths, strict=True)
    ]
    whole = f"{'':{width}} {gib(device.size):>8} GiB  device {device.number}, {device.accelerator}, {device.confidence}"
    return fenced("\n".join([*lines, whole]), "text")


def terms(devices: Sequence[Device]) -> str:
    """What each service's share is made of."""
    blocks = [(device, block) for device in devices for block in device.blocks]
    names = list(blocks[0][1].terms) if blocks else []
    heads = ("device", "service", *(f"{name} (GiB)" for name in names), "sum (GiB)")
    figures = ((device, block, [*block.terms.values(), block.size]) for device, block in blocks)
    return table(heads, [(str(device.number), f"`{block.label}`", *map(gib, sizes)) for device, block, sizes in figures])
