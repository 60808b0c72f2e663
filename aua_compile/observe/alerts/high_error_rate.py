"""AUA_HighErrorRate: too many requests end with an error."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands, recording
from aua_compile.observe.alert import VALUE, Alert, Case, Cause, Step, rising
from aua_compile.observe.enough import many, said, told
from aua_compile.observe.promql import select
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, long_s, short_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    if not router_is_scraped(plan):
        return None
    bounds = plan.observability.thresholds
    job = router_job(plan)
    hold = hold_s(plan, bounds.page_after_s)
    well, wrong = (select(metrics.QUERIES.name, job, f'outcome="{outcome}"') for outcome in ("answered", "failed"))
    window = duration(short_s(plan))
    codes = f"sum by (code) (increase({select(metrics.ERRORS.name, job)}[{window}]))"
    return Alert(
        name="AUA_HighErrorRate",
        severity="page",
        expr=told(
            plan,
            recording.failed_ratio,
            f"> {bounds.failed_share}",
            recording.settled,
            (short_s(plan), long_s(plan)),
            "job",
            counted=True,
        ),
        hold_s=hold,
        ends_s=short_s(plan),
        summary=f"{VALUE} of the requests to {plan.project.name} fail.",
        query=select(recording.failed_ratio(plan, short_s(plan)).name, job),
        fires=Case({well: rising(0), wrong: many(plan)}, {"job": job}, "100%"),
        silent=Case({well: many(plan), wrong: rising(0)}),
        meaning=(
            f"More than {bounds.failed_share:.0%} of the requests of the last {window} ended with an error of the router or of a model"
            f" server; what clients sent wrong or gave up is not counted. " + said(plan, "requests", long_s(plan), bad="failed ones")
        ),
        causes=(
            Cause(
                "One specialist fails and nothing takes its place: it is down, out of memory, or refuses what it is sent.",
                "One specialist has a share near 1, the others have 0.",
                queries=(f"{select(recording.upstream_error_ratio(plan).name, job)} > 0",),
            ),
            Cause(
                f"Requests run into the deadline of {plan.routing.deadline_s:g} s, or are refused, because a specialist is overloaded.",
                "The codes are mostly `AUA_DEADLINE_EXCEEDED`, `AUA_SPECIALIST_TIMEOUT` or `AUA_OVERLOADED`.",
                queries=(codes,),
            ),
            Cause(
                "A change of the deployment does not work: errors began with it.",
                "A router started, or took settings over, just when the errors began: a number of seconds about as long ago.",
                queries=(f"time() - {select(metrics.START_TIME.name, job)}", f"increase({select(metrics.RELOADS.name, job)}[1h])"),
            ),
        ),
        steps=(
            Step(
                "Read the router's log; each failed request has a line with its id, its code and its cause.",
                commands.logs(plan, plan.router.service),
            ),
            Step("If one specialist fails, go on with the page of AUA_SpecialistDown or AUA_BreakerOpen."),
            Step("If a change did it, go back to the configuration before it, compile, and roll out."),
        ),
    )
