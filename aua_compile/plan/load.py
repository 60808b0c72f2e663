"""A Plan from its JSON, for programs that read `plan.json`. Nothing that compiles imports this module: it needs pydantic."""

import json

from pydantic import TypeAdapter

from aua_compile.plan.digest import PLAN_SCHEMA_VERSION, digests_of
from aua_compile.plan.model import Plan

_PLAN = TypeAdapter(Plan)


def plan_of(text: str | bytes) -> Plan:
    """The plan in `text`. Raises `ValueError` for text that is no plan, a plan of another schema version, or one that was edited."""
    document = json.loads(text)
    if not isinstance(document, dict) or not isinstance(document.get("digests"), dict):
        raise ValueError("this is no plan.json")  # noqa: TRY004 - the text is wrong, not an argument's type
    if document.get("schema_version") != PLAN_SCHEMA_VERSION:
        raise ValueError(f"the plan has schema version {document.get('schema_version')!r}; this release reads {PLAN_SCHEMA_VERSION!r}")
    digests = document.pop("digests")
    plan = _PLAN.validate_python(document)
    if digests_of(plan) != digests:
        raise ValueError("the plan does not have the digests that it states")
    return plan
