"""Checks that only the finished plan can show: one rule a module, `PLAN_RULES` in the order in which findings are told."""

from collections.abc import Callable, Iterable

from aua_compile.checked import Checked
from aua_compile.diagnostic import Diagnostic
from aua_compile.plan.build import Planned

PlanRule = Callable[[Planned], Iterable[Diagnostic]]

PLAN_RULES: tuple[PlanRule, ...] = ()


def check_plan(planned: Planned) -> Checked[Planned]:
    """The plan with everything that the rules find in it; no plan after an error."""
    return Checked.of(planned, [finding for rule in PLAN_RULES for finding in rule(planned)])
