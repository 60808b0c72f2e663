"""The lines of an engine's start-up log that tell of memory: one row per wording, with the releases that write it.

A named group is a term, in GiB unless the pattern says MiB beside it: `weights`, `activation`, `non_torch`, `cuda_graphs`, `kv_pool`,
`consumed` (weights and non-torch together), `total` (what torch sees of the device); and counts: `tokens`, `blocks`, `cells` in each
of `streams`. Sources: start-up
logs in issues of vllm-project/vllm, ollama/ollama and ggml-org/llama.cpp, and logs that public repositories keep (read 2026-11-21).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Engine = Literal["vllm", "ollama", "llamacpp", "sglang"]


@dataclass(frozen=True, slots=True)
class Line:
    """A wording. `releases` are those that were seen to write it."""

    releases: str
    pattern: re.Pattern[str]


def _line(releases: str, text: str) -> Line:
    """A wording in which `<term>` stands for an amount in GiB and `<#term>` for a count."""
    counted = re.sub(r"<#(\w+)>", r"(?P<\1>[0-9][0-9,]*)", text)
    return Line(releases, re.compile(re.sub(r"(?<!\?P)<(\w+)>", r"(?P<\1>-?[0-9]+(?:\\.[0-9]+)?)", counted)))


LINES: Mapping[Engine, tuple[Line, ...]] = {
    "vllm": (
        # what GB says in the oldest is GiB: the figure was divided by 2**30
        _line("0.3 to 0.7", r"Loading model weights took <weights> GB"),
        _line("0.7 to 0.8", r"Model loading took <weights> GB and"),
        _line("0.8 to 0.10", r"Model loading took <weights> GiB and"),
        _line("since 0.11", r"Model loading took <weights> GiB memory and"),
        _line("0.6 to 0.10, engine V0", r"total_gpu_memory \(<total>GiB\) x gpu_memory_utilization"),
        _line(
            "0.6 to 0.10, engine V0",
            r"model weights take <weights>GiB; non_torch_memory takes <non_torch>GiB; PyTorch activation peak memory takes "
            r"<activation>GiB; the rest of the memory reserved for KV Cache is <kv_pool>GiB",
        ),
        _line("0.3 to 0.10, engine V0", r"# (?:GPU|CUDA|cuda) blocks: <#blocks>"),
        _line("since 0.8, engine V1", r"Available KV cache memory: <kv_pool> GiB"),
        _line("since 0.8, engine V1", r"GPU KV cache size: <#tokens> tokens"),
        _line("since 0.6", r"Graph capturing finished in [0-9]+ secs, took <cuda_graphs> GiB"),
        _line("since 0.19", r"CUDA graph pool memory: <cuda_graphs> GiB \(actual\)"),
        _line("since 0.10", r"Free memory on device \([0-9.]+/<total> GiB\) on startup"),
        _line(
            "0.10 to 0.26",
            r"Actual usage is <weights> GiB for weight, <activation> GiB for peak activation, <non_torch> GiB for non-torch memory, "
            r"and <cuda_graphs> GiB for CUDAGraph memory",
        ),
        _line(
            "since 0.27",
            r"Actual usage is <consumed> GiB for consumed memory \(weights \+ non-torch\), <activation> GiB for peak activation, "
            r"and <cuda_graphs> GiB for CUDAGraph memory",
        ),
        _line(
            "since 0.8, debug",
            r"torch peak memory increase: <activation>GiB; non-torch forward increase memory: <non_torch>GiB; weights memory: <weights>GiB",
        ),
    ),
    "llamacpp": (
        _line("since b5700", r"llama_kv_cache\S*: size = .*\( *<#cells> cells, .* seqs\)"),
        _line("since b6000", r"llama_kv_cache\S*: size = .*/<#streams> seqs\)"),
    ),
    "ollama": (),
    "sglang": (
        # srt/model_executor/model_runner.py and srt/managers/scheduler.py of the 0.5.23 wheel; what GB says is GiB
        _line("0.5.23", r"Load weight end\. .*mem usage=<weights> GB"),
        _line("0.5.23", r"max_total_num_tokens=<#tokens>, chunked_prefill_size="),
    ),
}
"""Sizes of llama.cpp and Ollama are told by device and kind of buffer: BUFFERS."""

BUFFERS: Mapping[Engine, tuple[Line, ...]] = {
    "vllm": (),
    "sglang": (),
    "llamacpp": (
        Line("since b1400", re.compile(r"load_tensors:\s+(?P<device>\S+) (?P<kind>)(?:model )?buffer size =\s*(?P<mib>[0-9.]+) MiB")),
        Line("since b1400", re.compile(r"(?P<device>\S+) (?P<kind>KV|RS|compute|output) buffer size =\s*(?P<mib>[0-9.]+) MiB")),
    ),
    "ollama": (
        Line(
            "since 0.12",
            re.compile(r'msg="(?P<kind>model weights|kv cache|compute graph)" device=(?P<device>\S+) size="(?P<size>[0-9.]+ [KMG]?i?B)"'),
        ),
    ),
}
KINDS: Mapping[str, str] = {
    "": "weights",
    "KV": "kv_pool",
    "RS": "kv_pool",
    "compute": "activation",
    "output": "activation",
    "model weights": "weights",
    "kv cache": "kv_pool",
    "compute graph": "activation",
}
"""What is said of a buffer -> the term of the ledger."""

ADDED = frozenset({"", "KV", "RS"})
"""Kinds of which a device may have several, for parts of the file and for layers that slide."""

STARTS: Mapping[Engine, re.Pattern[str]] = {
    "vllm": re.compile(r"vLLM API server version (?P<version>[0-9][0-9A-Za-z.+]*)"),
    "sglang": re.compile(r"server_args="),
    "llamacpp": re.compile(r"llama_model_loader: loaded meta data|llama_model_load_from_file_impl|llama_load_model_from_file"),
    "ollama": re.compile(r'msg="(?:Listening on [^"]*\(version (?P<version>[0-9][0-9A-Za-z.+-]*)\)|loading model)"'),  # of models the last
}
"""Where a start begins; a log of several tells of the last."""

REFUSALS = (
    re.compile(r"ValueError: (Loaded weights leave no GPU memory for the KV cache.*)"),
    re.compile(r"ValueError: (To serve at least one request with the model.*?max seq len.*)"),
    re.compile(r"ValueError: (No available memory for the cache blocks.*)"),
    re.compile(r"ValueError: (Free memory on device.*is less than desired GPU memory utilization.*)"),
    re.compile(r"(torch\.OutOfMemoryError: .*|torch\.cuda\.OutOfMemoryError: .*|cudaMalloc failed: out of memory.*)"),
)
"""What an engine says when it does not start for want of memory."""
