"""Machines and wants for tests of placement, made from the shipped facts."""

from dataclasses import replace
from typing import Any

from aua_compile.plan.asked import machine_of
from aua_compile.plan.wants import Machine, Want
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import Accelerators, Candidate

CATALOG = Catalog()
LADDERS = (
    ("qwen-coder-32b-awq", "qwen-coder-14b-awq", "qwen-coder-7b-awq"),
    ("qwen-14b-awq", "qwen-7b-awq", "qwen-1-5b-awq"),
    ("qwq-32b-awq", "qwen-7b-awq"),
    ("llama3-3-70b-fp8", "llama3-1-8b"),
    ("qwen3-30b-a3b-fp8", "qwen3-14b", "qwen3-8b"),
)


def machine(tier: str, **changes: Any) -> Machine:
    """A shipped tier, with some of its facts changed."""
    document = CATALOG.document("tiers", tier)
    assert document is not None
    facts = CATALOG.tier(document).value
    assert facts is not None
    return machine_of(replace(facts, **changes), CATALOG)


def mixed(*kinds: tuple[str, int], **changes: Any) -> Machine:
    """A container host with several kinds of GPUs, numbered in their order, and all engines of the shipped tiers."""
    (first, count), *others = kinds
    also = tuple(Accelerators(name, many, 0.0, {"example.org/gpu": name}) for name, many in others)
    return machine("quad-4090", accelerator=first, accelerators=count, also=also, **changes)


def with_memory(of: Machine, visible_gib: float) -> Machine:
    """The same machine with more or less memory per device."""
    accelerator = replace(of.accelerator, memory=replace(of.accelerator.memory, visible_gib=visible_gib))
    return replace(of, accelerators=(accelerator, *of.accelerators[1:]))


def candidate(reference: str) -> Candidate:
    found = CATALOG.candidate(reference)
    assert found is not None, reference
    return found


def want(service: str, *ladder: str, **constraints: Any) -> Want:
    """A want for registered models; two requests of 8192 tokens unless something else is said."""
    return Want(service, tuple(candidate(reference) for reference in ladder), **{"concurrency": 2, **constraints})


def wanted(count: int) -> tuple[Want, ...]:
    """So many wants, the ladders in turn."""
    return tuple(want(f"s{index}", *LADDERS[index % len(LADDERS)], concurrency=2 + index % 3) for index in range(count))
