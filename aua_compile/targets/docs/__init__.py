"""Pages for people: `plan.md`, the plan in words, a picture of its memory, and a runbook page per alert."""

from collections.abc import Iterator

from aua_compile.artifact import Artifact
from aua_compile.graph.pictures import placement_svg
from aua_compile.observe.alert import runbook_path
from aua_compile.observe.alerts import alerts
from aua_compile.plan.model import Plan
from aua_compile.targets.docs.plan_page import PICTURE, plan_page
from aua_compile.targets.docs.runbook_page import runbook_page
from aua_compile.targets.header import header


def emit(plan: Plan) -> Iterator[Artifact]:
    found = alerts(plan)
    yield Artifact("plan.md", plan_page(plan, found))
    if plan.ledgers:
        yield Artifact(PICTURE, placement_svg(plan, header(plan)))
    for alert in found:
        yield Artifact(runbook_path(alert.name), runbook_page(plan, alert))
