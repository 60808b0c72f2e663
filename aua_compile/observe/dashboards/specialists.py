"""Each model as the router sees it."""

from aua_runtime.contract import metrics

from aua_compile.observe import recording, scrape
from aua_compile.observe.dashboards.forms import OF_SPECIALIST, WINDOW, by, mean, of, rate
from aua_compile.observe.panel import SPECIALIST, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import quantile, select, total
from aua_compile.plan.model import Plan


def page(plan: Plan) -> Dashboard:
    breaker = of(plan, metrics.BREAKER_STATE, OF_SPECIALIST)
    again, elsewhere = (rate(plan, metric, OF_SPECIALIST) for metric in (metrics.UPSTREAM_RETRIES, metrics.UPSTREAM_FALLBACKS))
    calls, first_tokens = (of(plan, metric, OF_SPECIALIST, part="_bucket") for metric in (metrics.UPSTREAM_LATENCY, metrics.FIRST_TOKEN))
    health = (
        Panel(
            "Reached",
            "1 where the latest call reached the specialist.",
            "states",
            "none",
            (Query(f"max by ({SPECIALIST}) ({of(plan, metrics.SPECIALIST_UP, OF_SPECIALIST)})", "{{specialist}}"),),
            bad_below=1,
            alert="AUA_SpecialistDown",
        ),
        Panel(
            "Breaker",
            "Whether a circuit breaker lets calls through (closed), tries a few (half open) or keeps them away (open).",
            "states",
            "none",
            (Query(f"max by ({SPECIALIST}) ({breaker})", "{{specialist}}"),),
            bad_from=1,
            alert="AUA_BreakerOpen",
        ),
        Panel(
            "Failed calls",
            "Share of each specialist's calls that failed.",
            "lines",
            "percentunit",
            (Query(select(recording.upstream_error_ratio(plan).name, scrape.router_job(plan), OF_SPECIALIST), "{{specialist}}"),),
            bad_from=plan.observability.thresholds.failed_share,
            maximum=1,
        ),
        Panel(
            "Retries and fallbacks",
            "Calls per second that repeated a failed one, or went elsewhere because of it.",
            "lines",
            "reqps",
            (
                Query(total(again, SPECIALIST), "{{specialist}} again"),
                Query(total(elsewhere, SPECIALIST), "{{specialist}} elsewhere"),
            ),
        ),
    )
    load = (
        Panel("Calls", "Calls that ended, per second.", "lines", "reqps", (by(plan, metrics.UPSTREAM_CALLS, SPECIALIST, OF_SPECIALIST),)),
        Panel(
            "Open calls",
            "Calls that wait for an answer.",
            "lines",
            "none",
            (Query(total(of(plan, metrics.UPSTREAM_IN_FLIGHT, OF_SPECIALIST), SPECIALIST), "{{specialist}}"),),
        ),
        Panel(
            "Latency of calls",
            "95 of 100 calls take less.",
            "lines",
            "s",
            (Query(quantile(0.95, calls, WINDOW, SPECIALIST), "{{specialist}}"),),
        ),
        Panel(
            "Time to first token",
            "95 of 100 streamed answers begin earlier, counted from the request.",
            "lines",
            "s",
            (Query(quantile(0.95, first_tokens, WINDOW, SPECIALIST), "{{specialist}}"),),
        ),
    )
    answers = (
        Panel(
            "Tokens written",
            "Per second.",
            "lines",
            "cps",
            (Query(total(rate(plan, metrics.COMPLETION_TOKENS, OF_SPECIALIST), SPECIALIST), "{{specialist}}"),),
        ),
        Panel(
            "Tokens read",
            "Per second.",
            "lines",
            "cps",
            (Query(total(rate(plan, metrics.PROMPT_TOKENS, OF_SPECIALIST), SPECIALIST), "{{specialist}}"),),
        ),
        Panel(
            "Efficacy",
            "Mean of E: finished answers that pass their checks.",
            "lines",
            "percentunit",
            (Query(mean(plan, metrics.EFFICACY, SPECIALIST, matchers=(OF_SPECIALIST,)), "{{specialist}}"),),
            maximum=1,
        ),
        Panel(
            "Confidence",
            "Mean of C: how sure the answers are, where a model server or a second answer tells.",
            "lines",
            "percentunit",
            (Query(mean(plan, metrics.CONFIDENCE, SPECIALIST, matchers=(OF_SPECIALIST,)), "{{specialist}}"),),
            maximum=1,
        ),
    )
    return Dashboard(
        "specialists",
        "Specialists",
        "Each model as the router sees it: reached, loaded, fast, good.",
        (Row("Health", health), Row("Load", load), Row("Answers", answers)),
        (SPECIALIST,),
    )
