"""A specialist's model ladder as candidates: names looked up in the config's own models first, then in the registry."""

from collections.abc import Mapping
from dataclasses import replace

from aua_compile.config.model.models import ModelUse
from aua_compile.config.resolve import Resolved
from aua_compile.config.serving import Spec
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import GIB, Candidate, ModelFacts, Parameters, Shape, Variant

OWN = "config"  # what facts that the user gave name as their source
BITS = {"bf16": 16.0, "fp8": 8.0, "awq": 4.25, "gptq-int4": 4.25, "gptq-int8": 8.25, "mxfp4": 4.25, "q4-k-m": 4.85, "q8-0": 8.5}
"""Bits per weight, scales included: groups of 128 for awq and gptq, blocks of 32 for mxfp4 and q8-0; q4-k-m as llama.cpp states it."""


def ladder(spec: Spec, resolved: Resolved) -> tuple[Candidate, ...]:
    """The candidates of a specialist that has to be placed, best first. What nobody knows, the rules have refused."""
    found = (candidate_of(name, resolved.config.models, resolved.catalog) for name in spec.model or ())
    return tuple(candidate for candidate in found if candidate is not None)


def served_name(spec: Spec, kind: str, resolved: Resolved) -> str:
    """What an external server of a kind calls a specialist's model: the id that the config or registry gives, else the name as written."""
    name = (spec.model or ("",))[0]
    candidate = candidate_of(name, resolved.config.models, resolved.catalog)
    if candidate is not None:
        return (candidate.variant.ollama_tag if kind == "ollama" else None) or candidate.variant.repository or candidate.reference
    own = _meant(name, resolved.config.models)[1]
    return own.id if own is not None and own.id is not None else name


def candidate_of(name: str, models: Mapping[str, ModelUse], catalog: Catalog) -> Candidate | None:
    """What a name on a ladder means: the config's own model of that name, else the registry's. None where too little is known of it."""
    meant, own = _meant(name, models)
    if own is None:
        found = catalog.candidate(meant)
        return None if found is None else replace(found, reference=name)
    if own.alias is not None:
        return None  # names that only stand for each other
    known = catalog.candidate(own.id) if own.id is not None else None
    engine = own.backend if own.backend in BACKEND_ENGINES else None
    if known is not None:
        return _with_own(known, name, own, engine)
    return _own_model(name, own, engine)


def _meant(name: str, models: Mapping[str, ModelUse]) -> tuple[str, ModelUse | None]:
    """What a name stands for in the end, and the config's own model of that name: with an alias where too many lead to each other."""
    own = models.get(name)
    for _ in range(LONGEST_CHAIN):
        if own is None or own.alias is None:
            break
        name = own.alias
        own = models.get(name)
    return name, own


LONGEST_CHAIN = 8
"""Models of a config that may stand for each other, one after another."""
BACKEND_ENGINES = frozenset({"vllm", "ollama", "llamacpp", "sglang"})


def _with_own(known: Candidate, name: str, own: ModelUse, engine: str | None) -> Candidate:
    """A registered model under a name of the user's, with what the user fixed: quantisation, revision, context."""
    variant = known.model.variants.get(own.quantization, known.variant) if own.quantization else known.variant
    if own.quantization:
        variant = replace(variant, quantization=own.quantization)
    variant = replace(variant, revision=own.revision or variant.revision, gguf_file=own.gguf_file or variant.gguf_file)
    if own.vram_gib is not None:
        variant = replace(variant, bytes=round(own.vram_gib * GIB))
    model = replace(known.model, context_tokens=own.context or known.model.context_tokens)
    return Candidate(name, model, variant, engine)


def _own_model(name: str, own: ModelUse, engine: str | None) -> Candidate | None:
    """A model that the registry does not list: weights from `vram_gib`, or from its shape and quantisation. None where neither is given."""
    quantization = own.quantization or ("q4-k-m" if own.gguf_file or engine == "ollama" else "bf16")
    if own.vram_gib is None and own.shape is None:
        return None
    given = own.shape
    parameters = given.parameters if given else round((own.vram_gib or 0.0) * GIB * 8 / BITS[quantization])
    weights = round(own.vram_gib * GIB) if own.vram_gib is not None else round(parameters * BITS[quantization] / 8)
    shape = None
    if given is not None:
        shape = Shape(
            given.layers, given.hidden, given.intermediate, given.heads, given.kv_heads, given.head_dim, given.vocabulary, source=OWN
        )
    is_tag = engine == "ollama"
    variant = Variant(
        bytes=weights,
        source=OWN,
        repository=None if is_tag else own.id,
        revision=own.revision,
        gguf_file=own.gguf_file,
        ollama_tag=own.id if is_tag else None,
        verified=False,
        quantization=quantization,
    )
    model = ModelFacts(
        family=name,
        license=None,
        context_tokens=own.context or 8192,
        parameters=Parameters(parameters, parameters, OWN, verified=False),
        variants={quantization: variant},
        shape=shape,
        sources={OWN: "given in the configuration"},
        name=name,
    )
    return Candidate(name, model, variant, engine)
