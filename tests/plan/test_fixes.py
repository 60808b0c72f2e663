"""What a refusal offers, as a user tries it: each line is added to the command, and the config compiles."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml

from aua_compile.bundle import Choices, read
from aua_compile.checked import Checked
from aua_compile.compiler import planned
from aua_compile.diagnostic import Diagnostic, Remedy
from aua_compile.plan.model import Plan
from aua_compile.registry.catalog import Catalog
from aua_compile.shipped import names
from tests.tools import within

CATALOG = Catalog()

HEAD = """\
config_version: "1.0"
project: {name: shop}
preset: coding
fields: [software_engineering]
"""
SWE = "  - {{name: swe, field: software_engineering, fallback: [], {}}}\n"
REFUSED = {
    "too large": SWE.format("model: qwen-72b"),
    "too many": SWE.format("model: qwen-coder-32b-awq, concurrency: 8"),
    "too long": SWE.format("model: [qwen-14b-awq, qwen-7b-awq], context: 32768, concurrency: 16"),
    "not quantised": SWE.format("model: qwen-14b, concurrency: 4"),
    "too small a share": SWE.format("model: qwen-14b-awq, memory: 0.2"),
    "too small a size": SWE.format("model: qwen-14b-awq, memory: 3GiB"),
    "too large a share": SWE.format("model: qwen-14b-awq, memory: 0.97"),
    "all on one GPU": SWE.format("model: qwen-14b-awq, gpus: [0], concurrency: 24")
    + "  - {name: two, field: software_engineering, fallback: [], model: qwen-14b-awq, gpus: [0]}\n",
    "too large a batch": SWE.format("model: qwen-14b-awq, max_num_seqs: 16384"),
    "another engine's": SWE.format("model: qwen-14b-awq, backend: llamacpp"),
    "not to be divided": SWE.format("model: qwen-72b-awq"),
    "experts": SWE.format("model: [qwen3-235b-a22b, gpt-oss-120b]"),
}


def compiled(folder: Path, *arguments: str) -> Checked[Plan]:
    tier = next((arguments[at + 1] for at, flag in enumerate(arguments) if flag == "--tier"), None)
    settings = tuple(arguments[at + 1] for at, flag in enumerate(arguments) if flag == "--set")
    return read(Choices(str(folder / "aua.yaml"), tier=tier, settings=settings), {}).then(lambda bundle: planned(bundle, CATALOG))


def project(folder: Path, specialists: str, tier: str) -> Path:
    (folder / "aua.yaml").write_text(f"{HEAD}tier: {tier}\nspecialists:\n{specialists}")
    return folder


def refusal(checked: Checked[Plan]) -> Diagnostic | None:
    return next((finding for finding in checked.diagnostics if finding.code == "AUA0301"), None)


def edited(folder: Path, remedy: Remedy) -> None:
    """Write what only the config can say, as a user does."""
    config = yaml.safe_load((folder / "aua.yaml").read_text())
    for setting in remedy.settings:
        _, name, key = setting.path.split(".")
        next(one for one in config["specialists"] if one["name"] == name)[key] = yaml.safe_load(setting.value)
    (folder / "aua.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


@pytest.mark.parametrize(("case", "tier"), list(product(REFUSED, ["single-4090", "quad-4090", "a100-cluster", "gaming-pc"])))
def test_every_change_that_a_refusal_offers_compiles(case: str, tier: str, tmp_path: Path) -> None:
    folder = project(tmp_path, REFUSED[case], tier)
    with within(2):
        checked = compiled(folder)
    found = refusal(checked)
    if found is None:
        return
    assert len(found.fixes) <= 6
    for remedy in found.fixes:
        if remedy.arguments:
            assert compiled(folder, *remedy.arguments).value is not None, remedy
            assert " ".join(remedy.arguments[:8]) in found.help
        elif remedy.settings:
            edited(folder, remedy)
            assert compiled(folder).value is not None, remedy
            project(tmp_path, REFUSED[case], tier)


def test_most_of_these_are_refused_and_nearly_all_refusals_offer_something(tmp_path: Path) -> None:
    found = [refusal(compiled(project(tmp_path, text, "single-4090"))) for text in REFUSED.values()]
    refusals = [one for one in found if one is not None]
    assert len(refusals) >= 8
    assert all(one.fixes for one in refusals)


@cache
def refused_pairs() -> tuple[tuple[str, str, Diagnostic], ...]:
    def pairs() -> Iterator[tuple[str, str, Diagnostic]]:
        for preset, tier in product(names("presets"), names("tiers")):
            finding = refusal(read(Choices(preset, tier=tier), {}).then(lambda bundle: planned(bundle, CATALOG)))
            if finding is not None:
                yield preset, tier, finding

    return tuple(pairs())


def test_every_refused_pair_of_preset_and_tier_offers_changes_that_compile() -> None:
    assert refused_pairs()
    for preset, tier, finding in refused_pairs():
        assert finding.fixes
        for remedy in finding.fixes:
            if remedy.arguments:
                flags = dict(zip(remedy.arguments[::2], remedy.arguments[1::2], strict=True))
                choices = Choices(preset, tier=flags.get("--tier", tier), settings=remedy.arguments[1::2] if "--set" in flags else ())
                assert read(choices, {}).then(lambda bundle: planned(bundle, CATALOG)).value is not None, (preset, tier, remedy)


def test_a_shipped_preset_is_not_edited() -> None:
    assert all(finding.fix is None for _, _, finding in refused_pairs())


def test_one_value_in_the_users_file_is_offered_as_an_edit(tmp_path: Path) -> None:
    finding = refusal(compiled(project(tmp_path, REFUSED["too small a size"], "single-4090")))
    assert finding is not None
    assert finding.fix is not None
    lines = (tmp_path / "aua.yaml").read_text().splitlines()
    span = finding.fix.span
    before = lines[span.line - 1]
    lines[span.line - 1] = before[: span.column - 1] + finding.fix.text + before[span.end_column - 1 :]
    (tmp_path / "aua.yaml").write_text("\n".join(lines) + "\n")
    assert lines[span.line - 1] != before
    assert compiled(tmp_path).value is not None


def test_the_arithmetic_of_a_refusal_sums_as_it_is_shown(tmp_path: Path) -> None:
    for text in REFUSED.values():
        finding = refusal(compiled(project(tmp_path, text, "single-4090")))
        for line in (finding.message if finding else "").splitlines()[1:]:
            whole, _, parts = line.partition(" = ")
            words = parts.split()
            figures = [float(word) for word in words if word.replace(".", "").isdigit()]
            signs = [1.0, *(1.0 if word == "+" else -1.0 for word in words if word in {"+", "-"})]
            assert sum(sign * figure for sign, figure in zip(signs, figures, strict=True)) == pytest.approx(float(whole.split()[1]))


def test_a_change_of_many_services_is_told_in_part_and_listed_in_full(tmp_path: Path) -> None:
    many = "".join(SWE.replace("swe", f"s{index}", 1).format("model: qwen-7b-awq, concurrency: 64") for index in range(6))
    finding = refusal(compiled(project(tmp_path, many, "quad-4090")))
    assert finding is not None
    remedy = next(remedy for remedy in finding.fixes if "for every service" in remedy.words)
    assert len(remedy.settings) > 4
    assert "more of its kind, which --json lists" in finding.help
    assert compiled(tmp_path, *remedy.arguments).value is not None
