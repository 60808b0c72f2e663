"""What an engine is started with is what its version knows: the tables of registries/engines, for all that is shipped and more."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.plan import engine_args
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Placed
from aua_compile.registry.model import MANAGED_ENGINES
from tests.plan.machines import CATALOG, machine, mixed, want
from tests.plan.test_presets import compiled

OWN = re.compile(r"VLLM_|OLLAMA_|LLAMA_|SGLANG_")
"""Variables that only the engine itself reads."""


def unknown(engine: str, command: tuple[str, ...], env: Mapping[str, str]) -> list[str]:
    """The flags and the engine's own variables that the table of its version lacks, or that are gone from it."""
    facts = CATALOG.engine(engine)
    given = [word for word in command if re.fullmatch(r"--?[a-z][\w-]*", word)] + [name for name in env if OWN.match(name)]
    return [name for name in given if name not in facts.flags or name in facts.removed]


@pytest.mark.parametrize("tier", CATALOG.names("tiers"))
@pytest.mark.parametrize("preset", CATALOG.names("presets"))
def test_every_flag_of_every_shipped_preset_and_tier_is_known_to_the_version_that_is_emitted(preset: str, tier: str) -> None:
    made = compiled(preset, tier).value
    for instance in () if made is None else made.instances:
        assert instance.engine_version == CATALOG.engine(instance.engine).version
        assert unknown(instance.engine, instance.command, instance.env) == []


MODELS = ("qwen-7b", "qwen-72b-awq", "qwen3-30b-a3b-fp8", "gpt-oss-20b", "qwen-14b-q4-k-m", "qwen-7b-q4-k-m", "llama3-1-8b")
MACHINES = (machine("cpu"), machine("single-4090"), machine("quad-4090"), machine("macbook"), mixed(("l40s", 2), ("h100-sxm", 2)))


@given(
    model=st.sampled_from(MODELS),
    which=st.sampled_from(range(len(MACHINES))),
    engine=st.sampled_from([None, *MANAGED_ENGINES]),
    concurrency=st.integers(1, 40),
    context=st.integers(256, 30000),
    kv_cache=st.sampled_from(["16bit", "8bit"]),
    tensor_parallel=st.sampled_from([None, None, 2]),
)
@settings(max_examples=150, deadline=None)
def test_every_flag_of_any_placement_is_known_to_the_version_that_is_emitted(
    model: str, which: int, engine: str | None, concurrency: int, context: int, kv_cache: str, tensor_parallel: int | None
) -> None:
    asked = want(
        "one", model, engine=engine, concurrency=concurrency, context_tokens=context, kv_cache=kv_cache, tensor_parallel=tensor_parallel
    )
    answer = place((asked,), MACHINES[which])
    if isinstance(answer, Placed):
        on_cpu = MACHINES[which].tier.devices == 0
        start = engine_args.start(answer.placements, 9001, on_cpu=on_cpu)
        assert unknown(answer.placements[0].engine.name, start.command, start.env) == []


@pytest.mark.parametrize("engine", MANAGED_ENGINES)
def test_a_table_says_each_flag_once_and_none_that_is_gone(engine: str) -> None:
    facts = CATALOG.engine(engine)
    assert facts.flags
    assert len({*facts.flags, *facts.removed}) == len(facts.flags) + len(facts.removed)


def test_a_flag_that_the_version_does_not_know_is_seen() -> None:
    assert unknown("vllm", ("--swap-space", "4", "--seed", "0"), {"VLLM_USE_V1": "1", "HOME": "/cache"}) == ["--swap-space", "VLLM_USE_V1"]
    assert unknown("llamacpp", ("-c", "8192", "--no-such-thing"), {}) == ["--no-such-thing"]
