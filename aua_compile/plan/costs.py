"""What calls are reckoned with: tokens at their price, and devices by the hour, parted among what runs on them. Integers throughout."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from aua_runtime.contract import prices as contract
from aua_runtime.contract.prices import MICRO, PICO, PlacePrice, TokenPrice

from aua_compile.config.model import Config
from aua_compile.config.model.observability import REGISTRY_BOOK
from aua_compile.config.model.specialists import Arbiter
from aua_compile.config.model.specialists import Specialist as SaidSpecialist
from aua_compile.config.resolve import Resolved
from aua_compile.config.rules.costs_currency import REGISTRY_CURRENCY
from aua_compile.plan.model import BookFacts, Costs, DevicePrice, Estimate, Instance, Ledger, Price, Rent, Specialist
from aua_compile.plan.wants import Machine

_KIB_PER_GIB = 2**20


def price(spec: SaidSpecialist | Arbiter) -> Price | None:
    """Exact: a price has at most 6 decimals."""
    said = spec.price
    if said is None:
        return None
    return Price(_micro(said.input), _micro(said.output), _micro(said.input if said.cached_input is None else said.cached_input))


def device_prices(config: Config, machine: Machine) -> tuple[DevicePrice, ...]:
    """What an hour of each kind of device costs: as the config says, else the registry's lowest, where that is in the currency."""
    costs = config.observability.costs
    found = []
    for facts in machine.accelerators:
        if facts.name in costs.gpu_hour:
            source = costs.book if costs.book != REGISTRY_BOOK else "observability.costs.gpu_hour"
            found.append(DevicePrice(facts.name, _micro(costs.gpu_hour[facts.name]), source))
        elif facts.price is not None and costs.currency == REGISTRY_CURRENCY:
            source = facts.sources.get(facts.price.source, facts.price.source)
            found.append(DevicePrice(facts.name, round(facts.price.low_usd * MICRO), source))
    return tuple({one.accelerator: one for one in found}.values())


def rents(ledgers: Iterable[Ledger], devices: Iterable[DevicePrice]) -> Mapping[str, int]:
    """What each instance's devices cost by the hour; absent where the price of one is not known.

    A device's price is parted among the instances on it by the memory they take. The parts sum to the price: what is free is paid, too.
    """
    hour_micro = {device.accelerator: device.hour_micro for device in devices}
    found: dict[str, int] = {}
    unknown: set[str] = set()
    for ledger in ledgers:
        names = [entry.instance for entry in ledger.entries]
        if ledger.accelerator not in hour_micro:
            unknown.update(names)
            continue
        parts = parted(hour_micro[ledger.accelerator], [round(entry.total_gib * _KIB_PER_GIB) for entry in ledger.entries])
        for name, part in zip(names, parts, strict=True):
            found[name] = found.get(name, 0) + part
    return {name: rent for name, rent in found.items() if name not in unknown}


def parted(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` in parts as large as `weights` are to each other, and of the same sum.

    >>> parted(100, [1, 1, 1])
    [33, 33, 34]
    """
    total, seen, given = sum(weights) or 1, 0, 0
    parts = []
    for weight in weights:
        seen += weight
        parts.append(whole * seen // total - given)
        given += parts[-1]
    return parts


def rented(specialists: Mapping[str, Specialist], instances: Iterable[Instance], of: Mapping[str, int]) -> Mapping[str, Specialist]:
    """The specialists, those that run here and whose tokens have no price with their part of their instance's rent.

    A place is one of the calls that an engine takes at once, of each of its models.
    """
    found = dict(specialists)
    for instance in instances:
        if instance.name not in of:
            continue
        here = [one for one in specialists.values() if one.instance == instance.name]
        place_pico = of[instance.name] * PICO // max(1, instance.max_num_seqs * len(instance.models))
        for one, part in zip(here, parted(of[instance.name], [1] * len(here)), strict=True):
            if one.price is None:
                found[one.name] = replace(one, rent=Rent(part, place_pico))
    return found


def estimated(
    estimates: Iterable[Estimate], specialists: Mapping[str, Specialist], instances: Iterable[Instance], of: Mapping[str, int]
) -> tuple[Estimate, ...]:
    """The estimates with what a million tokens cost when an engine's models all write as much as they can: its rent / their tokens."""
    models = {instance.name: len(instance.models) for instance in instances}

    def cost(estimate: Estimate) -> float | None:
        instance = specialists[estimate.specialist].instance or ""
        if instance not in of:
            return None
        return of[instance] / models[instance] / MICRO / (estimate.batch_tokens_per_s * 3600) * 10**6

    return tuple(replace(estimate, cost_per_million_tokens=cost(estimate)) for estimate in estimates)


def costs(resolved: Resolved, devices: tuple[DevicePrice, ...], specialists: Iterable[Specialist]) -> Costs:
    """The prices that are in force, under their id."""
    said, book = resolved.config.observability.costs, resolved.book
    facts = None if book is None else BookFacts(book.source, book.effective, book.until)
    return Costs(said.currency, said.book, contract.prices(said.currency, said.book, in_force(specialists)).id, devices, facts)


def in_force(specialists: Iterable[Specialist]) -> dict[str, contract.Price]:
    """The price of each specialist that has one, as the router's settings hold it."""
    found: dict[str, contract.Price] = {}
    for one in specialists:
        if one.price is not None:
            found[one.name] = TokenPrice(one.price.input_micro, one.price.output_micro, one.price.cached_input_micro)
        elif one.rent is not None:
            found[one.name] = PlacePrice(one.rent.hour_micro, one.rent.place_pico)
    return found


def _micro(said: str) -> int:
    """Millionths of a decimal number that has at most six decimals.

    >>> _micro("2.50"), _micro("0.000001")
    (2500000, 1)
    """
    whole, _, decimals = said.partition(".")
    return int(whole) * MICRO + int(decimals.ljust(6, "0"))
