"""What rules and panels compute is computed once: recorded, where two of them need it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aua_compile.observe import recording
from aua_compile.observe.alerts import alerts
from aua_compile.observe.dashboards import dashboards
from aua_compile.observe.recording import records
from aua_compile.plan.model import Plan
from tests.targets.plans import PLANS
from tests.tools import require_module

plans = pytest.mark.parametrize("make", PLANS.values(), ids=list(PLANS))


def users(plan: Plan) -> Iterator[tuple[str, str]]:
    """Who computes something, and its expression. What follows a reader's zoom has no fixed window, so it cannot be recorded."""
    for alert in alerts(plan):
        yield alert.name, alert.expr
    for page in dashboards(plan):
        for row in page.rows:
            for panel in row.panels:
                for query in panel.queries:
                    if "$" not in query.expr:
                        yield f"{page.title}: {panel.title}", query.expr


def parts(node: Any) -> Iterator[Any]:
    """A parsed expression and all that it is made of."""
    yield node
    for name in ("expr", "lhs", "rhs"):
        inner = getattr(node, name, None)
        if inner is not None:
            yield from parts(inner)
    for inner in getattr(node, "args", ()):
        yield from parts(inner)


def computed(expr: str) -> set[str]:
    """The aggregates over time in an expression that is not recorded."""
    from promql_parser import parse

    aggregates = (part for part in parts(parse(expr)) if type(part).__name__ == "AggregateExpr")
    return {str(part) for part in aggregates if any(type(inner).__name__ == "MatrixSelector" for inner in parts(part))}


@plans
def test_what_two_rules_or_panels_compute_over_time_is_recorded(make: Callable[[], Plan]) -> None:
    require_module("promql_parser")
    found: dict[str, set[str]] = {}
    for user, expr in users(make()):
        for part in computed(expr):
            found.setdefault(part, set()).add(user)

    assert {part: sorted(names) for part, names in found.items() if len(names) > 1} == {}


@plans
def test_nothing_is_recorded_twice_under_another_name(make: Callable[[], Plan]) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for record in records(make()):
        found.setdefault((record.expr, str(sorted(record.labels.items()))), set()).add(record.name)

    assert [sorted(names) for names in found.values() if len(names) > 1] == []


@plans
def test_what_is_recorded_is_used(make: Callable[[], Plan]) -> None:
    plan = make()
    read = [expr for _, expr in users(plan)] + [record.expr for record in records(plan)]
    read += [query.expr for page in dashboards(plan) for row in page.rows for panel in row.panels for query in panel.queries]
    read += [query for alert in alerts(plan) for cause in alert.causes for query in cause.queries]
    read += [query for alert in alerts(plan) for step in alert.steps for query in step.queries]
    known = {recording.abstention_ratio(plan).name}  # a metric of earlier releases, which their users' own pages show

    assert [record.name for record in records(plan) if record.name not in known and not any(record.name in expr for expr in read)] == []


def test_an_aggregate_over_time_is_seen_wherever_it_stands() -> None:
    require_module("promql_parser")

    (shared,) = computed("1 - sum by (job) (rate(a[5m])) / (b > 0)")

    assert shared in computed("max(sum by (job) (rate(a[5m]))) > 2")
