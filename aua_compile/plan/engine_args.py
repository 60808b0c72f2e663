"""How each engine is started: its arguments and environment, and how its weights are fetched. Flags are those of the registry's versions.

Everything that an engine would otherwise choose by looking at the machine is given, so that it takes the memory that the ledger says.
"""

from collections.abc import Mapping, Sequence
from shlex import quote

from aua_compile.frozen import dataclass
from aua_compile.plan.memory import capture_size
from aua_compile.plan.model import KvCache
from aua_compile.plan.wants import Placement
from aua_compile.registry.model import Variant

CACHE = "/cache"
"""Where an instance's volume is mounted; HOME and every cache lie in it, so the root filesystem can be read-only."""

HUB = "https://huggingface.co"

SECOND_COPIES = ("original/*", "metal/*")
"""Folders in which Llama and gpt-oss repositories hold the weights again in other forms: of gpt-oss-20b's 41 GB 14 are needed."""

EVERYWHERE = "0.0.0.0"  # noqa: S104 - all addresses of its own container
TOKEN = "HF_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class Start:
    """Arguments after the image's entrypoint, and environment."""

    command: tuple[str, ...]
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Download:
    """What a one-shot job runs to bring weights into the volume."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    env: Mapping[str, str]


def served_name(placement: Placement) -> str:
    """What the engine calls the model: Ollama its tag, the others the name that the config uses."""
    return placement.candidate.variant.ollama_tag or _reference(placement) if placement.engine.name == "ollama" else _reference(placement)


def _reference(placement: Placement) -> str:
    return placement.candidate.reference


def start(group: Sequence[Placement], port: int, *, on_cpu: bool) -> Start:
    """How the process that serves `group` is started; only Ollama serves several models in one."""
    match group[0].engine.name:
        case "vllm":
            return _vllm(group[0], port)
        case "sglang":
            return _sglang(group[0], port)
        case "ollama":
            return _ollama(group, port)
        case _:
            return _llamacpp(group[0], port, on_cpu=on_cpu)


def _vllm(placement: Placement, port: int) -> Start:
    """The argument table of vLLM 0.33.0. Usage statistics are off; after the fetch the hub is not asked again."""
    variant = placement.candidate.variant
    command = [variant.repository or _reference(placement)]
    if variant.revision:
        command += ["--revision", variant.revision, "--tokenizer-revision", variant.revision]
    command += ["--served-model-name", served_name(placement), "--host", EVERYWHERE, "--port", str(port)]
    command += ["--max-model-len", str(placement.context_tokens), "--max-num-seqs", str(placement.max_num_seqs)]
    if placement.max_num_batched_tokens is not None:
        command += ["--max-num-batched-tokens", str(placement.max_num_batched_tokens)]
    if placement.gpu_memory_utilization is not None:
        command += ["--gpu-memory-utilization", f"{placement.gpu_memory_utilization:g}"]
    if placement.kv_cache_bytes is not None:
        command += ["--kv-cache-memory-bytes", str(placement.kv_cache_bytes)]
    if placement.kv_cache == "8bit":
        command += ["--kv-cache-dtype", "fp8"]
    command += ["--tensor-parallel-size", str(placement.tensor_parallel)]
    if placement.pipeline_parallel > 1:
        command += ["--pipeline-parallel-size", str(placement.pipeline_parallel)]
    command += ["--enforce-eager"] if placement.eager else ["--max-cudagraph-capture-size", str(capture_size(placement.max_num_seqs))]
    command += ["--enable-prefix-caching", "--generation-config", "vllm", "--seed", "0", "--uvicorn-log-level", "warning"]
    return Start(tuple(command), {**_OFFLINE, "VLLM_CACHE_ROOT": f"{CACHE}/vllm", "VLLM_NO_USAGE_STATS": "1"})


_OFFLINE: Mapping[str, str] = {
    "HOME": CACHE,
    "HF_HOME": f"{CACHE}/huggingface",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TRITON_CACHE_DIR": f"{CACHE}/triton",
    "XDG_CACHE_HOME": f"{CACHE}/xdg",
    "DO_NOT_TRACK": "1",
}


def _sglang(placement: Placement, port: int) -> Start:
    """The argument table of SGLang 0.5.23. The pool is what `--max-total-tokens` says, whatever is free when it starts."""
    variant = placement.candidate.variant
    command = ["--model-path", variant.repository or _reference(placement)]
    if variant.revision:
        command += ["--revision", variant.revision]
    command += ["--served-model-name", served_name(placement), "--host", EVERYWHERE, "--port", str(port)]
    command += ["--context-length", str(placement.context_tokens), "--max-running-requests", str(placement.max_num_seqs)]
    command += ["--chunked-prefill-size", str(placement.max_num_batched_tokens)]
    command += ["--mem-fraction-static", f"{placement.gpu_memory_utilization:g}", "--max-total-tokens", str(placement.kv_tokens)]
    if placement.kv_cache == "8bit":
        command += ["--kv-cache-dtype", "fp8_e4m3"]
    command += ["--tp-size", str(placement.tensor_parallel)]
    if placement.eager:
        command += ["--cuda-graph-backend-decode", "disabled", "--cuda-graph-backend-prefill", "disabled"]
    else:
        command += ["--cuda-graph-max-bs-decode", str(placement.max_num_seqs)]
    command += ["--enable-metrics", "--random-seed", "0", "--log-level-http", "warning"]
    return Start(tuple(command), _OFFLINE)


_KV_CACHE_TYPE: Mapping[KvCache, Mapping[str, str]] = {
    "16bit": {"OLLAMA_KV_CACHE_TYPE": "f16"},
    "8bit": {"OLLAMA_KV_CACHE_TYPE": "q8_0", "OLLAMA_FLASH_ATTENTION": "1"},  # without it the setting is ignored
}


def _ollama(group: Sequence[Placement], port: int) -> Start:
    """Context and parallel requests are one setting for all models of an Ollama server, so the largest of each is given."""
    env = {
        "HOME": CACHE,
        "OLLAMA_HOST": f"0.0.0.0:{port}",
        "OLLAMA_MODELS": f"{CACHE}/models",
        "OLLAMA_CONTEXT_LENGTH": str(max(placement.context_tokens for placement in group)),
        "OLLAMA_NUM_PARALLEL": str(max(placement.max_num_seqs for placement in group)),
        "OLLAMA_MAX_LOADED_MODELS": str(len({served_name(placement) for placement in group})),
        "OLLAMA_KEEP_ALIVE": "-1",
        **_KV_CACHE_TYPE[group[0].kv_cache],
        "OLLAMA_NO_CLOUD": "1",
    }
    return Start(("serve",), env)


def _llamacpp(placement: Placement, port: int, *, on_cpu: bool) -> Start:
    """`-c` is the context of all slots together. `--fit off`: what does not fit fails, instead of being shrunk unseen."""
    total = placement.context_tokens * placement.max_num_seqs
    command = ["-m", f"{CACHE}/{gguf_file(placement.candidate.variant)}", "-a", served_name(placement)]
    command += ["-c", str(total), "-np", str(placement.max_num_seqs), "-b", "2048", "-ub", "512", "--fit", "off"]
    if placement.kv_cache == "8bit":
        command += ["-fa", "on", "-ctk", "q8_0", "-ctv", "q8_0"]  # only flash attention reads a quantised cache of values
    command += ["-ngl", "0"] if on_cpu else ["-ngl", "all"]
    command += ["--host", EVERYWHERE, "--port", str(port), "--metrics"]
    return Start(tuple(command), {"HOME": CACHE, "LLAMA_CACHE": f"{CACHE}/llama"})


def gguf_file(variant: Variant) -> str:
    """The file that llama.cpp opens."""
    return variant.gguf_file or "model.gguf"


def download(group: Sequence[Placement]) -> Download | None:
    """What fetches the weights of `group`; None where the config names nothing to fetch from."""
    match group[0].engine.name:
        case "vllm" | "sglang":
            return _from_hub(group[0])
        case "ollama":
            return _pull(tuple(dict.fromkeys(served_name(placement) for placement in group)))
        case _:
            return _gguf(group[0])


def _from_hub(placement: Placement) -> Download | None:
    variant = placement.candidate.variant
    if variant.repository is None:
        return None
    pinned = ("--revision", variant.revision) if variant.revision else ()
    env = {"HOME": CACHE, "HF_HOME": f"{CACHE}/huggingface", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    excluded = [word for pattern in SECOND_COPIES for word in ("--exclude", pattern)]
    return Download(("hf", "download"), (variant.repository, *pinned, *excluded), env)


def _pull(tags: Sequence[str]) -> Download:
    """`ollama pull` talks to a server, so one runs for as long as it takes."""
    pulls = " && ".join(f"ollama pull {quote(tag)}" for tag in tags)
    script = (
        f"ollama serve & server=$!; until ollama list >/dev/null 2>&1; do sleep 1; done; {pulls}; status=$?; kill $server; exit $status"
    )
    env = {"HOME": CACHE, "OLLAMA_HOST": "127.0.0.1:11434", "OLLAMA_MODELS": f"{CACHE}/models"}
    return Download(("/bin/sh", "-c"), (script,), env)


def _gguf(placement: Placement) -> Download | None:
    variant = placement.candidate.variant
    if variant.repository is None:
        return None
    file = gguf_file(variant)
    url = f"{HUB}/{variant.repository}/resolve/{variant.revision or 'main'}/{file}"
    held, whole = quote(f"{CACHE}/{file}.part"), quote(f"{CACHE}/{file}")
    token = f' -H "Authorization: Bearer ${TOKEN}"' if placement.candidate.model.gated else ""
    script = f"test -s {whole} || {{ curl -fL --retry 5 -C -{token} -o {held} {quote(url)} && mv {held} {whole}; }}"
    return Download(("/bin/sh", "-c"), (script,), {"HOME": CACHE})
