"""AUA_StateRowsLost: something that was to be recorded is not."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands
from aua_compile.observe.alert import Alert, Case, Cause, Step, rising
from aua_compile.observe.promql import select
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, short_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    if not router_is_scraped(plan):
        return None
    job, window = router_job(plan), duration(short_s(plan))
    dropped = select(metrics.STATE_ROWS_DROPPED.name, job)
    query = f"sum by (job) (increase({dropped}[{window}]))"
    return Alert(
        name="AUA_StateRowsLost",
        severity="ticket",
        expr=f"{query} > 0",
        hold_s=0,  # one lost row is the event; it does not have to go on
        ends_s=short_s(plan),
        summary=f"Routers of {plan.project.name} lost rows of their record.",
        query=query,
        fires=Case({dropped: rising(1)}, {"job": job}),
        silent=Case({dropped: rising(0)}),
        meaning=(
            f"Within {window} rows about requests, verdicts or usage were given up, because as many as may were waiting already or the"
            " store refused them. The answers themselves reached their clients."
        ),
        causes=(
            Cause(
                "The store cannot be written: full disk, wrong permissions, database away.",
                "The readiness document says that the state is not healthy, and no rows are written.",
                commands.management(plan, "/health/ready"),
                (f"rate({select(metrics.STATE_ROWS_WRITTEN.name, job)}[{window}])",),
            ),
            Cause(
                "It lagged until no more rows could wait; AUA_StateLagging then fired before.",
                "As many rows wait, or waited, as may.",
                queries=(f"max_over_time({select(metrics.STATE_ROWS_BEHIND.name, job)}[1h])", select(metrics.STATE_ROWS_LIMIT.name, job)),
            ),
            Cause(
                "A few rows were refused, and others are written: one record holds what the store does not take.",
                "Rows are written all the time.",
                queries=(f"rate({select(metrics.STATE_ROWS_WRITTEN.name, job)}[{window}])", query),
            ),
        ),
        steps=(
            Step("Read the refusal.", commands.logs(plan, plan.router.service)),
            Step("See how much room is left.", commands.room(plan))
            if plan.state.backend == "sqlite"
            else Step("See on the database how much room is left."),
            Step("What was lost is lost: answers reached their clients, and their rows will be missing from reports."),
        ),
    )
