"""The memory model against what vLLM logged; `make score-placement` prints it."""

import re
from pathlib import Path

import pytest

from aua_compile.plan.memory import SAMPLER_COPIES, SINGLE_NON_TORCH_GIB
from bench.placement.__main__ import BEGIN, DENSE_BAR, END, PAGE, UNTESTED, bars, main, overconfident, report, surprising
from bench.placement.logs import runs
from bench.placement.score import Scored, grouped, scored

ROWS = [scored(run) for run in runs()]
STARTED = [row for row in ROWS if row.run.fits and not row.why_not]


def test_the_kv_pool_of_dense_models_on_the_h100_is_predicted_within_two_percent_on_average() -> None:
    group = grouped("dense", [row for row in ROWS if row.kind == "dense" and row.run.card == "h100-sxm"])
    assert group is not None
    assert group.runs >= 30
    assert group.pool <= DENSE_BAR
    assert group.worst_gib < 0.3


@pytest.mark.parametrize("row", [row for row in STARTED if row.kind == "dense"], ids=lambda row: row.run.id)
def test_no_dense_run_is_off_by_more_than_its_band(row: Scored) -> None:
    assert abs(row.pool_error_gib) < max(0.3, 0.01 * row.run.kv_gib)


@pytest.mark.parametrize("row", [row for row in STARTED if row.run.vllm == "0.19.0"], ids=lambda row: row.run.id)
def test_the_weights_of_every_run_are_those_that_were_logged(row: Scored) -> None:
    tower_gib = 0.7 if row.kind == "vision" else 0.06  # a vision tower is not counted in a model's shape
    assert row.weights_gib == pytest.approx(row.run.weights_gib, rel=0.04 if row.kind == "experts" else 0.01, abs=tower_gib)


@pytest.mark.parametrize("row", [row for row in STARTED if row.run.vllm == "0.19.0"], ids=lambda row: row.run.id)
def test_experts_and_vision_models_of_the_measured_release_are_within_a_gibibyte(row: Scored) -> None:
    assert abs(row.pool_error_gib) < 1.0


@pytest.mark.parametrize("row", [row for row in STARTED if row.tokens_error is not None], ids=lambda row: row.run.id)
def test_the_tokens_follow_the_pool(row: Scored) -> None:
    assert row.tokens_error is not None
    assert abs(row.tokens_error - row.pool_error) < (0.14 if row.kind == "vision" else 0.01)


def test_no_run_that_was_refused_is_predicted_to_start() -> None:
    assert any(not row.run.fits for row in ROWS)
    assert not overconfident(ROWS)


def test_a_run_out_of_reach_is_named_with_its_reason() -> None:
    told = "\n".join(report(ROWS))
    outside = [row for row in ROWS if row.why_not]
    assert all(f"`{row.run.repository}`" in told and row.why_not in told for row in outside)
    assert {row.why_not for row in outside if row.run.model is not None} == {"weights and cache in fp32 are not planned"}


def test_a_pipeline_s_first_stage_and_its_tokens_are_predicted() -> None:
    staged = [row for row in STARTED if row.run.pipeline_parallel > 1]
    assert len(staged) == 2
    for row in staged:
        assert abs(row.pool_error) < 0.005
        assert row.tokens_error is not None
        assert abs(row.tokens_error) < 0.005


def test_a_cache_of_eight_bits_holds_the_tokens_that_were_logged() -> None:
    eight = [row for row in STARTED if row.run.cache_dtype == "fp8"]
    assert len(eight) == 2
    for row in eight:
        assert row.tokens_error is not None
        assert abs(row.tokens_error) < 0.002


def test_no_run_lies_outside_its_band_unless_its_row_says_why() -> None:
    assert surprising(ROWS) == []
    assert {row.run.id for row in ROWS if row.is_beyond} == {"h100-v011-02", "h100-v011-08"}


ROW = (
    "id: mine-1, model: qwen-7b-awq, repository: Qwen/Qwen2.5-7B-Instruct-AWQ, vllm: 0.19.0, card: rtx-4090, total_gib: 23.55, "
    "utilization: 0.9, tensor_parallel: 1, max_model_len: 8192, max_num_seqs: 256, max_num_batched_tokens: 2048, weights_gib: 5.2, "
    "activation_gib: 0.56, non_torch_gib: 0.25, kv_gib: 15.15, kv_tokens: 283648, fits: true, split: seen, "
    "source: measured by the maintainers of the example on 2026-11-21 on a machine of their own"
)


def scoring(folder: Path, *rows: str) -> Path:
    file = folder / "rows.yaml"
    file.write_text("rows:\n" + "".join(f"  - {{{row}}}\n" for row in rows))
    return file


def test_rows_of_a_file_are_scored_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text()
    assert main(["--rows", str(scoring(tmp_path, ROW))]) == 0
    assert "1 runs of vLLM" in capsys.readouterr().out
    assert PAGE.read_text() == page


def test_a_row_outside_its_band_fails_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", str(scoring(tmp_path, ROW, ROW.replace("mine-1", "mine-2").replace("15.15", "13.15")))]) == 1
    assert capsys.readouterr().err.startswith("mine-2: the pool is off by +")


def test_a_bar_without_rows_is_said_to_be_untested_and_is_held_as_soon_as_there_are_some(tmp_path: Path) -> None:
    shown = {bar.of: bar for bar in bars(ROWS)}
    assert shown["dense models on the H100"].shown == "0.4% of 33 runs"
    assert shown["dense models on other cards, engine V1"].shown == UNTESTED
    assert shown["runs of the engine V0"].shown == UNTESTED
    assert not any(bar.missed for bar in bars(ROWS))
    off = ROW.replace("kv_gib: 15.15", "kv_gib: 13.95")
    missed = [bar.missed for bar in bars([scored(run) for run in runs(scoring(tmp_path, off))]) if bar.missed]
    assert len(missed) == 1
    assert missed[0].startswith("dense models on other cards, engine V1 are off by")


def test_a_reason_for_what_lies_within_its_band_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", str(scoring(tmp_path, ROW + ", beyond: it once did"))]) == 1
    assert "`beyond` says: it once did" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ROW.replace("kv_gib", "kv_gb"), "mine-1: there is no key `kv_gb`"),
        (ROW.replace("weights_gib: 5.2, ", ""), "mine-1: it lacks `weights_gib`"),
        (ROW.partition(", source")[0] + ", source: csv", "mine-1: its source is neither"),
        (ROW.partition(", source")[0] + ", source: 'measured: say here who measured it'", "mine-1: its source is neither"),
        (ROW + "}\n  - {" + ROW, "mine-1: it is there twice"),
    ],
)
def test_a_row_that_cannot_be_scored_is_named(tmp_path: Path, row: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", str(scoring(tmp_path, row))]) == 2
    assert capsys.readouterr().err.startswith(told)


def test_the_constants_that_the_rows_imply_are_those_of_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--implied"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("| 0.19.0 | h100-sxm | 1 |"))
    copies, non_torch = (float(cell) for cell in row.split("|")[5:7])
    assert copies == pytest.approx(SAMPLER_COPIES[0][1], abs=0.05)
    assert non_torch == pytest.approx(SINGLE_NON_TORCH_GIB, abs=0.02)


def test_the_page_holds_what_the_command_writes() -> None:
    found = re.search(f"{BEGIN}(.*){END}", PAGE.read_text(), re.DOTALL)
    assert found is not None
    assert found[1] == "\n".join(report(ROWS)) + "\n"
