"""The forms that queries of the router's metrics take in panels.

They use `$__rate_interval`, which Grafana fits to the zoom and the scrape interval; where an alert watches a value, its panel shows the
recording rule instead, so that both show one number.
"""

from collections.abc import Iterator

from aua_runtime.contract.metrics import Metric

from aua_compile.observe import scrape
from aua_compile.observe.panel import FIELD, SERVICE, SPECIALIST, Color, Query
from aua_compile.observe.promql import quantile, select, total
from aua_compile.plan.model import Plan

OF_FIELD = f'{FIELD}=~"${FIELD}"'
OF_SPECIALIST = f'{SPECIALIST}=~"${SPECIALIST}"'
OF_SERVICE = f'{SERVICE}=~"${SERVICE}"'
WINDOW = "$__rate_interval"

REACHED: tuple[tuple[str, Color], ...] = (("not reached", "red"), ("reached", "green"))
MOST_LINES = 20
"""So many specialists are drawn at once; of more, those with the greatest values."""


def of(plan: Plan, metric: Metric, *matchers: str, part: str = "") -> str:
    return select(metric.name + part, scrape.router_job(plan), *matchers)


def rate(plan: Plan, metric: Metric, *matchers: str) -> str:
    return f"rate({of(plan, metric, *matchers)}[{WINDOW}])"


def by(plan: Plan, metric: Metric, label: str, *matchers: str) -> Query:
    """The rate of a counter, a series per value of one label."""
    return Query(total(rate(plan, metric, *matchers), label), f"{{{{{label}}}}}")


def each(plan: Plan, expr: str, said: str = "") -> Query:
    """A series per specialist; `said` is what the legend says after its name."""
    drawn = expr if len(plan.specialists) <= MOST_LINES else f"topk({MOST_LINES}, {expr})"
    return Query(drawn, "{{specialist}}" + (f" {said}" if said else ""))


def rate_of_each(plan: Plan, metric: Metric, said: str = "") -> Query:
    """The rate of a counter for each of the chosen specialists."""
    return each(plan, total(rate(plan, metric, OF_SPECIALIST), SPECIALIST), said)


def mean(plan: Plan, metric: Metric, *labels: str, matchers: tuple[str, ...] = ()) -> str:
    """The mean of a histogram, a series per value of the labels."""
    sums, counts = (f"rate({of(plan, metric, *matchers, part=part)}[{WINDOW}])" for part in ("_sum", "_count"))
    return f"{total(sums, *labels)} / {total(counts, *labels)}" if labels else f"sum({sums}) / sum({counts})"


def quantile_of(plan: Plan, share: float, metric: Metric, *labels: str, matchers: tuple[str, ...] = (), most: float | None = None) -> str:
    """A quantile of a histogram, a series per value of the labels. It is a guess within a bucket, and no value is above `most`."""
    guess = quantile(share, of(plan, metric, *matchers, part="_bucket"), WINDOW, *labels)
    return guess if most is None else f"clamp_max({guess}, {most:g})"


def quantiles(plan: Plan, metric: Metric, *matchers: str, most: float | None = None) -> Iterator[Query]:
    for share in (0.5, 0.95, 0.99):
        yield Query(quantile_of(plan, share, metric, matchers=matchers, most=most), f"p{share * 100:.0f}")


def heat(plan: Plan, metric: Metric, *matchers: str) -> Query:
    """How many observations fall in each bucket of a histogram, per second."""
    return Query(total(f"rate({of(plan, metric, *matchers, part='_bucket')}[{WINDOW}])", "le"), "{{le}}")
