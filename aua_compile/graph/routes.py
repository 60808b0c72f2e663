"""The routes that a question can take: from the router over fields to specialists, and from those to the arbiter."""

from collections.abc import Iterator
from typing import Literal

from aua_compile.frozen import dataclass
from aua_compile.observe.features import compares, has_judge
from aua_compile.plan.model import Plan

NodeKind = Literal["router", "field", "specialist", "arbiter"]
EdgeKind = Literal["first", "next", "fallback", "candidate"]


@dataclass(frozen=True, slots=True)
class Node:
    """Something that a question passes. `note` says more of it; `outside` means that this deployment does not start it."""

    kind: NodeKind
    name: str
    note: str
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """From one node to another, by their numbers. `label` is the condition, if there is one."""

    source: int
    target: int
    kind: EdgeKind
    label: str = ""


@dataclass(frozen=True, slots=True)
class Routes:
    """The nodes of each kind stand together, in the order of the plan."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def first(self, specialists: int, fields: int) -> "Routes":
        """The same without the specialists and fields beyond the first so many."""
        most = {"field": fields, "specialist": specialists}
        seen: dict[str, int] = {}
        kept: dict[int, int] = {}
        for number, node in enumerate(self.nodes):
            seen[node.kind] = seen.get(node.kind, 0) + 1
            if seen[node.kind] <= most.get(node.kind, 1):
                kept[number] = len(kept)
        edges = (edge for edge in self.edges if edge.source in kept and edge.target in kept)
        return Routes(
            tuple(self.nodes[number] for number in kept),
            tuple(Edge(kept[edge.source], kept[edge.target], edge.kind, edge.label) for edge in edges),
        )

    def count(self, kind: NodeKind) -> int:
        """How many nodes of a kind there are."""
        return sum(node.kind == kind for node in self.nodes)


def routes(plan: Plan) -> Routes:
    """The routes of a plan."""
    return Routes(tuple(_nodes(plan)), tuple(_edges(plan)))


def _nodes(plan: Plan) -> Iterator[Node]:
    yield Node("router", "router", f"port {plan.api.public.port}")
    for field in plan.fields:
        yield Node("field", field.name, "high risk" if field.high_risk else "")
    for specialist in plan.specialists:
        yield Node("specialist", specialist.name, specialist.model, outside=specialist.instance is None)
    if plan.arbiter:
        outside = plan.arbiter.specialist.instance is None
        yield Node("arbiter", plan.arbiter.specialist.name, f"verdict from {plan.arbiter.confidence_threshold:g}", outside=outside)


def _edges(plan: Plan) -> Iterator[Edge]:
    fields, specialists, arbiter = 1, 1 + len(plan.fields), 1 + len(plan.fields) + len(plan.specialists)
    numbers = {specialist.name: specialists + number for number, specialist in enumerate(plan.specialists)}
    numbers |= {plan.arbiter.specialist.name: arbiter} if plan.arbiter else {}
    fanned = f", beside others from {plan.routing.fanout_threshold:g}" if compares(plan) else ""
    for number, field in enumerate(plan.fields, fields):
        yield Edge(0, number, "first", f"alone from {plan.routing.single_threshold:g}{fanned}")
        for rank, name in enumerate(field.specialists):
            label = f"sure from {field.confidence_threshold:g}" if rank == 0 else ""
            yield Edge(number, numbers[name], "first" if rank == 0 else "next", label)
    for specialist in plan.specialists:
        for name in specialist.fallback:
            yield Edge(numbers[specialist.name], numbers[name], "fallback", "fallback")
    if has_judge(plan):
        risky = (name for field in plan.fields if field.high_risk for name in field.specialists)
        judged = [specialist.name for specialist in plan.specialists] if compares(plan) else list(dict.fromkeys(risky))
        yield from (Edge(numbers[name], arbiter, "candidate", "candidate") for name in judged)
