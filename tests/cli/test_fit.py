"""`aua fit` as a person runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aua_compile.cli.app import app
from aua_compile.registry.catalog import Catalog

ASK = CliRunner()


def fit(*arguments: str) -> tuple[int, str, str]:
    result = ASK.invoke(app("fit"), ["fit", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_each_variant_is_placed_alone_with_its_settings() -> None:
    code, out, _ = fit("qwen-32b", "--on", "rtx-4090x2", "--context", "16384", "--concurrency", "4")
    assert code == 0
    _, of_awq = out.split("\nqwen-32b-awq on 2 x rtx-4090, 9.0 GiB of weights on each\n")
    vllm, settings, *_ = of_awq.splitlines()
    assert vllm.split()[0] == "vllm"
    assert settings.strip().startswith("gpu_memory_utilization=0.9")
    assert "Not qwen-32b-bf16 on vllm:\n  needs " in out


@pytest.mark.parametrize("width", [80, 100])
def test_what_is_shown_fits_a_terminal_and_a_pipe(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for asked in (("qwen-32b", "--on", "h100-cluster"), ("r1-distill-llama-70b", "--on", "rtx-4090x4"), ("qwen-coder-7b", "--on", "cpu")):
        _, out, _ = fit(*asked)
        assert max(len(line) for line in out.splitlines()) <= width
        assert "…" not in out


def test_a_model_whose_layers_cannot_be_split_is_cut_into_stages() -> None:
    code, out, _ = fit("qwen-72b-awq", "--on", "rtx-4090x4")
    assert code == 0
    assert "pipeline_parallel_size=4" in out


def test_a_tier_is_a_machine_too_with_its_engines_and_its_alias() -> None:
    code, out, _ = fit("qwen-7b-q4-k-m", "--on", "macbook")
    assert code == 0
    assert " ollama " in out
    assert fit("qwen-7b-awq", "--on", "rtx4090") == fit("qwen-7b-awq", "--on", "rtx4090")
    assert fit("qwen-7b-awq", "--on", "rtx4090")[0] == 0


def test_the_same_is_told_as_json() -> None:
    code, out, _ = fit("qwen-14b", "--on", "rtx-4090", "--json")
    rows = json.loads(out)
    assert code == 0
    assert {row["variant"] for row in rows} >= {"qwen-14b-awq", "qwen-14b-bf16"}
    for row in rows:
        if row["fits"]:
            assert row["kv_tokens"] >= 8 * 8192
            assert row["used_gib"] < 24
            assert row["settings"]
        else:
            assert row["reasons"]


def test_more_context_never_gives_more_requests_at_once() -> None:
    def most(context: int) -> float:
        rows = json.loads(fit("llama3-1-8b-awq", "--on", "rtx-4090", "--concurrency", "1", "--context", str(context), "--json")[1])
        return float(max(row.get("kv_tokens", 0) / context for row in rows))

    found = [most(context) for context in (2048, 8192, 32768, 131072)]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("accelerator", Catalog().names("accelerators"))
def test_every_registered_accelerator_is_answered(accelerator: str) -> None:
    facts = Catalog().accelerator(accelerator)
    code, out, err = fit("qwen-1-5b", "--on", accelerator, *(["--memory", "32"] if facts.kind == "cpu" else []))
    if facts.vendor == "amd":
        assert code == 2
        assert "No engine that is emitted has an image" in err
    else:
        assert code == 0
        assert "qwen-1-5b" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("qwen7b", "--on", "l4"), "There is no model `qwen7b`. Did you mean `qwen-7b`?"),
        (("qwen-7b", "--on", "rtx-4090x0"), "There is no tier or accelerator `rtx-4090x0`."),
        (("qwen-7b", "--on", "rtx4091"), "There is no tier or accelerator `rtx4091`. Did you mean"),
        (("qwen-7b", "--on", "zzzz"), "`aua tiers list` shows the tiers."),
        (("qwen-7b", "--on", "cpu-ddr4-3200-2ch"), "say `--memory GIB`"),
        (("qwen-7b", "--on", "l4", "--memory", "48"), "The memory of `l4` is known"),
        (("qwen-7b", "--on", "single-4090", "--memory", "48"), "The memory of `single-4090` is known"),
        (("qwen-7b", "--on", "apple-m4-max", "--memory", "-1"), "more than 0"),
        (("qwen-7b", "--on", "apple-m4-max", "--memory", "nan"), "more than 0"),
        (("qwen-7b", "--on", "apple-m4-max", "--memory", "1e99"), "at most 16384 GiB"),
        (("qwen-7b", "--on", "l4", "--context", "0"), "--context"),
        (("qwen-7b",), "--on"),
    ],
)
def test_a_wrong_argument_is_told(arguments: tuple[str, ...], told: str) -> None:
    code, out, err = fit(*arguments)
    assert code == 2
    assert told in err
    assert not out


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert fit("qwen-7b", "--on", "l4")[0] == 0
    assert not list(tmp_path.iterdir())


def test_several_kinds_of_gpu_are_one_machine_and_each_row_says_which_it_lies_on() -> None:
    code, out, _ = fit("qwen-32b", "--on", "rtx-4090x2+a100-80-pciex1", "--json")
    rows = {(row["variant"], row["engine"]): row for row in json.loads(out)}
    assert code == 0
    assert rows["qwen-32b-q4-k-m", "ollama"]["accelerator"] == "a100-80-pcie"
    assert {row["accelerator"] for row in rows.values() if row["fits"]} <= {"rtx-4090", "a100-80-pcie"}
    assert fit("qwen-32b", "--on", "rtx-4090x2+cpu-ddr4-3200-2ch")[0] == 2
    assert fit("qwen-32b", "--on", "rtx-4090x2+")[0] == 2


def test_a_cache_of_eight_bits_holds_about_twice_the_tokens() -> None:
    whole, half = (json.loads(fit("qwen-14b-awq", "--on", "rtx-4090", "--kv-cache", kept, "--json")[1])[0] for kept in ("16bit", "8bit"))
    assert half["settings"]["kv_cache_dtype"] == "fp8"
    assert half["kv_tokens"] > 1.6 * whole["kv_tokens"]
