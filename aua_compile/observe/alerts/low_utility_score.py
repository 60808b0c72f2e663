"""AUA_LowUtilityScore: answers in a field are poor."""

from aua_runtime.contract import metrics

from aua_compile.observe import recording
from aua_compile.observe.alert import Alert, Case, Cause, Step, label, rising
from aua_compile.observe.enough import many, said, told
from aua_compile.observe.promql import DAY_AGO, mean, quote, select
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
    utility = select(recording.mean_utility(plan, long_s(plan)).name, job)
    hold = hold_s(plan, bounds.ticket_after_s)
    some = measured[0].name
    name = metrics.UTILITY.name
    total_of, count_of = (select(f"{name}_{part}", job, f"field={quote(some)}") for part in ("sum", "count"))
    good = min(1.0, measured[0].utility_floor)
    sure, sure_before = (mean(metrics.CLASSIFIER_CONFIDENCE.name, job, window, "field", ago=ago) for ago in ("", DAY_AGO))
    efficacy, confidence = (
        tuple(mean(metric.name, job, window, "specialist", ago=ago) for ago in ("", DAY_AGO))
        for metric in (metrics.EFFICACY, metrics.CONFIDENCE)
    )
    return Alert(
        name="AUA_LowUtilityScore",
        severity="ticket",
        expr=told(
            plan,
            recording.mean_utility,
            f"< on (job, field) {select(floor, job)}",
            recording.scored,
            (long_s(plan), quiet_s(plan)),
            "job",
            "field",
        ),
        hold_s=hold,
        ends_s=long_s(plan),
        summary=f"Answers of {plan.project.name} in the field {label('field')} score lower than the field asks for.",
        query=utility,
        fires=Case({total_of: rising(0), count_of: many(plan)}, {"job": job, "field": some}),
        silent=Case({total_of: rising(many(plan).step * good), count_of: many(plan)}),
        meaning=(
            f"The mean utility of a field's answers over {window} is below {bounds.utility_floor_share:.0%} of (w_e + w_c) x"
            " confidence_threshold, the utility of an answer that is just as good and sure as the field asks for and brings nothing new. "
            + said(plan, "scored answers", quiet_s(plan))
        ),
        causes=(
            Cause(
                "The questions changed: the classifier sends what the field's specialist was not chosen for.",
                "The classifier is less sure of the field than it was a day ago.",
                queries=(sure, sure_before),
            ),
            Cause(
                "Answers are cut off by a token limit, or fail their checks.",
                "Efficacy E of the field's specialist is below what it was a day ago.",
                queries=efficacy,
            ),
            Cause(
                "The model or its quantization changed and is less sure.",
                "Confidence C of the field's specialist is below what it was a day ago.",
                queries=confidence,
            ),
        ),
        steps=(
            Step("See which fields are below their floor.", queries=(f"{utility} < on (job, field) {select(floor, job)}",)),
            Step("Ask `POST /route` where typical questions go and why; it calls no model."),
            Step("If answers are cut off, raise the clients' `max_tokens`, or the specialist's `context`; if the model changed, go back."),
        ),
    )
