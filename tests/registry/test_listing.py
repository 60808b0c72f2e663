import json

from aua_compile.config.model.models import QUANTIZATIONS
from aua_compile.registry.catalog import OLLAMA, Catalog
from aua_compile.registry.listing import build_index
from aua_compile.shipped import names, shipped

CATALOG = Catalog()
INDEX = build_index(CATALOG)


def test_the_committed_index_is_what_the_files_say() -> None:
    assert json.loads((shipped("registries") / "index.json").read_text()) == INDEX, "run `make schemas`"


def test_every_name_in_the_index_means_a_model_that_exists() -> None:
    for reference in INDEX["models"]:
        assert CATALOG.candidate(reference) is not None, reference


def test_no_models_name_ends_as_a_variant_would() -> None:
    for name in names("models"):
        assert not name.endswith(tuple(f"-{suffix}" for suffix in (*QUANTIZATIONS, OLLAMA)))


def test_no_name_stands_for_two_things() -> None:
    assert not set(INDEX["models"]) & set(names("models"))
    assert not set(INDEX["fields"]) & set(names("fields"))
    assert INDEX["tiers"] == {"a100": "a100-cluster", "rtx4090": "single-4090"}
