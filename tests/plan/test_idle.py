"""What shipped presets leave of a server with four RTX 4090: little is idle, and neither a better rung nor a second replica fits in it."""

from dataclasses import replace
from functools import cache

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.compiler import configured
from aua_compile.plan import memory
from aua_compile.plan.asked import machine_of, wants_of
from aua_compile.plan.model import LedgerEntry
from aua_compile.plan.placement import place
from aua_compile.plan.wants import Machine, Placed, Placement, Refused, Want
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import GIB
from aua_compile.shipped import names

CATALOG = Catalog()
TIER = "quad-4090"
PRESETS = names("presets")
MOST_IDLE = 0.15
USEFUL_TIMES = 4
"""A KV pool above so many times what the wanted requests need at once is idle."""


@cache
def placed(preset: str) -> tuple[tuple[Want, ...], Machine, Placed]:
    resolved = read(Choices(preset, tier=TIER), {}).then(lambda bundle: configured(bundle, CATALOG)).value
    assert resolved is not None
    wants, machine = wants_of(resolved), machine_of(resolved.tier, CATALOG)
    answer = place(wants, machine)
    assert isinstance(answer, Placed)
    return wants, machine, answer


def needed_gib(want: Want, placement: Placement) -> float:
    """KV of the wanted requests at their full length, on each device."""
    model, context = placement.candidate.model, want.context_tokens
    if placement.engine.name != "vllm":
        value_bytes = memory.GGUF_VALUE_BYTES[placement.kv_cache]
        return memory.gguf_kv_gib(model, context, want.concurrency, len(placement.devices), value_bytes)
    value_bytes = memory.VALUE_BYTES[placement.kv_cache]
    one = memory.kv_bytes_per_sequence(model, context, placement.tensor_parallel, placement.engine.version, value_bytes)
    return want.concurrency * one / GIB


def excess_gib(entry: LedgerEntry, want: Want, placement: Placement) -> float:
    return max(0.0, entry.kv_pool_gib - USEFUL_TIMES * needed_gib(want, placement))


@pytest.mark.parametrize("preset", PRESETS)
def test_at_most_a_seventh_of_each_card_is_idle(preset: str) -> None:
    wants, _, answer = placed(preset)
    by_name = {want.service: (want, placement) for want, placement in zip(wants, answer.placements, strict=True)}
    for ledger in answer.ledgers:
        idle_gib = ledger.free_gib + sum(excess_gib(entry, *by_name[entry.service]) for entry in ledger.entries)
        assert idle_gib / ledger.total_gib <= MOST_IDLE, f"device {ledger.device}"


def kept(preset: str) -> dict[str, Want]:
    """Each service as it lies: its rung, its devices, and what its engine is given there less what is idle of it."""
    wants, _, answer = placed(preset)
    entries = {entry.service: entry for ledger in answer.ledgers for entry in ledger.entries}
    found = {}
    for want, placement in zip(wants, answer.placements, strict=True):
        lying = replace(want, ladder=(placement.candidate,), gpus=placement.devices, engine=placement.engine.name)
        entry = entries.get(want.service)
        if entry is not None:
            lying = replace(lying, memory_gib=entry.total_gib - entry.context_gib - excess_gib(entry, want, placement))
        found[want.service] = lying
    return found


BETTER = [
    (preset, want.service, index)
    for preset in PRESETS
    for wants, _, answer in [placed(preset)]
    for want, placement in zip(wants, answer.placements, strict=True)
    for index in range(want.ladder.index(placement.candidate))
]


@pytest.mark.parametrize(("preset", "service", "index"), BETTER)
def test_no_better_rung_fits_in_what_is_left(preset: str, service: str, index: int) -> None:
    wants, machine, _ = placed(preset)
    lying = kept(preset)
    asked = tuple(replace(want, ladder=(want.ladder[index],)) if want.service == service else lying[want.service] for want in wants)
    assert isinstance(place(asked, machine), Refused)


@pytest.mark.parametrize(("preset", "service"), [(preset, want.service) for preset in PRESETS for want in placed(preset)[0]])
def test_no_second_replica_fits_in_what_is_left(preset: str, service: str) -> None:
    wants, machine, answer = placed(preset)
    lying = kept(preset)
    taken = {placement.service: placement.candidate for placement in answer.placements}
    again = next(replace(want, service=f"{service}-again", ladder=(taken[service],)) for want in wants if want.service == service)
    assert isinstance(place((*lying.values(), again), machine), Refused)
