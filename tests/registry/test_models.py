"""The models' numbers against each other: parameters against shapes, stored bytes against both. A row that is wrong fails by its name."""

from dataclasses import replace
from typing import Any

import pytest

from aua_compile.config.ladders import BITS
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import GGUF, ModelFacts
from aua_compile.shipped import names
from tests.registry.parameters import counted

CATALOG = Catalog()
MODELS = names("models")
APPROXIMATE = {"qwen3-6-27b": 1e-4, "qwen3-8-27b": 1e-4}
"""Models whose total is known from the size of their files alone, by the share that it may be off."""

BYTES_BAND = 0.03
OTHERWISE_STORED = {
    "gpt-oss-20b-mxfp4": "only the experts are in four bits",
    "gpt-oss-120b-mxfp4": "only the experts are in four bits",
    "gemma3-4b-q4-k-m": "Ollama's file has the vision tower in sixteen bits",
    "gemma3-12b-q4-k-m": "Ollama's file has the vision tower in sixteen bits",
    "llama3-2-1b-q4-k-m": "a large part is embeddings, in six bits",
    "phi-4-mini-q4-k-m": "a large part is embeddings, in six bits",
    "qwen-1-5b-q4-k-m": "a large part is embeddings, in six bits",
    "llama3-2-3b-q4-k-m": "a large part is embeddings, in six bits",
    "qwen-72b-q4-k-m": "more of its tensors are in six bits, as its rows do not divide by 256",
}


def model(name: str) -> ModelFacts:
    facts = CATALOG.model(name)
    assert facts is not None
    return facts


@pytest.mark.parametrize("name", MODELS)
def test_the_parameters_are_those_of_the_shape(name: str) -> None:
    facts = model(name)
    assert facts.parameters.total == pytest.approx(counted(facts), rel=APPROXIMATE.get(name, 0)), name


@pytest.mark.parametrize("name", MODELS)
def test_a_model_with_experts_has_fewer_active_parameters_and_no_other_has(name: str) -> None:
    facts = model(name)
    assert (facts.parameters.active < facts.parameters.total) == (facts.experts is not None), name


def expected_bytes(facts: ModelFacts, quantization: str) -> float:
    """Quantised layers and, but for GGUF files, embeddings and towers in sixteen bits."""
    shape = facts.shape
    assert shape is not None
    kept = shape.vocabulary * shape.hidden * (1 if shape.tied_embeddings else 2) + facts.uncounted
    if quantization in GGUF:
        kept = 0
    return (kept * 16 + (facts.parameters.total - kept) * BITS[quantization]) / 8


@pytest.mark.parametrize(("name", "quantization"), [(name, quantization) for name in MODELS for quantization in model(name).variants])
def test_the_stored_bytes_are_those_of_the_parameters(name: str, quantization: str) -> None:
    facts = model(name)
    within = abs(facts.variants[quantization].bytes / expected_bytes(facts, quantization) - 1) <= BYTES_BAND
    assert within != (f"{name}-{quantization}" in OTHERWISE_STORED), f"{name}-{quantization}"


@pytest.mark.parametrize("change", ["layers", "hidden", "intermediate", "heads", "kv_heads", "head_dim", "vocabulary", "tied_embeddings"])
@pytest.mark.parametrize("name", ["qwen-7b", "qwen3-8b", "llama3-1-8b", "gemma3-12b", "granite-3-3-8b"])
def test_one_wrong_number_of_a_shape_is_noticed(name: str, change: str) -> None:
    facts = model(name)
    assert facts.shape is not None
    value = getattr(facts.shape, change)
    other: dict[str, Any] = {change: not value if change == "tied_embeddings" else value + 1}
    assert counted(replace(facts, shape=replace(facts.shape, **other))) != facts.parameters.total


@pytest.mark.parametrize("change", ["count", "intermediate"])
@pytest.mark.parametrize("name", ["qwen3-30b-a3b", "deepseek-v3", "gpt-oss-20b", "glm-4-5-air", "mixtral-8x7b"])
def test_one_wrong_number_of_the_experts_is_noticed(name: str, change: str) -> None:
    facts = model(name)
    assert facts.experts is not None
    other: dict[str, Any] = {change: getattr(facts.experts, change) + 1}
    assert counted(replace(facts, experts=replace(facts.experts, **other))) != facts.parameters.total
