import pytest
from aua_runtime.contract.arbitration import (
    SUREST,
    WORDS,
    Policy,
    Statement,
    Word,
    bounds_of_welfare,
    reachable_by_judge,
    reachable_by_welfare,
    settled,
    settled_by_welfare,
)
from hypothesis import given
from hypothesis import strategies as st

SHARE = st.floats(0, 1)
STATEMENT = st.builds(Statement, st.sampled_from(WORDS), st.floats(0, SUREST))
POLICY = st.sampled_from(["balanced", "conservative"])


@given(STATEMENT, STATEMENT, SHARE, POLICY)
def test_whatever_a_judge_says_a_usable_ruling_was_proved_reachable(one: Statement, other: Statement, least: float, policy: Policy) -> None:
    ruling = settled(one, other, least, policy)
    assert 0 <= ruling.confidence <= 1
    assert not ruling.usable or ruling.word in reachable_by_judge(least, policy)


@given(STATEMENT, STATEMENT, SHARE, POLICY)
def test_the_order_of_asking_does_not_matter(one: Statement, other: Statement, least: float, policy: Policy) -> None:
    assert settled(one, other, least, policy) == settled(other, one, least, policy)


@pytest.mark.parametrize("policy", ["balanced", "conservative"])
@pytest.mark.parametrize("word", WORDS)
def test_statements_that_agree_are_followed(word: Word, policy: Policy) -> None:
    ruling = settled(Statement(word, 0.9), Statement(word, 0.7), 0.6, policy)
    assert (ruling.word, ruling.usable) == (word, True)
    assert ruling.confidence == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [("a", "b", "both"), ("a", "both", "a"), ("b", "both", "b"), ("a", "neither", "neither"), ("both", "neither", "neither")],
)
def test_statements_that_disagree_are_worth_about_half(one: Word, other: Word, word: Word) -> None:
    ruling = settled(Statement(one, 0.9), Statement(other, 0.9), 0.6, "balanced")
    assert (ruling.word, ruling.usable) == (word, False)
    assert 0.4 < ruling.confidence < 0.5


def test_the_conservative_policy_wants_each_statement_sure_enough() -> None:
    assert settled(Statement("a", 0.95), Statement("a", 0.5), 0.6, "balanced").usable
    assert not settled(Statement("a", 0.95), Statement("a", 0.5), 0.6, "conservative").usable


@given(SHARE, st.floats(0, 1000), SHARE, SHARE, SHARE, SHARE)
def test_whatever_welfare_two_records_lead_to_the_verdict_was_proved_reachable(
    prior: float, weight: float, margin: float, least: float, one: float, other: float
) -> None:
    low, high = bounds_of_welfare(prior, weight)
    a, b = low + one * (high - low), low + other * (high - low)
    assert settled_by_welfare(a, b, margin, least) in reachable_by_welfare(prior, weight, margin, least)


def test_the_defaults_reach_all_four() -> None:
    assert reachable_by_welfare(0.65, 10, 0.005, 0.5) == set(WORDS)
    assert all(reachable_by_judge(0.6, policy) == set(WORDS) for policy in ("balanced", "conservative"))
