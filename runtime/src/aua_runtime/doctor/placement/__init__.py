"""The memory that a plan predicts against what running engines say they took. Nothing is started, stopped or changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aua_runtime.doctor.placement import sources
from aua_runtime.doctor.placement.comparison import Device, Instance, Term, compared, device_of, predicted_gib, terms_of
from aua_runtime.doctor.placement.log import Reading, reading

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Report:
    """What was predicted and measured. `ok`: something was measured, and all of it lies within its band and did not refuse to start."""

    schema_version: str
    deployment: str
    plan: str
    ok: bool
    measured: bool
    instances: tuple[Instance, ...]
    devices: tuple[Device, ...]

    @property
    def beyond(self) -> tuple[tuple[str, Term], ...]:
        """The terms that differ by more than their band, each with the instance or device it is of."""
        of_instances = ((one.name, term) for one in self.instances for term in one.terms)
        of_devices = ((f"device {one.device}", one.used) for one in self.devices if one.used is not None)
        return tuple((name, term) for name, term in (*of_instances, *of_devices) if not term.within)


def report(plan: Mapping[str, Any], logs: Mapping[str, str], *, ask: bool = True) -> Report:
    """The report on a plan. `logs` are files by instance; without `ask` nothing else is looked at.

    UnreadableError where a log cannot be read.
    """
    instances = tuple(_instance(plan, instance, logs.get(instance["name"]), ask=ask) for instance in plan["instances"])
    used = sources.used_gib() if ask else None
    devices = tuple(device_of(ledger, (used or {}).get(ledger["device"])) for ledger in plan["ledgers"])
    measured = any(one.terms for one in instances) or any(one.used is not None for one in devices)
    refused = any(one.refused for one in instances)
    made = Report(SCHEMA_VERSION, plan["project"]["name"], plan["digests"]["plan"], False, measured, instances, devices)
    ok = measured and not refused and not made.beyond
    return Report(SCHEMA_VERSION, made.deployment, made.plan, ok, measured, instances, devices)


def _instance(plan: Mapping[str, Any], instance: Mapping[str, Any], log: str | None, *, ask: bool) -> Instance:
    engine, devices = instance["engine"], tuple(instance["devices"])
    read, told = _logged(plan, instance, log, ask=ask)
    terms = terms_of(plan, instance, read)
    if ask and engine == "vllm" and read.tokens is None and instance["metrics_path"]:
        metrics = sources.metrics_text(instance["port"], instance["metrics_path"])
        tokens = None if metrics is None else sources.cache_tokens(metrics)
        if tokens is not None:
            told.append(f"metrics on port {instance['port']}")
            terms = (*terms, *terms_of(plan, instance, Reading(tokens=tokens)))
    notes = list(_notes(instance, read, told))
    if ask and engine == "ollama":
        loaded = sources.loaded_gib(instance["port"])
        if loaded is not None:
            told.append(f"/api/ps on port {instance['port']}")
            found, said = _loaded(plan, instance, loaded)
            terms = (*terms, *found)
            notes = [*(note for note in notes if not note.startswith("Nothing")), *said]
    return Instance(
        name=instance["name"],
        engine=engine,
        planned_version=instance["engine_version"],
        version=read.version,
        devices=devices,
        total_gib=read.total_gib,
        sources=tuple(told),
        terms=terms,
        refused=read.refused,
        notes=tuple(notes),
    )


def _logged(plan: Mapping[str, Any], instance: Mapping[str, Any], log: str | None, *, ask: bool) -> tuple[Reading, list[str]]:
    """What the instance's log says, and where that was read."""
    engine, count = instance["engine"], len(instance["devices"])
    if log is not None:
        with sources.opened(log) as lines:
            return reading(engine, lines, count), ["standard input" if log == "-" else log]
    if ask and plan["hardware"]["engines_run"] == "container":
        with sources.container_log(instance["name"], plan["project"]["name"]) as container:
            if container is not None:
                return reading(engine, container, count), ["docker logs"]
    return Reading(), []


def _notes(instance: Mapping[str, Any], read: Reading, told: list[str]) -> Iterator[str]:
    name = instance["name"]
    if not told:
        yield f"Nothing of `{name}` could be read: no container of it is here; name its log with --log {name}=FILE."
    elif not read.gib and read.tokens is None and not read.refused:
        yield f"{', '.join(told)} holds no line about memory that is known of {instance['engine']}."
    if read.version is not None and read.version != instance["engine_version"]:
        yield f"{instance['engine']} {read.version} runs; the plan is for {instance['engine_version']}."
    if instance["engine"] == "ollama" and len(instance["models"]) > 1 and read.gib:
        yield f"The log tells of one model at a time, the last; the plan has {len(instance['models'])} in this server."


def _loaded(
    plan: Mapping[str, Any], instance: Mapping[str, Any], loaded: Mapping[str, tuple[float, float]]
) -> tuple[list[Term], list[str]]:
    """Each loaded model in all against its entry, over all devices; a model that is partly on the CPU is told."""
    terms, notes = [], []
    for ledger in plan["ledgers"]:
        for entry in ledger["entries"]:
            if entry["instance"] != instance["name"] or ledger["device"] not in instance["devices"][:1]:
                continue
            specialist = next((one for one in _specialists(plan) if one["name"] == entry["service"]), None)
            model = None if specialist is None else specialist["served_model"].removesuffix(":latest")
            if model is None or model not in loaded:
                notes.append(f"The model of `{entry['service']}` is not loaded: ask it something first.")
                continue
            on_device, whole = loaded[model]
            predicted = predicted_gib([entry])
            expected = sum(predicted.values()) * len(instance["devices"])
            terms.append(compared(model, "GiB", expected, whole, ledger["confidence"]))
            if on_device < whole and instance["devices"] and plan["hardware"]["accelerators"]:
                notes.append(
                    f"`{model}` has {whole - on_device:.2f} of its {whole:.2f} GiB on the CPU, where decoding is many times slower."
                )
    return terms, notes


def _specialists(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from plan["specialists"]
    if plan["arbiter"] is not None:
        yield plan["arbiter"]["specialist"]
