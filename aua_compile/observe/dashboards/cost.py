"""What answers cost, beside what the plan expected, and what no price is known of."""

from aua_runtime.contract import metrics
from aua_runtime.contract.metrics import Metric

from aua_compile.observe.dashboards.forms import OF_SPECIALIST, by, of, rate
from aua_compile.observe.panel import SPECIALIST, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import quote, total
from aua_compile.observe.record import SETTLED
from aua_compile.plan.model import Plan

_PER_HOUR = "* 3600 / 1e6"
_PER_THOUSAND = "* 1e3 / 1e6"


def page(plan: Plan) -> Dashboard:
    currency = plan.observability.costs.currency
    spend, served = rate(plan, metrics.COST), rate(plan, metrics.QUERIES, SETTLED)
    now = [
        Panel(f"Spend per hour, {currency}", "What calls cost.", "stat", "short", (Query(f"sum({spend}) {_PER_HOUR}"),), width=6),
        Panel(
            f"A thousand requests, {currency}",
            "What they cost, with their repeats, candidates and judgements.",
            "stat",
            "short",
            (Query(f"sum({spend}) / sum({served}) {_PER_THOUSAND}"),),
            width=6,
        ),
        Panel(
            "Calls without a known cost",
            "Per second: the specialist has no price, or its server did not count the tokens.",
            "stat",
            "reqps",
            (Query(f"sum({rate(plan, metrics.UNPRICED)})"),),
            width=6,
        ),
        Panel(
            "Prices",
            "The currency, the price book, and a digest of its prices.",
            "name",
            "none",
            (Query(f"max by (prices) ({of(plan, metrics.PRICES_INFO)})", "{{prices}}"),),
            width=6,
        ),
    ]
    spent = [
        Panel(f"Spend by specialist, {currency}", "Per hour.", "stack", "short", (_hourly(plan, metrics.COST, SPECIALIST, OF_SPECIALIST),)),
        Panel(f"Spend by field, {currency}", "Per hour.", "stack", "short", (_hourly(plan, metrics.FIELD_COST, "field"),)),
        Panel(
            f"A thousand tokens, {currency}",
            "What they cost, read and written; and what the plan expects with the engine full.",
            "lines",
            "short",
            (Query(_per_token(plan), "{{specialist}}"), *_planned(plan)),
        ),
        Panel(
            "Calls without a known cost",
            "Per second: no price, or no count of tokens.",
            "lines",
            "reqps",
            (by(plan, metrics.UNPRICED, SPECIALIST, OF_SPECIALIST),),
        ),
    ]
    rows = [Row("Now", tuple(now)), Row("Where it goes", tuple(spent))]
    if any(one.rent is not None for one in plan.called):
        rows.append(Row("Devices", tuple(_devices(plan, currency))))
    return Dashboard("cost", "Cost", "What answers cost, by whom and for what, beside what the plan expected.", tuple(rows), (SPECIALIST,))


def _devices(plan: Plan, currency: str) -> tuple[Panel, ...]:
    rent = f"max by ({SPECIALIST}) ({of(plan, metrics.RENT, OF_SPECIALIST)})"
    spend = total(rate(plan, metrics.COST, OF_SPECIALIST), SPECIALIST)
    return (
        Panel(f"Rent of devices, {currency}", "Per hour, used or not.", "stack", "short", (Query(f"{rent} / 1e6", "{{specialist}}"),)),
        Panel(
            "Share of the rent that calls carry",
            "The rest is idle: places that no call held.",
            "lines",
            "percentunit",
            (Query(f"{spend} * 3600 / {rent}", "{{specialist}}"),),
            maximum=1,
        ),
    )


def _hourly(plan: Plan, metric: Metric, label: str, *matchers: str) -> Query:
    return Query(f"{total(rate(plan, metric, *matchers), label)} {_PER_HOUR}", f"{{{{{label}}}}}")


def _per_token(plan: Plan) -> str:
    cost, read, written = (
        total(rate(plan, metric, OF_SPECIALIST), SPECIALIST) for metric in (metrics.COST, metrics.PROMPT_TOKENS, metrics.COMPLETION_TOKENS)
    )
    return f"{cost} / ({read} + {written}) {_PER_THOUSAND}"


def _planned(plan: Plan) -> tuple[Query, ...]:
    """What the plan expects of a thousand tokens, as a line of its own for each specialist that is reckoned by the hour."""
    rented = {one.name for one in plan.called if one.rent is not None}
    return tuple(
        Query(
            f'label_replace(vector({estimate.cost_per_million_tokens / 1000:.6g}), "{SPECIALIST}", {quote(estimate.specialist)}, "", "")',
            f"{estimate.specialist} as planned",
        )
        for estimate in plan.estimates
        if estimate.cost_per_million_tokens is not None and estimate.specialist in rented
    )
