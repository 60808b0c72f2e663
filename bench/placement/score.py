"""What the memory model says of a logged run, and by how much it is off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Literal

from aua_compile.plan import memory
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import GIB, Candidate, ModelFacts
from bench.placement.logs import Run

Kind = Literal["dense", "experts", "vision"]

_CATALOG = Catalog()

GRAPHS_SUBTRACTED_SINCE = (0, 21)
"""Before, the pool is what is left without the CUDA graphs."""

BANDS: Mapping[tuple[bool, Kind], tuple[float, float]] = {
    (True, "dense"): (0.3, 0.01),
    (True, "experts"): (1.0, 0.01),
    (True, "vision"): (1.0, 0.01),
    (False, "dense"): (0.5, 0.03),
    (False, "experts"): (1.0, 0.05),
    (False, "vision"): (1.0, 0.05),
}
"""How far a predicted pool may lie from the logged one, in GiB or as a share of it, whichever is more: where the terms were measured, and
elsewhere."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One run with what was predicted. `why_not` names what is out of the model's reach; then nothing is predicted."""

    run: Run
    kind: Kind
    confidence: memory.Confidence
    weights_gib: float = 0.0
    pool_gib: float = 0.0
    tokens: int = 0
    fits: bool = True
    why_not: str = ""

    @property
    def pool_error_gib(self) -> float:
        return self.pool_gib - self.run.kv_gib

    @property
    def pool_error(self) -> float:
        """Share of the logged pool."""
        return self.pool_error_gib / self.run.kv_gib

    @property
    def band_gib(self) -> float:
        """How far off the pool may be."""
        least, share = BANDS[self.confidence == "measured", self.kind]
        return max(least, share * abs(self.run.kv_gib))

    @property
    def is_beyond(self) -> bool:
        """Whether a pool that was predicted lies outside its band; of runs that did not start none was logged exactly."""
        return not self.why_not and self.run.fits and abs(self.pool_error_gib) > self.band_gib

    @property
    def tokens_error(self) -> float | None:
        """Share of the logged tokens; None where none were logged."""
        if not self.run.kv_tokens:
            return None
        return self.tokens / self.run.kv_tokens - 1


def model_of(run: Run) -> ModelFacts:
    """The model of a run that is within reach."""
    found = _CATALOG.candidate(run.model or "")
    assert found is not None
    return found.model


def scored(run: Run) -> Scored:
    """A run's pool, tokens and whether it starts, as the planner would have predicted them for that release.

    The pool is that of a pipeline's first stage, as it is logged; its tokens are those of the stage that holds fewest.
    """
    found = _CATALOG.candidate(run.model) if run.model is not None else None
    confidence = memory.confidence(_CATALOG.accelerator(run.card), run.vllm)
    if found is None:
        return Scored(run, "dense", confidence, why_not="the registry has no such model")
    model = found.model
    kind: Kind = "vision" if model.uncounted else "experts" if model.experts else "dense"
    if run.dtype == "fp32":
        return Scored(run, kind, confidence, why_not="weights and cache in fp32 are not planned")
    stages = memory.stages(model, run.pipeline_parallel)
    terms = [_terms(run, found, stage) for stage in stages]
    pools_gib = [run.utilization * run.total_gib - each.inside_gib for each in terms]
    whole_gib = min(pool_gib / stage.share for pool_gib, stage in zip(pools_gib, stages, strict=True))
    value_bytes = memory.VALUE_BYTES["8bit" if run.cache_dtype == "fp8" else "16bit"]
    one_gib = memory.kv_bytes_per_sequence(model, run.max_model_len, run.tensor_parallel, run.vllm, value_bytes) / GIB
    tokens = memory.kv_tokens(whole_gib, model, run.max_model_len, run.tensor_parallel, run.vllm, value_bytes)
    return Scored(run, kind, confidence, terms[0].weights_gib, pools_gib[0], tokens, whole_gib >= one_gib)


def _terms(run: Run, found: Candidate, stage: memory.Stage) -> memory.Terms:
    return memory.vllm_terms(
        found.model,
        found.variant,
        version=run.vllm,
        max_num_seqs=run.max_num_seqs,
        max_num_batched_tokens=run.max_num_batched_tokens,
        tensor_parallel=run.tensor_parallel,
        stage=stage,
        linked=_CATALOG.accelerator(run.card).link_gb_per_s is not None,
        eager=run.eager or memory.release(run.vllm) < GRAPHS_SUBTRACTED_SINCE,
    )


@dataclass(frozen=True, slots=True)
class Group:
    """The error of several runs that started: means and worst of absolute values."""

    name: str
    runs: int
    pool_gib: float
    worst_gib: float
    pool: float
    worst: float
    tokens: float | None


def grouped(name: str, rows: Iterable[Scored]) -> Group | None:
    """The error over the runs within reach that started; None where there are none."""
    within = [row for row in rows if not row.why_not and row.run.fits]
    if not within:
        return None
    gib = [abs(row.pool_error_gib) for row in within]
    share = [abs(row.pool_error) for row in within]
    tokens = [abs(error) for row in within if (error := row.tokens_error) is not None]
    return Group(name, len(within), mean(gib), max(gib), mean(share), max(share), mean(tokens) if tokens else None)
