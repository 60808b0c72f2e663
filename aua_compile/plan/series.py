"""How many series each metric of a plan's router can have: its labels have closed sets of values, some of which the plan names."""

from collections.abc import Mapping
from math import prod

from aua_runtime.contract.errors import CODES
from aua_runtime.contract.labels import Label, NameSet
from aua_runtime.contract.metrics import METRICS, Metric

from aua_compile.plan.model import Plan, Specialist
from aua_compile.plan.once import once_per_plan


@once_per_plan
def values(plan: Plan) -> Mapping[Label, int]:
    """How many values each label can have. Those of info metrics have one at a time."""
    known = names(plan)
    labels = {label for metric in METRICS for label in metric.labels}
    return {label: 1 if label.free else len({*label.values, *(known[label.names_of] if label.names_of else ())}) for label in labels}


def series(plan: Plan, metric: Metric) -> int:
    """How many series one process of the router can have of a metric, a histogram's buckets not counted."""
    return prod(values(plan)[label] for label in metric.labels)


@once_per_plan
def names(plan: Plan) -> Mapping[NameSet, tuple[str, ...]]:
    """The names of each kind that can be values of labels in this plan."""
    return {
        "fields": tuple(served.name for served in plan.fields),
        "specialists": tuple(specialist.name for specialist in plan.called),
        "servers": tuple(server for specialist in plan.called for server in _servers(specialist)),
        "devices": tuple(str(ledger.device) for ledger in plan.ledgers),
        "engines": tuple(instance.name for instance in plan.instances),
        "errors": tuple(code.name for code in CODES),
    }


def _servers(specialist: Specialist) -> tuple[str, ...]:
    """The servers of a specialist that has several."""
    return tuple(f"{specialist.name}/{number}" for number in range(1 + len(specialist.replicas))) if specialist.replicas else ()
