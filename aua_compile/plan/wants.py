"""What placement is asked and what it answers, as data. The search is in `placement`, the arithmetic in `memory`."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from aua_compile.frozen import dataclass
from aua_compile.plan import memory
from aua_compile.plan.model import Estimate, KvCache, Ledger, Rung, Search
from aua_compile.registry.model import AcceleratorFacts, Candidate, EngineFacts, TierFacts


@dataclass(frozen=True, slots=True)
class Want:
    """A managed service to place: its ladder, best rung first, what it must serve, and what the user fixed.

    `share` is a fraction of each GPU and `memory_gib` an amount of it; at most one of them is set. `engine` is the backend's kind.
    """

    service: str
    ladder: tuple[Candidate, ...]
    context_tokens: int = 8192
    concurrency: int = 8
    engine: str | None = None
    gpus: tuple[int, ...] | None = None
    share: float | None = None
    memory_gib: float | None = None
    tensor_parallel: int | None = None
    pipeline_parallel: int | None = None
    max_num_seqs: int | None = None
    kv_cache: KvCache = "16bit"


@dataclass(frozen=True, slots=True)
class Kind:
    """Like devices of a machine: `count` of them, numbered from `first`. `total_gib` is what engines see of each."""

    accelerator: AcceleratorFacts
    first: int
    count: int
    total_gib: float
    reserved_gib: float

    @property
    def devices(self) -> range:
        """Their numbers."""
        return range(self.first, self.first + self.count)

    @property
    def linked(self) -> bool:
        """Whether they have a direct link such as NVLink."""
        return self.accelerator.link_gb_per_s is not None


@dataclass(frozen=True, slots=True)
class Machine:
    """Where to place: the tier, the facts of its accelerators by kind, and of each engine that the tier names."""

    tier: TierFacts
    accelerators: tuple[AcceleratorFacts, ...]
    engines: Mapping[str, EngineFacts]

    @property
    def accelerator(self) -> AcceleratorFacts:
        """Its first kind, which is its only one unless the tier says `also`."""
        return self.accelerators[0]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Its devices by kind; a CPU is one device."""
        found: list[Kind] = []
        for facts, like in zip(self.accelerators, self.tier.kinds, strict=True):
            first = found[-1].devices.stop if found else 0
            found.append(Kind(facts, first, max(1, like.accelerators), memory.device_gib(facts, self.tier), like.reserved_gib))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one service runs and how. Services with the same `instance` share an engine process.

    `context_tokens` is what the engine is started with, at least what was wanted; `kv_tokens` is what its cache holds. `kv_cache_bytes`
    is set where the engine is told the size of its cache on each device, rather than left to fill its share.
    """

    service: str
    instance: str
    candidate: Candidate
    engine: EngineFacts
    devices: tuple[int, ...]
    tensor_parallel: int
    pipeline_parallel: int
    gpu_memory_utilization: float | None
    kv_cache: KvCache
    kv_cache_bytes: int | None
    context_tokens: int
    max_num_seqs: int
    max_num_batched_tokens: int | None
    eager: bool
    kv_tokens: int
    rejected: tuple[Rung, ...]
    start_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """An answer: a placement per want, in the order of the wants, the memory of each device, what to expect, and how good it is."""

    placements: tuple[Placement, ...]
    ledgers: tuple[Ledger, ...]
    estimates: tuple[Estimate, ...]
    search: Search


@dataclass(frozen=True, slots=True)
class Refused:
    """No answer. `kind` says why: a memory too small, or a constraint that no rung meets.

    `terms` are GiB by name, which sum to `needed_gib`; `has` likewise to `available_gib`: both of one device, or where `together` services
    are counted of all devices. `rungs` says of each rung of the service why it was not taken. What would help is in `remedies`.
    """

    kind: Literal["memory", "constraint"]
    service: str
    reason: str
    needed_gib: float = 0.0
    available_gib: float = 0.0
    terms: Mapping[str, float] = field(default_factory=dict)
    has: Mapping[str, float] = field(default_factory=dict)
    rungs: tuple[Rung, ...] = ()
    together: int = 0
