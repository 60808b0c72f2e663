"""Every plan field says what a change of it is and who takes it over, and the artifacts agree: what differs in them is what it says."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields

import yaml
from aua_runtime.contract.settings import Settings, SettingsRefused, from_data

from aua_compile.plan.changes import diff
from aua_compile.plan.digest import plan_digest, router_digest, structure_digest
from aua_compile.plan.effects import OF_ROUTER, STRICTEST, Effect, effects_of, is_whole, part_of, parts
from aua_compile.plan.model import Plan
from aua_compile.targets import compose
from aua_compile.targets.router import settings_text
from tests.targets.plans import code_of
from tests.targets.reach import EXAMPLES, changed_at, leaves


def effect_at(path: str) -> Effect:
    """The effect of the field at a path of `leaves`."""
    *steps, last = path.replace("[]", "").split(".")
    kind: type = Plan
    for step in steps:
        inner = part_of(next(field for field in fields(kind) if field.name == step))
        assert inner is not None
        kind = inner
    return effects_of(kind)[last]


PATHS = {path: effect_at(path) for path in leaves(Plan)}


def test_every_field_carries_an_effect() -> None:
    lacking = [f"{part.__name__}.{name}" for part in parts(Plan) for name, effect in effects_of(part).items() if effect is STRICTEST]
    assert not lacking, "say in plan/model.py what a change of them is"


def test_a_part_that_is_always_there_carries_none_for_only_its_own_fields_can_change() -> None:
    for part in parts(Plan):
        assert not [field.name for field in fields(part) if is_whole(field) and hasattr(field.type, "__metadata__")]


def test_a_list_of_parts_says_by_which_field_its_entries_are_known() -> None:
    for part in parts(Plan):
        for field in fields(part):
            inner = part_of(field)
            if inner is not None and not is_whole(field) and "tuple" in str(field.type):
                assert effects_of(part)[field.name].by in effects_of(inner), f"{part.__name__}.{field.name}"


# --- what a running router takes over from a new settings.json is what is called hot_reload, and nothing else


def changes() -> Iterator[tuple[str, Effect, Plan, Plan]]:
    """Each field with its effect, and a plan before and after a change of it alone."""
    for path, effect in PATHS.items():
        for plan in EXAMPLES:
            found = [(path, effect, plan, changed) for changed in changed_at(plan, path.split("."), Plan) if changed != plan]
            yield from found
            if found:
                break


def reloaded(before: Plan, after: Plan) -> Settings | str:
    """What a router that runs the plan `before` makes of the settings of `after`; where it refuses them, what it says to do instead."""
    running = json.loads(settings_text(before))["structure"]
    try:
        return from_data(json.loads(settings_text(after)), code_of(before, running))
    except SettingsRefused as refused:
        return refused.apply


LEADS_NOWHERE = {"fields[].name", "fields[].specialists", "specialists[].name", "specialists[].field", "arbiter.specialist.name"}
"""Fields that others refer to: a plan in which one of them alone is changed is none."""


def test_a_running_router_takes_over_exactly_what_is_hot_reload() -> None:
    seen = set()
    for path, effect, before, after in changes():
        if path in LEADS_NOWHERE:
            continue
        taken = reloaded(before, after)
        if effect.of in OF_ROUTER and effect.how != "hot_reload":
            assert taken == "rolling_restart", path
        elif effect.of == "router":
            assert taken not in ("rolling_restart", reloaded(before, before)), path  # "mend": a value of no config, such as a share of 1.5
        else:
            assert taken == reloaded(before, before), path
        if taken != "mend":
            seen.add(effect.how)
    assert seen == {"none", "hot_reload", "rolling_restart", "recreate", "manual"}


NOT_ALONE = {
    "hardware.engines_run",
    "instances[].name",
    "instances[].devices",
    "fetches[].name",
    "fetches[].instance",
    "volumes[].name",
    "volumes[].purpose",
}
"""Fields that the planner never changes without those of other parts: a change of one alone shows in those."""

ONE_SHOT = {"prepare-volumes"}
"""Services that end by themselves and need no one's attention."""


def composed(plan: Plan) -> Mapping[str, object]:
    """The services of compose."""
    text = next(artifact.text for artifact in compose.emit(plan) if artifact.path == "compose/compose.yaml")
    found: Mapping[str, object] = yaml.load(text, Loader=yaml.CSafeLoader)["services"]
    return found


def test_compose_recreates_no_service_that_the_diff_does_not_name() -> None:
    running = {id(plan): composed(plan) for plan in EXAMPLES}
    for path, _, before, after in changes():
        if path in LEADS_NOWHERE | NOT_ALONE:
            continue
        was, now = running[id(before)], composed(after)
        differ = {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)} - ONE_SHOT
        assert differ <= {service for _, service in diff(before, after).actions}, path


def test_the_digests_say_what_the_effects_say() -> None:
    for path, effect, before, after in changes():
        same_plan, same_structure = plan_digest(before) == plan_digest(after), structure_digest(before) == structure_digest(after)
        assert same_plan == (effect.what == "metadata" and effect.how == "none"), path
        assert same_structure == (same_plan or effect.how == "hot_reload"), path
        assert (router_digest(before) == router_digest(after)) == (same_plan or effect.of not in OF_ROUTER or effect.how == "none"), path
