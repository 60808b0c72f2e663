"""What runs here has a price in the currency that is counted in."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

REGISTRY_CURRENCY = "USD"
"""Of the rents in registry entries of accelerators."""


def rents_in_another_currency(subject: Subject, accelerators: list[str]) -> Diagnostic:
    """Calls to models that run here without a price, because the registry knows one in another currency only.

    What it checks: with an `observability.costs.currency` other than USD, `gpu_hour` says what each GPU of the tier costs.
    Why: the registry's prices are in USD, and a sum of two currencies is none; calls without a price are counted, but cost nothing.
    Example: `costs: {currency: EUR}` on `single-4090`.
    Instead: `costs: {currency: EUR, gpu_hour: {rtx-4090: "0.45"}}`.
    """
    place = subject.place("observability.costs.currency")
    currency = subject.config.observability.costs.currency
    names = ", ".join(f"`{name}`" for name in accelerators)
    return Diagnostic(
        "AUA0780",
        "warning",
        f"What an hour of {names} costs is known in {REGISTRY_CURRENCY} only: calls to models that run there have no price in {currency}.",
        place.span,
        place.path,
        f"Say what it costs in {currency} under `observability.costs.gpu_hour`.",
        (),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    costs = subject.config.observability.costs
    if costs.currency == REGISTRY_CURRENCY or all(service.outside is not None or service.spec.price for service in subject.services):
        return
    kinds = dict.fromkeys(kind.accelerator for kind in subject.resolved.tier.kinds)
    known = [name for name in kinds if name not in costs.gpu_hour and subject.resolved.catalog.accelerator(name).price is not None]
    if known:
        yield rents_in_another_currency(subject, known)
