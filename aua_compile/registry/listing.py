"""The index of names, made by `make schemas`, so that a compile opens only the files of what it names."""

from collections.abc import Iterator, Mapping

from aua_compile.registry.catalog import OLLAMA, Catalog


def build_index(catalog: Catalog) -> Mapping[str, Mapping[str, str]]:
    """What `registries/index.json` holds: other name -> name, for tiers and fields; for models other name -> `<model>/<variant>`.

    A model's other names are `<model>-<variant>`, `<model>-ollama`, and each variant's repository and Ollama tag; where a repository holds
    several variants it stands for the last that lists it, the smallest.
    """
    fields = {alias: name for name in catalog.names("fields") for alias in _aliases(catalog, name)}
    tiers: dict[str, str] = {}
    for name in catalog.names("tiers"):
        document = catalog.document("tiers", name)
        facts = catalog.tier(document).value if document else None
        tiers |= dict.fromkeys(facts.aliases if facts else (), name)
    models = {other: place for name in catalog.names("models") for other, place in _places(catalog, name)}
    return {"fields": dict(sorted(fields.items())), "models": dict(sorted(models.items())), "tiers": dict(sorted(tiers.items()))}


def _aliases(catalog: Catalog, name: str) -> tuple[str, ...]:
    facts = catalog.field(name)
    return facts.aliases if facts else ()


def _places(catalog: Catalog, name: str) -> Iterator[tuple[str, str]]:
    facts = catalog.model(name)
    variants = facts.variants if facts else {}
    for quantization, variant in variants.items():
        place = f"{name}/{quantization}"
        yield f"{name}-{quantization}", place
        for other in (variant.repository, variant.ollama_tag):
            if other is not None:
                yield other, place
    if any(variant.ollama_tag for variant in variants.values()):
        yield f"{name}-{OLLAMA}", f"{name}/{OLLAMA}"
