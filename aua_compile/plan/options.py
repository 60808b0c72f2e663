"""What each rung of a ladder would take: which engine runs it, on how many devices, how much of each. A service alone, no neighbours."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from aua_compile.frozen import dataclass
from aua_compile.plan import memory
from aua_compile.plan.model import KvCache, Rung
from aua_compile.plan.wants import Kind, Machine, Want
from aua_compile.registry.model import GIB, AcceleratorFacts, Candidate, EngineFacts

LEAST_BATCHED_TOKENS = 2048
"""vLLM's `max_num_batched_tokens` on devices below 70 GiB and on A100 (engine/arg_utils.py); the least that is planned anywhere."""


MOST_DEVICES = 32
"""Over more devices than the largest machines have a model is split only where the user says so."""

Part: TypeAlias = tuple[memory.Stage, memory.Terms]
"""A stage of a pipeline and what each of its devices holds, or the whole model as the only one."""


def heaviest(parts: tuple[Part, ...], kv_gib: float) -> Part:
    """The stage whose devices need most, where all layers' cache is so large."""
    return parts[0] if len(parts) == 1 else max(parts, key=lambda part: part[1].inside_gib + kv_gib * part[0].share)


def pool_gib(parts: tuple[Part, ...], budget_gib: float) -> float:
    """The cache of all layers for which `budget_gib` of each device leave room: the stage that has least room decides."""
    return min((budget_gib - terms.inside_gib) / stage.share for stage, terms in parts)


@dataclass(frozen=True, slots=True)
class Option:
    """One way to run a service: `need_gib` of each of `devices` devices of one kind. `margin_gib` is for doubt.

    `parts` are the stages of a pipeline, mostly one; `kv_gib` is the cache of all layers, of which a stage's devices keep its share.
    """

    rung: int
    candidate: Candidate
    engine: EngineFacts
    kind: Kind
    devices: int
    eager: bool
    parts: tuple[Part, ...]
    kv_gib: float
    margin_gib: float
    kv_cache: KvCache = "16bit"
    asked_gib: float | None = None  # what the user fixed, of each device, inside the engine's budget
    need_gib: float = 0.0  # what must be free on each device: made of the rest, and asked for again and again

    def __post_init__(self) -> None:
        object.__setattr__(self, "need_gib", self.inside_gib + self.terms.context_gib)

    @property
    def tensor_parallel(self) -> int:
        """Over how many devices each layer is split."""
        return self.devices // len(self.parts)

    @property
    def heaviest(self) -> Part:
        """The stage that needs most of a device."""
        return heaviest(self.parts, self.kv_gib)

    @property
    def terms(self) -> memory.Terms:
        """What the heaviest stage holds beside its cache."""
        return self.heaviest[1]

    @property
    def kv_share_gib(self) -> float:
        """The cache of the heaviest stage."""
        return self.kv_gib * self.heaviest[0].share

    @property
    def least_gib(self) -> float:
        """What the engine's own budget must hold of each device."""
        return self.terms.inside_gib + self.kv_share_gib + self.margin_gib

    @property
    def beyond_asked_gib(self) -> float:
        """By how much the user's own figure is too small."""
        return 0.0 if self.asked_gib is None else self.least_gib - self.asked_gib

    @property
    def inside_gib(self) -> float:
        """What the engine is given of each device for its own budget, at least."""
        return self.least_gib if self.asked_gib is None else self.asked_gib

    @property
    def shares(self) -> dict[str, float]:
        """The need by name, without what is nothing."""
        terms = self.terms
        named = {
            "weights": terms.weights_gib,
            "KV cache": self.kv_share_gib,
            "activations": terms.activation_gib,
            "non-torch": terms.non_torch_gib,
            "CUDA graphs": terms.cuda_graphs_gib,
            "context": terms.context_gib,
            "margin": self.margin_gib,
        }
        if self.asked_gib is not None:
            named["asked beyond that"] = self.asked_gib - self.least_gib
        return {name: gib for name, gib in named.items() if gib > 0}


@dataclass(frozen=True, slots=True)
class Choices:
    """All options of a service, best rung first, and by rung why the others are none."""

    options: tuple[Option, ...]
    unusable: Mapping[int, str]

    def of_rung(self, rung: int) -> list[Option]:
        """The options of one rung."""
        return [option for option in self.options if option.rung == rung]

    def within(self, engines: frozenset[str], *, eager: bool) -> "Choices":
        """Those on some engines, and eager ones only if asked. A rung that loses all its options so is unusable for that reason."""
        kept = tuple(option for option in self.options if option.engine.name in engines and option.eager <= eager)
        left = {option.rung for option in kept}
        elsewhere: dict[int, list[str]] = {}
        for option in self.options:
            if option.rung not in left and option.engine.name not in elsewhere.setdefault(option.rung, []):
                elsewhere[option.rung].append(option.engine.name)
        room = f"every service finds room on {_listed(sorted(engines))}"
        why = {rung: f"runs on {' or '.join(names)}, and {room}" for rung, names in elsewhere.items()}
        return Choices(kept, {**self.unusable, **why})

    def reasons(self, want: Want) -> tuple[Rung, ...]:
        """The rungs that are no option, in words."""
        return tuple(Rung(want.ladder[index].reference, reason) for index, reason in sorted(self.unusable.items()))


@dataclass(frozen=True, slots=True)
class Shared:
    """What an Ollama server has one of for all its models: the longest wanted context, the most requests at once, the finest cache."""

    context_tokens: int
    parallel: int
    kv_cache: KvCache


def shared_by(wants: tuple[Want, ...]) -> Shared:
    """The settings of an Ollama server that can serve every want."""
    return Shared(
        max((want.context_tokens for want in wants), default=0),
        max((want.concurrency for want in wants), default=0),
        "8bit" if all(want.kv_cache == "8bit" for want in wants) else "16bit",
    )


def choices(want: Want, machine: Machine, shared: Shared) -> Choices:
    """Every way to run each rung of `want` on this machine, whatever its size."""
    found: list[Option] = []
    unusable: dict[int, str] = {}
    kinds = machine.kinds
    for index, candidate in enumerate(want.ladder):
        able = [(_engines(candidate, want, machine, kind.accelerator), kind) for kind in kinds]
        if not any(engines for (engines, _), _ in able):
            unusable[index] = "; ".join(dict.fromkeys(why for (_, why), _ in able))
            continue
        if candidate.model.context_tokens < want.context_tokens:
            unusable[index] = f"its context is {candidate.model.context_tokens} tokens and {want.context_tokens} are wanted"
            continue
        options = [
            option
            for (engines, _), kind in able
            for engine in engines
            for option in _options(index, candidate, engine, want, machine, kind, shared)
        ]
        enough = [option for option in options if option.beyond_asked_gib <= 0]
        found += enough
        if options and not enough:
            least = min(options, key=lambda option: option.least_gib)
            unusable[index] = f"it needs {least.least_gib:.1f} GiB of each device and `memory` gives it {least.inside_gib:.1f}"
        elif not options:
            unusable[index] = _split_problem(candidate, want, machine)
    return Choices(tuple(found), unusable)


def _engines(candidate: Candidate, want: Want, machine: Machine, accelerator: AcceleratorFacts) -> tuple[list[EngineFacts], str]:
    """The engines of the tier that run a candidate on one kind of its accelerators, best first; or none, and why."""
    quantization = candidate.variant.quantization
    named = want.engine or candidate.engine
    if named is not None and candidate.engine is not None and named != candidate.engine:
        return [], f"it is a model for {candidate.engine} and the backend is {named}"
    offered = [engine for engine in machine.engines.values() if named == engine.name or (named is None and not engine.on_request)]
    if not offered:
        return [], f"the tier does not run {named}"
    able = [engine for engine in offered if quantization in engine.runs]
    if not able:
        return [], f"{_listed([engine.name for engine in offered])} cannot load {quantization} weights"
    able = [engine for engine in able if accelerator.vendor in engine.vendors]
    if not able:
        return [], f"no image of its engine runs on {accelerator.name}"
    kind = candidate.model.attention.kind
    if named == "sglang" and kind not in memory.SGLANG_ATTENTION:
        return [], f"how SGLang divides its cache between {kind} and full layers is not modelled"
    compute = accelerator.compute
    have = compute.capability if compute else None
    least = min(engine.runs[quantization].capability for engine in able)
    able = [engine for engine in able if have is None or have >= engine.runs[quantization].capability]
    if not able:
        return [], f"{quantization} needs compute capability {least:g} and {accelerator.name} has {have:g}"
    if want.kv_cache != "16bit":
        able, why = _caching(candidate, want.kv_cache, able, accelerator)
        if not able:
            return [], why
    able = [engine for engine in able if _obtainable(candidate, engine)]
    return able, "" if able else f"the registry names no download of it for {_listed([engine.name for engine in offered])}"


def _caching(
    candidate: Candidate, kv_cache: KvCache, able: list[EngineFacts], accelerator: AcceleratorFacts
) -> tuple[list[EngineFacts], str]:
    """Those of `able` that can keep a cache of fewer bits; or none, and why."""
    if candidate.model.attention.kind == "mla":
        return [], f"its latent cache is kept at 16 bits, and `kv_cache: {kv_cache}` is asked for"
    have = accelerator.compute.capability if accelerator.compute else None
    keeping = [engine for engine in able if kv_cache in engine.kv_cache]
    if not keeping:
        return [], f"{_listed([engine.name for engine in able])} cannot keep a cache of {kv_cache}"
    least = min(engine.kv_cache[kv_cache].capability for engine in keeping)
    keeping = [engine for engine in keeping if have is None or have >= engine.kv_cache[kv_cache].capability]
    return keeping, "" if keeping else f"a cache of {kv_cache} needs compute capability {least:g} and {accelerator.name} has {have:g}"


def _obtainable(candidate: Candidate, engine: EngineFacts) -> bool:
    variant = candidate.variant
    match engine.name:
        case "ollama":
            return variant.ollama_tag is not None
        case "llamacpp":
            return variant.repository is not None and variant.gguf_file is not None
        case _:
            return variant.repository is not None


def _listed(names: list[str]) -> str:
    return " and ".join(names)


def device_counts(want: Want, kind: Kind) -> tuple[int, ...]:
    """Over how many devices of a kind a service may be split: what the user says, else each power of two that there is."""
    if want.gpus is not None:
        return (len(want.gpus),) if all(gpu in kind.devices for gpu in want.gpus) else ()
    stages = want.pipeline_parallel or 1
    if want.tensor_parallel is not None:
        return (want.tensor_parallel * stages,) if want.tensor_parallel * stages <= kind.count else ()
    most = min(kind.count, max(MOST_DEVICES, stages))
    return tuple(2**power * stages for power in range(most.bit_length()) if 2**power * stages <= most)


def split(candidate: Candidate, want: Want, count: int) -> tuple[int, str]:
    """Into how many stages vLLM cuts a model that is held on `count` devices, or why it cannot be held so.

    As few as the shape allows: stages answer one after another, so only layers split over devices make an answer faster.
    """
    asked = want.pipeline_parallel or (count // want.tensor_parallel if want.tensor_parallel else None)
    reason = ""
    for stages in (asked,) if asked else (stages for stages in range(1, count + 1) if count % stages == 0):
        problem = memory.parallel_problem(candidate.model, candidate.variant.quantization, count // stages)
        problem = problem or memory.pipeline_problem(candidate.model, stages)
        if not problem:
            return stages, ""
        reason = reason or problem
    return 0, reason


def _split_problem(candidate: Candidate, want: Want, machine: Machine) -> str:
    counts = [count for kind in machine.kinds for count in device_counts(want, kind)]
    if not counts and want.gpus is not None:
        return f"GPUs {_listed([str(gpu) for gpu in want.gpus])} are of different kinds"
    if not counts:
        asked = {"tensor_parallel": want.tensor_parallel, "pipeline_parallel": want.pipeline_parallel}
        named = _listed([f"`{key}: {value}`" for key, value in asked.items() if value is not None])
        most = max(kind.count for kind in machine.kinds) if machine.tier.devices else 0
        devices = f"{most} devices of {'one kind' if len(machine.kinds) > 1 else 'the tier'}"
        return f"{named} {'is' if named.count(':') == 1 else 'are'} more than the {devices}"
    if want.engine == "sglang":
        return "it would be cut into stages of layers, whose memory in SGLang is not modelled"
    reasons = (split(candidate, want, count)[1] for count in counts)
    return next((reason for reason in reasons if reason), "its shape is unknown, so it cannot be split over several GPUs")


def _options(
    rung: int, candidate: Candidate, engine: EngineFacts, want: Want, machine: Machine, kind: Kind, shared: Shared
) -> Iterator[Option]:
    for count in device_counts(want, kind):
        if engine.name in memory.PRELOADING:
            stages, problem = split(candidate, want, count)
            if not problem and (stages == 1 or engine.name == "vllm"):
                yield from preloading_options(rung, candidate, engine, want, kind, count, stages)
        elif (count == 1 or candidate.model.shape is not None) and want.pipeline_parallel in {None, 1}:
            yield gguf_option(rung, candidate, engine, want, kind, count, shared, on_cpu=machine.tier.devices == 0)


def preloading_parts(
    candidate: Candidate,
    engine: EngineFacts,
    kind: Kind,
    count: int,
    stages: int,
    *,
    max_num_seqs: int,
    max_num_batched_tokens: int,
    eager: bool,
) -> tuple[Part, ...]:
    """What each stage's devices hold with some batch sizes."""
    if engine.name == "sglang":
        held = memory.sglang_terms(
            candidate.model,
            candidate.variant,
            max_running_requests=max_num_seqs,
            chunked_prefill_size=max_num_batched_tokens,
            tensor_parallel=count,
            eager=eager,
        )
        return ((memory.WHOLE, held),)
    cut = memory.stages(candidate.model, stages)
    terms = {
        stage: memory.vllm_terms(
            candidate.model,
            candidate.variant,
            version=engine.version,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max_num_batched_tokens,
            tensor_parallel=count // stages,
            stage=stage,
            linked=kind.linked,
            eager=eager,
        )
        for stage in dict.fromkeys(cut)
    }
    return tuple((stage, terms[stage]) for stage in cut)


def preloading_options(
    rung: int, candidate: Candidate, engine: EngineFacts, want: Want, kind: Kind, count: int, stages: int
) -> Iterator[Option]:
    """The least that vLLM or SGLang needs to serve what is wanted, with CUDA graphs and without."""
    parts = preloading_parts(
        candidate,
        engine,
        kind,
        count,
        stages,
        max_num_seqs=want.max_num_seqs or want.concurrency,
        max_num_batched_tokens=LEAST_BATCHED_TOKENS,
        eager=False,
    )
    eager = tuple((stage, replace(terms, cuda_graphs_gib=0.0)) for stage, terms in parts)
    one = memory.kv_bytes_per_sequence(
        candidate.model, want.context_tokens, count // stages, engine.version, memory.VALUE_BYTES[want.kv_cache]
    )
    kv_gib, asked_gib, trust = want.concurrency * one / GIB, _asked(want, kind), memory.confidence(kind.accelerator, engine.version)
    for held, is_eager in ((parts, False), (eager, True)):
        stage, terms = heaviest(held, kv_gib)
        margin_gib = memory.margin_gib(trust, terms.inside_gib + kv_gib * stage.share)
        yield Option(rung, candidate, engine, kind, count, is_eager, held, kv_gib, margin_gib, want.kv_cache, asked_gib)


def gguf_option(
    rung: int, candidate: Candidate, engine: EngineFacts, want: Want, kind: Kind, count: int, shared: Shared, *, on_cpu: bool
) -> Option:
    """What llama.cpp, or Ollama with its server-wide settings, allocates. A model is held on devices entirely, never partly on the CPU."""
    context, parallel, kv_cache = want.context_tokens, want.concurrency, want.kv_cache
    if engine.name == "ollama":
        context, parallel, kv_cache = shared.context_tokens, shared.parallel, shared.kv_cache
    context = min(context, candidate.model.context_tokens)
    terms = memory.gguf_terms(candidate.model, candidate.variant, on_cpu=on_cpu, devices=count)
    kv_gib = memory.gguf_kv_gib(candidate.model, context, parallel, count, memory.GGUF_VALUE_BYTES[kv_cache])
    parts = ((memory.WHOLE, terms),)
    return Option(rung, candidate, engine, kind, count, False, parts, kv_gib, 0.0, kv_cache, _asked(want, kind))


def _asked(want: Want, kind: Kind) -> float | None:
    return want.memory_gib if want.share is None else want.share * kind.total_gib
