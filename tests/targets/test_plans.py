"""The example plans hang together: what the tests of the targets take for granted."""

import pytest

from aua_compile.plan.model import Plan
from tests.targets.plans import PLANS

pytestmark = pytest.mark.parametrize("plan", [make() for make in PLANS.values()], ids=list(PLANS))


def test_every_reference_names_something_that_is_there(plan: Plan) -> None:
    instances = {instance.name for instance in plan.instances}
    specialists = {specialist.name for specialist in plan.specialists}
    called = plan.specialists + ((plan.arbiter.specialist,) if plan.arbiter else ())

    assert {specialist.instance for specialist in called} <= instances | {None}
    assert {name for specialist in called for name in specialist.fallback} <= specialists
    assert {name for field in plan.fields for name in field.specialists} <= specialists
    assert {fetch.instance for fetch in plan.fetches} <= instances
    assert {name for instance in plan.instances for name in instance.start_after} <= instances
    assert {estimate.specialist for estimate in plan.estimates} <= {specialist.name for specialist in called}
    assert {entry.instance for ledger in plan.ledgers for entry in ledger.entries} <= instances


def test_names_and_ports_are_distinct(plan: Plan) -> None:
    ports = [plan.api.public.port, plan.api.management.port, *(instance.port for instance in plan.instances)]
    names = [plan.router.service, *(instance.name for instance in plan.instances), *(fetch.name for fetch in plan.fetches)]

    assert len(set(ports)) == len(ports)
    assert len(set(names)) == len(names)


def test_every_ledger_sums_and_fits(plan: Plan) -> None:
    for ledger in plan.ledgers:
        assert sum(entry.total_gib for entry in ledger.entries) + ledger.free_gib == pytest.approx(ledger.total_gib)
        assert ledger.free_gib >= 0


def test_every_specialist_calls_an_instance_by_a_name_that_it_serves(plan: Plan) -> None:
    served = {instance.name: {model.served_name for model in instance.models} for instance in plan.instances}

    for specialist in plan.specialists:
        assert specialist.instance is None or specialist.served_model in served[specialist.instance]
