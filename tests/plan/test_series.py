from dataclasses import replace

from aua_runtime.contract.metrics import BREAKER_STATE, METRICS, PLAN_INFO, QUERIES, SERIES_LIMIT, SERVER_UP
from aua_runtime.metrics import Metrics

from aua_compile.plan.model import Plan
from aua_compile.plan.series import series
from tests.targets.plans import single_4090


def with_specialists(count: int) -> Plan:
    plan = single_4090()
    return replace(plan, specialists=tuple(replace(plan.specialists[0], name=f"s{number}") for number in range(count)))


def test_the_series_of_a_metric_are_the_product_of_what_its_labels_can_say() -> None:
    plan = single_4090()
    fields = {"none", "general", *(served.name for served in plan.fields)}

    assert series(plan, QUERIES) == len(fields) * 4 * 5
    assert series(plan, BREAKER_STATE) == len(plan.specialists) + (plan.arbiter is not None)
    assert series(plan, PLAN_INFO) == 1


def test_only_specialists_with_several_servers_have_series_for_each() -> None:
    plan = single_4090()
    first, *others = plan.specialists
    several = replace(plan, specialists=(replace(first, replicas=("http://b:1", "http://c:1")), *others))

    assert series(plan, SERVER_UP) == 0
    assert series(several, SERVER_UP) == 3


def test_a_thousand_specialists_and_an_arbiter_stay_within_the_limit() -> None:
    assert max(series(with_specialists(1000), metric) for metric in METRICS) <= SERIES_LIMIT


def test_no_metric_has_two_labels_whose_values_a_plan_names() -> None:
    assert [metric.name for metric in METRICS if sum(bool(label.names_of) for label in metric.labels) > 1] == []


def test_the_router_shows_no_more_series_than_were_counted() -> None:
    plan = with_specialists(3)
    counted = Metrics(tuple(specialist.name for specialist in plan.specialists))
    shown = [line for line in counted.text().decode().splitlines() if line.startswith(f"{BREAKER_STATE.name}{{")]

    assert 0 < len(shown) <= series(plan, BREAKER_STATE)
