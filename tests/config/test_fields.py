from pathlib import Path

from aua_compile.config.rules import check_config
from tests.config.projects import HEAD, codes, resolved

PRESET = HEAD + "preset: coding\n"


def test_naming_specialists_drops_the_fields_and_fallbacks_of_a_preset_that_went_with_the_others(tmp_path: Path) -> None:
    made = resolved(tmp_path, text=PRESET + "specialists: [{name: swe}, {name: math, port: 9100}]\n").then(check_config)
    assert codes(made) == []
    assert made.value is not None
    config = made.value.config
    assert [specialist.name for specialist in config.specialists] == ["swe", "math"]
    assert [field.name for field in config.fields] == ["software_engineering", "mathematics"]
    assert all(set(specialist.fallback) <= {"swe", "math"} for specialist in config.specialists)


def test_a_field_that_the_project_names_itself_must_be_answered(tmp_path: Path) -> None:
    text = PRESET + "fields: [software_engineering, law]\n"
    assert codes(resolved(tmp_path, text=text).then(check_config)) == ["AUA0233"]


def test_a_fallback_that_the_project_names_itself_must_exist(tmp_path: Path) -> None:
    text = PRESET + "fields: [software_engineering]\nspecialists: [{name: swe, fallback: [generalist]}]\n"
    assert codes(resolved(tmp_path, text=text).then(check_config)) == ["AUA0240"]


def test_naming_fields_drops_the_specialists_of_a_preset_for_others(tmp_path: Path) -> None:
    made = resolved(tmp_path, text=PRESET + "fields: [mathematics]\n").then(check_config)
    assert codes(made) == []
    assert made.value is not None
    assert [specialist.field for specialist in made.value.config.specialists] == ["mathematics"]
