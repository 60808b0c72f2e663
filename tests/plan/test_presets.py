"""Every shipped preset on every shipped tier: a plan of its own, or one refusal."""

from collections.abc import Mapping
from functools import cache

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.checked import Checked
from aua_compile.compiler import planned
from aua_compile.plan.model import Plan
from aua_compile.registry.catalog import Catalog
from aua_compile.shipped import names, shipped

CATALOG = Catalog()
PRESETS, TIERS = names("presets"), names("tiers")


@cache
def compiled(preset: str, tier: str) -> Checked[Plan]:
    bundle = read(Choices(str(shipped("presets") / f"{preset}.yaml"), tier=tier), {})
    return bundle.then(lambda project: planned(project, CATALOG))


@cache
def matrix() -> Mapping[tuple[str, str], bool]:
    return {(preset, tier): compiled(preset, tier).value is not None for preset in PRESETS for tier in TIERS}


def test_seven_presets_and_seven_tiers_are_shipped() -> None:
    assert PRESETS == ("coding", "generalist", "legal-safe", "local-ollama", "math", "medical-safe", "research")
    assert len(TIERS) == 7


def test_most_pairs_fit_and_no_preset_or_tier_is_left_with_few() -> None:
    assert sum(matrix().values()) >= 40
    assert min(sum(matrix()[preset, tier] for tier in TIERS) for preset in PRESETS) >= 5
    assert min(sum(matrix()[preset, tier] for preset in PRESETS) for tier in TIERS) >= 5


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("tier", TIERS)
def test_a_pair_is_planned_or_refused_with_one_finding_that_helps(preset: str, tier: str) -> None:
    checked = compiled(preset, tier)
    errors = [finding for finding in checked.diagnostics if finding.severity == "error"]
    if checked.value is None:
        assert [finding.code for finding in errors] == ["AUA0301"]
        assert "GiB" in errors[0].message
        assert "would fit" in errors[0].help
    else:
        assert not errors
        assert all(ledger.free_gib > 0 for ledger in checked.value.ledgers)


def runs(plan: Plan) -> object:
    """What runs, without names and devices."""
    served = [*plan.specialists, *([plan.arbiter.specialist] if plan.arbiter else [])]
    instances = {instance.name: instance for instance in plan.instances}
    on = [instances[service.instance or ""] for service in served]
    return [
        (service.model, instance.engine, instance.tensor_parallel, service.context_tokens, instance.max_num_seqs)
        for service, instance in zip(served, on, strict=True)
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_the_plans_of_a_preset_differ_in_what_runs(preset: str) -> None:
    plans = [plan for tier in TIERS if (plan := compiled(preset, tier).value) is not None]
    seen: list[object] = []
    for plan in plans:
        assert runs(plan) not in seen, plan.project.tier
        seen.append(runs(plan))


@pytest.mark.parametrize("preset", ["medical-safe", "legal-safe"])
def test_a_safe_preset_abstains_below_nine_tenths_and_always_asks_the_arbiter(preset: str) -> None:
    plan = compiled(preset, "single-4090").value
    assert plan is not None
    assert plan.arbiter is not None
    assert plan.arbiter.policy == "conservative"
    assert plan.safety.abstention_enabled
    assert plan.safety.require_arbiter_for_high_risk
    assert plan.safety.min_confidence_for_direct_answer >= 0.9
    assert {field.name for field in plan.fields if field.high_risk} == {"medicine" if preset == "medical-safe" else "law"}
    assert {prompt.use for prompt in plan.prompts} >= {"arbiter", "abstention", preset.replace("-", "_")}
