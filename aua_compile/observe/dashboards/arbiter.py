"""What happens where several answers meet."""

from aua_runtime.contract import metrics

from aua_compile.observe import recording, scrape
from aua_compile.observe.dashboards.forms import OF_FIELD, by, quantile_of
from aua_compile.observe.features import compares, has_judge
from aua_compile.observe.panel import FIELD, Dashboard, Panel, Query, Row
from aua_compile.observe.promql import select
from aua_compile.observe.window import long_s
from aua_compile.plan.model import Plan

_UNCOMPARED = "No two answers have been compared."
_UNJUDGED = "The arbiter has decided nothing."


def page(plan: Plan) -> Dashboard:
    rows = []
    if compares(plan):
        rows.append(Row("Comparisons", _comparisons(plan)))
    if has_judge(plan):
        rows.append(Row("Verdicts", _verdicts(plan)))
    return Dashboard("arbiter", "Arbiter", "What happens where several answers meet.", tuple(rows), (FIELD,))


def _comparisons(plan: Plan) -> tuple[Panel, ...]:
    ratio = select(recording.contradiction_ratio(plan, long_s(plan)).name, scrape.router_job(plan), OF_FIELD)
    return (
        Panel(
            "Comparisons",
            "Pairs of answers that were compared, per second.",
            "stack",
            "reqps",
            (by(plan, metrics.COMPARISONS, "result", OF_FIELD),),
            until=_UNCOMPARED,
        ),
        Panel(
            "Contradictions",
            "Share of comparisons in which the answers contradict each other.",
            "lines",
            "percentunit",
            (Query(ratio, "{{field}}"),),
            bad_from=plan.observability.thresholds.contradiction_share,
            maximum=1,
            alert="AUA_HighContradictionRate",
            until=_UNCOMPARED,
        ),
    )


def _verdicts(plan: Plan) -> tuple[Panel, ...]:
    ratio = select(recording.verdict_ratio(plan, long_s(plan)).name, scrape.router_job(plan), 'verdict="neither"')
    return (
        Panel(
            "Verdicts",
            "Per second: first answer, second, either, neither.",
            "stack",
            "reqps",
            (by(plan, metrics.VERDICTS, "verdict", OF_FIELD),),
            until=_UNJUDGED,
        ),
        Panel(
            "Neither",
            "Share of verdicts that accept no candidate, or that could not be used.",
            "lines",
            "percentunit",
            (Query(f"max({ratio}) or vector(0)", "neither"),),
            bad_from=plan.observability.thresholds.neither_share,
            maximum=1,
            alert="AUA_ArbiterCaseFourSpike",
        ),
        Panel(
            "What decided",
            "Checks, the judge model, or the scores because its verdict was unusable; per second.",
            "stack",
            "reqps",
            (by(plan, metrics.VERDICTS, "basis", OF_FIELD),),
            until=_UNJUDGED,
        ),
        Panel(
            "Time to decide",
            "Time in the arbiter's stage: median, and what 95 of 100 stay below.",
            "lines",
            "s",
            tuple(
                Query(quantile_of(plan, share, metrics.STAGE_DURATION, matchers=('stage="arbitrate"',)), f"p{share * 100:.0f}")
                for share in (0.5, 0.95)
            ),
            until=_UNJUDGED,
        ),
    )
