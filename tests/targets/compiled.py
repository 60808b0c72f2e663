"""Plans that the compiler itself makes of shipped presets and tiers."""

from functools import cache

from aua_compile.bundle import Choices, read
from aua_compile.compiler import planned
from aua_compile.plan.model import Plan
from aua_compile.registry.catalog import Catalog
from aua_compile.shipped import names


@cache
def compiled(preset: str, tier: str) -> Plan | None:
    """The plan of a shipped preset on a tier; None where it is refused."""
    return read(Choices(preset, tier), {}).then(lambda bundle: planned(bundle, Catalog())).value


def pairs() -> list[tuple[str, str]]:
    """Every preset with every tier."""
    return [(preset, tier) for preset in names("presets") for tier in names("tiers")]
