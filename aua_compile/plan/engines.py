"""Engine processes from placements: which services share one, what it is started with, what it needs of the host, and its weights."""

import math
from collections.abc import Mapping, Sequence

from aua_compile.config.resolve import Resolved
from aua_compile.frozen import dataclass
from aua_compile.plan import engine_args
from aua_compile.plan.model import ENGINE_NAMES, EngineName, Fetch, Instance, Ledger, ServedModel, Volume
from aua_compile.plan.wants import Placed, Placement
from aua_compile.registry.model import TierFacts

LOAD_GIB_PER_S = 0.25
"""What a startup probe allows for reading weights: a network volume of a cloud, the slowest disk that is still of use."""

WARM_UP_S = {"vllm": 240.0, "sglang": 240.0, "ollama": 60.0, "llamacpp": 60.0}
"""Compiling and capturing graphs takes vLLM and SGLang one to four minutes on first start; the others only load."""

CACHES_GIB = {"vllm": 8.0, "sglang": 8.0, "ollama": 1.0, "llamacpp": 1.0}
"""Room in the volume beside the weights: vLLM keeps compiled kernels there."""

HOST_GIB = {"vllm": 6.0, "sglang": 6.0, "ollama": 2.0, "llamacpp": 2.0}
"""Host memory of the process itself: vLLM imports torch in its server and in one worker per GPU."""

WORKER_GIB = 3.0
SHARED_MEMORY_GIB = 1.0
ENGINE_CORES_SHARE = 0.75
"""Of the tier's cores go to engines; the rest serves the router and the system."""


@dataclass(frozen=True, slots=True)
class Engines:
    """All engine processes of a plan, with what fetches and holds their weights."""

    instances: tuple[Instance, ...]
    fetches: tuple[Fetch, ...]
    volumes: tuple[Volume, ...]


def engines_of(placed: Placed, ports: Mapping[str, int], resolved: Resolved) -> Engines:
    """The processes in the order of the services that they serve. Host engines keep their weights themselves: nothing is fetched."""
    groups: dict[str, list[Placement]] = {}
    for placement in placed.placements:
        groups.setdefault(placement.instance, []).append(placement)
    instances = tuple(_instance(name, group, ports[name], placed.ledgers, len(groups), resolved) for name, group in groups.items())
    if resolved.tier.engines_run == "host":
        return Engines(instances, (), ())
    storage = resolved.config.deploy.kubernetes.storage_class
    fetches = tuple(fetch for instance in instances if (fetch := _fetch(instance, groups[instance.name])) is not None)
    return Engines(instances, fetches, tuple(_volume(instance, groups[instance.name], storage) for instance in instances))


def _instance(name: str, group: Sequence[Placement], port: int, ledgers: Sequence[Ledger], count: int, resolved: Resolved) -> Instance:
    first, tier = group[0], resolved.tier
    on_cpu = tier.devices == 0
    start = engine_args.start(group, port, on_cpu=on_cpu)
    models = _models(group)
    weights_gib = sum(model.weights_gib for model in models)
    return Instance(
        name=name,
        engine=_engine_name(first.engine.name),
        engine_version=first.engine.version,
        image=_image(first, resolved, on_cpu=on_cpu),
        entrypoint=first.engine.entrypoint,
        command=start.command,
        env=dict(sorted(start.env.items())),
        port=port,
        health_path=first.engine.health_path,
        metrics_path=first.engine.metrics_path,
        models=models,
        devices=() if on_cpu else first.devices,
        tensor_parallel=first.tensor_parallel,
        pipeline_parallel=first.pipeline_parallel,
        gpu_memory_utilization=first.gpu_memory_utilization,
        kv_cache=first.kv_cache,
        kv_cache_bytes=first.kv_cache_bytes,
        context_tokens=max(placement.context_tokens for placement in group),
        max_num_seqs=max(placement.max_num_seqs for placement in group),
        start_after=first.start_after,
        startup_s=WARM_UP_S[first.engine.name] + math.ceil(weights_gib / LOAD_GIB_PER_S),
        shm_gib=SHARED_MEMORY_GIB * _workers(first),
        cpus=_cores(tier, count, on_cpu=on_cpu),
        memory_gib=_host_gib(name, first, ledgers, on_cpu=on_cpu),
        cache_volume=f"weights-{name}",
        cache_path=engine_args.CACHE,
    )


def _engine_name(name: str) -> EngineName:
    """The engine's name as the plan's closed set; placement takes no other."""
    return next(known for known in ENGINE_NAMES if known == name)


def _models(group: Sequence[Placement]) -> tuple[ServedModel, ...]:
    """What a process serves; services that take the same weights share them."""
    served: dict[str, ServedModel] = {}
    for placement in group:
        candidate, variant = placement.candidate, placement.candidate.variant
        served.setdefault(
            candidate.reference,
            ServedModel(
                served_name=engine_args.served_name(placement),
                model=candidate.reference,
                variant=variant.quantization,
                repository=variant.repository,
                revision=variant.revision,
                gguf_file=variant.gguf_file,
                ollama_tag=variant.ollama_tag,
                weights_gib=round(variant.weights_gib, 3),
                gated=candidate.model.gated,
                license=candidate.model.license,
            ),
        )
    return tuple(served.values())


def _image(placement: Placement, resolved: Resolved, *, on_cpu: bool) -> str:
    given: str | None = getattr(resolved.config.deploy.images, placement.engine.name)
    return given or placement.engine.reference(on_cpu=on_cpu)


def _cores(tier: TierFacts, count: int, *, on_cpu: bool) -> float:
    """CPU limit of one process: on a CPU tier each may use all engine cores, for they seldom work at once; else each gets its part."""
    cores = tier.cpu_cores * ENGINE_CORES_SHARE
    return float(max(1, math.floor(cores if on_cpu else cores / count)))


def _host_gib(name: str, first: Placement, ledgers: Sequence[Ledger], *, on_cpu: bool) -> float:
    """Host memory limit of one process: on a CPU all of its ledger entry, else the process and its workers."""
    own = HOST_GIB[first.engine.name]
    if on_cpu:
        return float(math.ceil(own + sum(entry.total_gib for ledger in ledgers for entry in ledger.entries if entry.instance == name)))
    return own + WORKER_GIB * _workers(first)


def _workers(placement: Placement) -> int:
    """Processes that vLLM starts, one for each device; llama.cpp and Ollama serve all of theirs from one."""
    return placement.tensor_parallel * placement.pipeline_parallel


def _fetch(instance: Instance, group: Sequence[Placement]) -> Fetch | None:
    download = engine_args.download(group)
    if download is None:
        return None
    gated = any(model.gated for model in instance.models)
    return Fetch(
        name=f"fetch-{instance.name}",
        instance=instance.name,
        image=instance.image,
        entrypoint=download.entrypoint,
        command=download.command,
        env=dict(sorted(download.env.items())),
        secret_env=engine_args.TOKEN if gated else None,
        volume=instance.cache_volume,
        mount_path=instance.cache_path,
    )


def _volume(instance: Instance, group: Sequence[Placement], storage_class: str | None) -> Volume:
    """What is downloaded, a tenth more for partial files, and the engine's caches, in whole GiB."""
    downloads = {placement.candidate.reference: placement.candidate.variant.download_gib for placement in group}
    size = sum(downloads.values()) * 1.1 + CACHES_GIB[instance.engine]
    return Volume(instance.cache_volume, "weights", float(math.ceil(size)), storage_class)
