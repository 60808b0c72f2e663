"""What the plan predicted of each instance and device against what was measured, term by term."""

from collections.abc import Mapping
from dataclasses import dataclass
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

    Sizes are of each of its devices; `total_gib` is what torch sees of one, as the log tells it.
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
    ledger, entries = _entries(plan, instance)
    if ledger is None:
        return ()
    predicted = predicted_gib(entries)
    confidence = ledger["confidence"]
    told = [
        compared(called, "GiB", predicted[term], reading.gib[term], confidence) for term, called in TERMS.items() if term in reading.gib
    ]
    tokens = predicted_tokens(plan, instance, entries)
    if tokens is not None and reading.tokens is not None:
        pool = next((term for term in told if term.name == TERMS["kv_pool"]), None)
        known = compared("KV tokens", "tokens", tokens, float(reading.tokens), confidence)
        told.append(known if pool is None else _as_sure_as(pool, known))
    return tuple(told)


def _as_sure_as(pool: Term, tokens: Term) -> Term:
    """Tokens are no surer than the pool that holds them: their band is the pool's, in tokens."""
    band = max(tokens.band, pool.band / pool.predicted * tokens.predicted if pool.predicted > 0 else 0.0)
    return Term(
        tokens.name,
        tokens.unit,
        tokens.predicted,
        tokens.measured,
        tokens.difference,
        tokens.share,
        band,
        abs(tokens.difference) <= band,
    )


def _entries(plan: Mapping[str, Any], instance: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, list[Mapping[str, Any]]]:
    """The ledger of an instance's first device, and its entries there: an Ollama server has one for each model."""
    for ledger in plan["ledgers"]:
        entries = [entry for entry in ledger["entries"] if entry["instance"] == instance["name"]]
        if entries:
            return ledger, entries
    return None, []


def predicted_gib(entries: list[Mapping[str, Any]]) -> dict[str, float]:
    """GiB by term. The pool has the margin in it: an engine that takes no more than the terms say makes KV pool of that."""
    gib = {term: sum(entry.get(f"{term}_gib", 0.0) for entry in entries) for term in TERMS}
    gib["kv_pool"] += sum(entry.get("margin_gib", 0.0) for entry in entries)
    return gib


def predicted_tokens(plan: Mapping[str, Any], instance: Mapping[str, Any], entries: list[Mapping[str, Any]]) -> float | None:
    """The tokens of the pool, margin included; None for engines that do not tell them."""
    if instance["engine"] == "ollama" or not entries:
        return None
    served = {entry["service"] for entry in entries}
    estimate = next((one for one in plan["estimates"] if one["specialist"] in served), None)
    pool = sum(entry["kv_pool_gib"] for entry in entries)
    if estimate is None or pool <= 0:
        return None
    return float(estimate["worst_case_concurrency"] * instance["context_tokens"] * predicted_gib(entries)["kv_pool"] / pool)


def device_of(ledger: Mapping[str, Any], used_gib: float | None) -> Device:
    """A device of the plan with what nvidia-smi says of it."""
    predicted = ledger["total_gib"] - ledger["free_gib"]
    used = None if used_gib is None else compared("in use", "GiB", predicted, used_gib, ledger["confidence"])
    return Device(ledger["device"], ledger["accelerator"], used)
