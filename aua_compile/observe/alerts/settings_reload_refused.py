"""AUA_SettingsReloadRefused: the router keeps older settings than those it was given."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands
from aua_compile.observe.alert import Alert, Case, Cause, Step, constant
from aua_compile.observe.promql import select
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    if not router_is_scraped(plan):
        return None
    job = router_job(plan)
    successful = select(metrics.RELOAD_SUCCESSFUL.name, job)
    return Alert(
        name="AUA_SettingsReloadRefused",
        severity="ticket",
        expr=f"min by (job) ({successful}) == 0",
        hold_s=0,  # it stays so until someone acts; waiting tells nothing more
        ends_s=0,
        summary=f"A router of {plan.project.name} refused new settings and runs on older ones.",
        query=f"min({successful})",
        fires=Case({successful: constant(0)}, {"job": job}),
        silent=Case({successful: constant(1)}),
        meaning="The latest `settings.json` was refused as a whole. The router goes on with the settings it had; nothing is half applied.",
        causes=(
            Cause(
                "The plan changed in more than its settings: the file belongs to other code.",
                'The line `reload_refused` in the log has `"apply":"rolling_restart"`.',
                commands.logs(plan, plan.router.service),
            ),
            Cause(
                "The file was edited by hand and a value is out of range or missing.",
                'The same line has `"apply":"mend"` and lists every fault.',
                commands.logs(plan, plan.router.service),
            ),
            Cause(
                "The file was replaced while it was read, and was seen half written.",
                "The same line says that it is not JSON; another reload is taken.",
                commands.reload(plan),
            ),
        ),
        steps=(
            Step("Compare the digest of what runs with `digests.router` in plan.json.", queries=(select(metrics.PLAN_INFO.name, job),)),
            Step("If other code is needed, roll the router out.", commands.roll_out(plan)),
            Step("Else compile again and reload.", commands.reload(plan)),
        ),
    )
