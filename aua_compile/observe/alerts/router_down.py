"""AUA_RouterDown: nothing answers."""

from aua_compile.observe import commands
from aua_compile.observe.alert import Alert, Case, Cause, Step, constant
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
            Cause(
                "The process ended while starting: a setting, a secret or the state store is not what it expects.",
                "The last line of its log begins with `The router cannot start:` and names what is missing; it exited with 4.",
                commands.logs(plan, service),
            ),
            Cause(
                f"It was stopped for lack of memory: it may take {plan.router.memory_gib:g} GiB.",
                "It is listed with exit code 137 or as `OOMKilled`, and its log ends in the middle of its work.",
                commands.state(plan),
            ),
            Cause(
                "Prometheus cannot reach it though it runs: a network policy or the name of the service changed.",
                'It answers from inside, with `"status":"ready"`.',
                commands.management(plan, "/health/ready"),
            ),
        ),
        steps=(
            Step(
                "If it ended, mend what its log names; it is started again by itself where it was not stopped by hand.",
                commands.restart(plan),
            ),
            Step("If it runs, see in Prometheus under Status > Targets why it does not reach it."),
        ),
    )
