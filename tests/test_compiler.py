"""Properties of the whole compiler."""

from pathlib import Path

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.compiler import compiled, configured, planned
from aua_compile.config.show import expanded
from aua_compile.plan.digest import plan_digest
from aua_compile.registry.catalog import Catalog
from aua_compile.render import to_yaml
from aua_compile.shipped import names

PAIRS = [(preset, tier) for preset in names("presets") for tier in names("tiers")]


@pytest.mark.parametrize("preset", names("presets"))
def test_what_expand_prints_compiles_to_the_same_plan(preset: str, tmp_path: Path) -> None:
    catalog = Catalog()
    for tier in names("tiers"):
        resolved = read(Choices(preset, tier), {}).then(lambda bundle: configured(bundle, catalog))
        plan = read(Choices(preset, tier), {}).then(lambda bundle: planned(bundle, catalog)).value
        if plan is None or resolved.value is None:
            continue
        whole = tmp_path / f"{tier}.yaml"
        whole.write_text(to_yaml(expanded(resolved.value.config)), encoding="utf-8")
        again = read(Choices(str(whole)), {}).then(lambda bundle: planned(bundle, catalog))
        assert again.value is not None, again.diagnostics
        assert plan_digest(again.value) == plan_digest(plan)


def test_the_matrix_is_as_full_as_promised() -> None:
    from aua_compile.cli.matrix import cells

    found = cells()
    fits = {(cell.preset, cell.tier) for cell in found if not cell.refusal}
    assert len(found) == 49
    assert len(fits) >= 40
    assert all(sum(preset == row for row, _ in fits) >= 5 for preset in names("presets"))
    assert all(sum(tier == column for _, column in fits) >= 5 for tier in names("tiers"))


def test_plans_of_one_preset_differ_between_tiers_in_what_runs() -> None:
    from aua_compile.cli.matrix import cells

    by_preset: dict[str, list[tuple[str, ...]]] = {}
    for cell in cells():
        if not cell.refusal:
            by_preset.setdefault(cell.preset, []).append(cell.runs)
    assert all(len(set(runs)) == len(runs) for runs in by_preset.values())


def test_a_refused_pair_is_one_precise_finding() -> None:
    for preset, tier in PAIRS:
        checked = read(Choices(preset, tier), {}).then(lambda bundle: planned(bundle, Catalog()))
        errors = [finding for finding in checked.diagnostics if finding.severity == "error"]
        assert len(errors) == (0 if checked.value else 1), (preset, tier)


def test_compiling_twice_gives_the_same_artifacts() -> None:
    first, second = (read(Choices("coding", "single-4090"), {}).then(lambda bundle: compiled(bundle, Catalog())).value for _ in range(2))
    assert first is not None
    assert first == second
