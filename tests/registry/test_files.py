"""The shipped files as their authors and editors see them: plain YAML that the published schemas accept."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from aua_compile.shipped import Kind, names, shipped

KINDS: tuple[tuple[Kind, str], ...] = (
    ("models", "model"),
    ("accelerators", "accelerator"),
    ("engines", "engine"),
    ("fields", "field"),
    ("tiers", "tier"),
    ("presets", "preset"),
)
LARGEST_BYTES = 6000


@pytest.mark.parametrize(("kind", "schema"), KINDS)
def test_every_file_is_valid_against_its_published_schema(kind: Kind, schema: str) -> None:
    validator = Draft202012Validator(json.loads((shipped("schemas") / f"{schema}.json").read_text()))
    for name in names(kind):
        found = list(validator.iter_errors(yaml.safe_load((shipped(kind) / f"{name}.yaml").read_text())))
        assert not found, f"{kind}/{name}: {found[0].message}"


@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_every_file_is_small_enough_to_be_read_while_compiling(kind: Kind) -> None:
    for name in names(kind):
        assert (shipped(kind) / f"{name}.yaml").stat().st_size < LARGEST_BYTES, name


def test_presets_say_nothing_of_machines_and_tiers_nothing_of_models() -> None:
    said = {
        kind: {key for name in names(kind) for key in yaml.safe_load((shipped(kind) / f"{name}.yaml").read_text())}
        for kind in ("presets", "tiers")
    }
    assert not said["presets"] & said["tiers"]
    assert not said["presets"] & {"project", "tier", "backends"}


def test_presets_name_no_engine_by_backend() -> None:
    for name in names("presets"):
        preset = yaml.safe_load((shipped("presets") / f"{name}.yaml").read_text())
        assert all("backend" not in service for service in [*preset["specialists"], preset["arbiter"]])
