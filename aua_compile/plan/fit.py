"""Which variants of one model a machine can serve alone, and with which settings."""

from collections.abc import Iterator, Sequence

from aua_compile.frozen import dataclass
from aua_compile.plan.model import Estimate, KvCache
from aua_compile.plan.options import device_counts, split
from aua_compile.plan.placement import place
from aua_compile.plan.remedies import Change, remedies
from aua_compile.plan.wants import Machine, Placement, Refused, Want
from aua_compile.registry.model import AcceleratorFacts, Accelerators, Candidate, EngineFacts, TierFacts

ROOMY_RAM_GIB = 1024.0
"""Host memory of a machine that is named by its GPUs alone: never what a model on a GPU lacks."""


@dataclass(frozen=True, slots=True)
class Fit:
    """One variant on one engine: placed, with what each device holds and what to expect, or refused."""

    candidate: Candidate
    engine: str | None  # None where no engine can run it
    placement: Placement | None = None
    used_gib: float = 0.0
    kv_pool_gib: float = 0.0
    estimate: Estimate | None = None
    whole: str = ""  # why the model cannot be split over the machine's devices
    refused: Refused | None = None
    accelerator: str = ""  # the kind of its devices
    remedy: str = ""  # the mildest change of what is asked, or of the machine, that was tried and fits


def bare_machine(kinds: Sequence[tuple[AcceleratorFacts, int]], engines: tuple[EngineFacts, ...], ram_gib: float | None = None) -> Machine:
    """So many of each kind with every engine that has an image for one. `ram_gib` is the memory that CPU or unified devices share."""
    (first, count), *others = kinds
    vendors = {facts.vendor for facts, _ in kinds}
    able: dict[str, EngineFacts] = {engine.name: engine for engine in engines if vendors & set(engine.vendors)}
    tier = TierFacts(
        description=" + ".join(f"{many} x {facts.name}" for facts, many in kinds),
        accelerator=first.name,
        accelerators=0 if first.kind == "cpu" else count,
        also=tuple(Accelerators(facts.name, many) for facts, many in others),
        host_ram_gib=ram_gib if ram_gib is not None else ROOMY_RAM_GIB,
        cpu_cores=1,
        engines=tuple(able),
        engines_run="container",
        targets=(),
    )
    return Machine(tier, tuple(facts for facts, _ in kinds), able)


def fits(
    candidates: tuple[Candidate, ...], machine: Machine, *, context_tokens: int, concurrency: int, kv_cache: KvCache = "16bit"
) -> Iterator[Fit]:
    """Each candidate on each engine of the machine that can load it, in their order; one refusal where none can."""
    for candidate in candidates:
        engines: list[str | None] = [
            name
            for name, engine in machine.engines.items()
            if candidate.variant.quantization in engine.runs and candidate.engine in {None, name}
        ]
        for engine in engines or [None]:
            yield _fit(Want(candidate.reference, (candidate,), context_tokens, concurrency, engine, kv_cache=kv_cache), machine)


def _fit(want: Want, machine: Machine) -> Fit:
    candidate = want.ladder[0]
    answer = place((want,), machine)
    if isinstance(answer, Refused):
        remedy = next((change.words for change in remedies(answer, (want,), machine) if not _elsewhere_in_table(change)), "")
        return Fit(candidate, want.engine, whole=_whole(want, machine), refused=answer, remedy=remedy)
    placement = answer.placements[0]
    ledger = answer.ledgers[placement.devices[0]]
    entry = ledger.entries[0]
    return Fit(candidate, want.engine, placement, entry.total_gib, entry.kv_pool_gib, answer.estimates[0], accelerator=ledger.accelerator)


def _elsewhere_in_table(change: Change) -> bool:
    """Whether another row says it: one of another variant or engine."""
    return any(setting.path.endswith((".model", ".backend")) for setting in change.settings)


def _whole(want: Want, machine: Machine) -> str:
    """Why vLLM cannot split a model over two or more of the devices; empty where it can, or there is one."""
    counts = [count for kind in machine.kinds for count in device_counts(want, kind) if count > 1]
    problems = [split(want.ladder[0], want, count)[1] for count in counts]
    return problems[0] if want.engine == "vllm" and problems and all(problems) else ""
