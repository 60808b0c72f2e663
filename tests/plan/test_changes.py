"""Plan against plan: what is seen as what, and what holds for any sequence of edits."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.plan.changes import HOWS, WHATS, Difference, diff
from aua_compile.plan.digest import digests_of, plan_digest
from aua_compile.plan.effects import part_of
from aua_compile.plan.figures import figures
from aua_compile.plan.model import Plan
from tests.targets.plans import PLANS, external_only, single_4090
from tests.targets.reach import others

SEQUENCES = 500


def only(before: Plan, after: Plan) -> Difference:
    found = diff(before, after)
    assert len(found.changes) == 1, [change.path for change in found.changes]
    return found.changes[0]


# --- what is seen as what


def test_equal_plans_differ_in_nothing() -> None:
    found = diff(single_4090(), single_4090())
    assert (found.changes, found.told, found.actions, found.what, found.how) == ((), (), (), None, None)


def test_a_threshold_is_a_hot_reload_of_the_router() -> None:
    plan = single_4090()
    found = only(plan, replace(plan, routing=replace(plan.routing, single_threshold=0.8)))
    assert (found.path, found.kind, found.before, found.after) == ("routing.single_threshold", "changed", 0.75, 0.8)
    assert (found.what, found.how, found.services) == ("behavioural", "hot_reload", ("router",))


def instances(plan: Plan, **changes: Any) -> Plan:
    """The plan with its first engine changed."""
    return replace(plan, instances=(replace(plan.instances[0], **changes), *plan.instances[1:]))


def test_another_gpu_is_a_move_of_one_engine() -> None:
    found = only(single_4090(), instances(single_4090(), devices=(1,)))
    assert (found.path, found.kind, found.how, found.services) == ("instances.swe.devices", "moved", "recreate", ("swe",))


def renamed(plan: Plan, old: str, new: str) -> Plan:
    """The plan with one specialist, its engine, its download and all that refers to them under another name."""

    def name(held: Any) -> Any:
        match held:
            case str():
                parts = (new if part == old else part for part in held.split("-"))
                return "-".join(parts).replace(f"//{old}:", f"//{new}:")
            case tuple():
                return tuple(map(name, held))
        if not is_dataclass(held):
            return held
        return replace(held, **{field.name: name(getattr(held, field.name)) for field in fields(held)})  # type: ignore[type-var]  # no class

    kept = ("aliases", "name") if old in {field.name for field in plan.fields} else ("aliases",)
    served = tuple(replace(name(field), **{word: getattr(field, word) for word in kept}) for field in plan.fields)
    parts = {part: name(getattr(plan, part)) for part in ("specialists", "instances", "fetches", "volumes", "estimates", "ledgers")}
    return replace(plan, fields=served, **parts)


def test_another_name_is_a_rename_and_all_that_follows_says_so() -> None:
    found = diff(single_4090(), renamed(single_4090(), "swe", "coder"))
    assert not [change.path for change in found.changes if change.kind in {"added", "removed"}]
    first = next(change for change in found.changes if change.kind == "renamed")
    assert (first.path, first.before, first.after, first.what) == ("specialists.coder", "swe", "coder", "breaking")
    following = [change for change in found.changes if change.path.startswith(("instances", "fetches", "volumes"))]
    assert {change.because for change in following} == {"specialists.coder"}
    assert found.renamed == {"swe": "coder"}


def test_a_rename_with_a_move_is_both() -> None:
    found = diff(single_4090(), instances(renamed(single_4090(), "swe", "coder"), devices=(1,)))
    kinds = {change.path: change.kind for change in found.changes if change.path.startswith("instances.coder")}
    assert kinds["instances.coder"] == "renamed"
    assert kinds["instances.coder.devices"] == "moved"


def test_another_model_for_another_field_is_no_rename() -> None:
    plan = single_4090()
    other = replace(plan.specialists[0], name="writer", field="creative_writing", model="another")
    found = diff(plan, replace(plan, specialists=(other, *plan.specialists[1:])))
    kinds = [(change.path, change.kind, change.what) for change in found.changes]
    assert kinds == [("specialists.writer", "added", "additive"), ("specialists.swe", "removed", "breaking")]


def test_another_name_and_field_do_not_hide_what_becomes_of_security() -> None:
    before = external(auth_env="KEY")
    for changes, direction in (({"auth_env": None}, "weaker"), ({"auth_env": "OTHER"}, "unknown"), ({"tls_verify": False}, "weaker")):
        found = diff(before, external(**{"auth_env": "KEY", "name": "writer", "field": "creative_writing", **changes}))
        come = next(change for change in found.changes if change.path == "specialists.writer")
        assert (come.kind, come.what, come.security, found.security) == ("added", "security", direction, direction)
    same = diff(before, external(auth_env="KEY", name="writer", field="creative_writing"))
    assert [(change.kind, change.what) for change in same.changes if change.path.startswith("specialists")] == [
        ("added", "additive"),
        ("removed", "breaking"),
    ]


def test_another_order_is_a_change() -> None:
    plan = single_4090()
    found = only(plan, replace(plan, specialists=plan.specialists[::-1]))
    assert (found.path, found.before, found.after) == ("specialists", ["swe", "math"], ["math", "swe"])


def external(**changes: Any) -> Plan:
    plan = external_only()
    return replace(plan, specialists=(replace(plan.specialists[0], **changes), *plan.specialists[1:]))


@pytest.mark.parametrize(
    ("weaker", "path"),
    [
        ({"tls_verify": False}, "specialists.hosted.tls_verify"),
        ({"allow_private": True}, "specialists.hosted.allow_private"),
        ({"auth_env": None}, "specialists.hosted.auth_env"),
        ({"url": "http://llm.example.org"}, "specialists.hosted.url"),
    ],
)
def test_security_gets_weaker_one_way_and_stronger_the_other(weaker: dict[str, Any], path: str) -> None:
    there, back = only(external(), external(**weaker)), only(external(**weaker), external())
    assert (there.path, there.what, there.security) == (path, "security", "weaker")
    assert (back.path, back.what, back.security) == (path, "security", "stronger")


def test_weights_can_be_fetched_again_and_what_a_user_keeps_cannot() -> None:
    plan = single_4090()
    for index, how in ((0, "recreate"), (-1, "manual")):
        volumes = list(plan.volumes)
        volumes[index] = replace(volumes[index], size_gib=99.0)
        assert only(plan, replace(plan, volumes=tuple(volumes))).how == how


def test_the_field_that_forces_the_strictest_class_is_named_rather_than_what_says_it_again() -> None:
    changed = instances(single_4090(), command=("--other",), context_tokens=4096)
    found = diff(single_4090(), changed).how
    assert found is not None
    assert found.path == "instances.swe.context_tokens"


def test_memory_capacity_and_cost_follow_a_specialist_through_its_rename() -> None:
    before, after = single_4090(), renamed(single_4090(), "swe", "coder")
    assert all(figure.before == figure.after for figure in figures(before, after, diff(before, after).renamed))


# --- what holds for any edits


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every value of a plan that has no parts."""
    if is_dataclass(value):
        for field in fields(value):
            held = getattr(value, field.name)
            if part_of(field) is None or held:  # an empty list of parts has no values
                yield from places(held, (*path, field.name))
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))
    else:
        yield path


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    step, *rest = path
    if isinstance(step, int):
        return (*value[:step], put(value[step], tuple(rest), new), *value[step + 1 :])
    return replace(value, **{step: put(getattr(value, step), tuple(rest), new)})


def hint(plan: Plan, path: tuple[str | int, ...]) -> Any:
    return get_type_hints(type(at(plan, path[:-1])))[str(path[-1])]


EXAMPLES = [make() for make in PLANS.values()]
PLACES = [list(places(plan)) for plan in EXAMPLES]
Edit = tuple[tuple[str | int, ...], Any]


@st.composite
def edited(draw: st.DrawFn) -> tuple[Plan, tuple[Edit, ...]]:
    """A plan, and new values for some of its places, each place once."""
    number = draw(st.integers(0, len(EXAMPLES) - 1))
    plan = EXAMPLES[number]
    chosen = draw(st.lists(st.sampled_from(PLACES[number]), min_size=1, max_size=6, unique=True))
    edits = []
    for path in chosen:
        candidates = [value for value in others(at(plan, path), hint(plan, path)) if value != at(plan, path)]
        if candidates:
            edits.append((path, draw(st.sampled_from(candidates))))
    return plan, tuple(edits)


def made(plan: Plan, edits: tuple[Edit, ...]) -> Plan:
    for path, new in edits:
        plan = put(plan, path, new)
    return plan


@settings(max_examples=SEQUENCES)
@given(edited())
def test_the_diff_is_empty_exactly_when_the_digests_match(case: tuple[Plan, tuple[Edit, ...]]) -> None:
    before, edits = case
    after = made(before, edits)
    found = diff(before, after)
    assert (not found.changes) == (plan_digest(before) == plan_digest(after))
    assert (not found.changes and not found.told) == (digests_of(before) == digests_of(after))


@settings(max_examples=SEQUENCES)
@given(edited())
def test_edits_and_their_inverse_leave_nothing(case: tuple[Plan, tuple[Edit, ...]]) -> None:
    before, edits = case
    inverse = tuple((path, at(before, path)) for path, _ in reversed(edits))
    found = diff(before, made(made(before, edits), inverse))
    assert (found.changes, found.told) == ((), ())


@settings(max_examples=SEQUENCES)
@given(edited())
def test_what_edits_are_together_is_at_least_what_the_strictest_is_alone(case: tuple[Plan, tuple[Edit, ...]]) -> None:
    before, edits = case
    together = diff(before, made(before, edits)).changes
    for edit in edits:
        for alone in diff(before, made(before, (edit,))).changes:
            assert max(WHATS.index(each.what) for each in together) >= WHATS.index(alone.what)
            assert max(HOWS.index(each.how) for each in together) >= HOWS.index(alone.how)


@settings(max_examples=SEQUENCES)
@given(edited())
def test_the_way_back_takes_the_same_actions(case: tuple[Plan, tuple[Edit, ...]]) -> None:
    before, edits = case
    after = made(before, tuple(edit for edit in edits if edit[0][-1] != "name"))
    there, back = diff(before, after), diff(after, before)
    assert {each.how for each in there.changes} == {each.how for each in back.changes}
    assert there.actions == back.actions
