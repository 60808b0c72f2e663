from decimal import ROUND_HALF_UP, Decimal

import pytest
from aua_runtime.plan import Price
from aua_runtime.state.cost import cost_micro
from hypothesis import given
from hypothesis import strategies as st

MICRO = st.integers(0, 10**12)
TOKENS = st.integers(0, 10**7)


@given(MICRO, MICRO, TOKENS, TOKENS)
def test_a_cost_is_exact_but_for_one_rounding(input_micro: int, output_micro: int, prompt: int, completion: int) -> None:
    whole = (Decimal(prompt) * input_micro + Decimal(completion) * output_micro) / 10**6
    expected = int(whole.quantize(Decimal(1), ROUND_HALF_UP)) if prompt or completion else None
    assert cost_micro(Price(input_micro, output_micro), prompt, completion) == expected


@pytest.mark.parametrize(("prompt", "expected"), [(1, 3), (3, 8), (1_000_000, 2_500_000)])
def test_half_a_millionth_is_rounded_up(prompt: int, expected: int) -> None:
    assert cost_micro(Price(2_500_000, 0), prompt, 0) == expected


def test_without_a_price_or_without_tokens_nothing_is_known() -> None:
    assert cost_micro(None, 10, 10) is None
    assert cost_micro(Price(1, 1), 0, 0) is None


def test_a_price_of_zero_costs_nothing() -> None:
    assert cost_micro(Price(0, 0), 10, 10) == 0
