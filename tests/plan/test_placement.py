"""Placement as its callers see it: wants and a machine in, placements with ledgers or a refusal out."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.plan import memory
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Machine, Placed, Refused, Want
from aua_compile.registry.model import Candidate, ModelFacts, Parameters, Variant
from tests.plan.machines import machine, mixed, want, with_memory
from tests.tools import within

CODER = ("qwen-coder-32b-awq", "qwen-coder-14b-awq", "qwen-coder-7b-awq")
GENERAL = ("qwen-14b-awq", "qwen-7b-awq", "qwen-1-5b-awq")
SMALL = ("qwen-7b-awq", "qwen-1-5b-awq")


def placed(answer: Placed | Refused) -> Placed:
    assert isinstance(answer, Placed), answer
    return answer


def refused(answer: Placed | Refused) -> Refused:
    assert isinstance(answer, Refused), answer
    return answer


def models(answer: Placed | Refused) -> list[str]:
    return [placement.candidate.reference for placement in placed(answer).placements]


def check_ledgers(answer: Placed, on: Machine) -> None:
    """What every answer must hold: the parts sum to the device, nothing is negative, vLLM's shares leave room for the contexts."""
    for ledger in answer.ledgers:
        assert sum(entry.total_gib for entry in ledger.entries) + ledger.free_gib == pytest.approx(ledger.total_gib)
        assert ledger.free_gib >= on.tier.reserved_gib
        for entry in ledger.entries:
            assert min(entry.weights_gib, entry.kv_pool_gib, entry.activation_gib, entry.context_gib, entry.margin_gib) >= 0
    for device in range(len(answer.ledgers)):
        here = [
            placement for placement in answer.placements if device in placement.devices and placement.gpu_memory_utilization is not None
        ]
        contexts = sum(memory.PARALLEL_CONTEXT_GIB if placement.tensor_parallel > 1 else memory.SINGLE_CONTEXT_GIB for placement in here)
        total = answer.ledgers[device].total_gib
        assert sum(placement.gpu_memory_utilization or 0 for placement in here) * total + contexts <= total


def check_served(answer: Placed, wants: tuple[Want, ...]) -> None:
    for asked, placement in zip(wants, answer.placements, strict=True):
        assert placement.service == asked.service
        assert placement.context_tokens >= asked.context_tokens
        assert placement.max_num_seqs >= asked.concurrency
        assert placement.kv_tokens >= asked.concurrency * asked.context_tokens
        assert placement.context_tokens <= placement.candidate.model.context_tokens
        if asked.gpus is not None:
            assert placement.devices == asked.gpus


def test_the_best_rung_that_fits_is_taken_and_the_better_ones_say_why_not() -> None:
    answer = placed(place((want("swe", *CODER, concurrency=8),), machine("single-4090")))
    assert models(answer) == ["qwen-coder-14b-awq"]
    (rung,) = answer.placements[0].rejected
    assert rung.model == "qwen-coder-32b-awq"
    assert "18.1 weights" in rung.reason
    assert "16.0 KV cache" in rung.reason
    assert "8 requests of 8192 tokens" in rung.reason


def test_every_rung_that_was_not_taken_says_why() -> None:
    ladder = ("qwq-32b", "qwen-32b-awq", "qwen-14b-q4-k-m", "qwen-14b-awq", "qwen-math-7b", "qwen-7b-awq")
    (first, _) = placed(place((want("swe", *ladder), want("chat", "qwen-7b-awq")), machine("single-4090"))).placements
    assert [rung.model for rung in first.rejected] == ["qwq-32b", "qwen-32b-awq", "qwen-14b-q4-k-m"]
    alone, tight, elsewhere = (rung.reason for rung in first.rejected)
    assert alone.endswith("an empty device has 23.1 GiB")
    assert tight.startswith("needs 24.0 GiB (18.1 weights + 4.0 KV cache")
    assert elsewhere == "runs on ollama or llamacpp, and every service finds room on vllm"


def test_a_rung_that_fits_alone_says_what_is_free_beside_the_others() -> None:
    wants = (want("one", "qwen-14b-awq", "qwen-7b-awq"), want("two", "qwen-14b-awq", "qwen-7b-awq"))
    one, two = placed(place(wants, machine("single-4090"))).placements
    assert {one.candidate.reference, two.candidate.reference} == {"qwen-14b-awq", "qwen-7b-awq"} or one.candidate == two.candidate
    (rung,) = two.rejected
    assert "beside the other services" in rung.reason


def test_a_split_rung_says_how_many_devices_are_left_for_it_alone() -> None:
    wants = (want("one", "qwq-32b", "qwen-7b-awq"), want("two", "qwen-7b-awq"))
    one, _ = placed(place(wants, machine("quad-4090"))).placements
    assert "no other model on them; beside the other services 3 of 4 devices are empty" in one.rejected[0].reason


def test_three_services_share_one_card_and_its_ledger_sums() -> None:
    wants = (want("swe", *CODER), want("chat", *GENERAL), want("arbiter", *SMALL))
    on = machine("single-4090")
    answer = placed(place(wants, on))
    check_ledgers(answer, on)
    check_served(answer, wants)
    assert [entry.service for entry in answer.ledgers[0].entries] == ["swe", "chat", "arbiter"]


def test_whoever_is_worst_off_rises_first() -> None:
    answer = place((want("swe", *CODER), want("chat", *GENERAL), want("arbiter", *SMALL)), machine("single-4090"))
    assert models(answer) == ["qwen-coder-7b-awq", "qwen-7b-awq", "qwen-1-5b-awq"]


def test_a_service_that_fits_nowhere_is_refused_with_the_arithmetic() -> None:
    wants = (want("swe", "qwen-coder-32b-awq", concurrency=8),)
    answer = refused(place(wants, machine("single-4090")))
    assert (answer.kind, answer.service) == ("memory", "swe")
    assert answer.needed_gib == pytest.approx(sum(answer.terms.values()))
    assert answer.needed_gib > answer.available_gib == pytest.approx(23.15)
    assert sum(answer.has.values()) == pytest.approx(answer.available_gib)


def test_services_that_fit_alone_and_not_together_are_refused_together() -> None:
    wants = (want("one", "qwen-14b-awq"), want("two", "qwen-14b-awq"))
    answer = refused(place(wants, machine("single-4090")))
    assert answer.together == 2
    assert set(answer.terms) == {"`one`", "`two`"}
    assert sum(answer.terms.values()) == pytest.approx(answer.needed_gib)
    assert sum(answer.has.values()) == pytest.approx(answer.available_gib)


@pytest.mark.parametrize(
    ("tier", "rung", "words"),
    [
        ("macbook", "qwen-7b-awq", "cannot load awq"),
        ("single-4090", "qwen-7b-q4-k-m", ""),
        ("cpu", "qwen-7b", "cannot load bf16"),
        ("h100-cluster", "deepseek-v3", "GiB"),
    ],
)
def test_a_rung_runs_only_on_an_engine_of_the_tier_that_can_load_it(tier: str, rung: str, words: str) -> None:
    answer = place((want("one", rung),), machine(tier))
    if words:
        assert words in refused(answer).reason or words in refused(answer).rungs[0].reason
    else:
        assert placed(answer).placements[0].engine.name == "ollama"


def test_a_card_that_is_too_old_for_a_quantisation_is_named() -> None:
    old = machine("single-4090")
    assert old.accelerator.compute is not None
    old = replace(old, accelerators=(replace(old.accelerator, name="t4", compute=replace(old.accelerator.compute, capability=7.5)),))
    assert "bf16 needs compute capability 8 and t4 has 7.5" in refused(place((want("one", "qwen-1-5b"),), old)).reason
    placed(place((want("one", "qwen-1-5b-awq"),), old))


def test_a_context_beyond_the_models_skips_the_rung() -> None:
    answer = refused(place((want("math", "qwen-math-7b", context_tokens=8192),), machine("a100-cluster")))
    assert answer.kind == "constraint"
    assert "its context is 4096 tokens and 8192 are wanted" in answer.reason


def test_every_constraint_of_the_user_is_kept() -> None:
    on = machine("quad-4090")
    wants = (
        want("pinned", *SMALL, gpus=(3,)),
        want("halved", *SMALL, share=0.5),
        want("sized", *SMALL, memory_gib=9.0),
        want("split", "qwen-14b-awq", tensor_parallel=2),
        want("batched", *SMALL, max_num_seqs=7),
    )
    answer = placed(place(wants, on))
    check_ledgers(answer, on)
    check_served(answer, wants)
    pinned, halved, sized, split, batched = answer.placements
    assert pinned.devices == (3,)
    assert halved.gpu_memory_utilization == 0.5
    assert sized.gpu_memory_utilization == pytest.approx(9.0 / 23.55, abs=1e-3)
    assert split.tensor_parallel == len(split.devices) == 2
    assert batched.max_num_seqs == 7


@pytest.mark.parametrize(
    ("constraints", "words"),
    [
        ({"gpus": (4,)}, "asks for GPU 4; the tier has 4"),
        ({"max_num_seqs": 1}, "wants 2 requests at once and allows the engine 1"),
        ({"gpus": (0, 1), "tensor_parallel": 4}, "names 2 GPUs and a tensor parallelism of 4"),
        ({"tensor_parallel": 8}, "more than the 4 devices"),
        ({"tensor_parallel": 3}, "28 attention heads do not divide by 3"),
        ({"share": 0.1}, "`memory` gives it 2.4"),
        ({"engine": "llamacpp"}, "llamacpp cannot load awq"),
    ],
)
def test_a_constraint_that_nothing_meets_is_refused_in_words(constraints: dict[str, object], words: str) -> None:
    answer = refused(place((want("one", "qwen-7b-awq", **constraints),), machine("quad-4090")))
    assert answer.kind == "constraint"
    assert words in answer.reason


def test_a_machine_without_gpus_refuses_to_name_one() -> None:
    assert "asks for GPU 0; the tier has none" in refused(place((want("one", "qwen-7b-q4-k-m", gpus=(0,)),), machine("cpu"))).reason


def unknown(quantization: str, gib: float, **download: Any) -> Candidate:
    """A model of the user's of which only the size is known."""
    variant = Variant(round(gib * 2**30), "config", verified=False, quantization=quantization, **download)
    parameters = Parameters(round(gib * 2**30 / 2), round(gib * 2**30 / 2), "config", verified=False)
    return Candidate("mine", ModelFacts("mine", None, 8192, parameters, {quantization: variant}, name="mine"), variant)


def test_a_model_of_unknown_shape_is_placed_with_a_cautious_cache_and_never_split_over_vllm() -> None:
    mine = unknown("bf16", 15.0, repository="acme/mine")
    asked = Want("one", (mine,), 4096, 1)
    (placement,) = placed(place((asked,), machine("single-4090"))).placements
    assert placement.kv_tokens >= 4096
    answer = refused(place((replace(asked, ladder=(unknown("bf16", 30.0, repository="acme/mine"),)),), machine("quad-4090")))
    assert answer.rungs[0].reason.startswith("needs 3")
    split = refused(place((replace(asked, tensor_parallel=2),), machine("quad-4090")))
    assert "its shape is unknown, so it cannot be split" in split.reason


def test_a_gguf_file_of_unknown_shape_runs_where_its_engine_does() -> None:
    mine = unknown("q4-k-m", 4.4, repository="acme/mine-GGUF", gguf_file="mine.gguf")
    (placement,) = placed(place((Want("one", (mine,), 4096, 1),), machine("cpu"))).placements
    assert placement.engine.name == "llamacpp"
    assert "names no download" in refused(place((Want("one", (mine,), 4096, 1, engine="ollama"),), machine("cpu"))).reason


def test_a_model_for_one_engine_is_not_run_by_another() -> None:
    answer = refused(place((want("one", "qwen-7b-ollama", engine="llamacpp"),), machine("cpu")))
    assert "a model for ollama and the backend is llamacpp" in answer.reason
    assert "the tier does not run vllm" in refused(place((want("one", "qwen-7b-awq", engine="vllm"),), machine("cpu"))).reason


def test_a_split_model_has_its_devices_to_itself_while_others_find_room() -> None:
    wants = (want("big", "qwen3-coder-30b-a3b-fp8"), want("one", *SMALL), want("two", *SMALL))
    answer = placed(place(wants, machine("quad-4090")))
    big, one, two = answer.placements
    assert len(big.devices) == 2
    assert not set(big.devices) & {*one.devices, *two.devices}
    assert one.devices != two.devices


def test_idle_devices_on_a_direct_link_are_used_to_split_further() -> None:
    wants = (want("big", "qwq-32b"), want("one", "qwen-32b-awq"))
    assert sum(len(placement.devices) for placement in placed(place(wants, machine("h100-cluster"))).placements) == 8
    assert all(len(placement.devices) == 1 for placement in placed(place((want("one", *SMALL),), machine("quad-4090"))).placements)


def test_engines_on_one_device_start_one_after_another() -> None:
    answer = placed(place((want("a", *SMALL), want("b", *SMALL), want("c", "qwen-1-5b-q4-k-m")), machine("single-4090")))
    assert [placement.start_after for placement in answer.placements] == [(), ("a",), ("b",)]


def test_one_ollama_server_holds_all_models_of_a_device() -> None:
    answer = placed(place((want("a", "qwen-7b-ollama"), want("b", "qwen-coder-7b-ollama", context_tokens=4096)), machine("macbook")))
    assert {placement.instance for placement in answer.placements} == {"ollama"}
    assert len({(placement.context_tokens, placement.max_num_seqs) for placement in answer.placements}) == 1


def test_services_with_one_model_on_ollama_share_its_weights() -> None:
    wants = tuple(want(service, "qwen-14b-ollama", "qwen-7b-ollama", concurrency=1) for service in ("a", "b", "c"))
    answer = placed(place(wants, machine("macbook")))
    assert models(answer) == ["qwen-14b-ollama"] * 3
    assert (
        [placement.service for placement in answer.placements] == [estimate.specialist for estimate in answer.estimates] == ["a", "b", "c"]
    )
    assert len(answer.ledgers[0].entries) == 1
    assert all(placement.max_num_seqs >= 3 for placement in answer.placements)


def test_services_with_one_model_on_vllm_have_an_engine_each() -> None:
    answer = placed(place((want("a", "qwen-7b-awq"), want("b", "qwen-7b-awq")), machine("single-4090")))
    assert [placement.instance for placement in answer.placements] == ["a", "b"]
    assert len(answer.ledgers[0].entries) == 2


def test_an_ollama_server_never_takes_the_name_of_a_service() -> None:
    answer = placed(place((want("ollama", "qwen-7b-ollama"),), machine("macbook")))
    assert answer.placements[0].instance == "ollama-server"


def test_larger_devices_serve_more_of_the_same_wants() -> None:
    asked = (want("one", "qwen-14b-awq"),)
    small = placed(place(asked, machine("single-4090"))).placements[0]
    large = placed(place(asked, machine("a100-cluster"))).placements[0]
    assert large.max_num_seqs > small.max_num_seqs
    assert large.context_tokens >= small.context_tokens
    assert large.kv_tokens > small.kv_tokens


def test_nothing_wanted_is_an_empty_placement_with_free_devices() -> None:
    answer = placed(place((), machine("quad-4090")))
    assert answer.placements == ()
    assert [ledger.free_gib for ledger in answer.ledgers] == [23.55] * 4


MIXED = (("rtx-4090", 2), ("a100-80-sxm", 2))


def test_a_model_that_is_too_large_for_one_kind_of_gpu_goes_to_the_other() -> None:
    on = mixed(*MIXED)
    wants = (want("big", "qwq-32b"), want("one", *SMALL), want("two", *SMALL))
    answer = placed(place(wants, on))
    check_ledgers(answer, on)
    check_served(answer, wants)
    assert [ledger.accelerator for ledger in answer.ledgers] == ["rtx-4090"] * 2 + ["a100-80-sxm"] * 2
    assert set(answer.placements[0].devices) <= {2, 3}
    assert [ledger.total_gib for ledger in answer.ledgers] == [kind.total_gib for kind in on.kinds for _ in kind.devices]


def test_a_model_is_never_split_over_unlike_gpus() -> None:
    on = mixed(("rtx-4090", 1), ("a100-80-sxm", 1))
    answer = refused(place((want("one", "qwen-14b-awq", gpus=(0, 1)),), on))
    assert "GPUs 0 and 1 are of different kinds" in answer.reason
    assert (
        "`tensor_parallel: 2` is more than the 1 devices of one kind"
        in refused(place((want("one", "qwen-14b-awq", tensor_parallel=2),), on)).reason
    )


def test_a_gpu_that_is_named_by_number_is_of_its_kind() -> None:
    (placement,) = placed(place((want("one", "qwen-14b-awq", gpus=(3,), share=0.6),), mixed(*MIXED))).placements
    assert placement.devices == (3,)
    assert (
        placement.max_num_seqs
        > placed(place((want("one", "qwen-14b-awq", gpus=(0,), share=0.6),), mixed(*MIXED))).placements[0].max_num_seqs
    )


def test_weights_that_one_kind_cannot_run_go_to_the_kind_that_can() -> None:
    on = mixed(("t4", 2), ("rtx-4090", 1))
    assert placed(place((want("one", "qwen-1-5b"),), on)).placements[0].devices == (2,)
    assert "bf16 needs compute capability 8 and t4 has 7.5" in refused(place((want("one", "qwen-1-5b"),), mixed(("t4", 2)))).reason


def test_the_order_of_the_kinds_decides_neither_rungs_nor_refusals() -> None:
    wants = (want("swe", *CODER, concurrency=8), want("chat", *GENERAL), want("arbiter", *SMALL))
    assert models(place(wants, mixed(*MIXED))) == models(place(wants, mixed(*reversed(MIXED))))


def test_a_pipeline_is_as_even_as_its_layers_and_its_ledgers_say_what_each_stage_holds() -> None:
    on = machine("quad-4090")
    answer = placed(place((want("big", "qwen-72b-awq"),), on))
    check_ledgers(answer, on)
    first, second, third, last = (ledger.entries[0] for ledger in answer.ledgers)
    assert first.weights_gib > second.weights_gib == third.weights_gib < last.weights_gib
    assert first.activation_gib <= last.activation_gib
    assert len({entry.kv_pool_gib for entry in (first, second, third, last)}) == 1


def test_stages_are_given_as_asked_and_only_to_vllm() -> None:
    (placement,) = placed(place((want("one", "qwen-7b", pipeline_parallel=2, tensor_parallel=2),), machine("quad-4090"))).placements
    assert (placement.tensor_parallel, placement.pipeline_parallel, len(placement.devices)) == (2, 2, 4)
    (placement,) = placed(place((want("one", "qwen-7b", pipeline_parallel=3, gpus=(1, 2, 3)),), machine("quad-4090"))).placements
    assert (placement.pipeline_parallel, placement.devices) == (3, (1, 2, 3))
    assert refused(place((want("one", "qwen-7b-q4-k-m", pipeline_parallel=2),), machine("quad-4090"))).kind == "constraint"


def test_a_cache_of_eight_bits_holds_twice_as_much_and_serves_what_sixteen_could_not() -> None:
    asked = want("one", "qwen-coder-32b-awq", concurrency=2)
    assert isinstance(place((asked,), machine("single-4090")), Refused)
    (placement,) = placed(place((replace(asked, kv_cache="8bit"),), machine("single-4090"))).placements
    assert placement.kv_cache == "8bit"


@pytest.mark.parametrize(
    ("card", "model", "words"),
    [
        ("a100-80-sxm", "qwen-7b", "a cache of 8bit needs compute capability 8.9 and a100-80-sxm has 8"),
        ("h200-sxm", "deepseek-v3", "its latent cache is kept at 16 bits"),
    ],
)
def test_a_cache_of_eight_bits_that_cannot_be_kept_says_why(card: str, model: str, words: str) -> None:
    answer = refused(place((want("one", model, kv_cache="8bit", engine="vllm"),), mixed((card, 8))))
    assert words in answer.reason


LADDERS = (CODER, GENERAL, SMALL, ("qwq-32b", "qwq-32b-awq"), ("qwen-7b", "qwen-7b-q4-k-m"), ("qwen-1-5b-q4-k-m",), ("gpt-oss-20b",))
ASKED = st.lists(
    st.tuples(st.integers(0, len(LADDERS) - 1), st.integers(1, 8), st.sampled_from([2048, 8192, 16384])), min_size=1, max_size=5
)


def wanted(asked: list[tuple[int, int, int]]) -> tuple[Want, ...]:
    return tuple(
        want(f"s{index}", *LADDERS[ladder], concurrency=concurrency, context_tokens=context)
        for index, (ladder, concurrency, context) in enumerate(asked)
    )


@given(ASKED, st.sampled_from(["single-4090", "quad-4090", "a100-cluster", "cpu", "gaming-pc"]))
@settings(max_examples=50)
def test_whatever_is_placed_is_served_and_its_ledgers_sum(asked: list[tuple[int, int, int]], tier: str) -> None:
    wants, on = wanted(asked), machine(tier)
    answer = place(wants, on)
    if isinstance(answer, Placed):
        check_ledgers(answer, on)
        check_served(answer, wants)
        assert place(wants, on) == answer


@given(ASKED, st.floats(6, 80), st.floats(0, 80))
@settings(max_examples=50)
def test_more_memory_never_refuses_what_less_accepted(asked: list[tuple[int, int, int]], visible_gib: float, more_gib: float) -> None:
    wants, on = wanted(asked), machine("quad-4090", accelerators=2)
    if isinstance(place(wants, with_memory(on, visible_gib)), Placed):
        placed(place(wants, with_memory(on, visible_gib + more_gib)))


@given(ASKED.filter(lambda asked: len(asked) < 4))
@settings(max_examples=20)
def test_the_order_of_the_wants_decides_no_refusal(asked: list[tuple[int, int, int]]) -> None:
    on = machine("single-4090")
    answers = {type(place(order, on)) for order in permutations(wanted(asked))}
    assert len(answers) == 1


@pytest.mark.parametrize(("count", "devices"), [(1000, 8), (1000, 1024), (64, 64)])
def test_a_thousand_services_are_placed_or_refused_in_time(count: int, devices: int) -> None:
    wants = tuple(want(f"s{index}", *CODER) for index in range(count))
    with within(4):
        answer = place(wants, machine("quad-4090", accelerators=devices))
    assert isinstance(answer, Placed) == (devices >= count)


def test_fifty_services_on_eight_devices_are_placed_in_time() -> None:
    wants = tuple(want(f"s{index}", "qwen-14b-awq", "qwen-7b-awq", "qwen-1-5b-awq") for index in range(50))
    with within(2):
        answer = placed(place(wants, machine("h100-cluster")))
    check_served(answer, wants)
