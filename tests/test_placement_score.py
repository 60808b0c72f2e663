"""The memory model against what vLLM logged; `make score-placement` prints it."""

import re

import pytest

from bench.placement.__main__ import BEGIN, DENSE_BAR, END, PAGE, overconfident, report
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


def test_the_page_holds_what_the_command_writes() -> None:
    found = re.search(f"{BEGIN}(.*){END}", PAGE.read_text(), re.DOTALL)
    assert found is not None
    assert found[1] == "\n".join(report(ROWS)) + "\n"
