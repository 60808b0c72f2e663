"""The forms that queries of the router's metrics take in panels.

They use `$__rate_interval`, which Grafana fits to the zoom and the scrape interval; where an alert watches a value, its panel shows the
recording rule instead, so that both show one number.
"""

from collections.abc import Iterator

from aua_runtime.contract.metrics import Metric

from aua_compile.observe import scrape
from aua_compile.observe.panel import FIELD, SPECIALIST, Query
from aua_compile.observe.promql import quantile, select, total
from aua_compile.plan.model import Plan

OF_FIELD = f'{FIELD}=~"${FIELD}"'
OF_SPECIALIST = f'{SPECIALIST}=~"${SPECIALIST}"'
WINDOW = "$__rate_interval"


def of(plan: Plan, metric: Metric, *matchers: str, part: str = "") -> str:
    return select(metric.name + part, scrape.router_job(plan), *matchers)


def rate(plan: Plan, metric: Metric, *matchers: str) -> str:
    return f"rate({of(plan, metric, *matchers)}[{WINDOW}])"


def by(plan: Plan, metric: Metric, label: str, *matchers: str) -> Query:
    """The rate of a counter, a series per value of one label."""
    return Query(total(rate(plan, metric, *matchers), label), f"{{{{{label}}}}}")


def mean(plan: Plan, metric: Metric, label: str, *, matchers: tuple[str, ...] = ()) -> str:
    """The mean of a histogram, a series per value of one label."""
    sums, counts = (total(f"rate({of(plan, metric, *matchers, part=part)}[{WINDOW}])", label) for part in ("_sum", "_count"))
    return f"{sums} / {counts}"


def quantiles(plan: Plan, metric: Metric) -> Iterator[Query]:
    for share in (0.5, 0.95, 0.99):
        yield Query(quantile(share, of(plan, metric, part="_bucket"), WINDOW), f"p{share * 100:.0f}")
