"""What a router takes from the text of its plan: which one it is, and the memory that it gives to devices and engines."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from aua_runtime.contract import metrics
from aua_runtime.contract.settings import SettingsRefused
from aua_runtime.metrics import Metrics

PLAN = "plan.json"
_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as its file states it. Memory in bytes: of a device what it has and what is planned, of an engine what it gets."""

    text: bytes
    digest: str
    router_digest: str
    devices: Mapping[str, tuple[int, int]]
    engines: Mapping[str, int]


def planned(text: bytes) -> Planned:
    """The plan that a text states. SettingsRefused where it is none."""
    try:
        plan = orjson.loads(text)
        devices = {}
        engines: Counter[str] = Counter()
        for ledger in plan["ledgers"]:
            total_gib = ledger["total_gib"]
            devices[str(ledger["device"])] = _bytes(total_gib), _bytes(total_gib - ledger["free_gib"])
            for entry in ledger["entries"]:
                engines[entry["instance"]] += _bytes(sum(size for name, size in entry.items() if name.endswith("_gib")))
        return Planned(text, str(plan["digests"]["plan"]), str(plan["digests"]["router"]), devices, engines)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsRefused((f"{PLAN} beside it is no plan of this release",), "mend") from None


def note(counted: Metrics, deployment: str, plan: Planned) -> None:
    """Set what follows from a plan, in place of what another one had set."""
    for metric in (metrics.PLAN_INFO, metrics.DEVICE_MEMORY, metrics.DEVICE_PLANNED, metrics.ENGINE_PLANNED):
        counted.drop(metric)
    counted.set(metrics.PLAN_INFO, 1, deployment, plan.digest, plan.router_digest)
    for device, (total, used) in plan.devices.items():
        counted.set(metrics.DEVICE_MEMORY, total, device)
        counted.set(metrics.DEVICE_PLANNED, used, device)
    for name, size in plan.engines.items():
        counted.set(metrics.ENGINE_PLANNED, size, name)


def _bytes(gib: float) -> int:
    return round(gib * _GIB)
