"""Where requests go, how sure the classifier is, and what comes of it."""

from aua_runtime.contract import metrics

from aua_compile.observe import recording, scrape
from aua_compile.observe.dashboards.forms import OF_FIELD, by, each, heat, mean, quantile_of, rate
from aua_compile.observe.panel import FIELD, SPECIALIST, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import select, total
from aua_compile.plan.model import Plan


def page(plan: Plan) -> Dashboard:
    return Dashboard(
        "routing",
        "Routing and utility",
        "Where requests go, how sure the classifier is, and what comes of it.",
        (
            Row("Where requests go", _where(plan)),
            Row("How sure the classifier is", _sure(plan)),
            Row("What comes of it", _quality(plan)),
            Row("Where the time goes", _stages(plan)),
        ),
        (FIELD,),
    )


def _where(plan: Plan) -> tuple[Panel, ...]:
    return (
        Panel("By field", "Requests that ended, per second.", "stack", "reqps", (by(plan, metrics.QUERIES, FIELD, OF_FIELD),)),
        Panel(
            "By specialist",
            "Whose answer it was, per second, in all fields.",
            "stack",
            "reqps",
            (each(plan, total(rate(plan, metrics.ANSWERS), SPECIALIST)),),
        ),
        Panel(
            "By mode",
            "One answer relayed, one answer checked first, or several compared; `none` failed before.",
            "stack",
            "reqps",
            (by(plan, metrics.QUERIES, "mode", OF_FIELD),),
        ),
        Panel(
            "Latency by mode",
            f"95 of 100 responses take less; red from {plan.routing.deadline_s:g} s, the deadline.",
            "lines",
            "s",
            (
                Query(
                    quantile_of(plan, 0.95, metrics.QUERY_LATENCY, "mode", matchers=(OF_FIELD,), most=plan.routing.deadline_s), "{{mode}}"
                ),
            ),
            bad_from=plan.routing.deadline_s,
        ),
    )


def _sure(plan: Plan) -> tuple[Panel, ...]:
    confidence, routing = metrics.CLASSIFIER_CONFIDENCE, plan.routing
    thresholds = f"From {routing.single_threshold:g} one specialist is asked, from {routing.fanout_threshold:g} several may be."
    return (
        Panel(
            "Classifier confidence by field",
            f"Median probability of the field that was chosen. {thresholds}",
            "lines",
            "percentunit",
            (Query(quantile_of(plan, 0.5, confidence, FIELD, matchers=(OF_FIELD,)), "{{field}}"),),
            bad_below=routing.fanout_threshold,
            maximum=1,
        ),
        Panel(
            "Classifier confidence",
            f"How many requests had which probability of the field that was chosen. {thresholds}",
            "heat",
            "percentunit",
            (heat(plan, confidence, OF_FIELD),),
        ),
    )


def _quality(plan: Plan) -> tuple[Panel, ...]:
    parts = (("efficacy", metrics.EFFICACY), ("confidence", metrics.CONFIDENCE), ("curiosity", metrics.CURIOSITY))
    return (
        Panel("Utility", "How many answers had which utility.", "heat", "percentunit", (heat(plan, metrics.UTILITY, OF_FIELD),), 8),
        Panel(
            "Utility by specialist",
            "Mean utility of the answers of a specialist, in all fields.",
            "lines",
            "percentunit",
            (each(plan, mean(plan, metrics.SPECIALIST_UTILITY, SPECIALIST)),),
            8,
            maximum=1,
        ),
        Panel(
            "Parts of the utility",
            "Means of E, C and K over the answers of all specialists.",
            "lines",
            "percentunit",
            tuple(Query(mean(plan, metric), name) for name, metric in parts),
            8,
            maximum=1,
        ),
        Panel(
            "Abstentions",
            "Share of the answers in each field that were abstentions.",
            "lines",
            "percentunit",
            (Query(select(recording.abstention_ratio(plan).name, scrape.router_job(plan), OF_FIELD), "{{field}}"),),
        ),
        Panel(
            "Why it abstained",
            "Abstentions per second.",
            "stack",
            "reqps",
            (by(plan, metrics.ABSTENTIONS, "reason", OF_FIELD),),
            until="No request has been answered with an abstention.",
        ),
    )


def _stages(plan: Plan) -> tuple[Panel, ...]:
    stage = metrics.STAGE_DURATION
    return (
        Panel(
            "Time in stages",
            "Seconds that requests spend in each stage of their lives, per second; `call` is waiting for specialists.",
            "stack",
            "short",
            (Query(total(f"rate({select(f'{stage.name}_sum', scrape.router_job(plan))}[$__rate_interval])", "stage"), "{{stage}}"),),
        ),
        Panel(
            "The router's own stages",
            "99 of 100 take less.",
            "lines",
            "s",
            (Query(quantile_of(plan, 0.99, stage, "stage", matchers=('stage=~"classify|score"',)), "{{stage}}"),),
        ),
    )
