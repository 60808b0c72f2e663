from dataclasses import replace

import pytest

from aua_compile.config.model import Arbiter, Price
from aua_compile.plan import calls, model


@pytest.mark.parametrize(
    ("told", "micro"), [("0", 0), ("2.50", 2_500_000), ("0.000001", 1), ("999999.999999", 999_999_999_999), ("0.1", 100_000)]
)
def test_a_price_is_kept_to_the_last_decimal(told: str, micro: int) -> None:
    assert calls.price(replace(Arbiter(), price=Price(input=told))) == model.Price(micro, 0)
    assert calls.price(replace(Arbiter(), price=Price(output=told))) == model.Price(0, micro)


def test_without_a_price_none_is_made_up() -> None:
    assert calls.price(Arbiter()) is None
