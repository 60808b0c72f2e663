"""AUA_QueueSaturated: so many calls wait for a specialist that the next ones are refused."""

from aua_runtime.contract import metrics

from aua_compile.observe.alert import VALUE, Alert, Case, Cause, Step, constant, label
from aua_compile.observe.promql import DAY_AGO, quantile, quote, select, total
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, short_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    bounded = [(one, one.limits) for one in plan.specialists if one.limits is not None and one.limits.queue]
    if not bounded or not router_is_scraped(plan):
        return None
    bounds, job, window = plan.observability.thresholds, router_job(plan), duration(short_s(plan))
    some, limits = bounded[0]
    queued, limit = select(metrics.UPSTREAM_QUEUED.name, job), select(metrics.UPSTREAM_QUEUE_LIMIT.name, job)
    share = f"max by (job, specialist) (avg_over_time({queued}[{window}]) / {limit})"
    of_some = f"specialist={quote(some.name)}"
    waiting, may = (select(metric.name, job, of_some) for metric in (metrics.UPSTREAM_QUEUED, metrics.UPSTREAM_QUEUE_LIMIT))
    calls, calls_before = (total(f"rate({select(metrics.UPSTREAM_CALLS.name, job)}[{window}]{ago})", "specialist") for ago in ("", DAY_AGO))
    slow, slow_before = (
        quantile(0.95, select(f"{metrics.UPSTREAM_LATENCY.name}_bucket", job), window, "specialist", ago=ago) for ago in ("", DAY_AGO)
    )
    waits = quantile(0.95, select(f"{metrics.UPSTREAM_WAIT.name}_bucket", job), window, "specialist")
    shown = ", ".join(f"`{one.name}` {bound.queue}" for one, bound in bounded[:_SHOWN])
    return Alert(
        name="AUA_QueueSaturated",
        severity="ticket",  # AUA_HighErrorRate pages when so many are refused that clients suffer
        # The mean of a window: a line that is nearly full all the time is seen emptier at one scrape or another.
        expr=f"{share} > {bounds.queue_share}",
        hold_s=hold_s(plan, bounds.page_after_s),
        ends_s=short_s(plan),
        summary=f"{VALUE} of the places in line for the specialist {label('specialist')} of {plan.project.name} are taken.",
        query=share,
        fires=Case({waiting: constant(limits.queue), may: constant(limits.queue)}, {"job": job, "specialist": some.name}, "100%"),
        silent=Case({waiting: constant(0), may: constant(limits.queue)}),
        meaning=(
            f"Over {window} more than {bounds.queue_share:.0%} of the calls that may wait for a specialist did wait. When the line is full,"
            " further calls are refused at once with `AUA_OVERLOADED`, and go to the specialist's fallback where the plan has one. Places"
            f" in line at each router: {shown}."
        ),
        causes=(
            Cause(
                "More is asked than the specialist's servers were placed for.",
                "It has more calls a second than a day ago.",
                queries=(calls, calls_before),
            ),
            Cause(
                "The specialist became slow, so that each call holds its place longer.",
                "Calls take longer than a day ago.",
                queries=(slow, slow_before),
            ),
            Cause(
                "One of its servers is away, and the others carry its share.",
                "A server of it is 0.",
                queries=(f"{select(metrics.SERVER_UP.name, job)} == 0",),
            ),
        ),
        steps=(
            Step("See how many wait for whom, and how long.", queries=(f"sum by (specialist) ({queued})", waits)),
            Step(
                "See whether calls are refused already.",
                queries=(f"sum by (code) (increase({select(metrics.UPSTREAM_ERRORS.name, job)}[{window}]))",),
            ),
            Step(
                "Give the specialist another server (`replicas` of its backend) or more `concurrency`, compile, and roll out; or bound"
                " the clients."
            ),
        ),
    )


_SHOWN = 8  # as many as the largest shipped machine has devices
