"""The ways that a question can take, as a Mermaid diagram. Its texts are names of the plan, which hold nothing that Mermaid reads."""

from collections.abc import Iterator

from aua_compile.observe.features import compares, has_judge
from aua_compile.plan.model import Plan
from aua_compile.targets.docs.markdown import fenced

EDGES_MAX = 100  # beyond that a diagram is a tangle; Mermaid itself draws at most 500


def route_diagram(plan: Plan) -> str:
    """The diagram, or a sentence where it would have too many edges."""
    edges = list(_edges(plan))
    if len(edges) > EDGES_MAX:
        return f"A diagram would have {len(edges)} edges; the tables below say the same."
    return fenced("\n".join(["flowchart LR", *(f"  {line}" for line in [*_nodes(plan), *edges])]), "mermaid")


def _nodes(plan: Plan) -> Iterator[str]:
    yield f'router["router :{plan.api.public.port}"]'
    for number, field in enumerate(plan.fields):
        yield f'field{number}(["{field.name}{", high risk" if field.high_risk else ""}"])'
    for number, specialist in enumerate(plan.specialists):
        yield f'specialist{number}["{specialist.name}{"" if specialist.instance else ", external"}"]'
    if plan.arbiter:
        yield f'arbiter{{{{"{plan.arbiter.specialist.name}"}}}}'


def _edges(plan: Plan) -> Iterator[str]:
    """Straight lines are the first choice of a field, dotted ones what follows when it fails or is compared."""
    numbers = {specialist.name: number for number, specialist in enumerate(plan.specialists)}
    for number, field in enumerate(plan.fields):
        yield f"router --> field{number}"
        for rank, name in enumerate(field.specialists):
            yield f"field{number} {'-->' if rank == 0 else '-.->'} specialist{numbers[name]}"
    for specialist in plan.specialists:
        for name in specialist.fallback:
            yield f"specialist{numbers[specialist.name]} -. fallback .-> specialist{numbers[name]}"
    if has_judge(plan):
        judged = (
            plan.specialists
            if compares(plan)
            else tuple(plan.specialists[numbers[name]] for field in plan.fields if field.high_risk for name in field.specialists)
        )
        for name in dict.fromkeys(specialist.name for specialist in judged):
            yield f"specialist{numbers[name]} -. candidate .-> arbiter"
