"""Rooflines worked out by hand."""

import pytest

from aua_compile.plan.model import Estimate
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Machine, Placed, Want
from tests.plan.machines import machine, mixed, want


def estimate(on: Machine, asked: Want) -> tuple[Estimate, Placed]:
    answer = place((asked,), on)
    assert isinstance(answer, Placed), answer
    return answer.estimates[0], answer


def test_one_stream_is_as_fast_as_the_weights_are_read() -> None:
    found, _ = estimate(mixed(("a100-40-sxm", 1)), want("one", "llama3-1-8b", concurrency=1, context_tokens=512))
    assert found.decode_tokens_per_s == pytest.approx(75, rel=0.05)  # measured, with a shorter prompt


def test_many_streams_share_the_reading_of_the_weights() -> None:
    found, answer = estimate(machine("a100-cluster"), want("one", "qwen-7b"))
    assert found.expected_concurrency <= answer.placements[0].max_num_seqs
    assert found.expected_concurrency >= found.worst_case_concurrency or found.expected_concurrency == answer.placements[0].max_num_seqs
    assert found.decode_tokens_per_s < found.batch_tokens_per_s < found.decode_tokens_per_s * found.expected_concurrency


def test_the_first_token_waits_for_the_arithmetic_of_its_prompt() -> None:
    found, _ = estimate(mixed(("h100-sxm", 1)), want("one", "qwen-7b", concurrency=1))
    operations = 2 * 7_615_616_512 * 4096 + 2 * 28 * 28 * 128 * 4096**2
    assert found.first_token_s == pytest.approx(operations / (989e12 * 0.5))


def test_a_short_prompt_of_few_tokens_waits_for_the_weights() -> None:
    found, answer = estimate(mixed(("h100-sxm", 1)), want("one", "qwen-7b", concurrency=1, context_tokens=256))
    assert answer.placements[0].context_tokens >= 256
    assert found.first_token_s is not None
    assert found.first_token_s > 0


def test_where_an_accelerators_arithmetic_is_unknown_nothing_is_said_of_the_first_token() -> None:
    found, _ = estimate(machine("cpu"), want("one", "qwen-7b-q4-k-m"))
    assert found.first_token_s is None
    assert found.cost_per_million_tokens is None


def test_stages_read_their_layers_one_after_another_and_work_on_many_requests_at_once() -> None:
    whole, _ = estimate(machine("a100-cluster"), want("one", "qwen-7b", tensor_parallel=1))
    staged, _ = estimate(machine("a100-cluster"), want("one", "qwen-7b", tensor_parallel=1, pipeline_parallel=2))
    assert staged.decode_tokens_per_s == pytest.approx(whole.decode_tokens_per_s)
    assert staged.batch_tokens_per_s > whole.batch_tokens_per_s


def test_a_million_tokens_cost_what_the_share_of_the_device_does_while_they_are_made() -> None:
    found, answer = estimate(mixed(("h100-sxm", 1)), want("one", "qwen-7b"))
    entry, price = answer.ledgers[0].entries[0], mixed(("h100-sxm", 1)).accelerator.price
    assert price is not None
    share = entry.total_gib / answer.ledgers[0].total_gib
    assert found.cost_per_million_tokens == pytest.approx(price.low_usd * share / (found.batch_tokens_per_s * 3600) * 1e6)
