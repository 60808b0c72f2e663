"""Every shipped fact: it parses, it says where it comes from, and figures that follow from others agree with them."""

from collections.abc import Iterator
from typing import Any

import pytest

from aua_compile.config.declare import Block, MapOf, declared
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import FACTS, GGUF, ModelFacts
from aua_compile.shipped import names

CATALOG = Catalog()
MODELS = names("models")
BITS = {"bf16": (16.0, 16.0), "fp8": (8.0, 10.0), "mxfp4": (4.25, 6.0), "awq": (4.0, 6.5), "gptq-int4": (4.0, 6.5), "gptq-int8": (8.0, 9.5)}
GGUF_BITS = {"q4-k-m": (4.5, 6.2), "q8-0": (8.4, 8.6)}


def model(name: str) -> ModelFacts:
    facts = CATALOG.model(name)
    assert facts is not None
    return facts


def counted(facts: ModelFacts) -> int:
    """Parameters that the shape explains: embeddings, attention, feed-forward layers or experts with their gate."""
    shape, experts = facts.shape, facts.experts
    assert shape is not None
    attention = 2 * shape.hidden * shape.head_dim * (shape.heads + shape.kv_heads)
    dense = 3 * shape.hidden * shape.intermediate
    forward = experts.count * (3 * shape.hidden * experts.intermediate + shape.hidden) if experts else dense
    embeddings = shape.vocabulary * shape.hidden * (1 if shape.tied_embeddings else 2)
    return embeddings + shape.layers * (attention + forward) + facts.uncounted


@pytest.mark.parametrize("name", MODELS)
def test_a_models_parameter_count_follows_from_its_shape(name: str) -> None:
    facts = model(name)
    # Norms, biases and sinks are below a thousandth. Latent attention and shared experts have matrices that the shape does not name.
    tolerance = 0.001 if facts.parameters.verified and facts.attention.kind != "mla" else 0.08
    assert counted(facts) == pytest.approx(facts.parameters.total, rel=tolerance), f"{name}: shape and parameters disagree"
    assert facts.parameters.active <= facts.parameters.total
    assert (facts.parameters.active < facts.parameters.total) == (facts.experts is not None)


@pytest.mark.parametrize("name", MODELS)
def test_a_variants_size_is_what_its_quantisation_makes_of_the_parameters(name: str) -> None:
    facts = model(name)
    for quantization, variant in facts.variants.items():
        low, high = {**BITS, **GGUF_BITS}[quantization]
        small = 1.35 if facts.parameters.total < 5e9 and quantization != "bf16" else 1.0  # 16-bit embeddings weigh more in a small model
        vision = 16 * facts.uncounted / facts.parameters.total
        bits = 8 * variant.bytes / facts.parameters.total
        assert low * 0.99 <= bits <= high * small * 1.01 + vision, f"{name}-{quantization}: {bits:.2f} bits per parameter"


@pytest.mark.parametrize("name", MODELS)
def test_every_variant_can_be_obtained(name: str) -> None:
    for quantization, variant in model(name).variants.items():
        if quantization in GGUF:
            assert variant.ollama_tag or (variant.repository and variant.gguf_file), quantization
            assert bool(variant.gguf_file) <= bool(variant.repository)
        else:
            assert variant.repository, quantization
            assert variant.gguf_file is None
            assert variant.ollama_tag is None


def test_licences_that_gate_a_download_are_marked() -> None:
    gated = {name for name in MODELS if model(name).gated}
    assert gated == {name for name in MODELS if name.startswith(("llama", "gemma", "medgemma"))}


def groups(value: Any, block: type) -> Iterator[Any]:
    yield value
    for name, key in declared(block).items():
        part, kind = getattr(value, name), key.key.kind
        if isinstance(kind, Block) and part is not None and kind.type.__module__ == block.__module__:
            yield from groups(part, kind.type)
        if isinstance(kind, MapOf) and isinstance(kind.value, Block):
            for inner in part.values():
                yield from groups(inner, kind.value.type)


@pytest.mark.parametrize("kind", FACTS)
def test_every_fact_names_a_source_that_its_file_cites(kind: str) -> None:
    for name in names(kind):  # type: ignore[arg-type]
        if kind == "tiers":
            document = CATALOG.document("tiers", name)
            assert document is not None
            checked = CATALOG.tier(document)
            assert checked.value is not None, checked.diagnostics
            facts: Any = checked.value
        else:
            facts = getattr(CATALOG, kind.removesuffix("s"))(name)
        cited = {group.source for group in groups(facts, FACTS[kind]) if getattr(group, "source", "")}
        assert cited, f"{kind}/{name}"
        assert cited <= set(facts.sources), f"{kind}/{name}"


def test_a_groups_source_is_optional_only_where_its_file_says_it_elsewhere() -> None:
    silent = [f"{name}-{variant.quantization}" for name in MODELS for variant in model(name).variants.values() if not variant.source]
    assert not silent


def test_the_registries_are_as_large_as_is_promised() -> None:
    assert len(MODELS) >= 50
    assert len(names("accelerators")) >= 35
    assert len(names("fields")) == 9
    assert names("tiers") == ("a100-cluster", "cpu", "gaming-pc", "h100-cluster", "macbook", "quad-4090", "single-4090")


@pytest.mark.parametrize("name", names("fields"))
def test_a_field_has_words_of_every_loudness_and_weights_that_sum_to_one(name: str) -> None:
    facts = CATALOG.field(name)
    assert facts is not None
    weights = facts.utility_weights
    assert weights.efficacy + weights.confidence + weights.curiosity == pytest.approx(1)
    assert len(facts.keywords) >= 40
    assert {0.3, 0.6, 0.9} <= set(facts.keywords.values())


def test_each_tiers_facts_agree_with_its_accelerator() -> None:
    for name in names("tiers"):
        document = CATALOG.document("tiers", name)
        assert document is not None
        tier = CATALOG.tier(document).value
        assert tier is not None
        accelerator = CATALOG.accelerator(tier.accelerator)
        assert (tier.accelerators == 0) == (accelerator.kind == "cpu")
        for engine in tier.engines:
            assert accelerator.vendor in CATALOG.engine(engine).vendors
        if accelerator.kind == "unified":
            assert tier.host_ram_gib in accelerator.memory.options_gib
        if tier.node_selector:
            assert set(tier.node_selector.values()) == {accelerator.node_label}
