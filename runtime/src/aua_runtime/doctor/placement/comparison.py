"""What the plan predicted of each instance and device against what was measured, term by term."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from aua_runtime.doctor.placement.log import Reading

Unit = Literal["GiB", "tokens"]

BANDS: Mapping[str, tuple[float, float]] = {"measured": (0.3, 0.01), "modelled": (0.5, 0.03), "extrapolated": (0.5, 0.03)}
"""How far a term may be off: GiB, or the share of what was predicted, whichever is more. By the ledger's confidence; docs/placement.md."""

TERMS = {
    "weights": "weights",
    "activation": "activation",
    "non_torch": "outside torch",
    "cuda_graphs": "CUDA graphs",
    "kv_pool": "KV pool",
}
"""Terms of a reading -> what people call them."""


@dataclass(frozen=True, slots=True)
class Term:
    """One figure. `difference` is what was measured less what was predicted; `share` of what was predicted, None where that is nothing."""

    name: str
    unit: Unit
    predicted: float
    measured: float
    difference: float
    share: float | None
    band: float
    within: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """An engine process: the release that was planned and the one that runs, what was read, and its terms.

    Sizes are of each of its devices; `total_gib` is what torch sees of one, as the log tells it; `on_cpu_gib` is what of models that should
    lie on devices does not.
    """

    name: str
    engine: str
    planned_version: str
    version: str | None
    devices: tuple[int, ...]
    total_gib: float | None
    sources: tuple[str, ...]
    terms: tuple[Term, ...]
    refused: str
    on_cpu_gib: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """A device: what all instances on it were predicted to take, and what is in use there by whomever."""

    device: int
    accelerator: str
    used: Term | None


def compared(name: str, unit: Unit, predicted: float, measured: float, confidence: str) -> Term:
    """A term with its difference and whether that is within the band of the confidence."""
    least, share = BANDS[confidence]
    band = max(least if unit == "GiB" else 0.0, share * abs(predicted))
    difference = measured - predicted
    return Term(name, unit, predicted, measured, difference, difference / predicted if predicted else None, band, abs(difference) <= band)


def terms_of(plan: Mapping[str, Any], instance: Mapping[str, Any], reading: Reading) -> tuple[Term, ...]:
    """The terms of an instance that were measured."""
    held = _held(plan, instance)
    if not held:
        return ()
    predicted = _of_devices([predicted_gib(entries, told=instance.get("kv_cache_bytes") is not None) for _, entries in held])
    confidence = held[0][0]["confidence"]
    told = [
        compared(called, "GiB", predicted[term], reading.gib[term], confidence) for term, called in TERMS.items() if term in reading.gib
    ]
    tokens = predicted_tokens(plan, instance, held[0][1], predicted["kv_pool"])
    if tokens is not None and reading.tokens is not None:
        told.append(_tokens(tokens, reading.tokens, predicted["kv_pool"], confidence))
    return tuple(told)


def _tokens(predicted: float, measured: int, pool_gib: float, confidence: str) -> Term:
    """Tokens are no surer than the pool that holds them: their band is the pool's, in tokens."""
    pool = compared("KV pool", "GiB", pool_gib, pool_gib, confidence)
    term = compared("KV tokens", "tokens", predicted, float(measured), confidence)
    band = max(term.band, pool.band / pool_gib * predicted if pool_gib > 0 else 0.0)
    return replace(term, band=band, within=abs(term.difference) <= band)


Held = tuple[Mapping[str, Any], list[Mapping[str, Any]]]


def _held(plan: Mapping[str, Any], instance: Mapping[str, Any]) -> list[Held]:
    """The ledger of each device of an instance, with its entries there: an Ollama server has one for each model."""
    held = ((ledger, [entry for entry in ledger["entries"] if entry["instance"] == instance["name"]]) for ledger in plan["ledgers"])
    return [(ledger, entries) for ledger, entries in held if entries]


def predicted_gib(entries: list[Mapping[str, Any]], *, told: bool = False) -> dict[str, float]:
    """GiB by term on one device.

    Unless the engine is told the size of its pool, the pool has the margin in it: an engine that takes no more than the terms say makes KV
    pool of that.
    """
    gib = {term: sum(entry.get(f"{term}_gib", 0.0) for entry in entries) for term in TERMS}
    if not told:
        gib["kv_pool"] += sum(entry.get("margin_gib", 0.0) for entry in entries)
    return gib


def _of_devices(each: list[dict[str, float]]) -> dict[str, float]:
    """What the ranks of a split model tell together: the least pool, and the most of the rest. Stages of a pipeline hold unlike parts."""
    return {term: (min if term == "kv_pool" else max)(gib[term] for gib in each) for term in TERMS}


def predicted_tokens(
    plan: Mapping[str, Any], instance: Mapping[str, Any], entries: list[Mapping[str, Any]], pool_gib: float
) -> float | None:
    """The tokens of a pool of that size, in proportion to the planned one; None for an engine that does not tell them."""
    served = {entry["service"] for entry in entries}
    estimate = next((one for one in plan["estimates"] if one["specialist"] in served), None)
    planned = sum(entry["kv_pool_gib"] for entry in entries)
    if instance["engine"] == "ollama" or estimate is None or planned <= 0:
        return None
    share = pool_gib / planned if pool_gib >= planned else 1.0
    return float(estimate["worst_case_concurrency"] * instance["context_tokens"] * share)


def device_of(ledger: Mapping[str, Any], used_gib: float | None) -> Device:
    """A device of the plan with what nvidia-smi says of it."""
    predicted = ledger["total_gib"] - ledger["free_gib"]
    used = None if used_gib is None else compared("in use", "GiB", predicted, used_gib, ledger["confidence"])
    return Device(ledger["device"], ledger["accelerator"], used)
