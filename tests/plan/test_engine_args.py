"""How each engine is started, as data: what placement decided is what the engine is told."""

from dataclasses import replace

import pytest

from aua_compile.plan import engine_args
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Placed, Placement, Want
from tests.plan.machines import machine, want


def placements(tier: str, *wants: Want) -> tuple[Placement, ...]:
    answer = place(wants, machine(tier))
    assert isinstance(answer, Placed), answer
    return answer.placements


def flag(command: tuple[str, ...], name: str) -> str:
    return command[command.index(name) + 1]


def test_vllm_is_told_everything_that_it_would_otherwise_choose_by_the_machine() -> None:
    (placement,) = placements("single-4090", want("swe", "qwen-coder-7b"))
    command = engine_args.start((placement,), 9001, on_cpu=False).command
    assert command[0] == "Qwen/Qwen2.5-Coder-7B-Instruct"
    assert flag(command, "--revision") == flag(command, "--tokenizer-revision") == placement.candidate.variant.revision
    assert flag(command, "--served-model-name") == "qwen-coder-7b"
    assert flag(command, "--gpu-memory-utilization") == f"{placement.gpu_memory_utilization:g}"
    assert flag(command, "--max-model-len") == str(placement.context_tokens)
    assert flag(command, "--max-num-seqs") == str(placement.max_num_seqs)
    assert flag(command, "--max-num-batched-tokens") == "2048"
    assert flag(command, "--tensor-parallel-size") == "1"
    assert "--enforce-eager" not in command
    assert int(flag(command, "--max-cudagraph-capture-size")) == min(512, 2 * placement.max_num_seqs)


def test_an_engine_alone_on_its_device_fills_its_share_and_one_beside_others_is_told_its_cache() -> None:
    (alone,) = placements("single-4090", want("swe", "qwen-coder-7b"))
    assert "--kv-cache-memory-bytes" not in engine_args.start((alone,), 9001, on_cpu=False).command
    for shared in placements("single-4090", want("a", "qwen-7b-awq"), want("b", "qwen-7b-awq")):
        command = engine_args.start((shared,), 9001, on_cpu=False).command
        told = int(flag(command, "--kv-cache-memory-bytes"))
        assert told / 57344 == pytest.approx(shared.kv_tokens, rel=1e-3)
        assert "--gpu-memory-utilization" in command  # what it checks at its start


def test_a_version_that_lacks_an_argument_is_not_given_it() -> None:
    on = machine("single-4090")
    old = replace(on, engines={"vllm": replace(on.engines["vllm"], flags=())})
    answer = place((want("a", "qwen-7b-awq"), want("b", "qwen-7b-awq")), old)
    assert isinstance(answer, Placed)
    assert all(placement.kv_cache_bytes is None for placement in answer.placements)


def test_a_cache_of_eight_bits_is_asked_for_by_each_engines_own_words() -> None:
    (placement,) = placements("single-4090", want("a", "qwen-7b-awq", kv_cache="8bit"))
    assert flag(engine_args.start((placement,), 9001, on_cpu=False).command, "--kv-cache-dtype") == "fp8"
    (placement,) = placements("cpu", want("a", "qwen-7b-q4-k-m", kv_cache="8bit"))
    command = engine_args.start((placement,), 9001, on_cpu=True).command
    assert (flag(command, "-ctk"), flag(command, "-ctv"), flag(command, "-fa")) == ("q8_0", "q8_0", "on")
    (placement,) = placements("macbook", want("a", "qwen-7b-ollama", kv_cache="8bit"))
    env = engine_args.start((placement,), 11434, on_cpu=False).env
    assert (env["OLLAMA_KV_CACHE_TYPE"], env["OLLAMA_FLASH_ATTENTION"]) == ("q8_0", "1")


def test_an_ollama_server_keeps_sixteen_bits_unless_all_its_models_ask_for_eight() -> None:
    group = placements("macbook", want("a", "qwen-7b-ollama", kv_cache="8bit"), want("b", "qwen-coder-7b-ollama"))
    assert engine_args.start(group, 11434, on_cpu=False).env["OLLAMA_KV_CACHE_TYPE"] == "f16"
    assert {placement.kv_cache for placement in group} == {"16bit"}


def test_a_pipeline_says_its_stages() -> None:
    (placement,) = placements("quad-4090", want("a", "qwen-72b-awq"))
    command = engine_args.start((placement,), 9001, on_cpu=False).command
    assert (flag(command, "--tensor-parallel-size"), flag(command, "--pipeline-parallel-size")) == ("1", "4")


def test_an_engine_runs_offline_and_tells_nobody() -> None:
    (placement,) = placements("single-4090", want("swe", "qwen-coder-7b-awq"))
    env = engine_args.start((placement,), 9001, on_cpu=False).env
    assert env["HF_HUB_OFFLINE"] == env["VLLM_NO_USAGE_STATS"] == env["DO_NOT_TRACK"] == "1"
    assert env["HOME"] == engine_args.CACHE


def test_one_ollama_server_gets_settings_that_serve_all_its_models() -> None:
    group = placements("macbook", want("a", "qwen-7b-ollama"), want("b", "qwen-coder-7b-ollama", concurrency=3))
    env = engine_args.start(group, 11434, on_cpu=False).env
    assert env["OLLAMA_MAX_LOADED_MODELS"] == "2"
    assert env["OLLAMA_NUM_PARALLEL"] == "3"
    assert int(env["OLLAMA_CONTEXT_LENGTH"]) >= 8192
    assert env["OLLAMA_KEEP_ALIVE"] == "-1"


def test_llama_cpp_gets_the_context_of_all_its_slots_together() -> None:
    (placement,) = placements("cpu", want("a", "qwen-7b-q4-k-m"))
    command = engine_args.start((placement,), 9001, on_cpu=True).command
    assert flag(command, "-np") == str(placement.max_num_seqs) == "2"
    assert int(flag(command, "-c")) == 2 * placement.context_tokens == placement.kv_tokens
    assert flag(command, "-ngl") == "0"
    assert flag(command, "--fit") == "off"


def test_weights_are_fetched_at_their_revision_without_second_copies() -> None:
    (placement,) = placements("a100-cluster", want("a", "gpt-oss-20b"))
    download = engine_args.download((placement,))
    assert download is not None
    assert download.command[0] == "openai/gpt-oss-20b"
    assert flag(download.command, "--revision") == placement.candidate.variant.revision
    assert "original/*" in download.command
    assert "metal/*" in download.command


def test_every_model_of_an_ollama_server_is_pulled() -> None:
    group = placements("gaming-pc", want("a", "qwen-7b-ollama"), want("b", "qwen-coder-7b-ollama"))
    download = engine_args.download(group)
    assert download is not None
    (script,) = download.command
    assert "ollama pull qwen2.5:7b && ollama pull qwen2.5-coder:7b" in script


def test_a_gguf_file_is_fetched_whole_or_not_at_all() -> None:
    (placement,) = placements("cpu", want("a", "qwen-7b-q4-k-m"))
    download = engine_args.download((placement,))
    assert download is not None
    (script,) = download.command
    revision = placement.candidate.variant.revision
    assert f"https://huggingface.co/bartowski/Qwen2.5-7B-Instruct-GGUF/resolve/{revision}/Qwen2.5-7B-Instruct-Q4_K_M.gguf" in script
    assert script.endswith("&& mv /cache/Qwen2.5-7B-Instruct-Q4_K_M.gguf.part /cache/Qwen2.5-7B-Instruct-Q4_K_M.gguf; }")
