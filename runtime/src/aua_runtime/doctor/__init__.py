"""Whether a deployment can run here: one check per module, none of which starts, changes or tells a secret. CHECKS lists them in order."""

from collections.abc import Callable, Iterator

from aua_runtime.doctor import backends, environment, gpus, ports, prices, store, traces, versions
from aua_runtime.doctor.subject import Finding, Patient

CHECKS: tuple[Callable[[Patient], Iterator[Finding]], ...] = (
    versions.check,
    environment.check,
    store.check,
    ports.check,
    gpus.check,
    backends.check,
    traces.check,
    prices.check,
)


def examined(patient: Patient) -> tuple[Finding, ...]:
    """All that is to be said."""
    return tuple(finding for check in CHECKS for finding in check(patient))
