from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.bundle import Choices, read
from aua_compile.config.resolve import resolve
from tests.config.projects import CATALOG, HEAD, SWE, WHOLE, codes, resolved


def test_a_later_layer_wins_and_the_chain_of_origins_is_kept(tmp_path: Path) -> None:
    made = resolved(
        tmp_path,
        "routing.max_fanout=5",
        text=WHOLE + "extends: base.yaml\nrouting: {max_fanout: 3}\n",
        files={"base.yaml": "routing: {max_fanout: 1, single_threshold: 0.6}\n", "aua.prod.yaml": "routing: {max_fanout: 4}\n"},
        env="prod",
    ).value
    assert made is not None
    assert made.config.routing.max_fanout == 5
    assert [origin.layer for origin in made.origins["routing.max_fanout"]] == ["set", "env", "project", "extends"]
    assert made.config.routing.single_threshold == 0.6
    assert made.span("routing.single_threshold").file.endswith("base.yaml")


def test_a_default_has_no_origin_and_points_at_what_encloses_it(tmp_path: Path) -> None:
    made = resolved(tmp_path).value
    assert made is not None
    assert "specialists.swe.port" not in made.origins
    assert made.written("specialists.swe.port") == "specialists[0]"


def test_a_list_replaces_and_its_entries_start_from_the_entry_of_the_same_name(tmp_path: Path) -> None:
    base = (
        "specialists:\n- {name: swe, field: swe, model: qwen-coder-7b-awq, port: 9001}\n"
        "- {name: math, field: mathematics, model: qwen-7b-awq}\n- {name: law, field: law, model: qwen-7b-awq}\n"
    )
    made = resolved(
        tmp_path, text=HEAD + "extends: base.yaml\nspecialists: [{name: swe}, {name: math, port: 9100}]\n", files={"base.yaml": base}
    ).value
    assert made is not None
    assert [(spec.name, spec.port) for spec in made.config.specialists] == [("swe", 9001), ("math", 9100)]


def test_fields_are_completed_from_the_registry_under_their_own_name(tmp_path: Path) -> None:
    made = resolved(tmp_path, text=HEAD + "fields: [{name: swe, confidence_threshold: 0.9}]\n" + SWE).value
    assert made is not None
    (field,) = made.config.fields
    assert field.name == "software_engineering"
    assert field.confidence_threshold == 0.9
    assert field.description
    assert made.origins["fields.software_engineering.description"][0].layer == "registry"


def test_an_own_field_needs_a_description(tmp_path: Path) -> None:
    cooking = HEAD + "fields: [{name: cooking%s}]\nspecialists: [{name: a, field: cooking, model: qwen-7b-awq}]\n"
    assert codes(resolved(tmp_path, text=cooking % "")) == ["AUA0220"]
    made = resolved(tmp_path, text=cooking % ", description: food").value
    assert made is not None
    assert made.config.fields[0].description == "food"


def test_a_field_and_its_alias_are_one(tmp_path: Path) -> None:
    assert codes(resolved(tmp_path, text=HEAD + "fields: [swe, software_engineering]\n" + SWE)) == ["AUA0210"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("nonsense", "no `=`"),
        ("=3", "no key stands before its `=`"),
        ("routing.max_fanouts=3", "Did you mean `max_fanout`?"),
        ("specialists.swee.port=9100", "Did you mean `swe`?"),
        ("specialists.zebra.port=9100", "Known there: `swe`."),
        ("api.port.x=1", "It has no keys below it."),
        ("routing.max_fanout=", "no single value"),
        ("routing.max_fanout=[1]", "no single value"),
        ("arbiter.fallback.x=1", "no layer gives that list"),
    ],
)
def test_a_setting_that_reaches_nothing_is_refused(tmp_path: Path, setting: str, words: str) -> None:
    checked = resolved(tmp_path, setting)
    assert codes(checked) == ["AUA0224"]
    assert words in f"{checked.diagnostics[0].message} {checked.diagnostics[0].help}"


def test_a_setting_whose_key_has_the_wrong_form_is_told_the_form(tmp_path: Path) -> None:
    checked = resolved(tmp_path, "deploy.env.foo=bar")
    assert codes(checked) == ["AUA0206"]
    assert "must be an environment variable's name" in checked.diagnostics[0].message


def test_a_setting_reaches_list_entries_by_name_and_by_index(tmp_path: Path) -> None:
    made = resolved(tmp_path, "specialists.swe.port=9100", "specialists.0.context=4096", "deploy.env.A=b", "project.description=it").value
    assert made is not None
    (spec,) = made.config.specialists
    assert (spec.port, spec.context) == (9100, 4096)
    assert made.config.deploy.env == {"A": "b"}
    assert made.config.project.description == "it"


def test_a_setting_is_read_as_strictly_as_a_file(tmp_path: Path) -> None:
    assert codes(resolved(tmp_path, "routing.max_fanout=two")) == ["AUA0202"]
    assert codes(resolved(tmp_path, "project.description=sk-ant-api03-" + "a1B2" * 12)) == ["AUA0130"]
    assert codes(resolved(tmp_path, "project.description={")) == ["AUA0114"]


LOCKED = (
    "locked: [safety.abstention_enabled, arbiter.confidence_threshold, safety.high_risk_fields]\n"
    "safety: {high_risk_fields: [general]}\narbiter: {confidence_threshold: 0.8}\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("safety: {abstention_enabled: false}\n", ["AUA0226"]),
        ("safety: {abstention_enabled: true}\n", []),
        ("arbiter: {confidence_threshold: 0.7}\n", ["AUA0226"]),
        ("arbiter: {confidence_threshold: 0.9}\n", []),
        ("safety: {high_risk_fields: []}\n", ["AUA0226"]),
        ("safety: {high_risk_fields: [general, software_engineering]}\n", []),
        ("locked: []\nsafety: {abstention_enabled: false}\n", ["AUA0226"]),
    ],
)
def test_a_locked_value_can_be_made_safer_and_not_weaker(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert codes(resolved(tmp_path, text=WHOLE + "extends: base.yaml\n" + text, files={"base.yaml": LOCKED})) == expected


def test_a_config_without_tier_is_refused(tmp_path: Path) -> None:
    assert codes(resolved(tmp_path, text=WHOLE.replace("tier: single-4090\n", ""))) == ["AUA0225"]


def test_the_tier_of_the_command_line_wins_and_aliases_are_known(tmp_path: Path) -> None:
    made = resolved(tmp_path, tier="a100").value
    assert made is not None
    assert made.config.tier == "a100-cluster"


@pytest.mark.parametrize(("version", "words"), [("0.9", "aua config migrate"), ("7.0", "Upgrade")])
def test_another_version_of_the_language_is_refused(tmp_path: Path, version: str, words: str) -> None:
    checked = resolved(tmp_path, text=WHOLE.replace('"1.0"', f'"{version}"'))
    assert codes(checked) == ["AUA0227"]
    assert words in checked.diagnostics[0].help


def test_a_config_without_project_is_named_after_its_file(tmp_path: Path) -> None:
    made = resolved(tmp_path, text=WHOLE.replace("project: {name: shop}\n", "")).value
    assert made is not None
    assert made.config.project.name == "aua"


def test_a_file_whose_name_is_no_name_does_not_name_the_project(tmp_path: Path) -> None:
    path = tmp_path / "My Shop.yaml"
    path.write_text(WHOLE.replace("project: {name: shop}\n", ""), encoding="utf-8")
    checked = read(Choices(str(path)), {}).then(lambda bundle: resolve(bundle, CATALOG))
    assert [(finding.code, finding.path) for finding in checked.diagnostics] == [("AUA0205", "project")]


def test_a_key_that_no_layer_gives_is_missed_where_it_belongs(tmp_path: Path) -> None:
    checked = resolved(tmp_path, text=HEAD + "specialists: [{name: swe, field: swe}]\n")
    assert [(finding.code, finding.path) for finding in checked.diagnostics] == [("AUA0205", "specialists[0].model")]


def test_a_config_that_no_layer_gives_specialists_is_refused(tmp_path: Path) -> None:
    checked = resolved(tmp_path, text='config_version: "1.0"\nproject: {name: shop}\ntier: cpu\n')
    assert [(finding.code, finding.path) for finding in checked.diagnostics] == [("AUA0205", "specialists")]


@given(st.permutations(WHOLE.splitlines()))
def test_the_order_of_keys_does_not_matter(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    folder = tmp_path_factory.mktemp("project")
    first, second = resolved(folder).value, resolved(folder, text="\n".join(["# a remark", *lines]) + "\n").value
    assert first is not None
    assert second is not None
    assert first.config == second.config


def test_the_catalog_offers_every_kind() -> None:
    assert all(CATALOG.names(kind) for kind in ("models", "fields", "accelerators", "engines", "tiers"))


@pytest.mark.parametrize("config", [".", ".."])
def test_a_folder_given_as_the_config_is_refused_by_its_name(config: str) -> None:
    (finding,) = read(Choices(config), {}).diagnostics
    assert finding.code in {"AUA0102", "AUA0107"}
    assert f"`{config}`" in finding.message
