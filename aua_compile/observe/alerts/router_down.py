"""AUA_RouterDown: nothing answers."""

from aua_compile.observe import commands
from aua_compile.observe.alert import Alert, Case, Step, constant
from aua_compile.observe.promql import quote, select
from aua_compile.observe.scrape import router_is_scraped, router_job, router_target
from aua_compile.observe.window import hold_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    target = router_target(plan)
    if not router_is_scraped(plan) or target is None:
        return None
    job = router_job(plan)
    hold = hold_s(plan, plan.observability.thresholds.router_down_s)
    service = plan.router.service
    series = select("up", job, f"instance={quote(target.address)}")
    return Alert(
        name="AUA_RouterDown",
        severity="page",
        # `absent` also fires where discovery finds no address any more, for which there is no series that could be 0.
        expr=f"absent({select('up', job)} == 1)",
        hold_s=hold,
        ends_s=0,
        summary=f"No router of {plan.project.name} can be scraped: clients get no answers.",
        query=f"sum({select('up', job)})",
        fires=Case({series: constant(0)}),  # `absent` knows no labels: the job is matched inside it
        silent=Case({series: constant(1)}),
        meaning=(
            f"Prometheus reached no management listener of the service `{service}` on port {plan.api.management.port}. As the public"
            f" listener on port {plan.api.public.port} belongs to the same process, clients most likely get no answer either."
        ),
        causes=(
            "The process ended while starting: a setting, a secret or the state store is not what it expects; its log says which.",
            f"It was stopped for lack of memory: it may take {plan.router.memory_gib:g} GiB.",
            "Prometheus cannot reach it though it runs: a network policy or the name of the service changed.",
        ),
        steps=(
            Step("See whether it runs and how often it was restarted.", commands.state(plan)),
            Step("Read why it ended.", commands.logs(plan, service)),
            Step("If it runs, ask it whether it is ready, and what is missing.", commands.management(plan, "/health/ready")),
        ),
    )
