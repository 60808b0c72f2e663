"""No metric of the router has more series than a Prometheus should keep of one."""

from collections.abc import Iterator

from aua_runtime.contract.labels import NameSet
from aua_runtime.contract.metrics import METRICS, SERIES_LIMIT, Metric

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.plan.model import Plan
from aua_compile.plan.series import series, values


def too_many_series(subject: Subject, plan: Plan, kind: NameSet, metrics: list[Metric]) -> Diagnostic:
    """Metrics of which one router could export too many series.

    What it checks: for each metric of the router the product of its labels' numbers of values, with the fields, specialists, servers,
    devices and engines of this plan, is at most 2,000. Buckets of a histogram and processes of a router are not counted.
    Why: every series costs each Prometheus that scrapes the router memory, and what it costs should be known before it is started.
    Example: 2,001 specialists, or 99 fields, which with 4 modes and 5 outcomes make 2,020 series of `aua_query_total`.
    Instead: several deployments with fewer of them, or `observability: {metrics: false}`.
    """
    most = max(metrics, key=lambda metric: series(plan, metric))
    product = " x ".join(f"{values(plan)[label]:,} values of `{label.name}`" for label in most.labels)
    message = f"`{most.name}` could have {series(plan, most):,} series, more than {SERIES_LIMIT:,}: {product}."
    if len(metrics) > 1:
        message += f" So could {len(metrics) - 1} other metrics."
    place = subject.place(_KEYS[kind], "preset")
    advice = f"Make several deployments with fewer {kind} each, or turn the router's metrics off: `observability: {{metrics: false}}`."
    return Diagnostic("AUA0760", "error", message, place.span, place.path, advice)


def check(plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    if not plan.observability.metrics:
        return
    found: dict[NameSet, list[Metric]] = {}
    for metric in METRICS:
        if series(plan, metric) > SERIES_LIMIT:
            widest = max(metric.labels, key=lambda label: values(plan)[label])
            found.setdefault(widest.names_of, []).append(metric)
    for kind, metrics in found.items():
        yield too_many_series(subject, plan, kind, metrics)


_KEYS: dict[NameSet, str] = {
    "fields": "fields",
    "specialists": "specialists",
    "servers": "specialists",
    "devices": "tier",
    "engines": "specialists",
}
"""Where the names of a kind are said. The router's own words are too few for a metric to have too many series of them alone."""
