"""AUA_HighContradictionRate: specialists that are asked the same say different things too often."""

from aua_runtime.contract import metrics

from aua_compile.observe import commands, recording
from aua_compile.observe.alert import VALUE, Alert, Case, Cause, Step, label, rising
from aua_compile.observe.enough import many, said, told
from aua_compile.observe.features import compares, has_judge
from aua_compile.observe.promql import DAY_AGO, mean, quote, select, total
from aua_compile.observe.scrape import router_is_scraped, router_job
from aua_compile.observe.window import duration, hold_s, long_s, quiet_s
from aua_compile.plan.model import Plan


def alert(plan: Plan) -> Alert | None:
    if not compares(plan) or not router_is_scraped(plan):
        return None
    bounds = plan.observability.thresholds
    job, window = router_job(plan), duration(long_s(plan))
    ratio = recording.contradiction_ratio(plan, long_s(plan)).name
    hold = hold_s(plan, bounds.ticket_after_s)
    asked, at_several = (total(f"rate({select(metrics.QUERIES.name, job, *mode)}[{window}])", "field") for mode in ((), ('mode="fanout"',)))
    utility, utility_before = (mean(metrics.SPECIALIST_UTILITY.name, job, window, "specialist", ago=ago) for ago in ("", DAY_AGO))
    some = f"field={quote(plan.fields[0].name)}"
    contradict, agree = (select(metrics.COMPARISONS.name, job, some, f'result="{result}"') for result in ("contradict", "agree"))
    return Alert(
        name="AUA_HighContradictionRate",
        severity="ticket",
        expr=told(
            plan,
            recording.contradiction_ratio,
            f"> {bounds.contradiction_share}",
            recording.compared,
            (long_s(plan), quiet_s(plan)),
            "job",
            "field",
        ),
        hold_s=hold,
        ends_s=long_s(plan),
        summary=f"In {VALUE} of the comparisons in the field {label('field')} the answers of {plan.project.name} contradict each other.",
        query=select(ratio, job),
        fires=Case({contradict: many(plan), agree: rising(0)}, {"job": job, "field": plan.fields[0].name}, "100%"),
        silent=Case({contradict: rising(0), agree: many(plan)}),
        meaning=(
            f"Where the field of a question is unclear, up to {plan.routing.max_fanout} specialists answer it. In more than"
            f" {bounds.contradiction_share:.0%} of the comparisons of the last {window} they shared hardly a word, so most such answers"
            " hang on the choice between them. " + said(plan, "comparisons", quiet_s(plan))
        ),
        causes=(
            Cause(
                f"Fan-out begins too low (`routing.fanout_threshold` {plan.routing.fanout_threshold:g}): many are asked what is not"
                " theirs.",
                "A large share of the questions of the field goes to several specialists.",
                queries=(f"{at_several} / {asked}",),
            ),
            Cause(
                "One specialist got worse: another model, another quantization, another prompt.",
                "Its utility fell within the last day, that of the others did not.",
                queries=(utility, utility_before),
            ),
            Cause(
                "The questions have no one answer: the comparison knows words, and takes another way to answer for another answer.",
                "Contradictions rose in one field, and the arbiter accepts either answer (`both`)."
                if has_judge(plan)
                else "Contradictions rose in one field only.",
                queries=(
                    f"sort_desc({select(ratio, job)})",
                    *((select(recording.verdict_ratio(plan, long_s(plan)).name, job),) if has_judge(plan) else ()),
                ),
            ),
        ),
        steps=(
            Step("Send a question of that field to `POST /query/stream`: it shows every candidate and the verdict."),
            Step(
                "If too many are asked, raise `routing.fanout_threshold` and reload.",
                commands.reload(plan),
            ),
        ),
    )
