"""The ways that a question can take, as a diagram in a page."""

from aua_compile.graph.mermaid import EDGES_MAX, routes_mermaid
from aua_compile.graph.routes import routes
from aua_compile.plan.model import Plan
from aua_compile.targets.docs.markdown import fenced


def route_diagram(plan: Plan) -> str:
    """The diagram, or a sentence where it would have too many edges."""
    drawn = routes(plan)
    if len(drawn.edges) > EDGES_MAX:
        return f"A diagram would have {len(drawn.edges)} edges; the tables below say the same."
    return fenced(routes_mermaid(drawn), "mermaid")
