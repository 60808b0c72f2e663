"""Which features of the router a plan turned on, as far as metrics tell of them."""

from aua_compile.observe.scrape import engine_targets, router_is_scraped
from aua_compile.plan.model import Plan


def compares(plan: Plan) -> bool:
    """Whether several specialists may answer one question, so that their answers are compared."""
    return plan.routing.max_fanout > 1 and len(plan.specialists) > 1


def has_judge(plan: Plan) -> bool:
    """Whether an arbiter gives verdicts: it is there, and there are answers to compare or a high-risk field that needs it."""
    return plan.arbiter is not None and (compares(plan) or any(served.high_risk for served in plan.fields))


def has_prices(plan: Plan) -> bool:
    """Whether it is known of any specialist what its calls cost."""
    return any(one.price is not None or one.rent is not None for one in plan.called)


def has_dashboards(plan: Plan) -> bool:
    """Whether dashboards are on and there is something to show on them."""
    return plan.observability.dashboards and (router_is_scraped(plan) or bool(engine_targets(plan)))
