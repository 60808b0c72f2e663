"""AUA_AvailabilityBudgetBurn, AUA_LatencyBudgetBurn and their slow kin: an objective's error budget is used up too fast."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands, recording
from aua_compile.observe.alert import VALUE, Alert, Case, Cause, Line, Severity, Step, rising
from aua_compile.observe.enough import many
from aua_compile.observe.objectives import FAST, SLOW, Burn, Objective, burns, objectives
from aua_compile.observe.promql import quantile, quote, select
from aua_compile.observe.scrape import router_job
from aua_compile.observe.window import duration, hold_s, short_s
from aua_compile.plan.model import Plan

_WORDS = {"availability": "fail", "latency": "are too slow"}


def availability(plan: Plan) -> Alert | None:
    return _alert(plan, "availability", "AUA_AvailabilityBudgetBurn", "page", FAST)


def availability_slow(plan: Plan) -> Alert | None:
    return _alert(plan, "availability", "AUA_AvailabilityBudgetBurnSlow", "ticket", SLOW)


def latency(plan: Plan) -> Alert | None:
    return _alert(plan, "latency", "AUA_LatencyBudgetBurn", "page", FAST)


def latency_slow(plan: Plan) -> Alert | None:
    return _alert(plan, "latency", "AUA_LatencyBudgetBurnSlow", "ticket", SLOW)


def _alert(plan: Plan, of: str, name: str, severity: Severity, among: tuple[Burn, ...]) -> Alert | None:
    objective = next((each for each in objectives(plan) if each.name == of), None)
    rates = burns(objective, among) if objective is not None else ()
    if objective is None or not rates:
        return None
    bounds, job = plan.observability.thresholds, router_job(plan)
    hold = hold_s(plan, bounds.page_after_s if severity == "page" else bounds.ticket_after_s)
    longest = max(burn.long_s for burn in rates)
    good, bad = (_series(objective, plan, good=good) for good in (True, False))
    codes = f"sum by (code) (increase({select(metrics.ERRORS.name, job)}[{duration(short_s(plan))}]))"
    return Alert(
        name=name,
        severity=severity,
        expr=" or ".join(_burning(plan, objective, burn) for burn in rates),
        hold_s=hold,
        ends_s=max(burn.short_s for burn in rates) + short_s(plan),
        summary=f"{VALUE} of the requests to {plan.project.name} {_WORDS[of]}; {objective.budget:.3%} may, over 30 days.",
        query=select(objective.ratio(rates[0].long_s), job),
        fires=Case(bad, {"job": job}, "100%"),
        silent=Case(good),
        meaning=(
            f"The objective is that {objective.target:.3%} of requests {_promise(plan, of)}. {_speeds(rates)}"
            f" Each is held in a short window too, so that the alert ends soon after the cause does."
            f" Fewer than {bounds.min_samples} requests in the long window, or fewer than {bounds.min_failures} bad ones, never raise it."
        ),
        causes=(
            Cause(
                "Something broke just now: the burn began with a deployment, a restart or a failing specialist.",
                "The short window is far above the long one.",
                queries=tuple(select(objective.ratio(window_s), job) for burn in rates for window_s in (burn.short_s, burn.long_s)),
            ),
            Cause(
                "More is asked than the engines were placed for, so that requests wait, and some of them too long.",
                "Calls wait in line, or are refused with `AUA_OVERLOADED`.",
                queries=(f"sum by (specialist) ({select(metrics.UPSTREAM_QUEUED.name, job)})", codes),
            ),
            Cause(
                f"A small share goes wrong all the time, which no other alert is made for; over {duration(longest)} it adds up.",
                "Both windows are about alike, and no other alert fires.",
                queries=(f'ALERTS{{deployment={quote(plan.project.name)},alertstate="firing"}}',),
            ),
        ),
        steps=(
            Step("See what is left of the budget of 30 days; below 0 the objective is missed.", queries=(select(objective.left, job),)),
            *_where(plan, of),
        ),
    )


def _burning(plan: Plan, objective: Objective, burn: Burn) -> str:
    """That a budget burns so, that there were requests enough to say so, and more bad ones than one request makes with its repeats."""
    job, bound = router_job(plan), round(burn.factor * objective.budget, 9)
    long, short = (select(objective.ratio(window_s), job) for window_s in (burn.long_s, burn.short_s))
    whole, bad = (select(objective.count(part, burn.long_s), job) for part in ("all", "bad"))
    least = plan.observability.thresholds
    return " and on (job) ".join(
        (f"{long} > {bound}", f"{short} > {bound}", f"{whole} >= {least.min_samples}", f"{bad} >= {least.min_failures}")
    )


def _series(objective: Objective, plan: Plan, *, good: bool) -> dict[str, Line]:
    """Made-up requests, of which all go well or all go wrong."""
    job, within_s = router_job(plan), plan.observability.objectives.within_s
    well, wrong = (many(plan), rising(0)) if good else (rising(0), many(plan))
    if objective.name == "availability":
        answered, failed = (select(metrics.QUERIES.name, job, f'outcome="{outcome}"') for outcome in ("answered", "failed"))
        return {answered: well, failed: wrong}
    name = metrics.QUERY_LATENCY.name
    return {select(f"{name}_bucket", job, f'le="{within_s}"'): well, select(f"{name}_count", job): many(plan)}


def _promise(plan: Plan, of: str) -> str:
    if of == "availability":
        return "are answered without an error"
    return f"take at most {plan.observability.objectives.within_s:g} s"


def _speeds(rates: tuple[Burn, ...]) -> str:
    said = [f"{burn.factor:g} times as fast as it would last 30 days, over {duration(burn.long_s)}" for burn in rates]
    return f"Its error budget is being used up {' or '.join(said)}."


def _where(plan: Plan, of: str) -> tuple[Step, ...]:
    job, window = router_job(plan), duration(short_s(plan))
    if of == "availability":
        codes = f"sum by (code) (increase({select(metrics.ERRORS.name, job)}[{window}]))"
        upstream = f"{select(recording.upstream_error_ratio(plan).name, job)} > 0"
        return (
            Step("See which codes the errors have, and which specialist they come from.", queries=(codes, upstream)),
            Step("Read the router's log; each failed request has a line.", commands.logs(plan, plan.router.service)),
        )
    slow = (
        quantile(0.95, select(f"{metrics.QUERY_LATENCY.name}_bucket", job), window, "mode"),
        quantile(0.95, select(f"{metrics.UPSTREAM_LATENCY.name}_bucket", job), window, "specialist"),
    )
    return (Step("See which mode and which specialist are slow.", queries=slow),)
