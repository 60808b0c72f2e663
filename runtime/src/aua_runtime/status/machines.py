"""The devices of a plan and the engines on them: the memory that the plan gives each, and what an engine says of its load."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aua_runtime.contract.engine_metrics import Meaning, engine_metrics
from aua_runtime.status.samples import Samples


@dataclass(frozen=True, slots=True)
class Engine:
    """An instance that the plan starts. `kv_cache` is the share in use; what its engine does not tell is None."""

    name: str
    engine: str
    port: int
    metrics_path: str | None
    answers: bool | None  # None: this engine has no metrics
    running: int | None
    waiting: int | None
    kv_cache: float | None


@dataclass(frozen=True, slots=True)
class Device:
    """An accelerator, with the memory that the plan predicts to be in use, by instance."""

    number: int
    accelerator: str
    total_gib: float
    predicted_gib: float
    instances: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Machines:
    """What a plan runs its models on, and which specialists serve each field."""

    devices: tuple[Device, ...]
    engines: tuple[Engine, ...]
    serving: Mapping[str, tuple[str, ...]]


def machines(plan: Mapping[str, Any], scrapes: Mapping[str, Samples | None]) -> Machines:
    """Devices and engines of a plan.json; `scrapes` are the metrics of its instances by name, None for one that does not answer."""
    return Machines(
        devices=tuple(_device(ledger) for ledger in plan["ledgers"]),
        engines=tuple(_engine(instance, scrapes.get(instance["name"])) for instance in plan["instances"]),
        serving={field["name"]: tuple(field["specialists"]) for field in plan["fields"]},
    )


def _device(ledger: Mapping[str, Any]) -> Device:
    taken: dict[str, float] = {}
    for entry in ledger["entries"]:
        parts = sum(value for name, value in entry.items() if name.endswith("_gib"))
        taken[entry["instance"]] = taken.get(entry["instance"], 0.0) + parts
    return Device(
        number=ledger["device"],
        accelerator=ledger["accelerator"],
        total_gib=ledger["total_gib"],
        predicted_gib=ledger["total_gib"] - ledger["free_gib"],
        instances=taken,
    )


def _engine(instance: Mapping[str, Any], scrape: Samples | None) -> Engine:
    known = engine_metrics(instance["engine"], instance["engine_version"]) if instance["metrics_path"] else {}

    def told(meaning: Meaning) -> list[float]:
        metric = known.get(meaning)
        return [sample.value for sample in scrape.of(metric.name)] if metric is not None and scrape is not None else []

    running, waiting, cache = told("requests_running"), told("requests_waiting"), told("kv_cache_usage")
    return Engine(
        name=instance["name"],
        engine=instance["engine"],
        port=instance["port"],
        metrics_path=instance["metrics_path"],
        answers=scrape is not None if known else None,
        running=int(sum(running)) if running else None,
        waiting=int(sum(waiting)) if waiting else None,
        kv_cache=sum(cache) / len(cache) if cache else None,
    )
