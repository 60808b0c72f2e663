"""What went wrong, for whom, which specialists are kept from calls, and what the router could not record."""

from aua_runtime.contract import labels, metrics

from aua_compile.observe import recording, scrape
from aua_compile.observe.dashboards.forms import OF_FIELD, OF_SPECIALIST, by, each, of, quantiles, rate, rate_of_each
from aua_compile.observe.panel import FIELD, SPECIALIST, Color, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import select, total
from aua_compile.observe.window import short_s
from aua_compile.plan.model import Plan

_COLORS: dict[str, Color] = {"closed": "green", "half_open": "orange", "open": "red"}


def page(plan: Plan) -> Dashboard:
    return Dashboard(
        "errors",
        "Errors and breakers",
        "What went wrong, for whom, which specialists are kept from calls, and what the router could not record.",
        (
            Row("Requests", _requests(plan)),
            Row("Calls and breakers", _calls(plan)),
            Row("State and settings", _state(plan)),
            *((Row("Traces", (_spans(plan),)),) if plan.observability.tracing is not None else ()),
            *((Row("Webhooks", (_messages(plan),)),) if plan.observability.webhooks else ()),
        ),
        (FIELD, SPECIALIST),
    )


def _requests(plan: Plan) -> tuple[Panel, ...]:
    return (
        Panel(
            "Errors by code",
            "Responses with an error, per second.",
            "stack",
            "reqps",
            (by(plan, metrics.ERRORS, "code"),),
            until="No response has had an error.",
        ),
        Panel(
            "Failed",
            "Share of requests that ended with an error of the router or of a model server.",
            "lines",
            "percentunit",
            (Query(select(recording.failed_ratio(plan, short_s(plan)).name, scrape.router_job(plan)), "failed"),),
            bad_from=plan.observability.thresholds.failed_share,
            alert="AUA_HighErrorRate",
        ),
        Panel(
            "Failed by field",
            "Per second.",
            "stack",
            "reqps",
            (Query(total(rate(plan, metrics.QUERIES, 'outcome="failed"', OF_FIELD), FIELD), "{{field}}"),),
            until="No request has failed.",
        ),
        Panel(
            "Refused and given up",
            "Requests per second that were refused for what the client sent, a wrong key among it, or that the client gave up.",
            "stack",
            "reqps",
            (Query(total(rate(plan, metrics.QUERIES, 'outcome=~"rejected|cancelled"', OF_FIELD), "outcome"), "{{outcome}}"),),
            until="No request has been refused or given up.",
        ),
    )


def _calls(plan: Plan) -> tuple[Panel, ...]:
    shares = [specialist.breaker.failing_share for specialist in plan.specialists if specialist.breaker.window]
    opens = f"; from {min(shares):.0%} of its latest calls a breaker opens" if shares else ""
    return (
        Panel(
            "Breakers",
            "Whether a specialist's circuit breaker lets calls through (closed), tries a few (half open) or keeps them away (open).",
            "states",
            "none",
            (each(plan, f"max by ({SPECIALIST}) ({of(plan, metrics.BREAKER_STATE, OF_SPECIALIST)})"),),
            states=tuple((state.replace("_", " "), _COLORS[state]) for state in labels.BREAKER_STATES),
            alert="AUA_BreakerOpen",
        ),
        Panel(
            "Failed calls",
            f"Share of each specialist's calls that failed{opens}.",
            "lines",
            "percentunit",
            (each(plan, select(recording.upstream_error_ratio(plan).name, scrape.router_job(plan), OF_SPECIALIST)),),
            bad_from=min(shares, default=None),
        ),
        Panel(
            "Failed calls by code",
            "Calls to specialists that failed, per second.",
            "stack",
            "reqps",
            (by(plan, metrics.UPSTREAM_ERRORS, "code"),),
            until="No call has failed.",
        ),
        Panel(
            "Given up",
            "Calls per second that were cut off, because the client left or another call answered first.",
            "lines",
            "reqps",
            (rate_of_each(plan, metrics.UPSTREAM_CANCELLED),),
        ),
        Panel(
            "Retries",
            "Calls per second that repeated one that failed.",
            "lines",
            "reqps",
            (rate_of_each(plan, metrics.UPSTREAM_RETRIES),),
            8,
        ),
        Panel(
            "Fallbacks",
            "Calls per second that went to another specialist because this one failed.",
            "lines",
            "reqps",
            (rate_of_each(plan, metrics.UPSTREAM_FALLBACKS),),
            8,
        ),
        Panel(
            "Probes",
            "Questions per second to servers without calls, whether they are there.",
            "stack",
            "reqps",
            (by(plan, metrics.PROBES, "result"),),
            8,
        ),
    )


def _state(plan: Plan) -> tuple[Panel, ...]:
    behind, limit = of(plan, metrics.STATE_ROWS_BEHIND), of(plan, metrics.STATE_ROWS_LIMIT)
    replicas = plan.router.replicas
    return (
        Panel(
            "Rows that wait",
            "Share of the rows that may wait for the state store.",
            "lines",
            "percentunit",
            (Query(f"max by (instance) ({behind} / {limit})", "{{instance}}"),),
            bad_from=plan.observability.thresholds.backlog_share,
            alert="AUA_StateLagging",
        ),
        Panel(
            "Rows",
            "Rows written and lost, per second.",
            "lines",
            "cps",
            (
                Query(f"sum({rate(plan, metrics.STATE_ROWS_WRITTEN)})", "written"),
                Query(f"sum({rate(plan, metrics.STATE_ROWS_DROPPED)})", "lost"),
            ),
            alert="AUA_StateRowsLost",
        ),
        Panel("Commits", "Time of a commit to the state store.", "lines", "s", tuple(quantiles(plan, metrics.STATE_COMMIT))),
        Panel(
            "Delay of rows",
            "From recording the first row of a group to its commit.",
            "lines",
            "s",
            tuple(quantiles(plan, metrics.STATE_DELAY)),
        ),
        Panel(
            "Settings",
            "Whether a router took the latest settings file over.",
            "states",
            "none",
            (Query(f"min by (instance) ({of(plan, metrics.RELOAD_SUCCESSFUL)})", "{{instance}}"),),
            6,
            states=(("refused", "red"), ("in force", "green")),
            alert="AUA_SettingsReloadRefused",
        ),
        Panel("Reloads", "Settings files that were read, per second.", "stack", "reqps", (by(plan, metrics.RELOADS, "outcome"),), 6),
        Panel(
            "Open streams",
            f"Streamed answers that are open; from {plan.api.limits.streams * replicas:,} on more would be refused.",
            "lines",
            "none",
            (Query(f"sum({of(plan, metrics.STREAMS_OPEN)})", "open"),),
            6,
            bad_from=plan.api.limits.streams * replicas,
        ),
        Panel(
            "Log lines lost",
            "Lines of routers' logs per second that nobody read in time, or that could not be written.",
            "lines",
            "cps",
            (Query(f"sum by (instance) ({rate(plan, metrics.LOG_LINES_DROPPED)})", "{{instance}}"),),
            6,
        ),
    )


def _spans(plan: Plan) -> Panel:
    return Panel(
        "Spans",
        "Spans of recorded requests, per second, and what became of them.",
        "stack",
        "cps",
        (by(plan, metrics.SPANS, "outcome"),),
        24,
        until="No request has been recorded.",
    )


def _messages(plan: Plan) -> Panel:
    return Panel(
        "Messages",
        "Messages of webhooks, per second, and what became of them.",
        "stack",
        "cps",
        (by(plan, metrics.WEBHOOKS, "outcome"),),
        24,
        until="Nothing has happened that a webhook is told of.",
    )
