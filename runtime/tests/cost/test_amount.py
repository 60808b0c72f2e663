"""What calls cost: integers whose sums are exact, whatever the calls were."""

from fractions import Fraction

import pytest
from aua_runtime.contract.prices import HOUR_NS, PICO, PlacePrice, Price, TokenPrice, prices
from aua_runtime.cost.amount import amount_pico
from aua_runtime.metrics import Metrics
from aua_runtime.request import Call
from hypothesis import given
from hypothesis import strategies as st

MICRO = st.integers(0, 10**12)
TOKENS = st.integers(0, 10**9)
PRICE = st.builds(TokenPrice, MICRO, MICRO, MICRO)
PLACE = st.builds(PlacePrice, MICRO, st.integers(0, 10**15))


def call(
    prompt: int = 0, completion: int = 0, cached: int = 0, seconds: float = 1.0, status: int | None = 200, error: str | None = None
) -> Call:
    return Call("a", 5.0, 0, error, None, 5.0 + seconds, status, prompt, completion, cached)


CALLS = st.builds(
    call,
    TOKENS,
    TOKENS,
    TOKENS,
    st.floats(0, 86400),
    st.sampled_from([200, 429, 500, None]),
    st.sampled_from([None, "AUA_BACKEND_UNREACHABLE", "cancelled"]),
)


@given(PRICE, TOKENS, TOKENS, TOKENS)
def test_tokens_cost_their_price_exactly(price: TokenPrice, prompt: int, completion: int, cached: int) -> None:
    read = min(cached, prompt)
    whole = (prompt - read) * price.input_micro + read * price.cached_input_micro + completion * price.output_micro
    assert amount_pico(price, call(prompt, completion, cached)) == (whole if prompt or completion else None)


@given(PLACE, st.floats(0, 86400))
def test_a_place_costs_its_hour_for_as_long_as_it_was_held(price: PlacePrice, seconds: float) -> None:
    amount = amount_pico(price, call(seconds=seconds))
    assert amount is not None
    exact = Fraction(int(((5.0 + seconds) - 5.0) * 1e9) * price.place_pico, HOUR_NS)
    assert 0 <= exact - amount < 1


@given(st.one_of(PRICE, PLACE), st.lists(CALLS, max_size=40))
def test_costs_of_calls_sum_to_what_was_counted_and_to_the_exact_total_rounded_down(price: Price, calls: list[Call]) -> None:
    counted = Metrics()
    spent = counted.calls("a")
    micros = [spent.charge(price, one, "alpha") for one in calls]
    known = [micro for micro in micros if micro is not None]
    assert all(type(micro) is int and micro >= 0 for micro in known)
    exact = sum(amount for one in calls if (amount := amount_pico(price, one)) is not None)
    assert sum(known) == exact // PICO
    if known:
        told = counted.text().decode().splitlines()
        assert f'aua_cost_micro_total{{specialist="a"}} {exact // PICO}' in told
        assert f'aua_field_cost_micro_total{{field="alpha"}} {exact // PICO}' in told


@given(st.lists(st.tuples(st.one_of(PRICE, PLACE), CALLS), max_size=40))
def test_what_is_carried_over_survives_a_change_of_prices(charged: list[tuple[Price, Call]]) -> None:
    spent = Metrics().calls("a")
    told = sum(spent.charge(price, one, "alpha") or 0 for price, one in charged)
    assert told == sum(amount_pico(price, one) or 0 for price, one in charged) // PICO


def test_a_thousand_calls_too_small_to_see_cost_what_they_cost_together() -> None:
    spent = Metrics().calls("a")
    assert sum(spent.charge(TokenPrice(100_000, 0, 0), call(1), "alpha") or 0 for _ in range(1000)) == 100


@pytest.mark.parametrize(
    ("made", "amount"),
    [
        (call(status=None, error="AUA_BACKEND_UNREACHABLE"), 0),
        (call(status=429, error="AUA_OVERLOADED"), 0),
        (call(status=503, error="AUA_BACKEND_ERROR"), 0),
        (call(status=None, error="cancelled"), None),
        (call(status=None, error="AUA_SPECIALIST_TIMEOUT"), None),
        (call(status=200, error="cancelled"), None),
        (call(status=200), None),
    ],
)
def test_a_call_that_was_refused_costs_nothing_and_one_that_was_cut_off_nobody_knows_what(made: Call, amount: int | None) -> None:
    assert amount_pico(TokenPrice(1, 1, 1), made) == amount


def test_a_server_that_was_not_reached_held_no_place() -> None:
    assert amount_pico(PlacePrice(1, 10**12), call(status=None, error="AUA_BACKEND_UNREACHABLE")) == 0
    assert amount_pico(PlacePrice(1, 10**12), call(seconds=3600, status=None, error="cancelled")) == 10**12


def test_a_clock_that_goes_back_makes_no_credit() -> None:
    assert amount_pico(PlacePrice(1, 10**12), call(seconds=-1)) == 0


def test_calls_without_a_price_or_without_usage_are_counted_and_those_that_were_refused_are_not() -> None:
    counted = Metrics()
    spent = counted.calls("a")
    for price, made in (
        (None, call(7, 3)),
        (None, call(status=500)),
        (TokenPrice(1, 1, 1), call()),
        (TokenPrice(1, 1, 1), call(status=500)),
    ):
        spent.charge(price, made, "alpha")
    told = [line for line in counted.text().decode().splitlines() if line.startswith("aua_unpriced")]
    assert told == ['aua_unpriced_calls_total{specialist="a"} 2']


def test_prices_have_another_id_when_any_of_them_is_another() -> None:
    one = TokenPrice(1, 2, 3)
    ids = {
        prices(currency, book, of).id
        for currency, book, of in (
            ("USD", "acme@1", {"a": one}),
            ("EUR", "acme@1", {"a": one}),
            ("USD", "acme@2", {"a": one}),
            ("USD", "acme@1", {"b": one}),
            ("USD", "acme@1", {"a": TokenPrice(1, 2, 4)}),
            ("USD", "acme@1", {"a": PlacePrice(1, 2)}),
            ("USD", "acme@1", {}),
        )
    }
    assert len(ids) == 7
    assert prices("USD", "acme@1", {"a": one, "b": one}).id == prices("USD", "acme@1", {"b": one, "a": one}).id
