"""Pages for people: `plan.md`, the plan in words, and a runbook page per alert."""

from collections.abc import Iterator

from aua_compile.artifact import Artifact
from aua_compile.observe.alert import runbook_path
from aua_compile.observe.alerts import alerts
from aua_compile.plan.model import Plan
from aua_compile.targets.docs.plan_page import plan_page
from aua_compile.targets.docs.runbook_page import runbook_page


def emit(plan: Plan) -> Iterator[Artifact]:
    found = alerts(plan)
    yield Artifact("plan.md", plan_page(plan, found))
    for alert in found:
        yield Artifact(runbook_path(alert.name), runbook_page(plan, alert))
