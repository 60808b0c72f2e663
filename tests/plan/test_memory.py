from dataclasses import replace

import pytest

from aua_compile.plan import memory
from tests.plan.machines import candidate, machine


@pytest.mark.parametrize(
    ("reference", "share", "inside_gib", "pool_gib", "tokens"),
    [("qwen-7b-awq", 0.34, 6.05, 1.96, 36_600), ("qwen-3b-awq", 0.18, 2.78, 1.46, 42_000)],
)
def test_three_engines_share_a_4090_as_worked_out_by_hand(
    reference: str, share: float, inside_gib: float, pool_gib: float, tokens: int
) -> None:
    rung = candidate(reference)
    terms = memory.vllm_terms(rung.model, rung.variant, version="0.19.0", max_num_seqs=256, max_num_batched_tokens=2048, eager=True)
    pool = share * 23.53 - terms.inside_gib
    assert terms.inside_gib == pytest.approx(inside_gib, abs=0.03)
    assert pool == pytest.approx(pool_gib, abs=0.05)
    assert memory.kv_tokens(pool, rung.model, 2048) == pytest.approx(tokens, rel=0.03)


def test_a_7b_model_cannot_start_in_eight_percent_of_an_h100() -> None:
    rung = candidate("qwen-7b")
    terms = memory.vllm_terms(rung.model, rung.variant, version="0.19.0", max_num_seqs=8, max_num_batched_tokens=2048)
    assert terms.inside_gib > 0.08 * 79.19


@pytest.mark.parametrize(
    ("reference", "count", "word"),
    [
        ("qwen-7b", 2, ""),
        ("qwen-7b-awq", 4, ""),
        ("qwen-7b-awq", 8, "heads"),  # 28 heads
        ("qwen-72b-awq", 2, "intermediate size"),  # 29568 = 231 x 128
        ("qwen3-14b", 5, "key-value heads"),
        ("llama3-3-70b-fp8", 8, ""),
    ],
)
def test_a_model_is_split_only_where_its_shape_divides(reference: str, count: int, word: str) -> None:
    rung = candidate(reference)
    problem = memory.parallel_problem(rung.model, rung.variant.quantization, count)
    assert word in problem
    assert bool(problem) == bool(word)


def test_splitting_beyond_the_key_value_heads_shrinks_the_cache_no_further() -> None:
    model = candidate("qwen-7b").model  # four of them
    assert memory.kv_bytes_per_token(model, 4) == memory.kv_bytes_per_token(model, 8) == 57344 / 4


@pytest.mark.parametrize(("reference", "count"), [("qwen3-30b-a3b-fp8", 4), ("qwen3-235b-a22b-fp8", 8)])
def test_blocks_of_experts_are_not_cut_either(reference: str, count: int) -> None:
    rung = candidate(reference)
    assert "intermediate size" in memory.parallel_problem(rung.model, "fp8", count)
    assert not memory.parallel_problem(rung.model, "fp8", count // 2)


@pytest.mark.parametrize(
    ("layers", "count", "cut"), [(28, 2, (14, 14)), (28, 4, (7, 7, 7, 7)), (61, 4, (15, 15, 16, 15)), (6, 4, (1, 2, 2, 1))]
)
def test_layers_that_do_not_divide_go_to_the_stages_before_the_last(layers: int, count: int, cut: tuple[int, ...]) -> None:
    model = candidate("qwen-7b").model
    assert model.shape is not None
    stages = memory.stages(replace(model, shape=replace(model.shape, layers=layers)), count)
    assert tuple(round(stage.share * layers) for stage in stages) == cut
    assert [stage.first for stage in stages] == [True, *[False] * (count - 1)]
    assert [stage.last for stage in stages] == [*[False] * (count - 1), True]


@pytest.mark.parametrize(("count", "logged_gib"), [(2, 7.51), (4, 4.26)])
def test_the_outer_stages_hold_the_embeddings_and_the_head_as_vllm_logged(count: int, logged_gib: float) -> None:
    rung = candidate("llama3-1-8b")
    sizes = [memory.stage_gib(rung.model, rung.variant, stage) for stage in memory.stages(rung.model, count)]
    assert sizes[0] + memory.ROPE_AND_BUFFERS_GIB == pytest.approx(logged_gib, abs=0.03)
    assert sum(sizes) == pytest.approx(rung.variant.weights_gib)
    assert max(sizes) == sizes[0] >= sizes[1]


def test_a_tied_head_is_a_second_copy_on_the_last_stage() -> None:
    rung = candidate("llama3-2-3b")
    shape = rung.model.shape
    assert shape is not None
    assert shape.tied_embeddings
    together = sum(memory.stage_gib(rung.model, rung.variant, stage) for stage in memory.stages(rung.model, 2))
    assert together - rung.variant.weights_gib == pytest.approx(shape.vocabulary * shape.hidden * 2 / 2**30)


def test_a_model_has_at_least_a_layer_for_each_stage() -> None:
    assert memory.pipeline_problem(candidate("qwen-7b").model, 28) == ""
    assert memory.pipeline_problem(candidate("qwen-7b").model, 29) == "its 28 layers are fewer than 29 stages"


def test_a_cache_of_eight_bits_takes_half_in_vllm_and_a_little_more_in_llama_cpp() -> None:
    model = candidate("qwen-7b").model
    assert memory.kv_bytes_per_token(model, value_bytes=memory.VALUE_BYTES["8bit"]) == 57344 / 2
    eight = memory.gguf_kv_gib(model, 8192, 2, value_bytes=memory.GGUF_VALUE_BYTES["8bit"])
    assert eight / memory.gguf_kv_gib(model, 8192, 2) == pytest.approx(34 / 64)


def test_the_state_of_linear_layers_stays_as_it_is_in_a_smaller_cache() -> None:
    model = candidate("qwen3-6-27b").model
    whole, half = (memory.kv_bytes_per_sequence(model, 1, value_bytes=value) for value in (2.0, 1.0))
    assert whole - half == memory.kv_bytes_per_token(model) / 2


def test_latent_attention_keeps_little_and_the_same_on_every_device() -> None:
    model = candidate("deepseek-v3").model
    assert memory.kv_bytes_per_token(model, 8) == memory.kv_bytes_per_token(model, 1) == 70272


def test_sliding_layers_stop_growing_at_their_window_since_the_release_that_manages_them() -> None:
    model = candidate("gemma3-27b").model
    assert memory.kv_bytes_per_sequence(model, 32768, version="0.20.0") > 3 * memory.kv_bytes_per_sequence(model, 32768, version="0.33.0")


def test_linear_layers_cost_a_fixed_state() -> None:
    model = candidate("qwen3-6-27b").model
    short, long = (memory.kv_bytes_per_sequence(model, tokens) for tokens in (4096, 8192))
    assert long - short == 4096 * memory.kv_bytes_per_token(model) == 4096 * 65536


def test_a_newer_release_than_the_measured_ones_is_called_extrapolated_and_gets_a_margin() -> None:
    h100, a100 = (machine(tier).accelerator for tier in ("h100-cluster", "a100-cluster"))
    assert memory.confidence(h100, "0.19.0") == "measured"
    assert memory.confidence(a100, "0.19.0") == "modelled"
    assert memory.confidence(h100, "0.33.0") == "extrapolated"
    assert memory.margin_gib("extrapolated", 10.0) == 0.5
    assert memory.margin_gib("extrapolated", 40.0) == pytest.approx(1.2)
    assert memory.margin_gib("modelled", 40.0) == 0


def test_what_engines_see_of_a_device_is_less_than_what_is_sold() -> None:
    assert memory.device_gib(machine("single-4090").accelerator, machine("single-4090").tier) == 23.55
    assert memory.device_gib(machine("macbook").accelerator, machine("macbook").tier) == pytest.approx(24.12)
    assert memory.device_gib(machine("macbook", host_ram_gib=64.0).accelerator, machine("macbook", host_ram_gib=64.0).tier) == 48
    assert memory.device_gib(machine("cpu").accelerator, machine("cpu").tier) == 32


def test_two_7b_models_and_a_3b_model_fit_a_laptop_as_worked_out_by_hand() -> None:
    rungs = [candidate(reference) for reference in ("qwen-coder-7b-q4-k-m", "qwen-7b-q4-k-m", "qwen-3b-q4-k-m")]
    caches = [memory.gguf_kv_gib(rung.model, 8192, 1) for rung in rungs]
    terms = [memory.gguf_terms(rung.model, rung.variant, on_cpu=False) for rung in rungs]
    assert sum(caches) == pytest.approx(1.24 * 1e9 / 2**30, abs=0.02)
    assert sum(term.weights_gib for term in terms) == pytest.approx(11.3 * 1e9 / 2**30, rel=0.03)
    assert all(0.25 < term.activation_gib < 0.35 for term in terms)
