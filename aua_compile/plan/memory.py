"""What a model takes of a device in vLLM, SGLang, Ollama and llama.cpp, term by term. docs/placement.md derives and scores it.

Sizes are GiB (2**30 bytes). Unless a docstring says otherwise a term was fitted on start-up logs of vLLM 0.19 on H100 (llm-d-planner,
accuracy/results/v0.19.0; rows kept in bench/placement/vllm_logs.yaml).
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from aua_compile.frozen import dataclass
from aua_compile.plan.model import KvCache
from aua_compile.registry.model import GIB, AcceleratorFacts, Attention, ModelFacts, Shape, TierFacts, Variant

Confidence = Literal["measured", "modelled", "extrapolated"]

ROPE_AND_BUFFERS_GIB = 0.05
"""Rotary tables and buffers beside the weights: 26 reconciled loads differ from the computed size by less."""

SAMPLER_COPIES = (((0, 17), 3.84), ((0, 10), 9.7))
"""Copies of the fp32 logits that vLLM's dummy sampler holds, newest release first: 35 rows of 0.19 fit 3.84, nine of 0.11 about 9.7."""

MEASURED_VLLM = ((0, 10), (0, 20))
"""Releases, from and to before, in which the terms were measured."""

EXPERTS_EXTRA_GIB = 0.7
"""Buffers of a mixture of experts: 0.3 to 0.7 measured; the largest is taken."""

SINGLE_NON_TORCH_GIB = 0.25
LINKED_NON_TORCH_GIB = (((0, 17), 2.1), ((0, 10), 0.55))
PCIE_NON_TORCH_GIB = 0.6
STAGED_NON_TORCH_GIB = 0.07
"""Memory that torch does not count: one device; several on NVLink, newest release first (2.07 to 2.21 measured in 0.19, 0.54 and 0.55 in
0.11); several on PCIe (0.20 to 0.30, taken double); a pipeline's stage of one device (0.07 in 0.19)."""

SINGLE_CONTEXT_GIB = 0.51
PARALLEL_CONTEXT_GIB = 1.55
"""The CUDA context, and NCCL's buffers with several devices, which exist before vLLM measures and so lie outside its budget."""

GRAPHS_BASE_GIB = 0.1
GRAPHS_AT_512_GIB = 0.94
PARALLEL_GRAPHS_AT_512_GIB = 1.75
LARGEST_CAPTURE = 512
"""CUDA graphs captured up to a batch of 512: 1.04 on average on one device, up to 1.92 on several; up to 256 on small cards 0.1 to 0.5."""

EXTRAPOLATED_GIB = 0.5
EXTRAPOLATED_SHARE = 0.03
"""What is added for a release without measurements: two like machines were seen to differ by more than 1 GiB (club-3090#32)."""

BLOCK_TOKENS = 16
"""vLLM's cache block."""

LINEAR_STATE_BYTES = 4 * 2**20
"""Fixed state of one linear-attention layer per sequence: 48 heads x 128 x 128 x 4 B and the convolution's state; recalled."""

WINDOWED_SINCE = (0, 21)
"""The release from which vLLM gives sliding layers only their window (Gemma: 55 k to 525 k tokens, vllm#43308); before, all layers grow."""
PAGE_WASTE = 1.10
"""Groups of unlike layers are padded to equal pages; 6 to 10 % was logged as waste."""

VALUE_BYTES: Mapping[KvCache, float] = {"16bit": 2.0, "8bit": 1.0}
GGUF_VALUE_BYTES: Mapping[KvCache, float] = {"16bit": 2.0, "8bit": 34 / 32}
"""Bytes that a cache keeps per value: bf16 and fp8 in vLLM; f16, and q8_0 with its scale per 32 values, in llama.cpp."""

UNKNOWN_KV_BYTES_PER_PARAMETER = 4e-5
"""Cache bytes per token and parameter of a model of unknown shape: above every registered model with grouped queries (at most 3.7e-5)."""
UNKNOWN_VOCABULARY = 262144

GGUF_CONTEXT_GIB = 0.5
"""CUDA or Metal context of a llama.cpp process: 0.3 to 0.5; none on the CPU."""
GGUF_BATCH = 512
"""Micro-batch (`-ub`) of llama.cpp and Ollama: logits and activations are sized for it."""
GGUF_OVERHEAD_SHARE = 0.02
"""Quantised sizes are computed from the tensor mix; against Ollama's listing they are off by 1 % and seldom more than 2."""

PRELOADING = frozenset({"vllm", "sglang"})
"""Engines that load published weights and set a pool of cache aside; the others load GGUF."""

SGLANG_ATTENTION = frozenset({"full", "mla"})
"""Kinds of attention whose cache SGLang keeps as vLLM does; it divides a pool between sliding and full layers by a ratio of its own."""

SGLANG_RESERVED_GIB = 0.5
SGLANG_MIB_PER_PREFILL_TOKEN = 1.5
SGLANG_MIB_PER_GRAPH = 2
SGLANG_PREFILL_GRAPHS_GIB = 0.5
SGLANG_LATENT_GRAPHS_GIB = 1.5
SGLANG_GIB_PER_WORKER = 0.125
"""What SGLang 0.5.23 keeps beside weights and cache, by its own estimates (srt/arg_groups/memory_hook.py): 512 MiB, 1.5 MiB for each token
of a chunk, 2 MiB for each request in a decode graph, 8 MiB for each of up to 60 prefill graphs or 1.5 GiB for latent attention, 1 GiB for
eight workers. Nothing of it was measured here."""

UNIFIED_SHARES = ((36, 0.67), (None, 0.75))
"""Share of unified memory that Metal lets a process hold: about 2/3 up to 36 GB, 3/4 above; recalled. `iogpu.wired_limit_mb` moves it."""

UNMEASURED_VISIBLE_SHARE = 0.92
"""What torch sees of a card that nobody measured: cards with ECC on show 92 to 93 % (L4, L40S), others 97 to 99."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one instance takes of each of its devices, without its KV pool. `context_gib` lies outside the engine's own budget."""

    weights_gib: float
    activation_gib: float
    non_torch_gib: float
    cuda_graphs_gib: float
    context_gib: float

    @property
    def inside_gib(self) -> float:
        """Everything inside the engine's budget but the KV pool."""
        return self.weights_gib + self.activation_gib + self.non_torch_gib + self.cuda_graphs_gib


@cache
def release(version: str) -> tuple[int, int]:
    """Major and minor number of a version.

    >>> release("0.33.0")
    (0, 33)
    """
    major, minor, *_ = (*version.split("."), "0")
    return int(major), int(minor)


def device_gib(accelerator: AcceleratorFacts, tier: TierFacts) -> float:
    """What engines can see of one device: torch's total, Metal's limit, or the host's memory."""
    if accelerator.kind == "cpu" or tier.accelerators == 0:
        return tier.host_ram_gib
    if accelerator.kind == "unified":
        share = next(share for limit, share in UNIFIED_SHARES if limit is None or tier.host_ram_gib <= limit)
        return tier.host_ram_gib * share
    return accelerator.memory.visible_gib or accelerator.memory.nominal_gib * UNMEASURED_VISIBLE_SHARE


def confidence(accelerator: AcceleratorFacts, version: str) -> Confidence:
    """How far the figures of a device can be trusted: measured only on the H100 and the releases the terms were fitted on."""
    low, high = MEASURED_VLLM
    if not low <= release(version) < high:
        return "extrapolated"
    return "measured" if accelerator.name == "h100-sxm" else "modelled"


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage of a pipeline holds: `layers` of the model's, the embeddings if it is the first, the head if it is the last."""

    share: float  # of all layers
    first: bool = True
    last: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the model."""
        return self.share == 1


WHOLE = Stage(1.0)


def stages(model: ModelFacts, count: int) -> tuple[Stage, ...]:
    """The stages of a pipeline, as vLLM cuts them (distributed/utils.py); a model of unknown shape has one.

    Equal numbers of layers; those left over go to the stages before the last, from the back.
    """
    if count == 1 or model.shape is None:
        return (WHOLE,)
    layers = model.shape.layers
    each, over = divmod(layers, count)
    longer = range(count - 1 - over, count - 1)
    return tuple(Stage((each + (index in longer)) / layers, index == 0, index == count - 1) for index in range(count))


def stage_gib(model: ModelFacts, variant: Variant, stage: Stage) -> float:
    """Weights of one stage [GiB]: its share of the layers, and the embeddings or the head at 2 bytes a value.

    vocabulary x hidden x 2 B each; a head that is tied to the embeddings is a second copy on the last stage. Llama-3.1-8B in two stages is
    7.51 GiB each, in four 4.26 on the outer ones (logs of 0.19).
    """
    if stage.is_whole or model.shape is None:
        return variant.weights_gib
    table = model.shape.vocabulary * model.shape.hidden * 2 / GIB
    layers = variant.weights_gib - table * (1 if model.shape.tied_embeddings else 2)
    return layers * stage.share + table * (stage.first + stage.last)


def pipeline_problem(model: ModelFacts, count: int) -> str:
    """Why a model cannot be cut into so many stages; empty where it can. vLLM cuts between layers, so it needs at least one for each."""
    if count == 1:
        return ""
    if model.shape is None:
        return "its shape is unknown, so it cannot be split over several GPUs"
    return f"its {model.shape.layers} layers are fewer than {count} stages" if count > model.shape.layers else ""


def parallel_problem(model: ModelFacts, quantization: str, tensor_parallel: int) -> str:
    """Why each layer of a model cannot be split over so many GPUs; empty where it can.

    Sources: vLLM refuses heads that do not divide; groups of 128 (awq, gptq) and blocks of 128 (fp8) must not be cut, in experts either;
    the vocabulary is padded to 64. Key-value heads are copied where there are fewer than GPUs, which takes a whole number of copies.
    """
    shape = model.shape
    if tensor_parallel == 1:
        return ""
    if shape is None:
        return "its shape is unknown, so it cannot be split over several GPUs"
    if shape.heads % tensor_parallel:
        return f"its {shape.heads} attention heads do not divide by {tensor_parallel}"
    if max(tensor_parallel, shape.kv_heads) % min(tensor_parallel, shape.kv_heads):
        return f"its {shape.kv_heads} key-value heads do not divide by {tensor_parallel}"
    step = 128 * tensor_parallel if quantization in {"awq", "gptq-int4", "gptq-int8", "fp8"} else tensor_parallel
    width = model.experts.intermediate if model.experts else shape.intermediate
    if width % step:
        return f"its intermediate size {width} does not divide by {step}"
    if -(-shape.vocabulary // 64) * 64 % tensor_parallel:
        return f"its vocabulary does not divide by {tensor_parallel}"
    return ""


def kv_bytes_per_token(model: ModelFacts, tensor_parallel: int = 1, value_bytes: float = 2.0) -> float:
    """Cache bytes that one more token takes on each device: growing layers only.

    2 x layers x max(1, kv_heads / TP) x head_dim x bytes per value; exact in every logged row, at 2 bytes and at 1. Latent attention keeps
    layers x (latent + rope) x bytes per value on every device (Kimi-K2: 70,272 B at 2).
    """
    shape, attention = model.shape, model.attention
    if shape is None:
        return model.parameters.total * UNKNOWN_KV_BYTES_PER_PARAMETER / 2 * value_bytes / tensor_parallel
    if attention.kind == "mla":
        return shape.layers * (attention.latent + attention.rope) * value_bytes
    return _growing_layers(shape, attention) * _layer_bytes(shape, tensor_parallel, value_bytes)


def kv_bytes_per_sequence(
    model: ModelFacts, context_tokens: int, tensor_parallel: int = 1, version: str = "", value_bytes: float = 2.0
) -> float:
    """Cache bytes of one sequence of `context_tokens` on each device of vLLM `version`: windows one block larger, states, padding.

    Without a version no padding is counted and windows hold, as in llama.cpp. All layers; a pipeline's stage keeps its share of them.
    """
    growing = kv_bytes_per_token(model, tensor_parallel, value_bytes) * context_tokens
    shape, attention = model.shape, model.attention
    if shape is None or attention.kind not in {"sliding", "linear"}:
        return growing
    others = shape.layers - _growing_layers(shape, attention)
    if attention.kind == "linear":
        state = others * LINEAR_STATE_BYTES / tensor_parallel
    else:
        windowed = not version or release(version) >= WINDOWED_SINCE
        kept = min(context_tokens, attention.window + BLOCK_TOKENS) if windowed else context_tokens
        if kept == context_tokens:
            return growing + others * _layer_bytes(shape, tensor_parallel, value_bytes) * kept
        state = others * _layer_bytes(shape, tensor_parallel, value_bytes) * kept
    return (growing + state) * (PAGE_WASTE if version else 1.0)


def kv_tokens(
    pool_gib: float, model: ModelFacts, context_tokens: int, tensor_parallel: int = 1, version: str = "", value_bytes: float = 2.0
) -> int:
    """Tokens that a KV pool holds in sequences of `context_tokens`: pool / (bytes of one) x context."""
    one = kv_bytes_per_sequence(model, context_tokens, tensor_parallel, version, value_bytes)
    return int(max(pool_gib, 0.0) * GIB / one * context_tokens)


def _growing_layers(shape: Shape, attention: Attention) -> int:
    return shape.layers if attention.full_layers is None else attention.full_layers


def _layer_bytes(shape: Shape, tensor_parallel: int, value_bytes: float) -> float:
    return 2 * max(1, shape.kv_heads // tensor_parallel) * shape.head_dim * value_bytes


def vllm_terms(
    model: ModelFacts,
    variant: Variant,
    *,
    version: str,
    max_num_seqs: int,
    max_num_batched_tokens: int,
    tensor_parallel: int = 1,
    stage: Stage = WHOLE,
    linked: bool = False,
    eager: bool = False,
) -> Terms:
    """What vLLM takes of each device of a stage before its KV pool. `linked`: the devices have a direct link such as NVLink."""
    parallel = tensor_parallel > 1 or not stage.is_whole
    return Terms(
        weights_gib=stage_gib(model, variant, stage) / tensor_parallel + ROPE_AND_BUFFERS_GIB,
        activation_gib=activation_gib(model, variant, version, max_num_seqs, max_num_batched_tokens, tensor_parallel, stage),
        non_torch_gib=_non_torch_gib(version, tensor_parallel, stage, linked=linked),
        cuda_graphs_gib=0.0 if eager else graphs_gib(capture_size(max_num_seqs), parallel=parallel),
        context_gib=PARALLEL_CONTEXT_GIB if parallel else SINGLE_CONTEXT_GIB,
    )


def _non_torch_gib(version: str, tensor_parallel: int, stage: Stage, *, linked: bool) -> float:
    if tensor_parallel > 1:
        return _since(LINKED_NON_TORCH_GIB, version) if linked else PCIE_NON_TORCH_GIB
    return SINGLE_NON_TORCH_GIB if stage.is_whole else STAGED_NON_TORCH_GIB


def activation_gib(
    model: ModelFacts,
    variant: Variant,
    version: str,
    max_num_seqs: int,
    max_num_batched_tokens: int,
    tensor_parallel: int = 1,
    stage: Stage = WHOLE,
) -> float:
    """Peak of vLLM's profile run.

    The larger of the sampler on fp32 logits, copies x sequences x vocabulary x 4 B, where the head is, and the widest layer, batched
    tokens x (6 x intermediate / TP + 8 x hidden) B; and the experts' buffers. A stage passes hidden states and residuals on, batched tokens
    x 4 x hidden B (Llama-3.1-8B without head: 1.05 to 1.10 GiB in 0.19).
    """
    shape = model.shape
    vocabulary = shape.vocabulary if shape else UNKNOWN_VOCABULARY
    sampler = _since(SAMPLER_COPIES, version) * max_num_seqs * vocabulary * 4 if stage.last else 0.0
    passed = 0 if stage.is_whole else 4
    layer = max_num_batched_tokens * (6 * shape.intermediate / tensor_parallel + (8 + passed) * shape.hidden) if shape else 0.0
    experts = EXPERTS_EXTRA_GIB if model.experts and variant.quantization != "mxfp4" else 0.0  # gpt-oss shows none
    return max(sampler, layer) / GIB + experts


def _since(table: tuple[tuple[tuple[int, int], float], ...], version: str) -> float:
    """The value of a release in a table whose newest release stands first; an older one than all gets the oldest's."""
    return next((value for since, value in table if release(version) >= since), table[-1][1])


def capture_size(max_num_seqs: int) -> int:
    """The largest batch for which CUDA graphs are captured: twice the sequences, as vLLM chooses, and at most 512."""
    return min(2 * max_num_seqs, LARGEST_CAPTURE)


def graphs_gib(capture: int, *, parallel: bool) -> float:
    """CUDA graphs up to a batch of `capture`: in proportion between what was measured at 512 and a base. Modelled."""
    return GRAPHS_BASE_GIB + (PARALLEL_GRAPHS_AT_512_GIB if parallel else GRAPHS_AT_512_GIB) * capture / LARGEST_CAPTURE


def sglang_terms(
    model: ModelFacts,
    variant: Variant,
    *,
    max_running_requests: int,
    chunked_prefill_size: int,
    tensor_parallel: int = 1,
    eager: bool = False,
) -> Terms:
    """What SGLang takes of each of its devices before its KV pool.

    weights as in vLLM; activation 0.5 + 1.5 MiB x tokens of a chunk, at least 2048; CUDA graphs 2 MiB x requests, and those of prefill.
    """
    latent = model.attention.kind == "mla"
    prefill_gib = SGLANG_LATENT_GRAPHS_GIB if latent else SGLANG_PREFILL_GRAPHS_GIB
    return Terms(
        weights_gib=variant.weights_gib / tensor_parallel + ROPE_AND_BUFFERS_GIB,
        activation_gib=SGLANG_RESERVED_GIB + max(chunked_prefill_size, 2048) * SGLANG_MIB_PER_PREFILL_TOKEN / 1024,
        non_torch_gib=tensor_parallel * SGLANG_GIB_PER_WORKER,
        cuda_graphs_gib=0.0 if eager else max_running_requests * SGLANG_MIB_PER_GRAPH / 1024 + prefill_gib,
        context_gib=PARALLEL_CONTEXT_GIB if tensor_parallel > 1 else SINGLE_CONTEXT_GIB,
    )


def static_share(terms: Terms, total_gib: float) -> float:
    """`--mem-fraction-static`: all of a device but what SGLang computes with, in thousandths, rounded up.

    SGLang's pool is what is free after loading less (1 - share) of what was free before, and at most the tokens that it is told.
    """
    return -(-(1 - (terms.activation_gib + terms.non_torch_gib) / total_gib) * 1000 // 1) / 1000


def margin_gib(confidence: Confidence, footprint_gib: float) -> float:
    """What is added to an instance's footprint for a release without measurements: 0.5 GiB or 3 %, whichever is more."""
    return max(EXTRAPOLATED_GIB, EXTRAPOLATED_SHARE * footprint_gib) if confidence == "extrapolated" else 0.0


def gguf_terms(model: ModelFacts, variant: Variant, *, on_cpu: bool, devices: int = 1) -> Terms:
    """What a llama.cpp process, Ollama's included, takes of each device before its cache.

    The compute buffer is the logits of one micro-batch (512 x vocabulary x 4 B) and four hidden states; derived, not measured.
    """
    shape = model.shape
    vocabulary, hidden = (shape.vocabulary, shape.hidden) if shape else (UNKNOWN_VOCABULARY, 8192)
    buffer = GGUF_BATCH * (vocabulary + 4 * hidden) * 4 / GIB
    return Terms(
        weights_gib=variant.weights_gib * (1 + GGUF_OVERHEAD_SHARE) / devices,
        activation_gib=buffer,
        non_torch_gib=0.0,
        cuda_graphs_gib=0.0,
        context_gib=0.0 if on_cpu else GGUF_CONTEXT_GIB,
    )


def gguf_kv_gib(model: ModelFacts, context_tokens: int, parallel: int, devices: int = 1, value_bytes: float = 2.0) -> float:
    """The cache that llama.cpp allocates at once for `parallel` sequences of `context_tokens`.

    A sliding layer also holds the micro-batch in flight.
    """
    shape, attention = model.shape, model.attention
    if shape is None or attention.kind != "sliding":
        return parallel * kv_bytes_per_sequence(model, context_tokens, value_bytes=value_bytes) / GIB / devices
    sliding = shape.layers - _growing_layers(shape, attention)
    window = min(context_tokens, attention.window + GGUF_BATCH)
    growing = kv_bytes_per_token(model, value_bytes=value_bytes) * context_tokens
    return parallel * (growing + sliding * _layer_bytes(shape, 1, value_bytes) * window) / GIB / devices
