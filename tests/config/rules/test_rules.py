"""Each rule, by configs that it refuses or warns of and configs that it lets pass."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.checked import Checked
from aua_compile.codes import CODES
from aua_compile.config.profiles import PROFILES, severity
from aua_compile.config.resolve import Resolved
from aua_compile.config.rules import check_config
from tests.config.projects import resolved
from tests.config.rules.cases import BASE, CASES, EXPOSURE, Case, named, says_where_and_why


def checked(folder: Path, case: Case, text: str) -> Checked[Resolved]:
    """A project with `text` over the base, through all rules."""
    head = f'config_version: "1.0"\nproject: {{name: shop}}\ntier: {case.tier}\nextends: base.yaml\n'
    return resolved(folder, text=head + text, files={"base.yaml": BASE, **case.files}).then(check_config)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_rule_finds_what_it_is_for_and_says_where_and_why(case: Case, tmp_path: Path) -> None:
    result = checked(tmp_path, case, case.text)
    assert says_where_and_why(result.diagnostics, case), result.diagnostics


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_rule_lets_a_near_miss_pass(case: Case, tmp_path: Path) -> None:
    result = checked(tmp_path, case, case.near)
    assert [finding for finding in result.diagnostics if finding.code == case.code or finding.severity == "error"] == []


def test_every_code_of_the_config_rules_has_a_case() -> None:
    made = {code for code, maker in CODES.items() if maker.startswith("aua_compile.config.rules.")}
    assert made <= {case.code for case in CASES}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", EXPOSURE, ids=named)
def test_what_weakens_a_deployment_is_told_as_the_table_of_profiles_says(case: Case, profile: str, tmp_path: Path) -> None:
    result = checked(tmp_path, case, f"profile: {profile}\n{case.text}")
    told = [finding.severity for finding in result.diagnostics if finding.code == case.code]
    assert told == [severity(CODES[case.code].rpartition(":")[2], profile)]


@settings(max_examples=60)
@given(st.sampled_from(CASES), st.sampled_from(CASES))
def test_no_two_mistakes_together_break_a_rule(tmp_path_factory: pytest.TempPathFactory, lower: Case, upper: Case) -> None:
    folder = tmp_path_factory.mktemp("pair")
    head = f'config_version: "1.0"\nproject: {{name: shop}}\ntier: {upper.tier}\nextends: lower.yaml\n'
    files = {"lower.yaml": "extends: base.yaml\n" + lower.text, "base.yaml": BASE, **lower.files, **upper.files}
    result = resolved(folder, text=head + upper.text, files=files).then(check_config)
    assert all(finding.message and finding.span for finding in result.diagnostics)
