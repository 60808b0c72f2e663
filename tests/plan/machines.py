"""Machines and wants for tests of placement, made from the shipped facts."""

from dataclasses import replace
from typing import Any

from aua_compile.plan.wants import Machine, Want
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import Candidate

CATALOG = Catalog()


def machine(tier: str, **changes: Any) -> Machine:
    """A shipped tier, with some of its facts changed."""
    document = CATALOG.document("tiers", tier)
    assert document is not None
    facts = CATALOG.tier(document).value
    assert facts is not None
    return Machine(
        replace(facts, **changes), CATALOG.accelerator(facts.accelerator), {name: CATALOG.engine(name) for name in facts.engines}
    )


def with_memory(of: Machine, visible_gib: float) -> Machine:
    """The same machine with more or less memory per device."""
    accelerator = replace(of.accelerator, memory=replace(of.accelerator.memory, visible_gib=visible_gib))
    return replace(of, accelerator=accelerator)


def candidate(reference: str) -> Candidate:
    found = CATALOG.candidate(reference)
    assert found is not None, reference
    return found


def want(service: str, *ladder: str, **constraints: Any) -> Want:
    """A want for registered models; two requests of 8192 tokens unless something else is said."""
    return Want(service, tuple(candidate(reference) for reference in ladder), **{"concurrency": 2, **constraints})
