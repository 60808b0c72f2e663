"""The gallery: what the compiler writes for shipped presets, whole folders, reviewed like code. `make golden` rewrites it."""

import json
from pathlib import Path

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.compiler import compiled
from aua_compile.registry.catalog import Catalog
from aua_compile.shipped import shipped
from tests.tools import ROOT

GOLDEN = ROOT / "golden"

# Each tier once, each preset once, each target at least once.
CASES = (
    "coding--single-4090",
    "generalist--quad-4090",
    "legal-safe--a100-cluster",
    "local-ollama--cpu",
    "math--gaming-pc",
    "medical-safe--h100-cluster",
    "research--macbook",
)

PATCHED = "patched"
"""A config with `patches:`, and of its artifacts only those that they change."""

# The runtime's sources are carried as they are, and the manifest holds their digests; seven copies would only hide what was generated.
CARRIED = ("router/aua_runtime/", "aua.manifest.json")


def artifacts_of(preset: str, tier: str) -> dict[str, str]:
    choices = Choices(str(shipped("presets") / f"{preset}.yaml"), tier)
    made = read(choices, {}).then(lambda bundle: compiled(bundle, Catalog()))
    assert made.value is not None, made.diagnostics
    return {artifact.path: artifact.text for artifact in made.value if not artifact.path.startswith(CARRIED)}


def patched_files() -> dict[str, str]:
    """What the patches of the case PATCHED change: its plan.json, and each file that says who patched it."""
    made = read(Choices(str(GOLDEN / PATCHED / "coding.yaml")), {}).then(lambda bundle: compiled(bundle, Catalog()))
    assert made.value is not None, made.diagnostics
    *artifacts, manifest = made.value
    listed = json.loads(manifest.text)["patched"]
    return {artifact.path: artifact.text for artifact in artifacts if artifact.path in listed or artifact.path == "plan.md"}


def files_under(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in folder.rglob("*") if path.is_file()}


def replace_folder(folder: Path, written: dict[str, str]) -> None:
    for stale in files_under(folder).keys() - written.keys() if folder.is_dir() else ():
        (folder / stale).unlink()
    for path, text in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


@pytest.mark.parametrize("case", CASES)
def test_a_shipped_preset_compiles_to_its_golden_files(case: str, pytestconfig: pytest.Config) -> None:
    preset, tier = case.split("--")
    written = artifacts_of(preset, tier)
    if pytestconfig.getoption("--update-golden"):
        replace_folder(GOLDEN / case, written)
    assert written == files_under(GOLDEN / case)


def test_patches_change_what_the_gallery_shows(pytestconfig: pytest.Config) -> None:
    written = patched_files()
    if pytestconfig.getoption("--update-golden"):
        replace_folder(GOLDEN / PATCHED / "deploy", written)
    assert written == files_under(GOLDEN / PATCHED / "deploy")


def test_the_gallery_holds_its_cases_and_nothing_else() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} - {"diagnostics", "diffs", "import", "migration"} == {*CASES, PATCHED}
