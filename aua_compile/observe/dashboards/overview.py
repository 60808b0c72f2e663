"""What the deployment does, and whether it does it well."""

from aua_runtime.contract import metrics

from aua_compile.observe import recording, scrape
from aua_compile.observe.dashboards.forms import OF_FIELD, by, of, quantiles, rate
from aua_compile.observe.objectives import FAST, SLOW, Objective, burns, objectives, windows_s
from aua_compile.observe.panel import FIELD, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import quote, select
from aua_compile.observe.record import SETTLED
from aua_compile.observe.window import duration, long_s, short_s
from aua_compile.plan.model import Plan


def page(plan: Plan) -> Dashboard:
    budgets = tuple(panel for each in objectives(plan) for panel in _budget(plan, each))
    promised = (Row("Objectives", budgets),) if budgets else ()
    return Dashboard(
        "overview",
        "Overview",
        f"What {plan.project.name} does, and whether it does it well.",
        (
            Row("Now", _now(plan)),
            *promised,
            Row("Traffic", _traffic(plan)),
            Row("Tokens and quality", (_tokens(plan), _utility(plan))),
            Row("What runs", _runs(plan)),
        ),
        (FIELD,),
    )


def _now(plan: Plan) -> tuple[Panel, ...]:
    bounds = plan.observability.thresholds
    abstained = rate(plan, metrics.QUERIES, 'outcome="abstained"')
    firing = f'ALERTS{{deployment={quote(plan.project.name)},alertstate="firing"}}'
    up = select("up", scrape.router_job(plan))
    return (
        Panel("Routers", "Routers that are reached.", "stat", "none", (Query(f"sum({up})"),), 3, bad_below=1, alert="AUA_RouterDown"),
        Panel("Alerts", "Alerts that fire now.", "stat", "none", (Query(f"count({firing}) or vector(0)"),), 3, bad_from=1),
        Panel("Requests", "Requests that ended, per second.", "stat", "reqps", (Query(f"sum({rate(plan, metrics.QUERIES)})"),), 3),
        Panel("In flight", "Requests that have begun and not ended.", "stat", "none", (Query(f"sum({of(plan, metrics.IN_FLIGHT)})"),), 3),
        Panel(
            "Failed",
            "Share of requests that ended with an error of the router or of a model server.",
            "stat",
            "percentunit",
            (Query(f"max({select(recording.failed_ratio(plan, short_s(plan)).name, scrape.router_job(plan))}) or vector(0)"),),
            3,
            bad_from=bounds.failed_share,
            maximum=1,
            alert="AUA_HighErrorRate",
        ),
        Panel(
            "Slow",
            f"Share of responses that took longer than {recording.slow_bound_s(plan):g} s; the deadline is {plan.routing.deadline_s:g} s.",
            "stat",
            "percentunit",
            (Query(f"max({select(recording.slow_ratio(plan, short_s(plan)).name, scrape.router_job(plan))})"),),
            3,
            bad_from=bounds.slow_share,
            maximum=1,
            alert="AUA_HighLatency",
        ),
        Panel(
            "Abstained",
            "Share of requests that were answered with an abstention.",
            "stat",
            "percentunit",
            (Query(f"sum({abstained}) / sum({rate(plan, metrics.QUERIES, SETTLED)}) or vector(0)"),),
            3,
            maximum=1,
        ),
        Panel(
            "Out of reach",
            "Specialists that the latest call or probe did not reach.",
            "stat",
            "none",
            (Query(f"count(max by (specialist) ({of(plan, metrics.SPECIALIST_UP)}) == 0) or vector(0)"),),
            3,
            bad_from=1,
            alert="AUA_SpecialistDown",
        ),
    )


def _traffic(plan: Plan) -> tuple[Panel, ...]:
    promised = plan.observability.objectives.within_s
    objective = f" Orange from {promised:g} s, the objective;" if promised is not None else ""
    return (
        Panel(
            "Requests by outcome", "Requests that ended, per second.", "stack", "reqps", (by(plan, metrics.QUERIES, "outcome", OF_FIELD),)
        ),
        Panel(
            "Latency",
            "From a request's first byte to the last byte of its response: the time that half, 95 and 99 of 100 stay below."
            f"{objective} Red from {plan.routing.deadline_s:g} s, the deadline.",
            "lines",
            "s",
            tuple(quantiles(plan, metrics.QUERY_LATENCY, OF_FIELD, most=plan.routing.deadline_s)),
            warn_from=promised,
            bad_from=plan.routing.deadline_s,
        ),
        Panel("Requests by field", "Requests that ended, per second.", "stack", "reqps", (by(plan, metrics.QUERIES, FIELD, OF_FIELD),)),
        Panel(
            "Time to first token",
            "From a request's first byte to the first content of its answer; streamed answers only, of all fields.",
            "lines",
            "s",
            tuple(quantiles(plan, metrics.FIRST_TOKEN, most=plan.routing.deadline_s)),
            until="No answer has been streamed.",
        ),
    )


def _tokens(plan: Plan) -> Panel:
    read, wrote = (f"sum({rate(plan, metric)})" for metric in (metrics.PROMPT_TOKENS, metrics.COMPLETION_TOKENS))
    return Panel("Tokens", "Tokens of all specialists, per second.", "lines", "cps", (Query(read, "read"), Query(wrote, "written")))


def _runs(plan: Plan) -> tuple[Panel, ...]:
    started = of(plan, metrics.START_TIME)
    return (
        Panel(
            "Plan",
            "Which plan routers were made from, and what it says of them; several while a change is rolled out.",
            "table",
            "none",
            (Query(f"count by (digest, router) ({of(plan, metrics.PLAN_INFO)})"),),
            alert="AUA_PlanDiffers",
        ),
        Panel(
            "Build",
            "What runs, and how often.",
            "table",
            "none",
            (Query(f"count by (version, python) ({of(plan, metrics.BUILD_INFO)})"),),
            6,
        ),
        Panel(
            "Started",
            "When each router started, the process that started last.",
            "stat",
            "dateTimeFromNow",
            (Query(f"max by (instance) ({started}) * 1000", "{{instance}}"),),
            6,
        ),
    )


def _budget(plan: Plan, objective: Objective) -> tuple[Panel, ...]:
    """What is left of an objective's budget, and how it is used up."""
    job, alert = scrape.router_job(plan), f"AUA_{objective.name.title()}BudgetBurn"
    fast = burns(objective, FAST + SLOW)[0]
    least = plan.observability.thresholds.min_samples
    return (
        Panel(
            f"Budget left: {objective.name}",
            f"Share of the error budget of 30 days that is left, if the rest of them is asked as much; {objective.budget:.3%} of requests"
            " may be bad.",
            "stat",
            "percentunit",
            (Query(select(objective.left, job)),),
            6,
            bad_below=0.0,
            until=f"It takes {least} requests, and {duration(short_s(plan))}, to say.",
        ),
        Panel(
            f"Bad requests: {objective.name}",
            f"Share of requests that miss the objective of {objective.target:.3%}; red from {fast.factor:g} times the budget's pace.",
            "lines",
            "percentunit",
            tuple(Query(select(objective.ratio(window_s), job), duration(window_s)) for window_s in windows_s(objective)),
            18,
            bad_from=round(fast.factor * objective.budget, 9),
            alert=alert if burns(objective, FAST) else f"{alert}Slow",
        ),
    )


def _utility(plan: Plan) -> Panel:
    """Utility per field, red below the floor if all fields have the same."""
    floors = {served.utility_floor * plan.observability.thresholds.utility_floor_share for served in plan.fields}
    watched = any(served.utility_floor > 0 for served in plan.fields)
    return Panel(
        "Utility by field",
        "Mean of U = w_e*E + w_c*C + w_k*K over the answers of a field.",
        "lines",
        "percentunit",
        (Query(select(recording.mean_utility(plan, long_s(plan)).name, scrape.router_job(plan), OF_FIELD), "{{field}}"),),
        bad_below=floors.pop() if len(floors) == 1 and watched else None,
        maximum=1,
        alert="AUA_LowUtilityScore" if watched else None,
    )
