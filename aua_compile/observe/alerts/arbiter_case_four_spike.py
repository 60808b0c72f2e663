"""AUA_ArbiterCaseFourSpike: the arbiter accepts neither answer too often."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands, recording
from aua_compile.observe.alert import VALUE, Alert, Case, Cause, Step, rising
from aua_compile.observe.enough import many, said, told
from aua_compile.observe.features import has_judge
from aua_compile.observe.promql import quote, select, total
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, long_s, quiet_s
from aua_compile.plan.model import Plan

_NEITHER = 'verdict="neither"'


def alert(plan: Plan) -> Alert | None:
    if plan.arbiter is None or not has_judge(plan) or not router_is_scraped(plan):
        return None
    bounds = plan.observability.thresholds
    job, window = router_job(plan), duration(long_s(plan))
    hold = hold_s(plan, bounds.ticket_after_s)
    some = f"field={quote(plan.fields[0].name)}"
    neither, first = (select(metrics.VERDICTS.name, job, some, f'verdict="{verdict}"', 'basis="judge"') for verdict in ("neither", "a"))
    judge = plan.arbiter.specialist
    bases = total(f"increase({select(metrics.VERDICTS.name, job)}[{window}])", "basis", "verdict")
    fields = total(f"increase({select(metrics.VERDICTS.name, job, _NEITHER)}[{window}])", "field")
    look = Step("Read the log of the arbiter's engine.", commands.logs(plan, judge.instance)) if judge.instance else None
    return Alert(
        name="AUA_ArbiterCaseFourSpike",
        severity="ticket",
        expr=told(
            plan,
            recording.verdict_ratio,
            f"> {bounds.neither_share}",
            recording.judged,
            (long_s(plan), quiet_s(plan)),
            "job",
            where=_NEITHER,
        ),
        hold_s=hold,
        ends_s=long_s(plan),
        summary=f"The arbiter of {plan.project.name} accepts no candidate in {VALUE} of its verdicts.",
        query=select(recording.verdict_ratio(plan, long_s(plan)).name, job, _NEITHER),
        fires=Case({neither: many(plan), first: rising(0)}, {"job": job, "verdict": "neither"}, "100%"),
        silent=Case({neither: rising(0), first: many(plan)}),
        meaning=(
            "Of the arbiter's four verdicts - the first answer, the second, either, neither - the fourth makes up more than"
            f" {bounds.neither_share:.0%} of the last {window}; a verdict that cannot be used counts as it. Each one cost its answers and a"
            " judgement and decided nothing. " + said(plan, "verdicts", quiet_s(plan))
        ),
        causes=(
            Cause(
                f"The arbiter's model `{judge.model}` gives no usable verdicts: too small, too little context, or its prompt changed.",
                "Most verdicts `neither` rest on `score`, which stands for a verdict of the model that could not be used.",
                queries=(bases,),
            ),
            Cause(
                "The specialists are asked what none of them can answer.",
                "The verdicts rest on `judge` or `checks`, and are of one field.",
                queries=(fields,),
            ),
            Cause(
                f"`arbiter.confidence_threshold` {plan.arbiter.confidence_threshold:g} is more than the arbiter's model ever says of"
                " itself.",
                "It is so in every field, and has been since the threshold was changed; `neither` is the only verdict that grew.",
                queries=(select(recording.verdict_ratio(plan, long_s(plan)).name, job),),
            ),
        ),
        steps=(
            *((look,) if look else ()),
            Step("Send a question of that field to `POST /query/stream`: it shows the verdict and its reason."),
            Step("If the threshold is too high, lower it and reload.", commands.reload(plan)),
        ),
    )
