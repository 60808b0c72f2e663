"""What each rung of a ladder would take: which engine runs it, on how many devices, how much of each. A service alone, no neighbours."""

from collections.abc import Iterator, Mapping

from aua_compile.frozen import dataclass
from aua_compile.plan import memory
from aua_compile.plan.model import Rung
from aua_compile.plan.wants import Machine, Want
from aua_compile.registry.model import GIB, Candidate, EngineFacts

LEAST_BATCHED_TOKENS = 2048
"""vLLM's `max_num_batched_tokens` on devices below 70 GiB and on A100 (engine/arg_utils.py); the least that is planned anywhere."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to run a service: `need_gib` of each of `devices` devices. `terms` and `kv_gib` say what for; `margin_gib` is for doubt."""

    rung: int
    candidate: Candidate
    engine: EngineFacts
    devices: int
    eager: bool
    terms: memory.Terms
    kv_gib: float
    margin_gib: float
    asked_gib: float | None = None  # what the user fixed, of each device, inside the engine's budget

    @property
    def least_gib(self) -> float:
        """What the engine's own budget must hold of each device."""
        return self.terms.inside_gib + self.kv_gib + self.margin_gib

    @property
    def beyond_asked_gib(self) -> float:
        """By how much the user's own figure is too small."""
        return 0.0 if self.asked_gib is None else self.least_gib - self.asked_gib

    @property
    def inside_gib(self) -> float:
        """What the engine is given of each device for its own budget, at least."""
        return self.least_gib if self.asked_gib is None else self.asked_gib

    @property
    def need_gib(self) -> float:
        """What must be free on each device."""
        return self.inside_gib + self.terms.context_gib

    @property
    def shares(self) -> dict[str, float]:
        """The need by name, without what is nothing."""
        terms = self.terms
        named = {
            "weights": terms.weights_gib,
            "KV cache": self.kv_gib,
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
    """What an Ollama server has one of for all its models: the longest wanted context and the most requests at once."""

    context_tokens: int
    parallel: int


def shared_by(wants: tuple[Want, ...]) -> Shared:
    """The settings of an Ollama server that can serve every want."""
    return Shared(max((want.context_tokens for want in wants), default=0), max((want.concurrency for want in wants), default=0))


def choices(want: Want, machine: Machine, shared: Shared) -> Choices:
    """Every way to run each rung of `want` on this machine, whatever its size."""
    found: list[Option] = []
    unusable: dict[int, str] = {}
    for index, candidate in enumerate(want.ladder):
        engines, why = _engines(candidate, want, machine)
        if not engines:
            unusable[index] = why
            continue
        if candidate.model.context_tokens < want.context_tokens:
            unusable[index] = f"its context is {candidate.model.context_tokens} tokens and {want.context_tokens} are wanted"
            continue
        options = [option for engine in engines for option in _options(index, candidate, engine, want, machine, shared)]
        enough = [option for option in options if option.beyond_asked_gib <= 0]
        found += enough
        if options and not enough:
            least = min(options, key=lambda option: option.least_gib)
            unusable[index] = f"it needs {least.least_gib:.1f} GiB of each device and `memory` gives it {least.inside_gib:.1f}"
        elif not options:
            unusable[index] = _split_problem(candidate, want, machine)
    return Choices(tuple(found), unusable)


def _engines(candidate: Candidate, want: Want, machine: Machine) -> tuple[list[EngineFacts], str]:
    """The engines of the tier that run a candidate, best first; or none, and why."""
    quantization = candidate.variant.quantization
    named = want.engine or candidate.engine
    if named is not None and candidate.engine is not None and named != candidate.engine:
        return [], f"it is a model for {candidate.engine} and the backend is {named}"
    offered = [engine for engine in machine.engines.values() if named in {None, engine.name}]
    if not offered:
        return [], f"the tier does not run {named}"
    able = [engine for engine in offered if quantization in engine.runs]
    if not able:
        return [], f"{_listed([engine.name for engine in offered])} cannot load {quantization} weights"
    able = [engine for engine in able if machine.accelerator.vendor in engine.vendors]
    if not able:
        return [], f"no image of its engine runs on {machine.accelerator.name}"
    compute = machine.accelerator.compute
    have = compute.capability if compute else None
    least = min(engine.runs[quantization].capability for engine in able)
    able = [engine for engine in able if have is None or have >= engine.runs[quantization].capability]
    if not able:
        return [], f"{quantization} needs compute capability {least:g} and {machine.accelerator.name} has {have:g}"
    able = [engine for engine in able if _obtainable(candidate, engine)]
    return able, "" if able else f"the registry names no download of it for {_listed([engine.name for engine in offered])}"


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


def device_counts(want: Want, machine: Machine) -> tuple[int, ...]:
    """Over how many devices a service may be split: what the user says, else each power of two that the tier has."""
    present = max(1, machine.tier.accelerators)
    if want.gpus is not None:
        return (len(want.gpus),)
    if want.tensor_parallel is not None:
        return (want.tensor_parallel,) if want.tensor_parallel <= present else ()
    return tuple(2**power for power in range(present.bit_length()) if 2**power <= present)


def _split_problem(candidate: Candidate, want: Want, machine: Machine) -> str:
    counts = device_counts(want, machine)
    if not counts:
        return f"`tensor_parallel: {want.tensor_parallel}` is more than the {machine.tier.accelerators} devices of the tier"
    reasons = (memory.parallel_problem(candidate.model, candidate.variant.quantization, count) for count in counts)
    return next((reason for reason in reasons if reason), "its shape is unknown, so it cannot be split over several GPUs")


def _options(rung: int, candidate: Candidate, engine: EngineFacts, want: Want, machine: Machine, shared: Shared) -> Iterator[Option]:
    for count in device_counts(want, machine):
        if engine.name == "vllm":
            if not memory.parallel_problem(candidate.model, candidate.variant.quantization, count):
                yield vllm_option(rung, candidate, engine, want, machine, count, eager=False)
                yield vllm_option(rung, candidate, engine, want, machine, count, eager=True)
        elif count == 1 or candidate.model.shape is not None:
            yield gguf_option(rung, candidate, engine, want, machine, count, shared)


def vllm_option(rung: int, candidate: Candidate, engine: EngineFacts, want: Want, machine: Machine, count: int, *, eager: bool) -> Option:
    """The least that vLLM needs to serve what is wanted."""
    model = candidate.model
    terms = memory.vllm_terms(
        model,
        candidate.variant,
        version=engine.version,
        max_num_seqs=want.max_num_seqs or want.concurrency,
        max_num_batched_tokens=LEAST_BATCHED_TOKENS,
        tensor_parallel=count,
        linked=machine.accelerator.link_gb_per_s is not None,
        eager=eager,
    )
    kv_gib = want.concurrency * memory.kv_bytes_per_sequence(model, want.context_tokens, count, engine.version) / GIB
    margin = memory.margin_gib(memory.confidence(machine.accelerator, engine.version), terms.inside_gib + kv_gib)
    return Option(rung, candidate, engine, count, eager, terms, kv_gib, margin, _asked(want, machine))


def gguf_option(rung: int, candidate: Candidate, engine: EngineFacts, want: Want, machine: Machine, count: int, shared: Shared) -> Option:
    """What llama.cpp, or Ollama with its server-wide settings, allocates. A model is held on devices entirely, never partly on the CPU."""
    context, parallel = (shared.context_tokens, shared.parallel) if engine.name == "ollama" else (want.context_tokens, want.concurrency)
    context = min(context, candidate.model.context_tokens)
    on_cpu = machine.tier.accelerators == 0
    terms = memory.gguf_terms(candidate.model, candidate.variant, on_cpu=on_cpu, devices=count)
    kv_gib = memory.gguf_kv_gib(candidate.model, context, parallel, count)
    return Option(rung, candidate, engine, count, False, terms, kv_gib, 0.0, _asked(want, machine))


def _asked(want: Want, machine: Machine) -> float | None:
    if want.share is not None:
        return want.share * memory.device_gib(machine.accelerator, machine.tier)
    return want.memory_gib
