"""AUA_SpecialistDown: the router does not reach a model."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands
from aua_compile.observe.alert import Alert, Case, Cause, Step, constant, label, rising
from aua_compile.observe.promql import quote, select, total
from aua_compile.observe.scrape import engine_job, engine_targets, router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, short_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    if not router_is_scraped(plan):
        return None
    job = router_job(plan)
    starting_s = max((instance.startup_s for instance in plan.instances), default=0.0)
    bounds = plan.observability.thresholds
    window = duration(short_s(plan))
    failed = metrics.UPSTREAM_FAILED.name
    failing = total(f"increase({select(failed, job)}[{window}])", "job", "specialist")
    hold = hold_s(plan, bounds.page_after_s)
    up, started = metrics.SPECIALIST_UP.name, metrics.START_TIME.name
    some = plan.specialists[0]
    probed = some.probe_interval_s is not None
    quiet = "" if probed else f" and on (job, specialist) {failing} >= {bounds.min_failures}"
    traffic = (
        f"Servers without calls are asked every {some.probe_interval_s:g} s, so this holds without any traffic."
        if probed
        else f"At least {bounds.min_failures} calls failed in {window}."
    )
    of_some = select(up, job, f"specialist={quote(some.name)}")
    of_calls = select(failed, job, f"specialist={quote(some.name)}")
    fires = {of_some: constant(0), select(started, job): constant(-starting_s)}
    if not probed:
        fires[of_calls] = rising(bounds.min_failures)
    managed = next((specialist.instance for specialist in plan.specialists if specialist.instance), None)
    logs = tuple(command for instance in plan.instances[:_SHOWN] for command in commands.logs(plan, instance.name))
    reading = (Step("Read the log of its engine.", logs),) if logs else ()
    errors = total(f"increase({select(metrics.UPSTREAM_ERRORS.name, job)}[{window}])", "code")
    return Alert(
        name="AUA_SpecialistDown",
        severity="page",
        # Without probes only while calls fail: the latest call may be long ago, and one request with its repeats proves little.
        expr=(
            f"max by (job, specialist) ({select(up, job)}) == 0"
            f" and on (job) time() - min by (job) ({select(started, job)}) >= {starting_s:g}"
            f"{quiet}"
        ),
        hold_s=hold,
        ends_s=0,
        summary=f"No router of {plan.project.name} reaches the specialist {label('specialist')}.",
        query=f"min by (specialist) ({select(up, job)})",
        fires=Case(fires, {"job": job, "specialist": some.name}),
        silent=Case(fires | {of_some: constant(1)}),
        meaning=(
            f"For {duration(hold)} no router's latest call or probe reached the specialist. {traffic} Its questions go to its fallback"
            f" where the plan has one, else they fail. In the first {duration(max(starting_s, 1))} after the routers started nobody is"
            " told: so long may the slowest engine take to start."
        ),
        causes=(
            Cause(
                "The engine ended: out of GPU memory, or its weights are not in its volume."
                if managed
                else "The server is down or refuses this client: whoever runs it knows.",
                "It is not among what runs, or was started again and again."
                if managed
                else "Its calls end with `AUA_BACKEND_UNREACHABLE`.",
                commands.state(plan) if managed else (),
                () if managed else (errors,),
            ),
            Cause(
                "The server hangs: it accepts connections and does not answer in time.",
                "Calls end with `AUA_SPECIALIST_TIMEOUT`, and the router still has some open.",
                queries=(errors, f"{select(metrics.UPSTREAM_IN_FLIGHT.name, job)} > 0"),
            ),
            Cause(
                "The network between router and server changed: names, policies, proxies, certificates.",
                "The server is up for Prometheus, and only the router does not reach it."
                if engine_targets(plan)
                else "Others reach the server from where they are; the router's log says why it does not.",
                commands.logs(plan, plan.router.service),
                (select("up", engine_job(plan)),) if engine_targets(plan) else (),
            ),
        ),
        steps=(
            Step("See which specialists are out of reach.", queries=(f"{select(up, job)} == 0",)),
            *reading,
            Step("Ask the router whom it reaches: `up` and `breakers` of each specialist.", commands.management(plan, "/health/ready")),
        ),
    )


_SHOWN = 8  # as many engines as the largest shipped machine has devices; beyond that the page would hold little else
