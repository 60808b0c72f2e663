"""AUA_LowUtilityScore: answers in a field are poor."""

from aua_runtime.contract import metrics
from aua_runtime.contract.metrics import Metric

from aua_compile.observe import recording
from aua_compile.observe.alert import Alert, Case, Step, label, rising
from aua_compile.observe.enough import said, told
from aua_compile.observe.promql import quote, select, total
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, long_s, quiet_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    measured = [served for served in plan.fields if served.utility_floor > 0]
    if not measured or not router_is_scraped(plan):
        return None
    bounds = plan.observability.thresholds
    job, window = router_job(plan), duration(long_s(plan))
    floor = recording.utility_floor(plan, measured[0]).name

    def mean(window_s: float) -> str:
        return select(recording.mean_utility(plan, window_s).name, job)

    hold = hold_s(plan, bounds.ticket_after_s)
    some = measured[0].name
    name = metrics.UTILITY.name
    total_of, count_of = (select(f"{name}_{part}", job, f"field={quote(some)}") for part in ("sum", "count"))
    good = min(1.0, measured[0].utility_floor)
    parts = tuple(_mean(plan, metric, window, "specialist") for metric in (metrics.EFFICACY, metrics.CONFIDENCE))
    return Alert(
        name="AUA_LowUtilityScore",
        severity="ticket",
        expr=told(
            plan,
            lambda window_s: f"{mean(window_s)} < on (job, field) {select(floor, job)}",
            lambda window_s: select(recording.scored(plan, window_s).name, job),
            (long_s(plan), quiet_s(plan)),
            "job",
            "field",
        ),
        hold_s=hold,
        ends_s=long_s(plan),
        summary=f"Answers of {plan.project.name} in the field {label('field')} score lower than the field asks for.",
        query=mean(long_s(plan)),
        fires=Case({total_of: rising(0), count_of: rising(20)}, {"job": job, "field": some}),
        silent=Case({total_of: rising(20 * good), count_of: rising(20)}),
        meaning=(
            f"The mean utility of a field's answers over {window} is below {bounds.utility_floor_share:.0%} of (w_e + w_c) x"
            " confidence_threshold, the utility of an answer that is just as good and sure as the field asks for and brings nothing new. "
            + said(plan, "scored answers", quiet_s(plan))
        ),
        causes=(
            "The questions changed: the classifier sends what the field's specialist was not chosen for.",
            "Answers are cut off by a token limit, or fail their checks; efficacy E is then what fell.",
            "The model or its quantization changed and is less sure; confidence C is then what fell.",
        ),
        steps=(
            Step("See for which specialist efficacy or confidence fell.", queries=parts),
            Step(
                "See whether the classifier is less sure of the field than it was.",
                queries=(_mean(plan, metrics.CLASSIFIER_CONFIDENCE, window, "field"),),
            ),
            Step("Ask `POST /route` where typical questions go and why; it calls no model."),
        ),
    )


def _mean(plan: Plan, metric: Metric, window: str, label: str) -> str:
    sums, counts = (total(f"rate({select(f'{metric.name}_{part}', router_job(plan))}[{window}])", label) for part in ("sum", "count"))
    return f"{sums} / {counts}"
