"""AUA_StateLagging: the state store does not keep up."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands
from aua_compile.observe.alert import VALUE, Alert, Case, Cause, Step, constant
from aua_compile.observe.promql import quantile, select
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, short_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    if not router_is_scraped(plan):
        return None
    bounds = plan.observability.thresholds
    job = router_job(plan)
    behind, limit = select(metrics.STATE_ROWS_BEHIND.name, job), select(metrics.STATE_ROWS_LIMIT.name, job)
    hold = hold_s(plan, bounds.page_after_s)
    sqlite, window = plan.state.backend == "sqlite", duration(short_s(plan))
    store = f"the file `{plan.state.path}`" if sqlite else "the Postgres database"
    return Alert(
        name="AUA_StateLagging",
        severity="ticket",
        expr=f"max by (job) ({behind} / {limit}) > {bounds.backlog_share}",
        hold_s=hold,
        ends_s=0,
        summary=f"{VALUE} of the rows that may wait for the state store of {plan.project.name} are waiting.",
        query=f"max({behind} / {limit})",
        fires=Case({behind: constant(10), limit: constant(10)}, {"job": job}, "100%"),
        silent=Case({behind: constant(0), limit: constant(10)}),
        meaning=(
            f"What the router records after a response goes to {store}. Rows wait there longer than they should; when as many wait as"
            " may, further ones are lost. Answers to clients are not delayed."
        ),
        causes=(
            Cause(
                "The disk under the store is slow or full." if sqlite else "The database is slow, full, or out of connections.",
                "Commits take more than 0.1 s, or none end any more.",
                queries=(
                    quantile(0.95, select(f"{metrics.STATE_COMMIT.name}_bucket", job), window),
                    f"rate({select(f'{metrics.STATE_COMMIT.name}_count', job)}[{window}])",
                ),
            ),
            Cause(
                "Another process holds the store: a backup, an export, a long query.",
                "It began at one moment, and no rows are written since.",
                queries=(f"rate({select(metrics.STATE_ROWS_WRITTEN.name, job)}[{window}])",),
            ),
            Cause(
                "More requests than one writer commits; `state.durability: full` makes each commit wait for the disk.",
                "Rows are written all the time, and requests are more than usual; this plan says `state.durability:"
                f" {plan.state.durability}`.",
                queries=(f"sum(rate({select(metrics.QUERIES.name, job)}[{window}]))",),
            ),
        ),
        steps=(
            Step("Read what the router says about the store.", commands.logs(plan, plan.router.service)),
            Step("See how much room is left.", commands.room(plan))
            if sqlite
            else Step("See on the database what holds locks, and how much room is left."),
            Step("Nothing is lost before as many rows wait as may; then AUA_StateRowsLost fires."),
        ),
    )
