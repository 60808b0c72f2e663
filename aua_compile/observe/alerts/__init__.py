"""Every alert that a plan can have, one module each or one for those of a kind; `ALERTS` lists them in order."""

from collections.abc import Callable

from aua_compile.observe.alert import Alert
from aua_compile.observe.alerts import (
    arbiter_case_four_spike,
    breaker_open,
    budget_burn,
    engine_down,
    engine_preempting,
    high_contradiction_rate,
    high_error_rate,
    high_latency,
    low_utility_score,
    plan_differs,
    queue_saturated,
    router_down,
    settings_reload_refused,
    specialist_down,
    state_lagging,
    state_rows_lost,
)
from aua_compile.plan.model import Plan

ALERTS: tuple[Callable[[Plan], Alert | None], ...] = (
    router_down.alert,
    high_error_rate.alert,
    high_latency.alert,
    budget_burn.availability,
    budget_burn.availability_slow,
    budget_burn.latency,
    budget_burn.latency_slow,
    specialist_down.alert,
    breaker_open.alert,
    queue_saturated.alert,
    low_utility_score.alert,
    high_contradiction_rate.alert,
    arbiter_case_four_spike.alert,
    engine_down.alert,
    engine_preempting.alert,
    settings_reload_refused.alert,
    plan_differs.alert,
    state_lagging.alert,
    state_rows_lost.alert,
)


def alerts(plan: Plan) -> tuple[Alert, ...]:
    """The alerts of this plan: those whose feature is on. None, if alerts are off or nothing is scraped."""
    if not plan.observability.alerts:
        return ()
    return tuple(found for make in ALERTS if (found := make(plan)) is not None)
