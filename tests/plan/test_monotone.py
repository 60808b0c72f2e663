"""What asking for more does: never a better answer in another respect, for one model on one kind of machine."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.plan.placement import place
from aua_compile.plan.wants import Placed, Placement, Want
from tests.plan.machines import machine, want

MODELS = ("qwen-14b-awq", "qwen-7b-awq", "qwen3-8b-awq", "gpt-oss-20b", "qwen-14b-q4-k-m", "mistral-nemo-12b-awq")
TIERS = ("single-4090", "quad-4090", "a100-cluster", "gaming-pc", "cpu")


def placed(asked: Want, tier: str) -> Placement | None:
    answer = place((asked,), machine(tier))
    return answer.placements[0] if isinstance(answer, Placed) else None


def at_once(placement: Placement, context_tokens: int) -> int:
    """Requests of that length that run together: as many as the cache holds, and no more than a batch."""
    return min(placement.max_num_seqs, placement.kv_tokens // context_tokens)


@given(st.sampled_from(MODELS), st.sampled_from(TIERS), st.integers(1, 12), st.integers(256, 16384), st.integers(0, 16384))
@settings(max_examples=80)
def test_raising_the_context_never_raises_how_many_requests_of_it_fit(
    model: str, tier: str, concurrency: int, context: int, longer: int
) -> None:
    short = placed(want("one", model, concurrency=concurrency, context_tokens=context), tier)
    long = placed(want("one", model, concurrency=concurrency, context_tokens=context + longer), tier)
    if long is None:
        return
    assert short is not None
    if len(long.devices) == len(short.devices) and long.engine.name == "vllm":
        assert at_once(long, context + longer) <= at_once(short, context)


@given(st.sampled_from(MODELS), st.sampled_from(TIERS), st.integers(1, 12), st.integers(0, 24), st.integers(256, 16384))
@settings(max_examples=60)
def test_what_serves_more_requests_serves_fewer(model: str, tier: str, concurrency: int, more: int, context: int) -> None:
    if placed(want("one", model, concurrency=concurrency + more, context_tokens=context), tier) is not None:
        assert placed(want("one", model, concurrency=concurrency, context_tokens=context), tier) is not None


@pytest.mark.parametrize("tier", TIERS)
def test_another_service_never_makes_room_for_the_first(tier: str) -> None:
    alone = place((want("one", *MODELS[:2]),), machine(tier))
    beside = place((want("one", *MODELS[:2]), want("two", "qwen-1-5b-awq", "qwen-1-5b-q4-k-m")), machine(tier))
    if isinstance(beside, Placed):
        assert isinstance(alone, Placed)
