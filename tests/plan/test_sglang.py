"""SGLang, whose memory is modelled by its own estimates and one reported run."""

from itertools import pairwise
from typing import Any

import pytest

from aua_compile.plan import engine_args, memory
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Placed, Placement, Refused
from aua_compile.registry.model import GIB
from tests.plan.machines import candidate, machine, mixed, want


def placed(*ladder: str, tier: str = "quad-4090", **constraints: Any) -> Placement:
    answer = place((want("one", *ladder, engine="sglang", **constraints),), machine(tier))
    assert isinstance(answer, Placed), answer
    return answer.placements[0]


def test_the_tokens_of_a_reported_run_are_predicted() -> None:
    """vllm#21348: Qwen3-235B-A22B-FP8 on four H100 at --mem-fraction-static 0.93 had a pool of 367,404 tokens."""
    model = candidate("qwen3-235b-a22b-fp8")
    terms = memory.sglang_terms(
        model.model, model.variant, max_running_requests=256, chunked_prefill_size=8192, tensor_parallel=4, eager=True
    )
    pool_gib = 0.93 * (79.19 - terms.context_gib) - terms.weights_gib
    assert memory.kv_tokens(pool_gib, model.model, 4096, 4) == pytest.approx(367_404, rel=0.05)


def test_it_runs_only_what_names_it() -> None:
    answer = place((want("one", "qwen-7b-awq"),), machine("quad-4090"))
    assert isinstance(answer, Placed)
    assert answer.placements[0].engine.name == "vllm"
    assert placed("qwen-7b-awq").engine.name == "sglang"


def test_its_share_leaves_what_it_computes_with_and_its_tokens_are_the_pool() -> None:
    one = placed("qwen-7b-awq", concurrency=4)
    command = engine_args.start((one,), 9001, on_cpu=False).command
    told = dict(pairwise(command))
    assert int(told["--max-total-tokens"]) == one.kv_tokens >= 4 * 8192
    assert one.kv_cache_bytes is not None
    assert one.kv_cache_bytes == pytest.approx(one.kv_tokens * 57344, rel=1e-3)
    held = one.candidate.variant.weights_gib + memory.ROPE_AND_BUFFERS_GIB + one.kv_cache_bytes / GIB
    share = float(told["--mem-fraction-static"])
    assert held / 23.55 < share < 1
    assert (1 - share) * 23.55 == pytest.approx(3.5 + 0.125, abs=0.03)
    assert int(told["--chunked-prefill-size"]) == 2048


def test_every_ledger_with_it_says_extrapolated_and_sums() -> None:
    answer = place((want("a", "qwen-7b-awq", engine="sglang"), want("b", "qwen-14b-awq")), machine("quad-4090"))
    assert isinstance(answer, Placed)
    for ledger in answer.ledgers:
        assert sum(entry.total_gib for entry in ledger.entries) + ledger.free_gib == pytest.approx(ledger.total_gib)
        assert not ledger.entries or ledger.confidence == "extrapolated"


def test_beside_another_engine_on_one_device_it_starts_after_it() -> None:
    answer = place((want("a", "qwen-1-5b-awq", engine="sglang"), want("b", "qwen-7b-awq")), machine("single-4090"))
    assert isinstance(answer, Placed)
    after = {one.service: one.start_after for one in answer.placements}
    assert sorted(after.values()) == [(), ("a",)]


@pytest.mark.parametrize(
    ("model", "constraints", "why"),
    [
        ("gemma3-12b", {}, "how SGLang divides its cache between sliding and full layers is not modelled"),
        ("qwen-14b-q4-k-m", {}, "sglang cannot load q4-k-m weights"),
        ("qwen-14b-awq", {"pipeline_parallel": 2}, "whose memory in SGLang is not modelled"),
        ("qwen-72b-awq", {"gpus": (0, 1, 2, 3)}, "whose memory in SGLang is not modelled"),
    ],
)
def test_what_is_not_known_of_it_is_refused_with_the_reason(model: str, constraints: dict[str, Any], why: str) -> None:
    answer = place((want("one", model, engine="sglang", **constraints),), machine("quad-4090"))
    assert isinstance(answer, Refused)
    assert why in answer.reason


def test_an_old_card_is_refused_by_its_capability() -> None:
    answer = place((want("one", "qwen-7b-awq", engine="sglang"),), mixed(("t4", 2)))
    assert isinstance(answer, Refused)
    assert "awq needs compute capability 8 and t4 has 7.5" in answer.reason


def test_eight_bits_and_eager_execution_are_asked_for_in_its_words() -> None:
    command = engine_args.start((placed("qwen-7b-awq", kv_cache="8bit"),), 9001, on_cpu=False).command
    assert command[command.index("--kv-cache-dtype") + 1] == "fp8_e4m3"
