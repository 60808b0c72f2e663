"""AUA_BreakerOpen: the router stopped calling a model."""

from aua_runtime.contract import labels, metrics

from aua_compile.observe import commands, recording
from aua_compile.observe.alert import Alert, Case, Cause, Step, constant, label
from aua_compile.observe.promql import quantile, quote, select, total
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, short_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    if not router_is_scraped(plan):
        return None
    job = router_job(plan)
    recovery_s = max(specialist.breaker.recovery_s for specialist in plan.specialists)
    # Two recoveries: the breaker was probed at least once and the probe failed.
    hold = hold_s(plan, max(plan.observability.thresholds.page_after_s, 2 * recovery_s))
    some = plan.specialists[0]
    share = f", or {some.breaker.failing_share:.0%} of {some.breaker.window} calls failed or slow" if some.breaker.window else ""
    state = select(metrics.BREAKER_STATE.name, job)
    of_some = select(metrics.BREAKER_STATE.name, job, f"specialist={quote(some.name)}")
    errors = total(f"increase({select(metrics.UPSTREAM_ERRORS.name, job)}[{duration(short_s(plan))}])", "code")
    return Alert(
        name="AUA_BreakerOpen",
        severity="ticket",
        # Not closed rather than open: between two failed probes a breaker is half open, and the alert must not start over.
        expr=f"max by (job, specialist) ({state}) > {labels.BREAKER_STATES.index('closed')}",
        hold_s=hold,
        ends_s=0,
        summary=f"A router of {plan.project.name} has not trusted the specialist {label('specialist')} for {duration(hold)}.",
        query=f"max by (specialist) ({state})",
        fires=Case({of_some: constant(labels.BREAKER_STATES.index("open"))}, {"job": job, "specialist": some.name}),
        silent=Case({of_some: constant(labels.BREAKER_STATES.index("closed"))}),
        meaning=(
            f"The specialist failed as often as its circuit breaker allows (for `{some.name}` {some.breaker.threshold} times in a"
            f" row{share}), and has not answered a probe since. Until one succeeds its questions go to its fallback or fail at once."
        ),
        causes=(
            Cause(
                "The model server is down; AUA_SpecialistDown then fires as well.",
                "The specialist is not reached: 0.",
                queries=(select(metrics.SPECIALIST_UP.name, job),),
            ),
            Cause(
                "It answers with errors: overload, a model name that it does not know, a key that it does not take.",
                "It is reached, and calls end with `AUA_BACKEND_ERROR` or `AUA_OVERLOADED`.",
                queries=(errors,),
            ),
            Cause(
                "It is slower than the timeouts of the plan, so that every call and every probe is given up.",
                "Calls end with `AUA_SPECIALIST_TIMEOUT`, or half of them take more than"
                f" {some.breaker.slow_share * some.timeouts.total_s:g} s.",
                queries=(quantile(0.5, select(f"{metrics.UPSTREAM_LATENCY.name}_bucket", job), duration(short_s(plan)), "specialist"),),
            ),
        ),
        steps=(
            Step("See the share of calls that fail.", queries=(select(recording.upstream_error_ratio(plan).name, job),)),
            Step("Read what the router says about it; each failed call has a line.", commands.logs(plan, plan.router.service)),
            Step(
                f"Nothing has to be closed by hand: {some.breaker.recovery_s:g} s after each failure one call is let through, and the"
                " first that succeeds closes it."
            ),
        ),
    )
