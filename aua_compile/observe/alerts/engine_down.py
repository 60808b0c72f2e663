"""AUA_EngineDown: an engine does not answer, whether or not someone asks it something."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands
from aua_compile.observe.alert import Alert, Case, Cause, Step, constant, label
from aua_compile.observe.promql import quote, select
from aua_compile.observe.scrape import engine_job, engine_targets, router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    targets = engine_targets(plan)
    if not targets:
        return None
    job = engine_job(plan)
    # As long as the slowest engine may take to start, so that starting is no incident.
    hold = hold_s(plan, max(plan.observability.thresholds.page_after_s, *(instance.startup_s for instance in plan.instances)))
    some = targets[0]
    of_some = select("up", job, f"service={quote(some.service)}")
    reading = tuple(command for target in targets[:_SHOWN] for command in commands.logs(plan, target.service))
    return Alert(
        name="AUA_EngineDown",
        severity="ticket",  # AUA_SpecialistDown pages when someone is affected
        expr=f"max by (job, service) ({select('up', job)}) == 0",
        hold_s=hold,
        ends_s=0,
        summary=f"The engine {label('service')} of {plan.project.name} has not answered for {duration(hold)}.",
        query=select("up", job),
        fires=Case({of_some: constant(0)}, {"job": job, "service": some.service}),
        silent=Case({of_some: constant(1)}),
        meaning=(
            f"Prometheus could not read the engine's metrics for {duration(hold)}, longer than any engine of this plan takes to start. Its"
            " models do not answer, unless only the metrics are gone."
        ),
        causes=(
            Cause(
                "It ends while starting: out of GPU memory, because something else uses the device, or its weights are not complete.",
                "It was started again and again; its log ends with an error such as `out of memory` each time.",
                commands.state(plan),
            ),
            Cause(
                "It waits for an engine on the same device that never becomes ready.",
                "It was never started, and another engine of its device is not ready either.",
                queries=(f"{select('up', job)} == 0",),
            ),
            Cause(
                "Prometheus cannot reach it though it runs: a network policy or the name of the service changed.",
                "The router reaches its specialists: 1.",
                queries=(select(metrics.SPECIALIST_UP.name, router_job(plan)),)
                if router_is_scraped(plan)
                else (f"max_over_time({select('up', job)}[1h])",),
            ),
        ),
        steps=(
            *((Step("Read the log of the engine.", reading),) if reading else ()),
            Step("Compare what it was given with plan.md's ledger of its device, and see what else uses the device."),
        ),
    )


_SHOWN = 8  # as many engines as the largest shipped machine has devices
