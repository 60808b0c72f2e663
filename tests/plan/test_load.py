import pytest

import aua_compile
from aua_compile.plan.digest import plan_digest
from aua_compile.targets import emit, plan_file
from tests.targets import plans
from tests.targets.compiled import compiled


@pytest.mark.parametrize("plan", [plans.single_4090(), plans.macbook(), plans.external_only(), plans.everything()])
def test_a_plan_comes_back_from_its_file(plan: object) -> None:
    from aua_compile.plan.model import Plan

    assert isinstance(plan, Plan)
    text = next(plan_file.emit(plan)).text
    assert plan_digest(aua_compile.load_plan(text)) == plan_digest(plan)


@pytest.mark.parametrize(
    ("preset", "tier"), [("coding", "single-4090"), ("math", "cpu"), ("research", "macbook"), ("generalist", "h100-cluster")]
)
def test_a_compiled_plan_comes_back_from_its_file(preset: str, tier: str) -> None:
    plan = compiled(preset, tier)
    assert plan is not None
    loaded = aua_compile.load_plan(next(plan_file.emit(plan)).text)
    assert loaded == plan
    assert emit(loaded) == emit(plan)


@pytest.mark.parametrize("text", ["[]", "{}", "not JSON", '{"digests": {}, "schema_version": "99"}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        aua_compile.load_plan(text)


def test_a_plan_that_was_edited_is_refused() -> None:
    text = next(plan_file.emit(plans.single_4090())).text
    with pytest.raises(ValueError, match="digest"):
        aua_compile.load_plan(text.replace('"max_fanout": 2', '"max_fanout": 3'))
