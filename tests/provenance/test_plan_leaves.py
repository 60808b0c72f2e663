"""A plan's leaves: every value of it once, and changes that leave a plan which targets can emit."""

from dataclasses import replace

import pytest

from aua_compile.plan.digest import plain
from aua_compile.plan.model import Plan
from aua_compile.provenance.leaf import changed, constant, held
from aua_compile.provenance.plan_leaves import plan_leaves
from aua_compile.targets import emit
from tests.targets.compiled import compiled

GPU, CPU = compiled("coding", "single-4090"), compiled("local-ollama", "cpu")
assert GPU is not None
assert CPU is not None


def scalars(value: object) -> int:
    if isinstance(value, dict):
        return sum(map(scalars, value.values()))
    return sum(map(scalars, value)) if isinstance(value, list) else 1


@pytest.mark.parametrize("plan", [GPU, CPU], ids=["gpu", "cpu"])
def test_every_value_of_a_plan_is_a_leaf_with_the_value_that_is_there(plan: Plan) -> None:
    leaves = plan_leaves(plan)
    assert len({leaf.path for leaf in leaves if plain(leaf.value) is None or not isinstance(plain(leaf.value), list | dict)}) == scalars(
        plain(plan)
    )
    assert all(held(plan, leaf.path) == leaf.value for leaf in leaves)
    assert len({*leaves}) == len(leaves)


@pytest.mark.parametrize("plan", [GPU, CPU], ids=["gpu", "cpu"])
def test_a_change_changes_the_leaf_and_nothing_that_does_not_refer_to_it(plan: Plan) -> None:
    leaves = plan_leaves(plan)
    for leaf in leaves:
        for which in range(len(leaf.changes)):
            other = changed(plan, {leaf: which}, leaves)
            assert held(other, leaf.path) != leaf.value
            if not leaf.named:
                assert changed(other, {replace(leaf, changes=(constant(leaf.value),)): 0}, leaves) == plan


def test_all_that_is_said_can_be_changed_at_once_and_emitted() -> None:
    assert GPU is not None
    leaves = plan_leaves(GPU)
    said = {leaf: 0 for leaf in leaves if not leaf.structural}
    structural = {leaf: 0 for leaf in leaves if leaf.structural and leaf.changes}
    assert emit(changed(GPU, said, leaves))
    assert emit(changed(GPU, structural, leaves))


def test_what_refers_to_a_renamed_specialist_follows() -> None:
    assert GPU is not None
    leaves = plan_leaves(GPU)
    name = next(leaf for leaf in leaves if leaf.name == "specialists.swe.name")
    other = changed(GPU, {name: 0}, leaves)
    assert other.specialists[0].name == "swex"
    assert other.fields[0].specialists == ("swex",)
