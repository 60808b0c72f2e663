"""Pictures as Mermaid, the text that code forges draw. Every text is quoted, and names of a plan hold nothing that ends a quote."""

from collections.abc import Iterator

from aua_compile.graph.placement import Placement, gib
from aua_compile.graph.routes import Edge, Node, Routes

EDGES_MAX = 100  # beyond that a diagram is a tangle; Mermaid itself draws at most 500
DEVICES_MAX = 32

_SHAPES = {"router": ("[", "]"), "field": ("([", "])"), "specialist": ("[", "]"), "arbiter": ("{{", "}}")}
_ARROWS = {"first": "-->", "next": "-.->", "fallback": "-.->", "candidate": "-.->"}


def routes_mermaid(drawn: Routes) -> str:
    """The routes, from left to right. Straight lines are a field's first choice, dotted ones what follows."""
    identifiers = _identifiers(drawn)
    lines = ["flowchart LR"]
    lines += [f"  {identifier}{_box(node)}" for identifier, node in zip(identifiers, drawn.nodes, strict=True)]
    lines += [f"  {identifiers[edge.source]} {_arrow(edge)} {identifiers[edge.target]}" for edge in drawn.edges]
    return "\n".join(lines)


def _identifiers(drawn: Routes) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for node in drawn.nodes:
        number = seen.setdefault(node.kind, 0)
        seen[node.kind] += 1
        found.append(node.kind if node.kind in {"router", "arbiter"} else f"{node.kind}{number}")
    return found


def _box(node: Node) -> str:
    before, after = _SHAPES[node.kind]
    words = [node.name, *([node.note] if node.kind != "specialist" and node.note else []), *(["external"] if node.outside else [])]
    return f"{before}{_text(', '.join(words))}{after}"


def _arrow(edge: Edge) -> str:
    return f"{_ARROWS[edge.kind]}|{_text(edge.label)}|" if edge.label else _ARROWS[edge.kind]


def placement_mermaid(drawn: Placement) -> str:
    """The devices as boxes with the services in them. Parts of one engine that spans devices are joined."""
    return "\n".join(["flowchart TB", *_devices(drawn), *_joints(drawn), *_elsewhere(drawn)])


def _devices(drawn: Placement) -> Iterator[str]:
    for device in drawn.devices[:DEVICES_MAX]:
        title = f"{device.name}: {device.accelerator}, {gib(device.size)} GiB, {gib(device.free)} free"
        yield f"  subgraph device{device.number}[{_text(title)}]"
        for number, block in enumerate(device.blocks):
            yield f"    device{device.number}block{number}[{_text(f'{block.label}: {gib(block.size)} GiB')}]"
        if not device.blocks:
            yield f"    device{device.number}free[{_text('nothing')}]"
        yield "  end"
    if len(drawn.devices) > DEVICES_MAX:
        yield f"  more[{_text(f'cut: {len(drawn.devices) - DEVICES_MAX} more devices')}]"


def _joints(drawn: Placement) -> Iterator[str]:
    last: dict[tuple[str, str], str] = {}
    for device in drawn.devices[:DEVICES_MAX]:
        for number, block in enumerate(device.blocks):
            here, part = f"device{device.number}block{number}", (block.instance, block.service)
            if part in last:
                yield f"  {last[part]} --- {here}"
            last[part] = here


def _elsewhere(drawn: Placement) -> Iterator[str]:
    for number, name in enumerate(drawn.elsewhere[:DEVICES_MAX]):
        yield f"  elsewhere{number}[{_text(f'{name}, elsewhere')}]"


def _text(text: str) -> str:
    """Text in quotes; what Mermaid would read in it stands as an entity."""
    return '"' + text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;") + '"'
