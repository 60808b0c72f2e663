"""Memory drawn to scale: a bar for each device, its services in it, and their terms in figures that sum."""

from collections.abc import Iterator

from aua_compile.graph.placement import Block, Device, Placement, gib
from aua_compile.graph.svg import SMALL_SIZE, Drawing, box, element, joined, text, width_of

MOST = 16  # devices that are drawn; with the figures of each a page is long enough
LEFT, BAR_LEFT, BAR_WIDTH, BAR_HEIGHT = 24, 168, 820, 30
WIDTH = BAR_LEFT + BAR_WIDTH + LEFT
TOP, LINE = 104, 17
NAME_WIDTH = 160


def placement_drawing(drawn: Placement, name: str) -> Drawing:
    """The picture of what lies where."""
    shown = drawn.devices[:MOST]
    most = max((device.size for device in shown), default=1)
    elements, y = [*_legend(shown, name)], float(TOP)
    joints: dict[tuple[int, ...], list[float]] = {}
    for index, device in enumerate(shown):
        for block in device.blocks:
            if len(block.devices) > 1:
                joints.setdefault(block.devices, []).append(y + 20)
        elements += _bar(device, y, most)
        y += 20 + BAR_HEIGHT + 8
        if index + 1 == len(shown) or not _same(device, shown[index + 1]):
            elements += _figures(device, _alike(shown, index), y)
            y += LINE * (len(device.blocks) + 3) + 18
        else:
            y += 6
    elements += [line for devices, places in joints.items() for line in _joint(devices, dict.fromkeys(places))]
    notes = list(_notes(drawn))
    elements += [text(LEFT, y + 4 + LINE * number, note, "small", most=WIDTH - 2 * LEFT) for number, note in enumerate(notes)]
    return Drawing(WIDTH, y + LINE * len(notes) + 12, f"Memory of {name}", _description(drawn), tuple(elements))


def _legend(devices: tuple[Device, ...], name: str) -> Iterator[str]:
    yield text(LEFT, 32, f"Memory of {name}", "title", most=WIDTH - 2 * LEFT)
    yield text(LEFT, 52, "Bars are to scale. Figures are GiB and sum to what the engine sees of the device.", "small")
    terms = next((list(block.terms) for device in devices for block in device.blocks), [])
    x = float(LEFT)
    for style, term in [*((f"t{number}", term) for number, term in enumerate(terms)), ("free", "free")]:
        yield box(x, 66, 12, 12, style)
        yield text(x + 17, 76, term, "small")
        x += 17 + width_of(term, SMALL_SIZE) + 14


def _bar(device: Device, y: float, most: int) -> Iterator[str]:
    scale = BAR_WIDTH / most
    yield text(LEFT + 14, y + 34, device.name, "strong", most=BAR_LEFT - LEFT - 24)
    yield text(LEFT + 14, y + 49, device.accelerator, "small", most=BAR_LEFT - LEFT - 24)
    x = float(BAR_LEFT)
    for block in device.blocks:
        width = block.size * scale
        yield text(x + 2, y + 14, block.label, "small", most=width - 4)
        at = x
        for number, (term, size) in enumerate(block.terms.items()):
            if size:
                yield box(at, y + 20, size * scale, BAR_HEIGHT, f"t{number}", f"{block.label}: {term} {gib(size)} GiB")
                at += size * scale
        yield box(x, y + 20, width, BAR_HEIGHT, "edge")
        x += width
    yield box(x, y + 20, device.free * scale, BAR_HEIGHT, "free", f"free {gib(device.free)} GiB")
    if device.free * scale > width_of("free", SMALL_SIZE) + 4:
        yield text(x + 2, y + 14, "free", "small")
    yield box(BAR_LEFT, y + 20, device.size * scale, BAR_HEIGHT, "edge")


def _figures(device: Device, devices: list[Device], y: float) -> Iterator[str]:
    """A table of what is on the device, or on each of several that hold the same."""
    terms = list(device.blocks[0].terms) if device.blocks else []
    columns = [*terms, "sum"]
    step = (BAR_WIDTH - NAME_WIDTH) / max(1, len(columns))
    ends = [BAR_LEFT + NAME_WIDTH + step * (number + 1) for number in range(len(columns))]
    which = f"{devices[0].name} to {devices[-1].number}, each" if len(devices) > 1 else device.name
    yield text(BAR_LEFT, y + 12, which, "small strong", most=NAME_WIDTH)
    yield from (text(end, y + 12, column, "small end", most=step - 4) for end, column in zip(ends, columns, strict=True))
    rows = [(block.label, [*block.terms.values(), block.size]) for block in device.blocks]
    for number, (label, sizes) in enumerate([*rows, ("free", [*([0] * len(terms)), device.free])], 1):
        yield text(BAR_LEFT, y + 12 + LINE * number, label, most=NAME_WIDTH)
        for end, size, column in zip(ends, sizes, columns, strict=True):
            if size or column == "sum":
                yield text(end, y + 12 + LINE * number, gib(size), "end")
    total = y + 12 + LINE * (len(rows) + 2)
    yield element("path", {"class": "line", "d": f"M {joined([(BAR_LEFT, total - 12), (BAR_LEFT + BAR_WIDTH, total - 12)])}"})
    yield text(BAR_LEFT, total + 2, f"device, {device.confidence}", "strong", most=NAME_WIDTH)
    yield text(ends[-1], total + 2, gib(device.size), "strong end")


def _same(one: Device, other: Device) -> bool:
    """Whether two devices hold the same, in the same figures."""
    return (one.size, one.free, one.blocks, one.accelerator, one.confidence) == (
        other.size,
        other.free,
        other.blocks,
        other.accelerator,
        other.confidence,
    )


def _alike(devices: tuple[Device, ...], index: int) -> list[Device]:
    """The devices up to `index` that hold what it holds, without a break."""
    first = index
    while first and _same(devices[first - 1], devices[index]):
        first -= 1
    return list(devices[first : index + 1])


def _joint(devices: tuple[int, ...], places: dict[float, None]) -> Iterator[str]:
    """A bracket beside the bars of devices that one engine spans."""
    ys = list(places)
    top, bottom = ys[0] + BAR_HEIGHT / 2, ys[-1] + BAR_HEIGHT / 2
    about = f"one engine on GPUs {', '.join(map(str, devices))}"
    yield element(
        "path",
        {"class": "line", "d": f"M {joined([(LEFT + 6, top), (LEFT, top), (LEFT, bottom), (LEFT + 6, bottom)])}"},
        f"<title>{about}</title>",
    )
    yield from (
        element("path", {"class": "line", "d": f"M {joined([(LEFT, y + BAR_HEIGHT / 2), (LEFT + 6, y + BAR_HEIGHT / 2)])}"})
        for y in ys[1:-1]
    )


def _spanning(drawn: Placement) -> list[Block]:
    """One block of each engine that spans devices."""
    found = {block.instance: block for device in drawn.devices[:MOST] for block in device.blocks if len(block.devices) > 1}
    return list(found.values())


def _notes(drawn: Placement) -> Iterator[str]:
    for block in _spanning(drawn):
        yield f"{block.instance} is one engine on GPUs {', '.join(map(str, block.devices))}: the bracket joins its parts."
    if drawn.elsewhere:
        yield f"Run elsewhere: {', '.join(drawn.elsewhere)}."
    if len(drawn.devices) > MOST:
        yield f"Cut: {len(drawn.devices) - MOST} of {len(drawn.devices)} devices are not drawn."


def _description(drawn: Placement) -> str:
    said = [
        f"{device.name}, {device.accelerator}, {gib(device.size)} GiB: "
        + ", ".join([*(f"{block.label} {gib(block.size)}" for block in device.blocks), f"free {gib(device.free)}"])
        for device in drawn.devices[:MOST]
    ]
    return ". ".join([*said, *(note.rstrip(".") for note in _notes(drawn))]) + "."
