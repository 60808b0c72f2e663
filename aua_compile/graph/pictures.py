"""A plan's pictures as whole files. `remark` says where they come from. A compile writes that of the memory and loads no other's code."""

from aua_compile.graph.mermaid import placement_mermaid, routes_mermaid
from aua_compile.graph.placement import placement
from aua_compile.graph.placement_svg import placement_drawing
from aua_compile.graph.routes import routes
from aua_compile.graph.svg import svg
from aua_compile.plan.model import Plan
from aua_compile.render import comment


def routes_svg(plan: Plan, remark: str) -> str:
    """The routes as SVG."""
    from aua_compile.graph.routes_svg import routes_drawing

    return svg(routes_drawing(routes(plan), plan.project.name), remark)


def placement_svg(plan: Plan, remark: str) -> str:
    """The memory of each device as SVG."""
    return svg(placement_drawing(placement(plan), plan.project.name), remark)


def routes_text(plan: Plan, remark: str) -> str:
    """The routes as Mermaid."""
    from aua_compile.graph.routes_svg import MOST

    drawn = routes(plan)
    shown = drawn.first(MOST, MOST)
    left = len(drawn.nodes) - len(shown.nodes)
    cut = f"%% Cut: {left} fields and specialists are not drawn.\n" if left else ""
    return f"%% {comment(remark)}\n{cut}{routes_mermaid(shown)}\n"


def placement_text(plan: Plan, remark: str) -> str:
    """The memory of each device as Mermaid."""
    return f"%% {comment(remark)}\n{placement_mermaid(placement(plan))}\n"
