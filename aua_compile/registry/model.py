"""The facts of the registries and tiers, as declared types.

The file's name is the entry's name; `sources` maps short ids to citations, and every group of facts says by `source` which one it rests
on. `verified: false` marks a figure that is recalled, or computed without a measurement to reconcile it with.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from aua_compile.config.declare import NAME_KIND, PORT, Block, Boolean, Choice, Integer, Key, ListOf, MapOf, Number, Pattern, Text
from aua_compile.config.model import TARGETS
from aua_compile.config.model.deploy import IMAGE
from aua_compile.config.model.models import FILE_NAME, QUANTIZATIONS, REPOSITORY, REVISION
from aua_compile.config.model.routing import UtilityWeights
from aua_compile.frozen import dataclass

EngineName = Literal["vllm", "ollama", "llamacpp", "sglang"]
Vendor = Literal["nvidia", "amd", "apple", "cpu"]

GIB = 2**30
SOURCES = MapOf(Text(), NAME_KIND)
QUANTIZATION_KEYS = Pattern("|".join(QUANTIZATIONS), f"one of {', '.join(QUANTIZATIONS)}")
PRODUCT_LABEL = "nvidia.com/gpu.product"
"""The label by which NVIDIA's GPU feature discovery tells which GPUs a node has: of one kind, the driver's name with dashes for spaces."""

MANAGED_ENGINES = ("vllm", "ollama", "llamacpp", "sglang")
GGUF: frozenset[str] = frozenset({"q4-k-m", "q8-0"})
"""Quantisations that come as GGUF files."""

COUNT = Integer(0, 10**13)
POSITIVE = Number(above=0, maximum=10**7)
SOURCE = Key("Id in `sources` of what the group rests on.", NAME_KIND)
VERIFIED = Key("False where no source was found to reconcile the figure with.", Boolean())


@dataclass(frozen=True, slots=True)
class Parameters:
    """Numbers of parameters; `active` is what one token passes through, less than `total` with experts."""

    total: Annotated[int, Key("All parameters.", COUNT)]
    active: Annotated[int, Key("Parameters that one token passes through.", COUNT)]
    source: Annotated[str, SOURCE]
    verified: Annotated[bool, VERIFIED] = True


@dataclass(frozen=True, slots=True)
class Shape:
    """The dense part of a decoder, as its `config.json` names it."""

    layers: Annotated[int, Key("`num_hidden_layers`.", COUNT)]
    hidden: Annotated[int, Key("`hidden_size`.", COUNT)]
    intermediate: Annotated[int, Key("`intermediate_size` of dense layers.", COUNT)]
    heads: Annotated[int, Key("`num_attention_heads`.", COUNT)]
    kv_heads: Annotated[int, Key("`num_key_value_heads`.", COUNT)]
    head_dim: Annotated[int, Key("`head_dim`.", COUNT)]
    vocabulary: Annotated[int, Key("`vocab_size`.", COUNT)]
    tied_embeddings: Annotated[bool, Key("`tie_word_embeddings`.", Boolean())] = False
    source: Annotated[str, SOURCE] = ""
    verified: Annotated[bool, VERIFIED] = True


@dataclass(frozen=True, slots=True)
class Attention:
    """Which layers keep what: full layers grow with the context, sliding ones stop at the window, linear ones keep a fixed state."""

    kind: Annotated[str, Key("How the layers attend.", Choice(("full", "sliding", "linear", "mla")))] = "full"
    full_layers: Annotated[int | None, Key("Layers whose cache grows; without it all.", COUNT)] = None
    window: Annotated[int, Key("Tokens that a sliding layer keeps.", COUNT)] = 0
    latent: Annotated[int, Key("`kv_lora_rank` of latent attention.", COUNT)] = 0
    rope: Annotated[int, Key("`qk_rope_head_dim` of latent attention.", COUNT)] = 0
    source: Annotated[str, SOURCE] = ""


@dataclass(frozen=True, slots=True)
class Experts:
    """A mixture of experts."""

    count: Annotated[int, Key("Experts per layer.", COUNT)]
    per_token: Annotated[int, Key("Experts that one token visits.", COUNT)]
    intermediate: Annotated[int, Key("`moe_intermediate_size`.", COUNT)]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way the weights are stored. `bytes` is what is loaded, and what is downloaded unless `download_bytes` says otherwise."""

    bytes: Annotated[int, Key("Bytes of weights that an engine loads.", COUNT)]
    source: Annotated[str, SOURCE]
    repository: Annotated[str | None, Key("Repository on Hugging Face.", REPOSITORY)] = None
    revision: Annotated[str | None, Key("Commit of the repository.", REVISION)] = None
    gguf_file: Annotated[str | None, Key("File of a GGUF repository.", FILE_NAME)] = None
    ollama_tag: Annotated[str | None, Key("Name and tag in Ollama's library.", Text())] = None
    download_bytes: Annotated[int | None, Key("Bytes of the repository, where it holds more than is loaded.", COUNT)] = None
    verified: Annotated[bool, VERIFIED] = True
    quantization: str = ""

    @property
    def weights_gib(self) -> float:
        """What the weights take, in GiB."""
        return self.bytes / GIB

    @property
    def download_gib(self) -> float:
        """What fetching the weights takes of a volume, in GiB."""
        return (self.download_bytes or self.bytes) / GIB


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model and the ways its weights are published. The first variant is the precision its authors published."""

    family: Annotated[str, Key("Family of models that share an architecture and tokenizer.", Text())]
    license: Annotated[str | None, Key("Licence as the repository names it.", Text())]
    context_tokens: Annotated[int, Key("Longest context, in tokens.", COUNT)]
    parameters: Annotated[Parameters, Key("How many parameters.", Block(Parameters))]
    variants: Annotated[
        Mapping[str, Variant], Key("By quantisation, the authors' own precision first.", MapOf(Block(Variant), QUANTIZATION_KEYS))
    ]
    shape: Annotated[Shape | None, Key("The decoder's shape.", Block(Shape))] = None
    attention: Annotated[Attention, Key("What the layers keep.", Block(Attention))] = field(default_factory=Attention)
    experts: Annotated[Experts | None, Key("The mixture of experts, if it is one.", Block(Experts))] = None
    gated: Annotated[bool, Key("Whether the download needs an account that accepted the licence.", Boolean())] = False
    uncounted: Annotated[
        int, Key("Parameters in the files that the text decoder's shape does not explain, such as a vision tower's.", COUNT)
    ] = 0
    strengths: Annotated[tuple[str, ...], Key("What it is used for.", ListOf(Text()))] = ()
    released: Annotated[str | None, Key("Day of release.", Text())] = None
    absent: Annotated[
        Mapping[str, str],
        Key("Quantisations that one may look for and that do not exist, each with the reason.", MapOf(Text(), QUANTIZATION_KEYS)),
    ] = field(default_factory=dict)
    note: Annotated[str, Key("What else one should know.", Text(lines=True))] = ""
    sources: Annotated[Mapping[str, str], Key("Citations by id.", SOURCES)] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one accelerator. `visible_gib` is what torch sees, which every share multiplies; it is less than what is marketed."""

    nominal_gib: Annotated[float, Key("Marketed memory; for unified memory the smallest offered.", POSITIVE)]
    source: Annotated[str, SOURCE]
    visible_gib: Annotated[float | None, Key("What torch reports in total.", POSITIVE)] = None
    bandwidth_gb_per_s: Annotated[float, Key("Peak bandwidth.", POSITIVE)] = 1.0
    options_gib: Annotated[tuple[int, ...], Key("Sizes that are sold, for unified memory.", ListOf(Integer(1, 4096)))] = ()
    verified: Annotated[bool, VERIFIED] = True


@dataclass(frozen=True, slots=True)
class Compute:
    """Arithmetic of one accelerator."""

    source: Annotated[str, SOURCE]
    capability: Annotated[float | None, Key("CUDA compute capability.", Number(1, 99))] = None
    gfx: Annotated[str | None, Key("AMD architecture.", Text())] = None
    bf16_tflops: Annotated[float | None, Key("Dense tensor throughput, bf16.", POSITIVE)] = None
    fp8_tflops: Annotated[float | None, Key("Dense tensor throughput, fp8.", POSITIVE)] = None
    verified: Annotated[bool, VERIFIED] = True


@dataclass(frozen=True, slots=True)
class Price:
    """Rent of one accelerator per hour, indicative."""

    low_usd: Annotated[float, Key("Cheapest seen.", POSITIVE)]
    high_usd: Annotated[float, Key("Dearest seen.", POSITIVE)]
    source: Annotated[str, SOURCE]
    verified: Annotated[bool, VERIFIED] = True


@dataclass(frozen=True, slots=True)
class AcceleratorFacts:
    """A kind of GPU, a chip with unified memory, or a CPU's memory system."""

    kind: Annotated[str, Key("What it is.", Choice(("gpu", "unified", "cpu")))]
    vendor: Annotated[Vendor, Key("Who makes it.", Choice(("nvidia", "amd", "apple", "cpu")))]
    memory: Annotated[Memory, Key("Its memory.", Block(Memory))]
    compute: Annotated[Compute | None, Key("Its arithmetic.", Block(Compute))] = None
    link_gb_per_s: Annotated[float | None, Key("Direct link to its neighbours, one way; without it PCIe only.", POSITIVE)] = None
    pcie_gb_per_s: Annotated[float | None, Key("PCIe, one way.", POSITIVE)] = None
    power_w: Annotated[float | None, Key("Power limit.", POSITIVE)] = None
    price: Annotated[Price | None, Key("What renting one costs.", Block(Price))] = None
    node_label: Annotated[str | None, Key("What NVIDIA's GPU feature discovery writes as `nvidia.com/gpu.product`.", Text())] = None
    note: Annotated[str, Key("What else one should know.", Text(lines=True))] = ""
    sources: Annotated[Mapping[str, str], Key("Citations by id.", SOURCES)] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Runs:
    """How an engine runs one quantisation."""

    capability: Annotated[float, Key("Least CUDA compute capability.", Number(0, 99))] = 0.0
    source: Annotated[str, SOURCE] = ""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """An engine at the version that is emitted."""

    version: Annotated[str, Key("The version whose flags are emitted.", Text())]
    image: Annotated[str, Key("Image, with the version's tag.", IMAGE)]
    entrypoint: Annotated[tuple[str, ...], Key("What the arguments follow.", ListOf(Text()))]
    port: Annotated[int, Key("Port it listens on when nothing is said.", PORT)]
    health_path: Annotated[str, Key("Path that answers 200 when it can serve.", Text())]
    vendors: Annotated[tuple[str, ...], Key("Whose devices this image runs on.", ListOf(Choice(("nvidia", "amd", "apple", "cpu"))))]
    runs: Annotated[Mapping[str, Runs], Key("What it can load.", MapOf(Block(Runs), QUANTIZATION_KEYS))]
    source: Annotated[str, SOURCE]
    flags: Annotated[
        tuple[str, ...],
        Key("Arguments and variables of this version that plans may use; one that is missing is not given.", ListOf(Text())),
    ] = ()
    removed: Annotated[tuple[str, ...], Key("Those of other versions that this one does not know.", ListOf(Text()))] = ()
    on_request: Annotated[bool, Key("Whether it runs only what names it as its backend.", Boolean())] = False
    kv_cache: Annotated[
        Mapping[str, Runs], Key("Caches of fewer bits that it can keep.", MapOf(Block(Runs), Pattern("8bit", "`8bit`")))
    ] = field(default_factory=dict)
    cpu_image: Annotated[str | None, Key("Image for machines without accelerator; without it the same.", IMAGE)] = None
    digest: Annotated[str | None, Key("Digest of the image.", Text())] = None
    metrics_path: Annotated[str | None, Key("Path of its Prometheus metrics.", Text())] = None
    sources: Annotated[Mapping[str, str], Key("Citations by id.", SOURCES)] = field(default_factory=dict)
    name: EngineName = "vllm"

    def reference(self, *, on_cpu: bool) -> str:
        """The image that runs it, with its digest where that is known."""
        if on_cpu and self.cpu_image:
            return self.cpu_image
        return self.image if self.digest is None else f"{self.image}@{self.digest}"


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """A subject, and the words that speak for it."""

    description: Annotated[str, Key("What belongs to the field.", Text(lines=True))]
    keywords: Annotated[
        Mapping[str, float],
        Key(
            "Words and phrases, lower case, each with how loudly it speaks.",
            MapOf(Number(0, 1, above=0), Pattern(r"[^\sA-Z][^\n\r\tA-Z]{0,63}", "a lower-case word or phrase")),
        ),
    ]
    utility_weights: Annotated[UtilityWeights, Key("Weights of the utility.", Block(UtilityWeights))]
    confidence_threshold: Annotated[float, Key("Least confidence of a sure answer.", Number(0, 1))]
    arbiter_policy: Annotated[str, Key("How the arbiter decides.", Choice(("balanced", "conservative")))]
    high_risk: Annotated[bool, Key("Whether wrong answers do harm.", Boolean())]
    source: Annotated[str, SOURCE]
    aliases: Annotated[tuple[str, ...], Key("Other names.", ListOf(NAME_KIND))] = ()
    sources: Annotated[Mapping[str, str], Key("Citations by id.", SOURCES)] = field(default_factory=dict)
    name: str = ""


NODE_SELECTOR = MapOf(Text(), Pattern(r"[a-z0-9./-]{1,128}", "a label's name"))


@dataclass(frozen=True, slots=True)
class Accelerators:
    """Like accelerators of one machine."""

    accelerator: Annotated[str, Key("Their kind: an entry of the registry.", NAME_KIND)]
    accelerators: Annotated[int, Key("How many.", Integer(1, 1024))]
    reserved_gib: Annotated[float, Key("Memory of each that something else holds.", Number(0, 1024))] = 0.0
    node_selector: Annotated[Mapping[str, str], Key("Labels of the Kubernetes nodes that have them.", NODE_SELECTOR)] = field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True)
class TierFacts:
    """The machine a deployment runs on: its accelerators, and the host around them. GPUs are numbered in the order of the kinds."""

    description: Annotated[str, Key("The machine in words.", Text())]
    accelerator: Annotated[str, Key("The kind of its accelerators: an entry of the registry.", NAME_KIND)]
    accelerators: Annotated[int, Key("How many; 0 where models run on the CPU.", Integer(0, 1024))]
    host_ram_gib: Annotated[float, Key("Memory of the host; with unified memory all there is.", POSITIVE)]
    cpu_cores: Annotated[int, Key("Cores of the host.", Integer(1, 4096))]
    engines: Annotated[tuple[str, ...], Key("Engines it can run, best first.", ListOf(Choice(MANAGED_ENGINES), minimum=1))]
    engines_run: Annotated[Literal["host", "container"], Key("Where the engines run.", Choice(("host", "container")))]
    targets: Annotated[tuple[str, ...], Key("What can be emitted for it.", ListOf(Choice(TARGETS), minimum=1))]
    source: Annotated[str, SOURCE] = ""
    reserved_gib: Annotated[
        float, Key("Memory of each device that something else holds: a desktop, or on a CPU the system and the router.", Number(0, 1024))
    ] = 0.0
    node_selector: Annotated[
        Mapping[str, str],
        Key("Labels of the Kubernetes nodes that have the accelerator.", NODE_SELECTOR),
    ] = field(default_factory=dict)
    also: Annotated[
        tuple[Accelerators, ...],
        Key("Accelerators of other kinds in the same machine, numbered after the first.", ListOf(Block(Accelerators), maximum=16)),
    ] = ()
    aliases: Annotated[tuple[str, ...], Key("Other names.", ListOf(NAME_KIND))] = ()
    why: Annotated[Mapping[str, str], Key("Why a target is not among `targets`.", MapOf(Text(), NAME_KIND))] = field(default_factory=dict)
    sources: Annotated[Mapping[str, str], Key("Citations by id.", SOURCES)] = field(default_factory=dict)
    name: str = ""

    @property
    def kinds(self) -> tuple[Accelerators, ...]:
        """Its accelerators by kind, in the order of their numbers."""
        return (Accelerators(self.accelerator, self.accelerators, self.reserved_gib, self.node_selector), *self.also)

    @property
    def devices(self) -> int:
        """Accelerators of all kinds; 0 where models run on the CPU."""
        return sum(kind.accelerators for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rung of a ladder: a model in one of its variants. `reference` is what the user wrote; `engine` is what the reference names."""

    reference: str
    model: ModelFacts
    variant: Variant
    engine: str | None = None


FACTS: Mapping[str, Any] = {
    "models": ModelFacts,
    "accelerators": AcceleratorFacts,
    "engines": EngineFacts,
    "fields": FieldFacts,
    "tiers": TierFacts,
}
"""The type of each kind of file."""
