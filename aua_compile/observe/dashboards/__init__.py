"""What each dashboard shows, one module per page. A page or a panel is absent where this plan exports nothing for it."""

from collections.abc import Iterator

from aua_compile.observe import scrape
from aua_compile.observe.dashboards import arbiter, cost, engines, errors, overview, routing, specialists
from aua_compile.observe.features import compares, has_dashboards, has_judge, has_prices
from aua_compile.observe.panel import Dashboard
from aua_compile.plan.model import Plan


def dashboards(plan: Plan) -> Iterator[Dashboard]:
    """The pages of this plan; none, if dashboards are off."""
    if not has_dashboards(plan):
        return
    if scrape.router_is_scraped(plan):
        yield overview.page(plan)
        yield routing.page(plan)
        yield specialists.page(plan)
        if compares(plan) or has_judge(plan):
            yield arbiter.page(plan)
        yield errors.page(plan)
        if has_prices(plan):
            yield cost.page(plan)
    if scrape.engine_targets(plan):
        yield engines.page(plan)
