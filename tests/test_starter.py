"""What a new project begins with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.bundle import Choices, read
from aua_compile.compiler import planned
from aua_compile.modeline import MODELINE, SCHEMA_FILE
from aua_compile.registry.catalog import Catalog
from aua_compile.shipped import names
from aua_compile.source import Source
from aua_compile.starter import CONFIG, Start, amended, config_text, starter_files

CATALOG = Catalog()
PAIRS = [(preset, tier) for preset in names("presets") for tier in names("tiers")]


def errors(config: str, text: str) -> list[tuple[str, str]]:
    checked = read(Choices(config), {}, {CONFIG: Source(CONFIG, text)}).then(lambda bundle: planned(bundle, CATALOG))
    return [(finding.code, finding.message) for finding in checked.diagnostics if finding.severity == "error"]


@pytest.mark.parametrize(("preset", "tier"), PAIRS)
def test_the_config_of_a_new_project_compiles_wherever_its_preset_does(preset: str, tier: str) -> None:
    shipped = read(Choices(preset, tier), {}).then(lambda bundle: planned(bundle, CATALOG))
    text = config_text(Start("shop", preset, tier))
    assert bool(errors(CONFIG, text)) == (shipped.value is None)


@pytest.mark.parametrize("name", ["shop", "y", "no", "null", "on", "true", "a" * 63, "nan"])
def test_a_name_stays_a_text_whatever_yaml_would_make_of_it(name: str) -> None:
    assert errors(CONFIG, config_text(Start(name, "local-ollama", "cpu"))) == []


def test_the_config_is_short_and_its_first_line_is_for_editors() -> None:
    lines = config_text(Start("shop", "coding", "single-4090")).splitlines()
    assert len(lines) <= 15
    assert lines[0] == MODELINE


def test_the_schema_for_editors_is_ours_to_write_anew() -> None:
    files = {file.artifact.path: file for file in starter_files(Start("shop", "coding", "cpu"), "the schema")}
    assert files[SCHEMA_FILE].artifact.text == "the schema"
    assert files[SCHEMA_FILE].meeting == "replace"


def test_files_of_git_and_ci_come_only_where_they_are_wanted() -> None:
    def paths(start: Start) -> set[str]:
        return {file.artifact.path for file in starter_files(start, "")} - {CONFIG, SCHEMA_FILE}

    assert paths(Start("a", "b", "c", git=False)) == set()
    assert paths(Start("a", "b", "c")) == {".gitignore", ".gitattributes"}
    assert paths(Start("a", "b", "c", "github", git=False)) == {".github/workflows/aua.yml"}
    assert paths(Start("a", "b", "c", "gitlab", git=False)) == {".gitlab-ci.yml"}


@given(st.text(st.sampled_from("ab.#/\n\r ")), st.lists(st.sampled_from([".env", "state/", "a"]), min_size=1, unique=True))
def test_a_list_keeps_what_it_has_and_gets_what_it_lacks_once(text: str, lines: list[str]) -> None:
    wanted = "".join(f"{line}\n" for line in lines)
    once = amended(text, wanted)
    assert once.startswith(text)
    assert set(lines) <= {line.strip() for line in once.splitlines()}
    assert amended(once, wanted) == once
