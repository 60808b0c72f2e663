"""Prices of tokens and devices as the planner sees them: exact, and none of a device's price is lost or made up."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.config.model.specialists import Arbiter, Price
from aua_compile.plan import costs, model
from aua_compile.plan.model import DevicePrice, Ledger, LedgerEntry
from tests.targets.plans import macbook, single_4090


@pytest.mark.parametrize(
    ("told", "micro"), [("0", 0), ("2.50", 2_500_000), ("0.000001", 1), ("999999.999999", 999_999_999_999), ("0.1", 100_000)]
)
def test_a_price_is_kept_to_the_last_decimal(told: str, micro: int) -> None:
    assert costs.price(replace(Arbiter(), price=Price(input=told))) == model.Price(micro, 0, micro)
    assert costs.price(replace(Arbiter(), price=Price(output=told))) == model.Price(0, micro, 0)
    assert costs.price(replace(Arbiter(), price=Price(input="9", cached_input=told))) == model.Price(9_000_000, 0, micro)


def test_without_a_price_none_is_made_up() -> None:
    assert costs.price(Arbiter()) is None


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_parts_sum_to_the_whole_and_none_is_negative(whole: int, weights: list[int]) -> None:
    parts = costs.parted(whole, weights)
    assert all(part >= 0 for part in parts)
    assert sum(parts) == (whole if sum(weights) else 0)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=2, max_size=20))
def test_more_weight_is_never_less_of_the_whole_but_for_one(whole: int, weights: list[int]) -> None:
    parts = [part for _, part in sorted(zip(weights, costs.parted(whole, weights), strict=True))]
    assert all(one <= other + 1 for one, other in pairwise(parts))


def ledger(device: int, accelerator: str, **gib: float) -> Ledger:
    entries = tuple(LedgerEntry(name, taken, 0, 0, 0, 0, 0) for name, taken in gib.items())
    return Ledger(device, accelerator, 24.0, entries, 24.0 - sum(gib.values()), "measured")


def test_what_is_free_of_a_device_is_paid_by_those_on_it() -> None:
    rents = costs.rents([ledger(0, "rtx-4090", a=4.0, b=12.0)], [DevicePrice("rtx-4090", 340_000, "a page")])
    assert rents == {"a": 85_000, "b": 255_000}


def test_an_instance_on_several_devices_costs_its_part_of_each() -> None:
    ledgers = [ledger(0, "rtx-4090", a=20.0), ledger(1, "rtx-4090", a=10.0, b=10.0)]
    assert costs.rents(ledgers, [DevicePrice("rtx-4090", 340_000, "a page")]) == {"a": 510_000, "b": 170_000}


def test_an_instance_on_a_device_without_a_price_has_none() -> None:
    ledgers = [ledger(0, "rtx-4090", a=20.0), ledger(1, "mine", a=10.0, b=10.0)]
    assert costs.rents(ledgers, [DevicePrice("rtx-4090", 340_000, "a page")]) == {}


def test_specialists_of_one_engine_share_its_rent_and_a_place_costs_the_same_for_each() -> None:
    plan = macbook()
    served = costs.rented({one.name: replace(one, price=None, rent=None) for one in plan.specialists}, plan.instances, {"ollama": 100_001})
    found = [one.rent for one in served.values() if one.rent is not None]
    assert sum(rent.hour_micro for rent in found) == 100_001
    assert len({rent.place_pico for rent in found}) == 1


def test_all_places_together_never_cost_more_than_the_engine() -> None:
    plan = single_4090()
    for rent in (1, 7, 340_000, 10**9):
        of = {instance.name: rent for instance in plan.instances}
        for one in costs.rented({one.name: replace(one, rent=None) for one in plan.called}, plan.instances, of).values():
            places = next(instance.max_num_seqs for instance in plan.instances if instance.name == one.instance)
            assert one.rent is not None
            assert one.rent.place_pico * places <= rent * 10**6


def test_tokens_with_a_price_are_reckoned_by_it_and_not_by_the_hour() -> None:
    plan = single_4090()
    priced = replace(plan.specialists[0], price=model.Price(1, 1, 1), rent=None)
    assert costs.rented({priced.name: priced}, plan.instances, {instance.name: 1 for instance in plan.instances})[priced.name].rent is None
