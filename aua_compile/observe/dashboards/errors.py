"""What went wrong, for whom, and what the router could not record."""

from aua_runtime.contract import metrics

from aua_compile.observe import recording, scrape
from aua_compile.observe.dashboards.forms import OF_FIELD, by, of, quantiles, rate
from aua_compile.observe.panel import FIELD, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import select, total
from aua_compile.plan.model import Plan


def page(plan: Plan) -> Dashboard:
    bounds = plan.observability.thresholds
    behind, limit = of(plan, metrics.STATE_ROWS_BEHIND), of(plan, metrics.STATE_ROWS_LIMIT)
    clients = (
        Panel("Errors by code", "Responses with an error, per second.", "stack", "reqps", (by(plan, metrics.ERRORS, "code"),)),
        Panel(
            "Failed",
            "Share of requests that ended with an error of the router or of a model server.",
            "lines",
            "percentunit",
            (Query(select(recording.failed_ratio(plan).name, scrape.router_job(plan)), "failed"),),
            bad_from=bounds.failed_share,
            maximum=1,
            alert="AUA_HighErrorRate",
        ),
        Panel(
            "Failed by field",
            "Per second.",
            "stack",
            "reqps",
            (Query(total(rate(plan, metrics.QUERIES, 'outcome="failed"', OF_FIELD), FIELD), "{{field}}"),),
        ),
        Panel(
            "Refused and given up",
            "Requests per second that were refused for what the client sent, a wrong key among it, or that the client gave up.",
            "stack",
            "reqps",
            (Query(total(rate(plan, metrics.QUERIES, 'outcome=~"rejected|cancelled"', OF_FIELD), "outcome"), "{{outcome}}"),),
        ),
    )
    upstream = (
        Panel(
            "Failed calls by code",
            "Calls to specialists that failed, per second.",
            "stack",
            "reqps",
            (by(plan, metrics.UPSTREAM_ERRORS, "code"),),
        ),
        Panel(
            "Open streams",
            "Streamed answers that are open; red where one more would be refused.",
            "lines",
            "none",
            (Query(f"sum({of(plan, metrics.STREAMS_OPEN)})", "open"),),
            bad_from=plan.api.limits.streams * plan.router.replicas,
        ),
    )
    state = (
        Panel(
            "Rows that wait",
            "Share of the rows that may wait for the state store.",
            "lines",
            "percentunit",
            (Query(f"{behind} / {limit}", "{{instance}}"),),
            bad_from=bounds.backlog_share,
            maximum=1,
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
            "Settings",
            "0 where a router refused the latest settings file.",
            "states",
            "none",
            (Query(of(plan, metrics.RELOAD_SUCCESSFUL), "{{instance}}"),),
            bad_below=1,
            alert="AUA_SettingsReloadRefused",
        ),
        Panel("Reloads", "Settings files that were read, per second.", "stack", "reqps", (by(plan, metrics.RELOADS, "outcome"),)),
    )
    return Dashboard(
        "errors",
        "Errors",
        "What went wrong, for whom, and what the router could not record.",
        (Row("Requests", clients), Row("Specialists", upstream), Row("State and settings", state)),
        (FIELD,),
    )
