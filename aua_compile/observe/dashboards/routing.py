"""Where requests go, how sure the classifier is, and what comes of it."""

from aua_runtime.contract import metrics

from aua_compile.observe import recording, scrape
from aua_compile.observe.dashboards.forms import OF_FIELD, WINDOW, by, mean, of
from aua_compile.observe.panel import FIELD, SPECIALIST, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import quantile, select
from aua_compile.plan.model import Plan


def page(plan: Plan) -> Dashboard:
    confidence = metrics.CLASSIFIER_CONFIDENCE
    where = (
        Panel("By field", "Requests that ended, per second.", "stack", "reqps", (by(plan, metrics.QUERIES, FIELD, OF_FIELD),)),
        Panel("By specialist", "Who answered, per second.", "stack", "reqps", (by(plan, metrics.ANSWERS, SPECIALIST),)),
        Panel(
            "By mode",
            "One answer relayed, one answer checked first, or several compared; `none` failed before.",
            "stack",
            "reqps",
            (by(plan, metrics.QUERIES, "mode", OF_FIELD),),
        ),
        Panel(
            "Classifier confidence",
            "Median probability of the field that was chosen."
            f" From {plan.routing.single_threshold:g} one specialist is asked, from {plan.routing.fanout_threshold:g} several may be.",
            "lines",
            "percentunit",
            (Query(quantile(0.5, of(plan, confidence, OF_FIELD, part="_bucket"), WINDOW, FIELD), "{{field}}"),),
            bad_below=plan.routing.fanout_threshold,
            maximum=1,
        ),
    )
    quality = (
        _utility_of_chosen(plan),
        Panel(
            "Abstentions",
            "Share of the answers in each field that were abstentions.",
            "lines",
            "percentunit",
            (Query(select(recording.abstention_ratio(plan).name, scrape.router_job(plan), OF_FIELD), "{{field}}"),),
            maximum=1,
        ),
        Panel("Why it abstained", "Abstentions per second.", "stack", "reqps", (by(plan, metrics.ABSTENTIONS, "reason", OF_FIELD),)),
        Panel(
            "Latency by mode",
            "95 of 100 responses take less.",
            "lines",
            "s",
            (Query(quantile(0.95, of(plan, metrics.QUERY_LATENCY, OF_FIELD, part="_bucket"), WINDOW, "mode"), "{{mode}}"),),
            bad_from=plan.routing.deadline_s,
        ),
    )
    stages = (
        Panel(
            "Stages",
            "Mean time in each of the router's own stages; `arbitrate` includes the judge model.",
            "lines",
            "s",
            (Query(mean(plan, metrics.STAGE_DURATION, "stage"), "{{stage}}"),),
        ),
        Panel(
            "Stages without a model, 99th percentile",
            "99 of 100 take less.",
            "lines",
            "s",
            (
                Query(
                    quantile(0.99, of(plan, metrics.STAGE_DURATION, 'stage!="arbitrate"', part="_bucket"), WINDOW, "stage"),
                    "{{stage}}",
                ),
            ),
        ),
    )
    return Dashboard(
        "routing",
        "Routing",
        "Where requests go, how sure the classifier is, and what comes of it.",
        (Row("Where requests go", where), Row("What comes of it", quality), Row("Stages", stages)),
        (FIELD,),
    )


def _utility_of_chosen(plan: Plan) -> Panel:
    return Panel(
        "Utility by specialist",
        "Mean utility of the answers of a specialist, in all fields.",
        "lines",
        "percentunit",
        (Query(mean(plan, metrics.SPECIALIST_UTILITY, SPECIALIST), "{{specialist}}"),),
        maximum=1,
    )
