"""The memory that a plan predicts against what running engines say they took. Nothing is started, stopped or changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aua_runtime.doctor.placement import sources
from aua_runtime.doctor.placement.comparison import Device, Instance, Term, compared, device_of, predicted_gib, terms_of
from aua_runtime.doctor.placement.log import Reading, reading

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Report:
    """What was predicted and measured.

    `ok`: something was measured, all of it lies within its band, every engine started, and no model lies partly on the CPU.
    """

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


@dataclass(frozen=True, slots=True)
class _Told:
    """What one source told of an instance: where it was read, its terms, and what else is to be said."""

    source: str
    terms: tuple[Term, ...] = ()
    notes: tuple[str, ...] = ()
    on_cpu_gib: float = 0.0


def report(plan: Mapping[str, Any], logs: Mapping[str, str], *, ask: bool = True) -> Report:
    """The report on a plan. `logs` are files by instance; without `ask` nothing else is looked at.

    UnreadableError where a log cannot be read.
    """
    instances = tuple(_instance(plan, instance, logs.get(instance["name"]), ask=ask) for instance in plan["instances"])
    used = sources.used_gib() if ask else None
    devices = tuple(device_of(ledger, (used or {}).get(ledger["device"])) for ledger in plan["ledgers"])
    measured = any(one.terms for one in instances) or any(one.used is not None for one in devices)
    made = Report(SCHEMA_VERSION, plan["project"]["name"], plan["digests"]["plan"], False, measured, instances, devices)
    failed = any(one.refused or one.on_cpu_gib for one in instances)
    return replace(made, ok=measured and not failed and not made.beyond)


def _instance(plan: Mapping[str, Any], instance: Mapping[str, Any], log: str | None, *, ask: bool) -> Instance:
    name, engine = instance["name"], instance["engine"]
    source, read = _logged(plan, instance, log, ask=ask)
    told = [] if source is None else [_Told(source, terms_of(plan, instance, read), tuple(_remarks(instance, read, source)))]
    if ask and engine == "vllm" and read.tokens is None:
        told += _metrics(plan, instance)
    if ask and engine == "ollama":
        told += _loaded(plan, instance)
    absent = f"Nothing of `{name}` could be read: no container of it is here; name its log with --log {name}=FILE."
    return Instance(
        name=name,
        engine=engine,
        planned_version=instance["engine_version"],
        version=read.version,
        devices=tuple(instance["devices"]),
        total_gib=read.total_gib,
        sources=tuple(dict.fromkeys(one.source for one in told)),
        terms=tuple(term for one in told for term in one.terms),
        refused=read.refused,
        on_cpu_gib=sum(one.on_cpu_gib for one in told),
        notes=tuple(note for one in told for note in one.notes) or (() if told else (absent,)),
    )


def _logged(plan: Mapping[str, Any], instance: Mapping[str, Any], log: str | None, *, ask: bool) -> tuple[str | None, Reading]:
    """Where the instance's log was read, None where there is none, and what it says."""
    engine, count = instance["engine"], len(instance["devices"])
    if log is not None:
        with sources.opened(log) as lines:
            return "standard input" if log == "-" else log, reading(engine, lines, count)
    if ask and plan["hardware"]["engines_run"] == "container":
        with sources.container_log(instance["name"], plan["project"]["name"]) as container:
            if container is not None:
                return "docker logs", reading(engine, container, count)
    return None, Reading()


def _remarks(instance: Mapping[str, Any], read: Reading, source: str) -> Iterator[str]:
    if not read.gib and read.tokens is None and not read.refused:
        yield f"{source} holds no line about memory that is known of {instance['engine']}."
    if read.version is not None and read.version != instance["engine_version"]:
        yield f"{instance['engine']} {read.version} runs; the plan is for {instance['engine_version']}."
    if instance["engine"] == "ollama" and len(instance["models"]) > 1 and read.gib:
        yield f"The log tells of one model at a time, the last; the plan has {len(instance['models'])} in this server."


def _metrics(plan: Mapping[str, Any], instance: Mapping[str, Any]) -> list[_Told]:
    """The tokens that vLLM's metrics tell, where they can be read."""
    text = sources.metrics_text(instance["port"], instance["metrics_path"]) if instance["metrics_path"] else None
    tokens = None if text is None else sources.cache_tokens(text)
    if tokens is None:
        return []
    return [_Told(f"metrics on port {instance['port']}", terms_of(plan, instance, Reading(tokens=tokens)))]


def _loaded(plan: Mapping[str, Any], instance: Mapping[str, Any]) -> list[_Told]:
    """Each model that Ollama has loaded, in all and over all devices, against its entry."""
    loaded = sources.loaded_gib(instance["port"])
    if loaded is None:
        return []
    source = f"/api/ps on port {instance['port']}"
    on_devices = bool(instance["devices"]) and bool(plan["hardware"]["accelerators"])
    served = {one["name"]: one["served_model"].removesuffix(":latest") for one in _specialists(plan)}
    told = [_Told(source)]
    for ledger, entry in _entries(plan, instance):
        model = served.get(entry["service"], "")
        if model not in loaded:
            told.append(_Told(source, notes=(f"The model of `{entry['service']}` is not loaded: ask it something first.",)))
            continue
        on_device, whole = loaded[model]
        expected = sum(predicted_gib([entry]).values()) * max(1, len(instance["devices"]))
        term = compared(model, "GiB", expected, whole, ledger["confidence"])
        spilled = whole - on_device if on_devices else 0.0
        note = f"`{model}` has {spilled:.2f} of its {whole:.2f} GiB on the CPU, where decoding is many times slower."
        told.append(_Told(source, (term,), (note,) if spilled else (), spilled))
    return told


def _entries(plan: Mapping[str, Any], instance: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The entries of an instance on its first device, each with the ledger: on the others they are the same."""
    first = min(instance["devices"], default=0)
    for ledger in plan["ledgers"]:
        if ledger["device"] == first:
            yield from ((ledger, entry) for entry in ledger["entries"] if entry["instance"] == instance["name"])


def _specialists(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from plan["specialists"]
    if plan["arbiter"] is not None:
        yield plan["arbiter"]["specialist"]
