"""AUA_StateLagging: the state store does not keep up."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands
from aua_compile.observe.alert import VALUE, Alert, Case, Step, constant
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
    store = f"the file `{plan.state.path}`" if plan.state.backend == "sqlite" else "the Postgres database"
    return Alert(
        name="AUA_StateLagging",
        severity="ticket",
        expr=f"max by (job) ({behind} / {limit}) > {bounds.backlog_share}",
        hold_s=hold,
        ends_s=0,
        summary=f"{VALUE} of the rows that may wait for the state store of {plan.project.name} are waiting.",
        query=f"max({behind} / {limit})",
        fires=Case({behind: constant(9), limit: constant(10)}, {"job": job}, "90%"),
        silent=Case({behind: constant(0), limit: constant(10)}),
        meaning=(
            f"What the router records after a response goes to {store}. Rows wait there longer than they should; when as many wait as"
            " may, further ones are lost. Answers to clients are not delayed."
        ),
        causes=(
            "The disk under the store is slow or full."
            if plan.state.backend == "sqlite"
            else "The database is slow, full, or out of connections.",
            "Another process holds the store: a backup, an export, a long query.",
            "More requests than one writer commits; `state.durability: full` makes each commit wait for the disk.",
        ),
        steps=(
            Step(
                "See how long commits take.",
                queries=(quantile(0.95, select(f"{metrics.STATE_COMMIT.name}_bucket", job), duration(short_s(plan))),),
            ),
            Step(
                "See how many rows a second are written.",
                queries=(f"rate({select(metrics.STATE_ROWS_WRITTEN.name, job)}[{duration(short_s(plan))}])",),
            ),
            Step("Read what the router says about the store.", commands.logs(plan, plan.router.service)),
        ),
    )
