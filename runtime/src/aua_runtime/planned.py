"""What the router's metrics tell of its plan: which one it is, and the memory that it gives to engines."""

from collections import Counter

import orjson

from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics

_GIB = 1024**3


def note(counted: Metrics, deployment: str, text: bytes) -> None:
    """Set what follows from the text of a plan, in place of what another one had set."""
    for metric in (metrics.PLAN_INFO, metrics.DEVICE_MEMORY, metrics.DEVICE_PLANNED, metrics.ENGINE_PLANNED):
        counted.drop(metric)
    plan = orjson.loads(text)
    counted.set(metrics.PLAN_INFO, 1, deployment, plan["digests"]["plan"], plan["digests"]["router"])
    engines: Counter[str] = Counter()
    for ledger in plan.get("ledgers", ()):
        device, total_gib = str(ledger["device"]), ledger["total_gib"]
        counted.set(metrics.DEVICE_MEMORY, _bytes(total_gib), device)
        counted.set(metrics.DEVICE_PLANNED, _bytes(total_gib - ledger["free_gib"]), device)
        for entry in ledger["entries"]:
            engines[entry["instance"]] += _bytes(sum(size for name, size in entry.items() if name.endswith("_gib")))
    for name, size in engines.items():
        counted.set(metrics.ENGINE_PLANNED, size, name)


def _bytes(gib: float) -> int:
    return round(gib * _GIB)
