"""Checks that only the finished plan can show: one rule a module, `PLAN_RULES` in the order in which findings are told."""

from collections.abc import Callable, Iterable

from aua_compile.checked import Checked
from aua_compile.config.rules.subject import Subject, subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.plan.build import Planned
from aua_compile.plan.model import Plan
from aua_compile.plan.rules import image_digest, port_of_engine, port_twice, revision_pinned, tag_pinned, too_many_series, unsupported

PlanRule = Callable[[Plan, Subject], Iterable[Diagnostic]]

PLAN_RULES: tuple[PlanRule, ...] = (
    port_of_engine.check,
    port_twice.check,
    revision_pinned.check,
    tag_pinned.check,
    image_digest.check,
    too_many_series.check,
    unsupported.check,
)


def check_plan(planned: Planned) -> Checked[Planned]:
    """The plan with everything that the rules find in it; no plan after an error."""
    seen = subject(planned.resolved)
    return Checked.of(planned, [finding for rule in PLAN_RULES for finding in rule(planned.plan, seen)])
