"""What a refusal proposes: remedies as a user writes them, each compiled again from the config with it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from aua_compile.config.resolve import Resolved, resolve
from aua_compile.config.rules import check_config
from aua_compile.config.serving import specs
from aua_compile.diagnostic import Remedy, Setting
from aua_compile.plan.asked import machine_of, wants_of
from aua_compile.plan.placement import place
from aua_compile.plan.remedies import Change, Elsewhere, remedies
from aua_compile.plan.wants import Placed, Refused
from aua_compile.registry.catalog import Catalog

MOST_FIXES = 6


def fixes(refused: Refused, resolved: Resolved, catalog: Catalog) -> Iterator[Remedy]:
    """At most MOST_FIXES changes after which the config compiles to a plan, mildest first."""
    machine = machine_of(resolved.tier, catalog)
    found = remedies(refused, wants_of(resolved), machine, _elsewhere(resolved, catalog))
    written = (_written(change, resolved) for change in found)
    return islice((remedy for remedy in written if _compiles(remedy, resolved, catalog)), MOST_FIXES)


def _elsewhere(resolved: Resolved, catalog: Catalog) -> Iterator[Elsewhere]:
    for name in catalog.names("tiers"):
        document = catalog.document("tiers", name)
        tier = catalog.tier(document).value if document is not None and name != resolved.config.tier else None
        if tier is not None:
            machine = machine_of(tier, catalog)
            prices = [(facts.price, like.accelerators) for facts, like in zip(machine.accelerators, tier.kinds, strict=True)]
            rents = [price.low_usd * count for price, count in prices if price is not None]
            yield Elsewhere(name, machine, sum(rents) if len(rents) == len(prices) else None)


def _written(change: Change, resolved: Resolved) -> Remedy:
    """A change in the words of the command line. What `--set` cannot say, a list, is left to the config."""
    paths = {spec.name: path for path, spec in specs(resolved.config)}
    settings = tuple(Setting(_path(setting.path, paths), setting.value) for setting in change.settings)
    if change.tier is not None:
        return Remedy(change.words, ("--tier", change.tier))
    if any(setting.value.startswith("[") for setting in settings):
        return Remedy(change.words, (), settings)
    return Remedy(change.words, tuple(word for setting in settings for word in ("--set", f"{setting.path}={setting.value}")), settings)


def _path(path: str, paths: dict[str, str]) -> str:
    service, _, key = path.rpartition(".")
    return f"{paths[service]}.{key}"


def _compiles(remedy: Remedy, resolved: Resolved, catalog: Catalog) -> bool:
    """Whether the config has a plan with these arguments; without arguments placing again has shown it."""
    if not remedy.arguments:
        return True
    bundle = resolved.bundle
    flag, value = remedy.arguments[:2]
    if flag == "--tier":
        bundle = replace(bundle, choices=replace(bundle.choices, tier=value), tier=value, tier_document=catalog.document("tiers", value))
    else:
        bundle = replace(bundle, choices=replace(bundle.choices, settings=(*bundle.choices.settings, *remedy.arguments[1::2])))
    checked = resolve(bundle, catalog).then(check_config)
    return checked.value is not None and isinstance(place(wants_of(checked.value), machine_of(checked.value.tier, catalog)), Placed)
