"""Recording rules: the ratios and means that alerts and dashboards share, computed once.

Names are `level:metric:operation` as Prometheus' guide to rules asks, the operation with its window. Ratios that users of earlier releases
know as metrics (abstention, contradiction, verdict distribution) are here.
"""

from collections.abc import Iterator

from aua_runtime.contract import metrics

from aua_compile.observe.features import compares, has_judge
from aua_compile.observe.objectives import objective_records
from aua_compile.observe.promql import bucket, select, total
from aua_compile.observe.record import SETTLED, Record
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, long_s, quiet_s, short_s
from aua_compile.plan.digest import router_digest
from aua_compile.plan.model import Field, Plan


def records(plan: Plan) -> Iterator[Record]:
    """Every recording rule of this plan, in the order in which they are evaluated."""
    if not router_is_scraped(plan):
        return
    near_s, far_s, quiet = short_s(plan), long_s(plan), quiet_s(plan)
    for window_s in (near_s, far_s):
        yield settled(plan, window_s)
        yield failed_ratio(plan, window_s)
        yield slow_ratio(plan, window_s)
    yield upstream_error_ratio(plan)
    yield abstention_ratio(plan)
    for window_s in (far_s, quiet):
        yield mean_utility(plan, window_s)
        yield scored(plan, window_s)
        if compares(plan):
            yield compared(plan, window_s)
            yield contradiction_ratio(plan, window_s)
        if has_judge(plan):
            yield judged(plan, window_s)
            yield verdict_ratio(plan, window_s)
    yield from (utility_floor(plan, served) for served in plan.fields if served.utility_floor > 0)
    yield from objective_records(plan)


def deployed(plan: Plan) -> Iterator[Record]:
    """What a router is by the plan of these rules; `AUA_PlanDiffers` holds it against what the routers say they run."""
    if router_is_scraped(plan):
        yield Record(DEPLOYED, "vector(1)", {"job": router_job(plan), "router": router_digest(plan)})


DEPLOYED = "job:aua_plan_deployed:info"


def settled(plan: Plan, window_s: float) -> Record:
    """Requests that were ours to answer."""
    window = duration(window_s)
    return Record(
        f"job:aua_query_settled:increase{window}", total(f"increase({_of(plan, metrics.QUERIES.name, SETTLED)}[{window}])", "job")
    )


def failed_ratio(plan: Plan, window_s: float) -> Record:
    """The share of them that failed."""
    window = duration(window_s)
    return Record(
        f"job:aua_query_failed:ratio_rate{window}",
        _ratio(_of(plan, metrics.QUERIES.name, 'outcome="failed"'), _of(plan, metrics.QUERIES.name, SETTLED), window, "job"),
    )


def slow_ratio(plan: Plan, window_s: float) -> Record:
    """The share of responses that took longer than the bucket which stands for `near the deadline`; see `slow_bound_s`."""
    window = duration(window_s)
    slow = slow_bound_s(plan)
    within = _of(plan, f"{metrics.QUERY_LATENCY.name}_bucket", bucket(slow))
    return Record(
        f"job:aua_query_slow:ratio_rate{window}",
        f"1 - {_ratio(within, _of(plan, f'{metrics.QUERY_LATENCY.name}_count'), window, 'job')}",
    )


def slow_bound_s(plan: Plan) -> float:
    """The largest bucket bound not above the share of the deadline that counts as slow, or the smallest bound there is.

    A bucket bound, because a share beyond a bound is exact, while a quantile is a guess within a bucket and ends at the last bound.
    """
    limit = plan.observability.thresholds.slow_deadline_share * plan.routing.deadline_s
    bounds = metrics.QUERY_LATENCY.buckets
    return max((bound for bound in bounds if bound <= limit), default=bounds[0])


def upstream_error_ratio(plan: Plan) -> Record:
    """The share of calls to each specialist that failed; calls that a client gave up do not count."""
    window = duration(short_s(plan))
    return Record(
        f"specialist:aua_upstream_error:ratio_rate{window}",
        _ratio(_of(plan, metrics.UPSTREAM_FAILED.name), _of(plan, metrics.UPSTREAM_CALLS.name), window, "job", "specialist"),
    )


def abstention_ratio(plan: Plan) -> Record:
    """The share of answers in each field that were abstentions."""
    window = duration(long_s(plan))
    queries = metrics.QUERIES.name
    return Record(
        f"field:aua_abstention:ratio_rate{window}",
        _ratio(_of(plan, queries, 'outcome="abstained"'), _of(plan, queries, SETTLED), window, "job", "field"),
    )


def mean_utility(plan: Plan, window_s: float) -> Record:
    """The mean utility of the answers in each field."""
    window = duration(window_s)
    name = metrics.UTILITY.name
    sums, counts = (total(f"rate({_of(plan, f'{name}_{part}')}[{window}])", "job", "field") for part in ("sum", "count"))
    return Record(f"field:{name}:mean{window}", f"{sums} / {counts}")


def scored(plan: Plan, window_s: float) -> Record:
    """How many answers in each field that mean is made of."""
    window = duration(window_s)
    count = _of(plan, f"{metrics.UTILITY.name}_count")
    return Record(f"field:{metrics.UTILITY.name}:increase{window}", total(f"increase({count}[{window}])", "job", "field"))


def utility_floor(plan: Plan, served: Field) -> Record:
    """The mean utility below which answers in a field count as poor, as a series, so that one alert serves all fields."""
    floor = round(served.utility_floor * plan.observability.thresholds.utility_floor_share, 6)
    return Record(f"field:{metrics.UTILITY.name}:floor", f"vector({floor})", {"job": router_job(plan), "field": served.name})


def compared(plan: Plan, window_s: float) -> Record:
    """Comparisons, by field."""
    window = duration(window_s)
    return Record(
        f"field:aua_comparison:increase{window}", total(f"increase({_of(plan, metrics.COMPARISONS.name)}[{window}])", "job", "field")
    )


def contradiction_ratio(plan: Plan, window_s: float) -> Record:
    """The share of comparisons in each field whose answers contradict each other."""
    window = duration(window_s)
    name = metrics.COMPARISONS.name
    return Record(
        f"field:aua_contradiction:ratio_rate{window}",
        _ratio(_of(plan, name, 'result="contradict"'), _of(plan, name), window, "job", "field"),
    )


def judged(plan: Plan, window_s: float) -> Record:
    """Verdicts."""
    window = duration(window_s)
    return Record(f"job:aua_arbiter_verdict:increase{window}", total(f"increase({_of(plan, metrics.VERDICTS.name)}[{window}])", "job"))


def verdict_ratio(plan: Plan, window_s: float) -> Record:
    """The share of each verdict."""
    window = duration(window_s)
    rates = f"rate({_of(plan, metrics.VERDICTS.name)}[{window}])"
    return Record(
        f"verdict:aua_arbiter_verdict:ratio_rate{window}",
        f"{total(rates, 'job', 'verdict')} / on (job) group_left () {total(rates, 'job')}",
    )


def _of(plan: Plan, series: str, *matchers: str) -> str:
    return select(series, router_job(plan), *matchers)


def _ratio(part: str, whole: str, window: str, *by: str) -> str:
    """The share of `part` in `whole`; 0, not nothing, while there are no series of `part` yet."""
    parts, wholes = (total(f"rate({series}[{window}])", *by) for series in (part, whole))
    return f"({parts} or 0 * {wholes}) / {wholes}"
