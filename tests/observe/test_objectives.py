"""Objectives as series: what burns, and which alerts can fire at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.observe.alerts import alerts
from aua_compile.observe.objectives import FAST, SLOW, burns, objective_records, objectives, windows_s
from aua_compile.plan.model import Objectives, Plan
from tests.targets.plans import single_4090


def promised(**given_: float) -> Plan:
    plan = single_4090()
    return replace(plan, observability=replace(plan.observability, objectives=Objectives(**given_)))


def names(plan: Plan) -> set[str]:
    return {alert.name for alert in alerts(plan) if "Budget" in alert.name}


def test_without_an_objective_nothing_is_recorded_or_watched() -> None:
    assert (list(objective_records(single_4090())), names(single_4090())) == ([], set())


def test_each_objective_has_an_alert_that_pages_and_one_that_waits() -> None:
    assert names(promised(availability=0.995)) == {"AUA_AvailabilityBudgetBurn", "AUA_AvailabilityBudgetBurnSlow"}
    assert names(promised(fast=0.9, within_s=10.0)) == {"AUA_LatencyBudgetBurn", "AUA_LatencyBudgetBurnSlow"}


@pytest.mark.parametrize(("target", "factors"), [(0.999, [14.4, 6]), (0.9, [6]), (0.8, [])])
def test_a_budget_that_cannot_burn_that_fast_is_not_asked_whether_it_does(target: float, factors: list[float]) -> None:
    objective = next(objectives(promised(availability=target)))
    assert [burn.factor for burn in burns(objective, FAST)] == factors


@given(st.floats(0.00001, 0.99999))
def test_every_bound_can_be_passed_and_every_window_is_recorded(target: float) -> None:
    plan = promised(availability=target)
    objective = next(objectives(plan))
    recorded = {record.name for record in objective_records(plan)}
    for burn in burns(objective, FAST + SLOW):
        assert burn.factor * objective.budget < 1
        assert {objective.ratio(burn.long_s), objective.ratio(burn.short_s)} <= recorded
    assert windows_s(objective) == tuple(sorted(set(windows_s(objective))))
    assert objective.left in recorded
