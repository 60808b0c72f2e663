"""Some rung of every ladder can be run by the engine and the devices that it is given."""

from collections.abc import Iterator

from aua_compile.config.ladders import candidate_of
from aua_compile.config.rules.subject import Service, Subject
from aua_compile.config.serving import STARTED_KINDS
from aua_compile.diagnostic import Diagnostic, Related
from aua_compile.registry.model import AcceleratorFacts, Candidate, EngineFacts


def cannot_run_weights(subject: Subject, service: Service, reasons: list[tuple[int, str]]) -> Diagnostic:
    """Weights that the engine, or the generation of the GPU, cannot run.

    What it checks: of each ladder at least one rung is quantised in a way that the engine loads (AWQ and GPTQ: vLLM; GGUF: Ollama and
    llama.cpp) and that the tier's devices compute (fp8 needs compute capability 7.5, AWQ 7.5, bf16 8.0).
    Why: the engine would refuse the weights when it starts, after they were downloaded.
    Example: `model: qwen-coder-7b-awq` with `backend: ollama`.
    Instead: `model: qwen-coder-7b-q4-k-m` with `backend: ollama`, or the AWQ weights with `backend: vllm`.
    """
    path = f"{service.path}.model"
    place = subject.place(path)
    others = tuple(Related(reason, subject.place(f"{path}.{index}", path).span) for index, reason in reasons[1:])
    message = (
        f"No model of `{service.spec.name}` can run here: {reasons[0][1]}."
        if others
        else f"`{service.spec.name}` cannot run: {reasons[0][1]}."
    )
    advice = "Choose weights that the engine loads, another `backend`, or add a rung to the ladder; `aua models list` shows what there is."
    return Diagnostic(
        "AUA0251",
        "error",
        message,
        place.span,
        place.path,
        advice,
        (*subject.related("the backend", f"{service.path}.backend", beside=place), *others),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    catalog = subject.resolved.catalog
    for service in subject.services:
        engine = service.settings.kind if service.settings else None
        if service.outside is not None or engine not in {None, *STARTED_KINDS}:
            continue
        reasons = []
        for index, name in enumerate(service.spec.model or ()):
            candidate = candidate_of(name, subject.config.models, catalog)
            if candidate is None:
                break
            named = engine or candidate.engine
            offered = [catalog.engine(word) for word in subject.resolved.tier.engines if named in {None, word}]
            reason = _why_not(candidate, offered, subject) if offered else ""
            if not reason:
                break
            reasons.append((index, reason))
        else:
            yield cannot_run_weights(subject, service, reasons)


def _why_not(candidate: Candidate, offered: list[EngineFacts], subject: Subject) -> str:
    """Why none of `offered` runs a candidate on the tier; empty where one does."""
    quantization = candidate.variant.quantization
    able = [engine for engine in offered if quantization in engine.runs]
    if not able:
        loads = dict.fromkeys(word for engine in offered for word in engine.runs)
        names = " or ".join(engine.name for engine in offered)
        return f"`{candidate.reference}` holds {quantization} weights, and {names} loads {', '.join(loads)}"
    catalog = subject.resolved.catalog
    accelerators = [catalog.accelerator(kind.accelerator) for kind in subject.resolved.tier.kinds]
    reasons = [_not_on(candidate, accelerator, able) for accelerator in accelerators]
    return "" if "" in reasons else "; ".join(dict.fromkeys(reasons))


def _not_on(candidate: Candidate, accelerator: AcceleratorFacts, engines: list[EngineFacts]) -> str:
    """Why none of `engines`, which all load the candidate's weights, does so on an accelerator; empty where one does."""
    quantization = candidate.variant.quantization
    able = [engine for engine in engines if accelerator.vendor in engine.vendors]
    if not able:
        return f"no image of {' or '.join(engine.name for engine in engines)} runs on {accelerator.name}"
    have = accelerator.compute.capability if accelerator.compute else None
    least = min(engine.runs[quantization].capability for engine in able)
    if have is not None and have < least:
        needs = f"which need compute capability {least:g}, and {accelerator.name} has {have:g}"
        return f"`{candidate.reference}` holds {quantization} weights, {needs}"
    return ""
