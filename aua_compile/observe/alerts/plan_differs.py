"""AUA_PlanDiffers: what runs is not what was deployed."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands
from aua_compile.observe.alert import NUMBER, Alert, Case, Cause, Step, constant
from aua_compile.observe.promql import quote, select
from aua_compile.observe.recording import DEPLOYED
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s
from aua_compile.plan.digest import router_digest
from aua_compile.plan.model import Plan

_START_S = 60.0
"""Beyond its grace: pulling an image that is nearly all there, and the first probes."""


def alert(plan: Plan) -> Alert | None:
    if not router_is_scraped(plan):
        return None
    job, replicas = router_job(plan), plan.router.replicas
    rollout_s = replicas * (plan.router.grace_s + _START_S)
    hold = hold_s(plan, plan.observability.thresholds.ticket_after_s + rollout_s)
    running, deployed = select(metrics.PLAN_INFO.name, job), select(DEPLOYED, job)
    others = f"count by (job) (max by (job, instance, router) ({running}) unless on (job, router) {deployed})"
    this, other = (
        select(metrics.PLAN_INFO.name, job, 'instance="r"', f"router={quote(digest)}") for digest in (router_digest(plan), "older")
    )
    return Alert(
        name="AUA_PlanDiffers",
        severity="ticket",
        expr=f"{others} > 0",
        hold_s=hold,
        ends_s=0,
        summary=f"{NUMBER} of the routers of {plan.project.name} run something else than the plan that is deployed says.",
        query=others,
        fires=Case({other: constant(1)}, {"job": job}, "1"),
        silent=Case({this: constant(1)}),
        meaning=(
            f"For {duration(hold)} a router has run something else than the plan that these rules were made with says of it: longer than a"
            f" rollout takes (routers: {replicas}, each with up to {plan.router.grace_s:g} s to stop). What was changed is not in force"
            " there, or Prometheus has older rules than the router. A plan that differs only in what others do, such as alerts and engines,"
            " is no other to it."
        ),
        causes=(
            Cause(
                "A rollout or a reload did not take place or did not end: the new router never became ready, so the old one stays.",
                "One router is not ready, or started long before the others.",
                commands.state(plan),
                (f"time() - {select(metrics.START_TIME.name, job)}",),
            ),
            Cause(
                "The deployment was compiled again and nothing was applied since, or only a part of it.",
                "The digest that the router states is that of an earlier plan.json; `digests.router` in the present one is that of the"
                " rules.",
                commands.management(plan, "/version"),
                (deployed,),
            ),
            Cause(
                "The router is newer: Prometheus did not read its rules again.",
                "The digest that the router states is `digests.router` in plan.json, and that of the rules is not.",
                queries=(running, deployed),
            ),
        ),
        steps=(
            Step("If settings alone changed, reload; a router that needs more refuses and says so.", commands.reload(plan)),
            Step("If other code is needed, roll it out.", commands.roll_out(plan)),
            Step("If Prometheus is behind, have it read its rules.", commands.rules_again(plan)),
        ),
    )
