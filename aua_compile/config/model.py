"""The Config: what the user, the preset and the tier said, every value final, typed and in units. Its declarations are the config language.

An absent optional value is None. Times are seconds, sizes are bytes, shares are fractions.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from aua_runtime.contract.notices import NAMES, SEVERITIES, Severity

from aua_compile.config.declare import (
    ENVIRONMENT_KIND,
    NAME_KIND,
    Block,
    Boolean,
    Choice,
    Data,
    Duration,
    Integer,
    Key,
    ListOf,
    MapOf,
    Number,
    Pattern,
    Share,
    Size,
    Text,
)
from aua_compile.frozen import dataclass

CONFIG_VERSION = "1.0"

RESERVED = frozenset(
    {
        "security",
        "rate_limits",
        "budgets",
        "secrets",
        "tenants",
        "policies",
        "hooks",
        "middleware",
        "plugins",
        "promotion",
        "sessions",
        "guards",
        "presets",
        "observability.audit",
        "prompts.classifier_template",
        "prompts.classifier_template_path",
    }
)
"""Keys that a later release implements; until then they are refused by name."""

GIB = 2**30
PORT = Integer(1, 65535)
PATH = Pattern(r"[^\x00-\x1f\\]+", "a path inside the project, with `/`")
HOST = Pattern(r"[A-Za-z0-9._:-]{1,253}|\[[0-9A-Fa-f:.]+\]", "a host name or an IP address")
URL = Pattern(r"https?://[^\s]+", "an `http://` or `https://` URL")
TRACE_URL = Pattern(r"https?://[^\s{}$]*\{trace_id\}[^\s{}$]*", "an `http://` or `https://` URL that holds `{trace_id}` once")
BASE_URLS = ListOf(URL, single=True, minimum=1, maximum=64)
ORIGIN = Pattern(r"\*|null|https?://[^\s/]+", "an origin such as `https://app.example.org`, without a path")
HEADER = Pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", "an HTTP header name")
IMAGE = Pattern(r"[a-z0-9][A-Za-z0-9_.:/@-]{0,254}", "an image reference such as `ghcr.io/org/name:1.2`")
REPOSITORY = Pattern(
    r"[A-Za-z0-9_.-]{1,96}(/[A-Za-z0-9_.-]{1,96}){0,2}(:[A-Za-z0-9_.-]{1,64})?",
    "a model id such as `Qwen/Qwen2.5-7B-Instruct`, or an Ollama tag such as `qwen2.5:7b`",
)
REVISION = Pattern(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}", "a commit hash, tag or branch")
FILE_NAME = Pattern(r"[A-Za-z0-9_.-]{1,128}\.gguf", "the name of a `.gguf` file in the repository")
QUANTITY = Pattern(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", "a Kubernetes name: lower-case letters, digits, `-` and `.`")
SPECIALIST_NAMES = ListOf(NAME_KIND)
DECIMAL = Pattern(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?", 'a decimal number in quotes with at most 6 decimals, such as `"2.50"`')

Policy = Literal["balanced", "conservative"]
ArbiterMode = Literal["pairwise", "vcg"]
BackendKind = Literal["vllm", "ollama", "llamacpp", "sglang", "openai"]
Scheme = Literal["http", "https"]
KvCache = Literal["16bit", "8bit"]

QUANTIZATIONS = ("bf16", "fp8", "awq", "gptq-int4", "gptq-int8", "mxfp4", "q4-k-m", "q8-0")
TARGETS = ("router", "compose", "kubernetes", "prometheus", "grafana", "docs")
PROMPT_USES = ("arbiter", "abstention", "medical_safe", "legal_safe")
ENGINE_KINDS: tuple[BackendKind, ...] = ("vllm", "ollama", "llamacpp", "sglang", "openai")


MINE = {"models.<name>.id": "acme/mine", "models.<name>.vram_gib": 5, "specialists[].model": "mine"}
"""What a config needs besides a key of `models`, so that the key matters; likewise the following."""

SHAPED = {
    "models.<name>.id": "acme/mine",
    "specialists[].model": "mine",
    "specialists[].max_num_seqs": 256,
    "specialists[].tensor_parallel": 2,
    "models.<name>.shape.parameters": 7_000_000_000,
    "models.<name>.shape.layers": 28,
    "models.<name>.shape.hidden": 3584,
    "models.<name>.shape.intermediate": 18944,
    "models.<name>.shape.heads": 28,
    "models.<name>.shape.kv_heads": 4,
    "models.<name>.shape.head_dim": 128,
    "models.<name>.shape.vocabulary": 152064,
}
OUTSIDE = {"backends.<name>.kind": "openai", "backends.<name>.base_url": "https://llm.example.org", "specialists[].backend": "mine"}
ELSEWHERE = {"specialists[].host": "a.example.org", "specialists[].scheme": "https"}
TRACED = {"observability.tracing.enabled": True, "observability.tracing.endpoint": "https://traces.example.org"}
COLLECTED = {
    "observability.tracing.enabled": True,
    "observability.tracing.collector.enabled": True,
    "observability.tracing.collector.exports.<name>.endpoint": "https://traces.example.org",
}
ARBITER_ELSEWHERE = {"arbiter.host": "a.example.org", "arbiter.scheme": "https"}
PATCHED = {"patches[].merge": {"x-team": {"name": "core"}}}
STORAGE = {"deploy.volumes[].name": "extra", "deploy.volumes[].size": "1GiB"}


@dataclass(frozen=True, slots=True)
class Project:
    """What is deployed."""

    name: Annotated[
        str,
        Key(
            "Name of the deployment; services, volumes and the namespace carry it.",
            NAME_KIND,
            what="breaking",
            how="recreate",
            differ=("alpha", "beta"),
        ),
    ]
    description: Annotated[
        str, Key("What this deployment is for, in the user's words.", Text(lines=True), what="metadata", how="none", differ=("one", "two"))
    ] = ""


@dataclass(frozen=True, slots=True)
class UtilityWeights:
    """Weights of the utility U = efficacy*E + confidence*C + curiosity*K; they sum to 1."""

    efficacy: Annotated[
        float,
        Key(
            "Weight of E, how well the answer does what was asked.",
            Number(0, 1),
            how="hot_reload",
            higher="favours answers that finish and pass checks",
            lower="favours the other two terms",
            differ=(0.5, 0.6),
        ),
    ] = 0.5
    confidence: Annotated[
        float,
        Key(
            "Weight of C, how sure the model was of this answer.",
            Number(0, 1),
            how="hot_reload",
            higher="favours answers given with high probability",
            lower="favours the other two terms",
            differ=(0.4, 0.3),
        ),
    ] = 0.4
    curiosity: Annotated[
        float,
        Key(
            "Weight of K, how new the question is.",
            Number(0, 1),
            how="hot_reload",
            higher="favours exploring",
            lower="favours what is known",
            differ=(0.1, 0.2),
        ),
    ] = 0.1


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field this deployment serves. A bare name takes everything from the registry; a name that the registry lacks is an own field."""

    name: Annotated[
        str,
        Key(
            "The field: a name or alias from the registry, or a new name.",
            NAME_KIND,
            what="breaking",
            differ=("mathematics", "general"),
            names="field",
        ),
    ]
    aliases: Annotated[
        tuple[str, ...],
        Key("Other names that requests may use for the field.", ListOf(NAME_KIND), what="additive", differ=([], ["numbers"])),
    ] = ()
    description: Annotated[
        str, Key("What belongs to the field, for people and for the arbiter.", Text(lines=True), what="metadata", differ=("one", "two"))
    ] = ""
    keywords: Annotated[
        Mapping[str, float],
        Key(
            "Words and phrases that speak for the field, each with a weight; they replace the registry's.",
            MapOf(Number(0, 1, above=0), Pattern(r"[^\s]([^\n\r\t]{0,62}[^\s])?", "a word or phrase of at most 64 characters")),
            differ=({"integral": 0.5}, {"integral": 0.9}),
        ),
    ] = field(default_factory=dict)
    utility_weights: Annotated[
        UtilityWeights | None,
        Key("Utility weights for this field; without them `utility.weights` holds.", Block(UtilityWeights), how="hot_reload"),
    ] = None
    confidence_threshold: Annotated[
        float | None,
        Key(
            "Least confidence at which an answer in this field counts as sure; without it `safety.min_confidence_for_direct_answer` holds.",
            Number(0, 1),
            how="hot_reload",
            higher="more answers go to the arbiter or are withheld",
            lower="more answers are returned as they are",
            differ=(0.7, 0.8),
            safer="higher",
        ),
    ] = None
    arbiter_policy: Annotated[
        Policy | None,
        Key(
            "How the arbiter decides in this field; without it `arbiter.policy` holds.",
            Choice(("balanced", "conservative")),
            differ=("balanced", "conservative"),
            safer="conservative",
        ),
    ] = None
    high_risk: Annotated[
        bool | None,
        Key("Whether wrong answers in this field do harm.", Boolean(), what="security", differ=(True, False), safer=True),
    ] = None


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The shape of a model that the registry does not know, from its `config.json`."""

    parameters: Annotated[
        int, Key("Number of parameters.", Integer(1_000_000, 10**13), how="recreate", differ=(7_000_000_000, 8_000_000_000), given=SHAPED)
    ]
    layers: Annotated[int, Key("`num_hidden_layers`.", Integer(1, 1024), how="recreate", differ=(28, 56), given=SHAPED)]
    hidden: Annotated[int, Key("`hidden_size`.", Integer(1, 10**6), how="recreate", differ=(3584, 65536), given=SHAPED)]
    intermediate: Annotated[int, Key("`intermediate_size`.", Integer(1, 10**7), how="recreate", differ=(18944, 189440), given=SHAPED)]
    heads: Annotated[int, Key("`num_attention_heads`.", Integer(1, 4096), how="recreate", differ=(28, 27), given=SHAPED)]
    kv_heads: Annotated[int, Key("`num_key_value_heads`.", Integer(1, 4096), how="recreate", differ=(4, 8), given=SHAPED)]
    head_dim: Annotated[int, Key("`head_dim`.", Integer(1, 4096), how="recreate", differ=(128, 256), given=SHAPED)]
    vocabulary: Annotated[int, Key("`vocab_size`.", Integer(1, 10**7), how="recreate", differ=(152064, 304128), given=SHAPED)]


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model under a name of the user's choice."""

    alias: Annotated[
        str | None,
        Key(
            "Another model's name that this one stands for.",
            NAME_KIND,
            how="recreate",
            differ=("qwen-3b-awq", "qwen-7b-awq"),
            given={"specialists[].model": "mine"},
            names="model",
        ),
    ] = None
    id: Annotated[
        str | None,
        Key(
            "Repository on Hugging Face, or tag for Ollama.",
            REPOSITORY,
            how="recreate",
            differ=("acme/one", "acme/two"),
            given={"models.<name>.vram_gib": 5, "specialists[].model": "mine"},
            example="Qwen/Qwen2.5-7B-Instruct-AWQ",
            names="repository",
        ),
    ] = None
    revision: Annotated[
        str | None,
        Key(
            "Commit of the repository; without it the registry's, else the default branch with a warning.",
            REVISION,
            how="recreate",
            differ=("a1b2c3d", "d4c3b2a"),
            given=MINE,
        ),
    ] = None
    backend: Annotated[
        str | None,
        Key(
            "The backend that runs it; without it the first engine of the tier that can.",
            NAME_KIND,
            how="recreate",
            differ=("vllm", "ollama"),
            given=MINE,
            names="backend",
        ),
    ] = None
    quantization: Annotated[
        str | None, Key("How the weights are stored.", Choice(QUANTIZATIONS), how="recreate", differ=("awq", "fp8"), given=MINE)
    ] = None
    gguf_file: Annotated[
        str | None,
        Key(
            "The file of a GGUF repository.",
            FILE_NAME,
            how="recreate",
            differ=("a.gguf", "b.gguf"),
            given={**MINE, "models.<name>.backend": "llamacpp", "specialists[].concurrency": 1},
        ),
    ] = None
    context: Annotated[
        int | None,
        Key("Longest context of the model, in tokens.", Integer(256, 10_000_000), how="recreate", differ=(4096, 8192), given=MINE),
    ] = None
    vram_gib: Annotated[
        float | None,
        Key(
            "Memory that the weights take, in GiB, for a model of unknown shape.",
            Number(above=0, maximum=10_000, unit="GiB"),
            how="recreate",
            differ=(5.2, 9.5),
            given={"models.<name>.id": "acme/mine", "specialists[].model": "mine"},
        ),
    ] = None
    shape: Annotated[
        ModelShape | None, Key("The model's shape, for a model that the registry does not know.", Block(ModelShape), how="recreate")
    ] = None


@dataclass(frozen=True, slots=True)
class Backend:
    """Something that serves models."""

    kind: Annotated[BackendKind, Key("What it speaks.", Choice(ENGINE_KINDS), how="recreate", differ=("vllm", "openai"), given=OUTSIDE)]
    base_url: Annotated[
        tuple[str, ...] | None,
        Key(
            "Where an external backend is reached, without `/v1`; a backend with one is not started by this deployment. Several are"
            " servers of the same models: calls are spread over them, and those of one session stay together.",
            BASE_URLS,
            what="breaking",
            differ=("https://a.example.org", ["https://a.example.org", "https://b.example.org"]),
            given=OUTSIDE,
        ),
    ] = None
    auth_secret: Annotated[
        str | None,
        Key(
            "Environment variable that holds the bearer key for it.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("KEY_A", "KEY_B"),
            given=OUTSIDE,
        ),
    ] = None
    headers: Annotated[
        Mapping[str, str],
        Key("Headers sent with every call to it; never a secret.", MapOf(Text(), HEADER), differ=({}, {"X-Team": "search"}), given=OUTSIDE),
    ] = field(default_factory=dict)
    allow_private: Annotated[
        bool,
        Key(
            "Whether its address may be a private one. Link-local and metadata addresses are refused even so.",
            Boolean(),
            what="security",
            differ=(True, False),
            given=OUTSIDE,
            safer=False,
        ),
    ] = False


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How many calls a specialist gets at once, and how many wait."""

    concurrency: Annotated[
        int | None,
        Key(
            "Calls that one router process has open at each server at once; without it the sequences planned for the engine, and no limit"
            " for one that runs elsewhere.",
            Integer(1, 100_000),
            higher="fewer calls wait here, more at the engine",
            lower="calls wait here, in the order they came",
            differ=(4, 16),
        ),
    ] = None
    queue: Annotated[
        int | None,
        Key(
            "Calls that wait for a place; one more is refused, or goes to the fallback. Without it twice `concurrency`, at least 16.",
            Integer(0, 100_000),
            higher="bursts survive, and wait",
            lower="clients hear sooner",
            differ=(0, 50),
            given={"resilience.limits.concurrency": 4},
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """When the router stops calling a specialist that fails."""

    threshold: Annotated[
        int | None,
        Key("Failures in a row that open it.", Integer(1, 1000), higher="tolerates more failures", lower="gives up sooner", differ=(3, 9)),
    ] = None
    recovery_s: Annotated[
        float | None,
        Key(
            "Seconds after which it lets probes through.",
            Number(above=0, maximum=86400, unit="s"),
            higher="leaves the specialist alone longer",
            lower="probes sooner",
            differ=(10, 20),
        ),
    ] = None
    half_open_max: Annotated[
        int | None,
        Key("Probes at once while half open.", Integer(0, 100), higher="recovers faster", lower="spares the specialist", differ=(1, 3)),
    ] = None
    window: Annotated[
        int | None,
        Key("Latest calls that are looked at; 0 looks at failures in a row alone.", Integer(0, 1000), differ=(0, 50)),
    ] = None
    failing_share: Annotated[
        float | None,
        Key(
            "Share of the window's calls, failed or slow, that opens it.",
            Number(above=0, maximum=1),
            higher="tolerates more failures",
            lower="gives up sooner",
            differ=(0.3, 0.7),
        ),
    ] = None
    slow_share: Annotated[
        float | None,
        Key(
            "Share of the time a call may take from which it counts as slow; 1 counts none.",
            Number(above=0, maximum=1),
            higher="tolerates slower calls",
            lower="gives up sooner",
            differ=(0.5, 1),
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Price:
    """What a model's tokens cost, per million, in the currency of `observability.costs`. The router accounts with it."""

    input: Annotated[
        str, Key("For a million tokens that it reads.", DECIMAL, how="hot_reload", differ=("2.50", "3.00"), example="2.50")
    ] = "0"
    output: Annotated[
        str, Key("For a million tokens that it writes.", DECIMAL, how="hot_reload", differ=("10.00", "12"), example="10.00")
    ] = "0"
    cached_input: Annotated[
        str | None,
        Key(
            "For a million tokens that it reads from its cache, where it tells them; without it they cost what others do.",
            DECIMAL,
            how="hot_reload",
            differ=("0.25", "0.50"),
            given={"specialists[].price.input": "2.50", "arbiter.price.input": "2.50"},
            example="0.25",
        ),
    ] = None


MODEL_LADDER = ListOf(Pattern(r"[a-z][a-z0-9_-]{0,62}|[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", "a model's name"), single=True, minimum=1)
GPU_INDICES = ListOf(Integer(0, 1023), minimum=1)


@dataclass(frozen=True, slots=True)
class Specialist:
    """A model that answers one field."""

    name: Annotated[
        str, Key("The specialist's name: requests may pin it, services carry it.", NAME_KIND, what="breaking", differ=("one", "two"))
    ]
    model: Annotated[
        tuple[str, ...],
        Key(
            "The model, or a ladder of models best first: the best rung that fits is taken.",
            MODEL_LADDER,
            how="recreate",
            differ=("qwen-7b-awq", "qwen-3b-awq"),
            example=["qwen-coder-14b-awq", "qwen-coder-7b-awq"],
            names="model",
        ),
    ]
    field: Annotated[str, Key("The field it answers.", NAME_KIND, differ=("mathematics", "general"), names="field")]
    backend: Annotated[
        str | None,
        Key(
            "The backend that serves it; without it the first engine of the tier that can.",
            NAME_KIND,
            how="recreate",
            differ=("vllm", "ollama"),
            names="backend",
        ),
    ] = None
    host: Annotated[
        str | None,
        Key(
            "Where it runs; absent or loopback: this deployment starts it.",
            HOST,
            what="breaking",
            differ=("a.example.org", "b.example.org"),
        ),
    ] = None
    port: Annotated[int | None, Key("Port it listens on; chosen when absent.", PORT, how="recreate", differ=(9101, 9102))] = None
    scheme: Annotated[
        Scheme | None,
        Key(
            "How an external host is called.",
            Choice(("http", "https")),
            what="security",
            differ=("http", "https"),
            given=ELSEWHERE,
            safer="https",
        ),
    ] = None
    gpus: Annotated[
        tuple[int, ...] | None,
        Key("GPUs of the tier it must use; the planner chooses when absent.", GPU_INDICES, how="recreate", differ=([0], [1])),
    ] = None
    memory: Annotated[
        Any,
        Key(
            "What it may take of each GPU: a fraction or a size; the planner chooses when absent.",
            Share(),
            how="recreate",
            differ=(0.5, 0.6),
            example="10GiB",
        ),
    ] = None
    context: Annotated[
        int,
        Key(
            "Tokens of prompt and answer that one request may need.",
            Integer(256, 10_000_000),
            how="recreate",
            higher="longer conversations, more KV cache",
            lower="room for more requests at once",
            differ=(4096, 8192),
        ),
    ] = 8192
    concurrency: Annotated[
        int,
        Key(
            "Requests of full context that must be served at once.",
            Integer(1, 100_000),
            how="recreate",
            higher="needs more KV cache",
            lower="fits smaller cards",
            differ=(2, 4),
        ),
    ] = 8
    max_num_seqs: Annotated[
        int | None,
        Key(
            "Most requests that the engine batches; the planner chooses when absent.", Integer(1, 100_000), how="recreate", differ=(16, 32)
        ),
    ] = None
    tensor_parallel: Annotated[
        int | None,
        Key("GPUs that share each layer of the model; the planner chooses when absent.", Integer(1, 1024), how="recreate", differ=(1, 2)),
    ] = None
    pipeline_parallel: Annotated[
        int | None,
        Key(
            "Stages of layers that vLLM runs on GPUs one after another; the planner chooses when absent.",
            Integer(1, 1024),
            how="recreate",
            differ=(1, 2),
        ),
    ] = None
    kv_cache: Annotated[
        KvCache,
        Key(
            "What the KV cache keeps of each value: bf16 or f16, or with `8bit` fp8 in vLLM and q8_0 in llama.cpp and Ollama.",
            Choice(("16bit", "8bit")),
            how="recreate",
            differ=("16bit", "8bit"),
        ),
    ] = "16bit"
    timeout_s: Annotated[
        float | None,
        Key(
            "Longest one call may take, in seconds; wins over `resilience.timeouts.total`.",
            Number(above=0, maximum=86400, unit="s"),
            higher="slow answers survive",
            lower="fails over sooner",
            differ=(60, 30),
        ),
    ] = None
    retries: Annotated[
        int | None,
        Key(
            "Repeats of a failed call; wins over `resilience.retry.max`.",
            Integer(0, 10),
            higher="survives more hiccups",
            lower="answers sooner when it is down",
            differ=(0, 2),
        ),
    ] = None
    fallback: Annotated[
        tuple[str, ...],
        Key("Specialists to call instead when this one fails, in order.", SPECIALIST_NAMES, differ=([], ["other"]), names="specialist"),
    ] = ()
    circuit_breaker: Annotated[
        CircuitBreaker | None, Key("Breaker of this specialist; wins over `resilience.breaker`.", Block(CircuitBreaker))
    ] = None
    limits: Annotated[
        CallLimits | None, Key("Calls that this specialist gets at once; wins over `resilience.limits`.", Block(CallLimits))
    ] = None
    tls_verify: Annotated[
        bool,
        Key(
            "Whether the certificate of an https host is checked.",
            Boolean(),
            what="security",
            differ=(True, False),
            given=ELSEWHERE,
            safer=True,
        ),
    ] = True
    embeddings: Annotated[
        bool,
        Key(
            "Whether its server, which runs elsewhere, answers `/v1/embeddings` too; the router then offers them.",
            Boolean(),
            differ=(True, False),
            given=ELSEWHERE,
        ),
    ] = False
    price: Annotated[
        Price | None, Key("What its tokens cost; without it a model that runs here costs its part of the GPUs' hours.", Block(Price))
    ] = None


VCG_MODE = {"arbiter.mode": "vcg"}


@dataclass(frozen=True, slots=True)
class Vcg:
    """The arbiter's mode `vcg`: the candidate of greatest expected utility over the likely fields is given; see docs/scoring.md."""

    prior: Annotated[
        float,
        Key(
            "Expected utility of a specialist of which nothing has been seen.",
            Number(0, 1),
            how="hot_reload",
            differ=(0.65, 0.6),
            given=VCG_MODE,
        ),
    ] = 0.65
    prior_weight: Annotated[
        float,
        Key(
            "Answers that the prior counts as much as.",
            Number(0, 1_000_000),
            how="hot_reload",
            higher="records matter later",
            lower="this answer and the last ones matter more",
            differ=(10, 20),
            given=VCG_MODE,
        ),
    ] = 10.0
    margin: Annotated[
        float,
        Key(
            "Difference in welfare up to which two candidates count as equally good.",
            Number(0, 1),
            how="hot_reload",
            higher="more verdicts `both`",
            lower="fewer verdicts `both`",
            differ=(0.005, 0.01),
            given=VCG_MODE,
        ),
    ] = 0.005
    least_welfare: Annotated[
        float,
        Key(
            "Welfare below which no candidate is given.",
            Number(0, 1),
            how="hot_reload",
            higher="more abstentions",
            lower="fewer abstentions",
            differ=(0.5, 0.4),
            given=VCG_MODE,
            safer="higher",
        ),
    ] = 0.5


@dataclass(frozen=True, slots=True)
class Arbiter:
    """The model that decides between candidates. A specialist without a field."""

    enabled: Annotated[
        bool, Key("Whether candidates are compared at all.", Boolean(), what="breaking", differ=(True, False), safer=True)
    ] = True
    name: Annotated[str, Key("The arbiter's name.", NAME_KIND, what="breaking", differ=("arbiter", "judge"))] = "arbiter"
    model: Annotated[
        tuple[str, ...] | None,
        Key(
            "The model, or a ladder of models best first.",
            MODEL_LADDER,
            how="recreate",
            differ=("qwen-3b-awq", "qwen-1-5b-awq"),
            names="model",
        ),
    ] = None
    policy: Annotated[
        Policy, Key("How it decides.", Choice(("balanced", "conservative")), differ=("balanced", "conservative"), safer="conservative")
    ] = "balanced"
    mode: Annotated[
        ArbiterMode,
        Key(
            "What decides after the checks: `pairwise` asks the model about two answers in either order, `vcg` takes the greatest welfare.",
            Choice(("pairwise", "vcg")),
            differ=("pairwise", "vcg"),
        ),
    ] = "pairwise"
    vcg: Annotated[Vcg, Key("How welfare is reckoned in the mode `vcg`.", Block(Vcg))] = field(default_factory=Vcg)
    confidence_threshold: Annotated[
        float,
        Key(
            "Least confidence of a verdict that is followed.",
            Number(0, 1),
            how="hot_reload",
            higher="more abstentions",
            lower="more verdicts followed",
            differ=(0.6, 0.8),
            safer="higher",
        ),
    ] = 0.6
    backend: Annotated[
        str | None,
        Key(
            "The backend that serves it; without it the first engine of the tier that can.",
            NAME_KIND,
            how="recreate",
            differ=("vllm", "ollama"),
            names="backend",
        ),
    ] = None
    host: Annotated[
        str | None,
        Key(
            "Where it runs; absent or loopback: this deployment starts it.",
            HOST,
            what="breaking",
            differ=("a.example.org", "b.example.org"),
        ),
    ] = None
    port: Annotated[int | None, Key("Port it listens on; chosen when absent.", PORT, how="recreate", differ=(9101, 9102))] = None
    scheme: Annotated[
        Scheme | None,
        Key(
            "How an external host is called.",
            Choice(("http", "https")),
            what="security",
            differ=("http", "https"),
            given=ARBITER_ELSEWHERE,
            safer="https",
        ),
    ] = None
    gpus: Annotated[
        tuple[int, ...] | None,
        Key("GPUs of the tier it must use; the planner chooses when absent.", GPU_INDICES, how="recreate", differ=([0], [1])),
    ] = None
    memory: Annotated[Any, Key("What it may take of each GPU: a fraction or a size.", Share(), how="recreate", differ=(0.2, 0.25))] = None
    context: Annotated[
        int,
        Key(
            "Tokens of prompt, candidates and verdict that one decision may need.",
            Integer(256, 10_000_000),
            how="recreate",
            differ=(8192, 40000),
        ),
    ] = 8192
    concurrency: Annotated[int, Key("Decisions that must be served at once.", Integer(1, 100_000), how="recreate", differ=(2, 4))] = 4
    max_num_seqs: Annotated[
        int | None, Key("Most requests that the engine batches.", Integer(1, 100_000), how="recreate", differ=(16, 32))
    ] = None
    tensor_parallel: Annotated[
        int | None, Key("GPUs that share each layer of the model.", Integer(1, 1024), how="recreate", differ=(1, 2))
    ] = None
    pipeline_parallel: Annotated[
        int | None, Key("Stages of layers that vLLM runs on GPUs one after another.", Integer(1, 1024), how="recreate", differ=(1, 2))
    ] = None
    kv_cache: Annotated[
        KvCache, Key("What the KV cache keeps of each value.", Choice(("16bit", "8bit")), how="recreate", differ=("16bit", "8bit"))
    ] = "16bit"
    timeout_s: Annotated[
        float | None, Key("Longest one decision may take, in seconds.", Number(above=0, maximum=86400, unit="s"), differ=(60, 30))
    ] = None
    retries: Annotated[int | None, Key("Repeats of a failed call.", Integer(0, 10), differ=(0, 2))] = None
    fallback: Annotated[
        tuple[str, ...],
        Key("Specialists to ask instead when the arbiter fails, in order.", SPECIALIST_NAMES, differ=([], ["other"]), names="specialist"),
    ] = ()
    circuit_breaker: Annotated[
        CircuitBreaker | None, Key("Breaker of the arbiter; wins over `resilience.breaker`.", Block(CircuitBreaker))
    ] = None
    limits: Annotated[CallLimits | None, Key("Calls that the arbiter gets at once; wins over `resilience.limits`.", Block(CallLimits))] = (
        None
    )
    tls_verify: Annotated[
        bool,
        Key(
            "Whether the certificate of an https host is checked.",
            Boolean(),
            what="security",
            differ=(True, False),
            given=ARBITER_ELSEWHERE,
            safer=True,
        ),
    ] = True
    price: Annotated[
        Price | None, Key("What its tokens cost; without it a model that runs here costs its part of the GPUs' hours.", Block(Price))
    ] = None


@dataclass(frozen=True, slots=True)
class Routing:
    """Thresholds on the classifier's probability of a field."""

    single_threshold: Annotated[
        float,
        Key(
            "Probability from which one specialist answers alone.",
            Number(0, 1),
            how="hot_reload",
            higher="more prompts go to several specialists or the arbiter",
            lower="more prompts go to one specialist",
            differ=(0.75, 0.8),
        ),
    ] = 0.75
    fanout_threshold: Annotated[
        float,
        Key(
            "Probability from which a field's specialist joins a fan-out.",
            Number(0, 1),
            how="hot_reload",
            higher="fewer candidates",
            lower="more candidates, more cost",
            differ=(0.3, 0.25),
        ),
    ] = 0.30
    max_fanout: Annotated[
        int,
        Key(
            "Most specialists that one prompt is sent to; 1 turns fan-out off.",
            Integer(1, 16),
            higher="more candidates",
            lower="less cost",
            differ=(1, 2),
        ),
    ] = 2
    deadline_s: Annotated[
        float,
        Key(
            "Longest a request may take in all, in seconds.",
            Number(above=0, maximum=86400, unit="s"),
            how="hot_reload",
            higher="slow answers survive",
            lower="clients hear sooner",
            differ=(150, 240),
        ),
    ] = 150.0


@dataclass(frozen=True, slots=True)
class Utility:
    """How answers are scored."""

    weights: Annotated[
        UtilityWeights, Key("Weights for fields that give none of their own; they sum to 1.", Block(UtilityWeights), how="hot_reload")
    ] = field(default_factory=UtilityWeights)


@dataclass(frozen=True, slots=True)
class Safety:
    """When the router abstains."""

    abstention_enabled: Annotated[
        bool, Key("Whether an answer that is not sure enough is withheld.", Boolean(), what="security", differ=(True, False), safer=True)
    ] = True
    high_risk_fields: Annotated[
        tuple[str, ...],
        Key(
            "Fields in which wrong answers do harm, besides those that the registry marks.",
            ListOf(NAME_KIND),
            what="security",
            differ=([], ["general"]),
            safer="more",
            names="field",
        ),
    ] = ()
    require_arbiter_for_high_risk: Annotated[
        bool,
        Key(
            "Whether the arbiter looks at every answer in a high-risk field.", Boolean(), what="security", differ=(True, False), safer=True
        ),
    ] = False
    min_confidence_for_direct_answer: Annotated[
        float,
        Key(
            "Least confidence of an answer that is returned as it is; 0 asks for none.",
            Number(0, 1),
            how="hot_reload",
            higher="more abstentions",
            lower="more answers returned as they are",
            differ=(0.1, 0.2),
            safer="higher",
        ),
    ] = 0.0


@dataclass(frozen=True, slots=True)
class Prompts:
    """Texts that the router uses. `<use>_template` names one from the registry, `<use>_template_path` a file of the project."""

    arbiter_template: Annotated[
        str | None,
        Key("Registered text for the arbiter.", NAME_KIND, differ=("arbiter_balanced_v1", "arbiter_conservative_v1"), names="prompt"),
    ] = None
    abstention_template: Annotated[
        str | None, Key("Registered text of an abstention.", NAME_KIND, differ=("abstention_v1", "medical_safe_v1"), names="prompt")
    ] = None
    medical_safe_template: Annotated[
        str | None, Key("Registered text added to medical prompts.", NAME_KIND, differ=("medical_safe_v1", "legal_safe_v1"), names="prompt")
    ] = None
    legal_safe_template: Annotated[
        str | None, Key("Registered text added to legal prompts.", NAME_KIND, differ=("medical_safe_v1", "legal_safe_v1"), names="prompt")
    ] = None
    arbiter_template_path: Annotated[
        str | None, Key("File with the text for the arbiter.", PATH, differ=("a.txt", "b.txt"), names="file")
    ] = None
    abstention_template_path: Annotated[
        str | None, Key("File with the text of an abstention.", PATH, differ=("a.txt", "b.txt"), names="file")
    ] = None
    medical_safe_template_path: Annotated[
        str | None, Key("File with the text added to medical prompts.", PATH, differ=("a.txt", "b.txt"), names="file")
    ] = None
    legal_safe_template_path: Annotated[
        str | None, Key("File with the text added to legal prompts.", PATH, differ=("a.txt", "b.txt"), names="file")
    ] = None


@dataclass(frozen=True, slots=True)
class Management:
    """The second listener: metrics, plan and reload."""

    host: Annotated[str, Key("Loopback address it binds without containers.", HOST, what="security", differ=("127.0.0.1", "::1"))] = (
        "127.0.0.1"
    )
    port: Annotated[int, Key("Its port.", PORT, how="recreate", differ=(8001, 8011))] = 8001
    socket: Annotated[
        str | None,
        Key(
            "A Unix socket instead of the port, relative to the working folder; only without containers.",
            PATH,
            how="recreate",
            differ=("run/a.sock", "run/b.sock"),
            given={"targets": ["router"]},
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what clients may send or hold."""

    body: Annotated[int, Key("Longest request body.", Size(1024, 2**30), differ=("1MiB", "2MiB"))] = 4 * 2**20
    header: Annotated[int, Key("Longest request head.", Size(1024, 2**20), differ=("16KiB", "32KiB"))] = 32 * 2**10
    connections: Annotated[int, Key("Most connections at once.", Integer(1, 1_000_000), differ=(100, 200))] = 4096
    streams: Annotated[int, Key("Most streamed answers at once.", Integer(1, 1_000_000), differ=(100, 200))] = 1024


@dataclass(frozen=True, slots=True)
class Api:
    """The router's public face."""

    host: Annotated[
        str,
        Key(
            "Address at which the router is published: the bind address without containers, the published host address in compose.",
            HOST,
            what="security",
            how="recreate",
            differ=("127.0.0.1", "127.0.0.2"),
        ),
    ] = "127.0.0.1"
    port: Annotated[int, Key("Port of the router.", PORT, what="breaking", how="recreate", differ=(8000, 8080))] = 8000
    api_key_secret: Annotated[
        str | None,
        Key(
            "Environment variable that holds the bearer key clients must send; without it anyone may ask.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("KEY_A", "KEY_B"),
        ),
    ] = None
    management: Annotated[Management, Key("The second listener, for operators.", Block(Management))] = field(default_factory=Management)
    cors_origins: Annotated[
        tuple[str, ...],
        Key(
            "Web origins whose pages may call the router.",
            ListOf(ORIGIN),
            what="security",
            how="hot_reload",
            differ=([], ["https://app.example.org"]),
        ),
    ] = ()
    cors_credentials: Annotated[
        bool,
        Key(
            "Whether those pages may send credentials.",
            Boolean(),
            what="security",
            how="hot_reload",
            differ=(True, False),
            given={"api.cors_origins": ["https://app.example.org"]},
            safer=False,
        ),
    ] = False
    allowed_hosts: Annotated[
        tuple[str, ...],
        Key(
            "`Host` headers that are answered; empty answers loopback names and the published address.",
            ListOf(Pattern(r"\*|(\*\.)?[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]+\]", "a host name, `*.domain` or `*`")),
            what="security",
            differ=([], ["llm.example.org"]),
        ),
    ] = ()
    forwarded_allow_ips: Annotated[
        tuple[str, ...],
        Key(
            "Proxies whose `X-Forwarded-*` headers are believed.",
            ListOf(Pattern(r"\*|[0-9A-Fa-f:./]{2,49}", "an IP address, a network or `*`")),
            what="security",
            differ=([], ["127.0.0.1"]),
        ),
    ] = ()
    limits: Annotated[Limits, Key("Bounds on what clients may send or hold.", Block(Limits))] = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds on one upstream call."""

    connect: Annotated[float, Key("Longest wait for a connection.", Duration(0.001), differ=("2s", "3s"))] = 5.0
    first_token: Annotated[float, Key("Longest wait for the first token.", Duration(0.001), differ=("20s", "30s"))] = 60.0
    idle: Annotated[float, Key("Longest silence between tokens.", Duration(0.001), differ=("20s", "30s"))] = 30.0
    total: Annotated[float, Key("Longest whole call.", Duration(0.001), differ=("50s", "40s"))] = 60.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeats of failed upstream calls; only while no byte of the response has arrived."""

    max: Annotated[int, Key("Most repeats of one call.", Integer(0, 10), differ=(0, 1))] = 1
    base: Annotated[float, Key("Wait before the first repeat; doubled each time.", Duration(0.001), differ=("100ms", "200ms"))] = 0.1
    cap: Annotated[float, Key("Longest wait between repeats.", Duration(0.001), differ=("1s", "2s"))] = 2.0
    budget: Annotated[float, Key("Share of calls that may be repeats.", Number(0, 1), differ=(0.1, 0.2))] = 0.2


@dataclass(frozen=True, slots=True)
class Breaker:
    """Defaults of all circuit breakers."""

    threshold: Annotated[int, Key("Failures in a row that open it.", Integer(1, 1000), differ=(5, 9))] = 5
    recovery_s: Annotated[
        float, Key("Seconds after which it lets probes through.", Number(above=0, maximum=86400, unit="s"), differ=(10, 20))
    ] = 30.0
    half_open_max: Annotated[int, Key("Probes at once while half open.", Integer(0, 100), differ=(1, 3))] = 1
    window: Annotated[
        int,
        Key(
            "Latest calls that are looked at, once there are so many; 0 looks at failures in a row alone.",
            Integer(0, 1000),
            differ=(0, 50),
        ),
    ] = 20
    failing_share: Annotated[
        float, Key("Share of the window's calls, failed or slow, that opens it.", Number(above=0, maximum=1), differ=(0.3, 0.7))
    ] = 0.5
    slow_share: Annotated[
        float,
        Key(
            "Share of the time a call may take from which it counts as slow: of `first_token` in a stream, else of `total`. 1 counts none.",
            Number(above=0, maximum=1),
            differ=(0.5, 1),
        ),
    ] = 0.8


@dataclass(frozen=True, slots=True)
class Probe:
    """How servers that carry no calls are asked whether they are there."""

    enabled: Annotated[bool, Key("Whether they are asked at all.", Boolean(), differ=(True, False))] = True
    interval: Annotated[
        float,
        Key(
            "Time between two probes of a server without calls.",
            Duration(1, 3600),
            higher="an idle server's end is noticed later",
            lower="it is noticed sooner",
            differ=("5s", "30s"),
        ),
    ] = 15.0


@dataclass(frozen=True, slots=True)
class Hedge:
    """A second call for one that takes long; the first to answer wins."""

    after: Annotated[
        float,
        Key(
            "Time without an answer, in a stream without content, after which the second call is sent.",
            Duration(0.001),
            higher="fewer second calls",
            lower="slow calls matter less, at more cost",
            differ=("2s", "5s"),
        ),
    ]
    budget: Annotated[
        float,
        Key(
            "Share of calls that may have a second one.",
            Number(above=0, maximum=1),
            differ=(0.02, 0.1),
            given={"resilience.hedge.after": "2s"},
        ),
    ] = 0.05


@dataclass(frozen=True, slots=True)
class Resilience:
    """Defaults for all specialists; what a specialist says wins."""

    timeouts: Annotated[Timeouts, Key("Bounds on one upstream call.", Block(Timeouts))] = field(default_factory=Timeouts)
    retry: Annotated[Retry, Key("Repeats of failed calls.", Block(Retry))] = field(default_factory=Retry)
    breaker: Annotated[Breaker, Key("Circuit breakers.", Block(Breaker))] = field(default_factory=Breaker)
    limits: Annotated[CallLimits, Key("Calls that each specialist gets at once.", Block(CallLimits))] = field(default_factory=CallLimits)
    probe: Annotated[Probe, Key("Probes of servers without calls.", Block(Probe))] = field(default_factory=Probe)
    hedge: Annotated[Hedge | None, Key("Second calls; without it there are none.", Block(Hedge))] = None


@dataclass(frozen=True, slots=True)
class State:
    """Where the router records what it did."""

    backend: Annotated[
        Literal["sqlite", "postgres"],
        Key(
            "The store.",
            Choice(("sqlite", "postgres")),
            what="breaking",
            how="manual",
            differ=("sqlite", "postgres"),
            given={"state.dsn_secret": "DSN"},
        ),
    ] = "sqlite"
    path: Annotated[
        str, Key("SQLite file, relative to the project, no URI.", PATH, what="breaking", how="manual", differ=("state/a.db", "state/b.db"))
    ] = "state/aua.db"
    dsn_secret: Annotated[
        str | None,
        Key(
            "Environment variable with the Postgres DSN.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("DSN_A", "DSN_B"),
            given={"state.backend": "postgres"},
        ),
    ] = None
    durability: Annotated[
        Literal["normal", "full"],
        Key("`full` syncs every commit, `normal` at checkpoints.", Choice(("normal", "full")), differ=("normal", "full")),
    ] = "normal"


@dataclass(frozen=True, slots=True)
class Logging:
    """Logs of the router."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Key("Least severity that is logged.", Choice(("debug", "info", "warning", "error")), how="hot_reload", differ=("info", "debug")),
    ] = "info"
    format: Annotated[
        Literal["auto", "json", "text"],
        Key(
            "`json` for machines, `text` for people; `auto` is `text` on a terminal and `json` elsewhere, as in a container.",
            Choice(("auto", "json", "text")),
            differ=("json", "text"),
        ),
    ] = "auto"
    sample: Annotated[
        float,
        Key(
            "Share of the requests that went well whose line is written; those that failed always have one.",
            Number(0, 1),
            how="hot_reload",
            differ=(1.0, 0.1),
        ),
    ] = 1.0
    prompts: Annotated[
        bool, Key("Whether prompts and answers are logged.", Boolean(), what="security", differ=(True, False), safer=False)
    ] = False


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of the router."""

    enabled: Annotated[bool, Key("Whether `/metrics` exists on the management listener.", Boolean(), differ=(True, False))] = True
    scrape_interval: Annotated[float, Key("How often Prometheus reads them.", Duration(1, 3600), how="recreate", differ=("15s", "30s"))] = (
        15.0
    )


@dataclass(frozen=True, slots=True)
class Enabled:
    """A part that can be left out."""

    enabled: Annotated[bool, Key("Whether it is emitted.", Boolean(), how="recreate", differ=(True, False))] = True


@dataclass(frozen=True, slots=True)
class LatencyObjective:
    """How fast responses are to be."""

    within: Annotated[
        float,
        Key(
            "Time that a response may take to count as fast: a bound of the router's latency histogram.",
            Duration(0.001, 3600),
            how="recreate",
            differ=("10s", "20s"),
            given={"observability.slo.latency.target": 0.95},
            higher="fewer responses count as slow",
        ),
    ]
    target: Annotated[
        float,
        Key(
            "Share of responses that are to be fast, over 30 days.",
            Number(0, 0.99999, above=0),
            how="recreate",
            differ=(0.9, 0.95),
            given={"observability.slo.latency.within": "10s"},
            higher="fewer slow responses are allowed",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Slo:
    """Service level objectives: what users are promised, from which alerts on the error budget are made."""

    availability: Annotated[
        float | None,
        Key(
            "Share of requests that are to be answered without an error, over 30 days.",
            Number(0, 0.99999, above=0),
            how="recreate",
            differ=(0.99, 0.995),
            higher="fewer failures are allowed",
        ),
    ] = None
    latency: Annotated[LatencyObjective | None, Key("How fast responses are to be.", Block(LatencyObjective))] = None


@dataclass(frozen=True, slots=True)
class TraceExport:
    """Where the collector sends spans: a Tempo, a Jaeger, another collector, or a service that takes OTLP."""

    endpoint: Annotated[
        str,
        Key(
            "Its address: over HTTP the base without `/v1/traces`, over gRPC scheme, host and port.",
            URL,
            how="recreate",
            differ=("https://a.example.org", "https://b.example.org"),
            given=COLLECTED,
        ),
    ]
    protocol: Annotated[
        Literal["http", "grpc"],
        Key("How it takes OTLP.", Choice(("http", "grpc")), how="recreate", differ=("http", "grpc"), given=COLLECTED),
    ] = "http"
    headers: Annotated[
        Mapping[str, str],
        Key(
            "Headers sent with spans; never a secret.",
            MapOf(Text(), HEADER),
            how="recreate",
            differ=({}, {"X-Scope-OrgID": "search"}),
            given=COLLECTED,
        ),
    ] = field(default_factory=dict)
    header_secrets: Annotated[
        Mapping[str, str],
        Key(
            "Headers sent with spans, each with the NAME of the environment variable that holds its whole value.",
            MapOf(ENVIRONMENT_KIND, HEADER),
            what="security",
            how="recreate",
            differ=({}, {"DD-API-KEY": "DATADOG_KEY"}),
            given=COLLECTED,
        ),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collector:
    """An OpenTelemetry collector that is deployed beside the router."""

    enabled: Annotated[
        bool,
        Key(
            "Whether it is; spans then go to it.",
            Boolean(),
            how="recreate",
            differ=(True, False),
            given={**TRACED, "observability.tracing.collector.exports.<name>.endpoint": "https://traces.example.org"},
        ),
    ] = False
    exports: Annotated[
        Mapping[str, TraceExport],
        Key("Where it sends them, by a name of your choice.", MapOf(Block(TraceExport), NAME_KIND), how="recreate"),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tracing:
    """Traces of requests, as OpenTelemetry has them. Off, nothing of them is in the generated code."""

    enabled: Annotated[
        bool,
        Key(
            "Whether requests are recorded.",
            Boolean(),
            differ=(True, False),
            given={"observability.tracing.endpoint": "https://traces.example.org"},
        ),
    ] = False
    endpoint: Annotated[
        str | None,
        Key(
            "Where spans are sent, without a `collector`: the base of an OTLP endpoint over HTTP, without `/v1/traces`.",
            URL,
            differ=("https://a.example.org", "https://b.example.org"),
            given={"observability.tracing.enabled": True},
        ),
    ] = None
    headers: Annotated[
        Mapping[str, str],
        Key("Headers sent with spans; never a secret.", MapOf(Text(), HEADER), differ=({}, {"X-Scope-OrgID": "search"}), given=TRACED),
    ] = field(default_factory=dict)
    header_secrets: Annotated[
        Mapping[str, str],
        Key(
            "Headers sent with spans, each with the NAME of the environment variable that holds its whole value.",
            MapOf(ENVIRONMENT_KIND, HEADER),
            what="security",
            differ=({}, {"Authorization": "TRACES_AUTHORIZATION"}),
            given=TRACED,
        ),
    ] = field(default_factory=dict)
    sample_ratio: Annotated[
        float,
        Key(
            "Share of requests that are recorded, of those whose caller says nothing of it.",
            Number(0, 1),
            how="hot_reload",
            differ=(0.01, 0.1),
            given=TRACED,
            higher="more requests can be followed, each at the cost of a few kilobytes and about a tenth of a millisecond",
        ),
    ] = 0.01
    max_per_s: Annotated[
        float,
        Key(
            "Requests that each process records in a second at most, whoever asks for it.",
            Number(1, 10_000),
            how="hot_reload",
            differ=(50, 100),
            given=TRACED,
        ),
    ] = 50.0
    trust_caller: Annotated[
        bool,
        Key(
            "Whether a caller's `traceparent` decides for its request: recorded where the caller records, and not where it does not.",
            Boolean(),
            how="hot_reload",
            differ=(True, False),
            given=TRACED,
        ),
    ] = True
    content: Annotated[
        bool,
        Key(
            "Whether prompts and answers are part of the spans.",
            Boolean(),
            what="security",
            differ=(True, False),
            given=TRACED,
            safer=False,
        ),
    ] = False
    trace_url: Annotated[
        str | None,
        Key(
            "Where people look at a trace: a URL with `{trace_id}` in the place of its id. Latencies on dashboards lead there.",
            TRACE_URL,
            what="metadata",
            how="recreate",
            differ=("https://a.example.org/trace/{trace_id}", "https://b.example.org/trace/{trace_id}"),
            given=TRACED,
        ),
    ] = None
    collector: Annotated[Collector, Key("A collector beside the router, instead of an endpoint.", Block(Collector))] = field(
        default_factory=Collector
    )


@dataclass(frozen=True, slots=True)
class Costs:
    """What calls are reckoned with: one currency for all prices, and what GPUs cost by the hour."""

    currency: Annotated[
        str,
        Key(
            "The currency of all prices; the registry's prices of GPUs are in USD and count in no other.",
            Pattern(r"[A-Z]{3}", "the three letters of a currency, such as `EUR`"),
            differ=("USD", "EUR"),
        ),
    ] = "USD"
    book: Annotated[
        str,
        Key(
            "Name and version of the price list that the prices are from; it is kept with each call.",
            Pattern(r"[a-z0-9][a-z0-9._@-]{0,62}", "a name such as `acme@2026-11`"),
            how="hot_reload",
            differ=("acme@2026-10", "acme@2026-11"),
            example="acme@2026-11",
        ),
    ] = "registry"
    gpu_hour: Annotated[
        Mapping[str, str],
        Key(
            "What an hour of a GPU costs, by the accelerator's name; wins over the price in its registry entry.",
            MapOf(DECIMAL, NAME_KIND),
            how="hot_reload",
            differ=({"rtx-4090": "0.50"}, {"rtx-4090": "0.60"}),
            example={"rtx-4090": "0.50"},
        ),
    ] = field(default_factory=dict)


HOOKED = {"observability.webhooks.<name>.url": "https://a.example.org/hook"}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Someone who is told what happens: at `url`, or at what `url_secret` holds."""

    kind: Annotated[
        Literal["generic", "slack"],
        Key(
            "`generic` sends JSON of schemas/webhook.json, `slack` what Slack shows.",
            Choice(("generic", "slack")),
            differ=("generic", "slack"),
            given=HOOKED,
        ),
    ] = "generic"
    url: Annotated[
        str | None,
        Key(
            "Where messages are sent, if that is no secret.",
            URL,
            what="security",
            differ=("https://a.example.org/hook", "https://b.example.org/hook"),
        ),
    ] = None
    url_secret: Annotated[
        str | None,
        Key(
            "Environment variable that holds the URL, for one that is a secret as Slack's are.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("SLACK_A_URL", "SLACK_B_URL"),
        ),
    ] = None
    signing_secret: Annotated[
        str | None,
        Key(
            "Environment variable with the key that signs messages, as Standard Webhooks describe it.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("HOOK_A_KEY", "HOOK_B_KEY"),
            given=HOOKED,
        ),
    ] = None
    allow_private: Annotated[
        bool,
        Key(
            "Whether its address may be a private one, and plain http. Link-local and metadata addresses are refused even so.",
            Boolean(),
            what="security",
            differ=(True, False),
            given=HOOKED,
            safer=False,
        ),
    ] = False
    events: Annotated[
        tuple[str, ...],
        Key(
            "Which events are told; without it all that are severe enough.",
            ListOf(Choice(NAMES), minimum=1),
            how="hot_reload",
            differ=(["specialist_down"], ["specialist_down", "specialist_up"]),
            given=HOOKED,
        ),
    ] = ()
    min_severity: Annotated[
        Severity,
        Key("The least severe events that are told.", Choice(SEVERITIES), how="hot_reload", differ=("info", "error"), given=HOOKED),
    ] = "info"
    quiet: Annotated[
        float,
        Key(
            "Time after a message in which the same event is only counted; then one message tells of all.",
            Duration(1, 86400),
            how="hot_reload",
            differ=("1m", "1h"),
            given=HOOKED,
            higher="fewer messages of what comes and goes",
        ),
    ] = 300.0


@dataclass(frozen=True, slots=True)
class Alerts:
    """Prometheus alerts, and from where on they tell someone."""

    enabled: Annotated[bool, Key("Whether they are emitted.", Boolean(), how="recreate", differ=(True, False))] = True
    min_samples: Annotated[
        int,
        Key(
            "Requests, comparisons or verdicts of which a share is told at least.",
            Integer(1, 1_000_000),
            how="recreate",
            differ=(20, 50),
            higher="fewer alerts where few ask",
        ),
    ] = 20  # one of fewer is more than 5 %: a share of them says nothing
    min_failures: Annotated[
        int,
        Key(
            "Of them those that have to be bad at least.",
            Integer(1, 1_000_000),
            how="recreate",
            differ=(3, 5),
            higher="fewer alerts where few ask",
        ),
    ] = 3  # more than one request makes with its repeats
    failed_share: Annotated[
        float,
        Key(
            "Share of requests that may fail.",
            Number(0, 1, above=0),
            how="recreate",
            differ=(0.05, 0.1),
            higher="more may fail",
        ),
    ] = 0.05  # clients see it, and the restart of one engine does not reach it unless traffic depends on that engine alone
    slow_share: Annotated[
        float,
        Key(
            "Share of responses that may take nearly as long as they are allowed.",
            Number(0, 1, above=0),
            how="recreate",
            differ=(0.05, 0.1),
            higher="more may be slow",
        ),
    ] = 0.05  # with p95 as the promise, one in twenty
    slow_deadline_share: Annotated[
        float,
        Key(
            "From which share of `routing.deadline_s` on a response counts as slow.",
            Number(0, 1, above=0),
            how="recreate",
            differ=(0.8, 0.02),
            higher="responses count as slow later",
        ),
    ] = 0.8  # the next slowdown cuts answers off
    contradiction_share: Annotated[
        float,
        Key(
            "Share of comparisons that may contradict.",
            Number(0, 1, above=0),
            how="recreate",
            differ=(0.5, 0.6),
            higher="more may contradict",
        ),
    ] = 0.5  # fan-out asks where the field is unclear, so some contradiction is its purpose; half is a bad pairing
    neither_share: Annotated[
        float,
        Key(
            "Share of verdicts that may accept no answer.",
            Number(0, 1, above=0),
            how="recreate",
            differ=(0.25, 0.3),
            higher="more may accept none",
        ),
    ] = 0.25  # each such verdict cost two answers and a judgement and gave the client nothing
    utility_floor_share: Annotated[
        float,
        Key(
            "Share of a field's utility floor that the mean utility of its answers may fall to.",
            Number(0, 1, above=0),
            how="recreate",
            differ=(0.9, 0.8),
            higher="worse answers are told of",
        ),
    ] = 0.9  # means within a tenth of it move with the mix of questions
    queue_share: Annotated[
        float,
        Key(
            "Share of the places in line for a specialist that may be taken, as a mean.",
            Number(0, 1, above=0),
            how="recreate",
            differ=(0.8, 0.5),
            higher="longer lines are told of",
        ),
    ] = 0.8  # the next burst is refused
    backlog_share: Annotated[
        float,
        Key(
            "Share of the rows that may wait for the state store before rows are lost.",
            Number(0, 1, above=0),
            how="recreate",
            differ=(0.5, 0.6),
            higher="longer backlogs are told of",
        ),
    ] = 0.5
    preemptions: Annotated[
        int,
        Key(
            "Requests that an engine may put back within half an hour.",
            Integer(1, 1_000_000),
            how="recreate",
            differ=(20, 50),
            higher="more may be put back",
        ),
    ] = 20  # a few come with any burst, steady ones mean that the KV cache is too small
    router_down_after: Annotated[
        float,
        Key(
            "How long no router answers before someone is told.",
            Duration(1, 86_400),
            how="recreate",
            differ=("1m", "2m"),
            higher="people are told later",
        ),
    ] = 60.0  # longer than a rolling restart leaves one replica away
    page_after: Annotated[
        float,
        Key(
            "How long what harms users holds before someone is told.",
            Duration(1, 86_400),
            how="recreate",
            differ=("2m", "5m"),
            higher="people are told later",
        ),
    ] = 120.0  # longer than a breaker's recovery and a restart of the router, shorter than people wait for an answer
    ticket_after: Annotated[
        float,
        Key(
            "How long what only lowers quality holds before someone is told.",
            Duration(1, 86_400),
            how="recreate",
            differ=("15m", "30m"),
            higher="people are told later",
        ),
    ] = 900.0  # it is judged over long windows; nobody has to wake up for it


@dataclass(frozen=True, slots=True)
class Observability:
    """What the deployment tells about itself."""

    logging: Annotated[Logging, Key("Logs.", Block(Logging))] = field(default_factory=Logging)
    metrics: Annotated[Metrics, Key("Metrics.", Block(Metrics))] = field(default_factory=Metrics)
    tracing: Annotated[Tracing, Key("Traces.", Block(Tracing))] = field(default_factory=Tracing)
    dashboards: Annotated[Enabled, Key("Grafana dashboards.", Block(Enabled))] = field(default_factory=Enabled)
    alerts: Annotated[Alerts, Key("Prometheus alerts.", Block(Alerts))] = field(default_factory=Alerts)
    slo: Annotated[Slo, Key("Service level objectives.", Block(Slo))] = field(default_factory=Slo)
    webhooks: Annotated[Mapping[str, Webhook], Key("Who is told what happens.", MapOf(Block(Webhook), NAME_KIND))] = field(
        default_factory=dict
    )
    costs: Annotated[Costs, Key("What calls cost.", Block(Costs))] = field(default_factory=Costs)
    runbook_base_url: Annotated[
        str | None,
        Key(
            "Where the runbook pages are published; without it links are paths inside the artifacts.",
            URL,
            what="metadata",
            how="hot_reload",
            differ=("https://a.example.org/r", "https://b.example.org/r"),
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Images:
    """Image references that win over the registry's."""

    router: Annotated[
        str | None, Key("Image of the router.", IMAGE, how="rolling_restart", differ=("a.example.org/router:1", "a.example.org/router:2"))
    ] = None
    vllm: Annotated[str | None, Key("Image of vLLM.", IMAGE, how="recreate", differ=("a.example.org/vllm:1", "a.example.org/vllm:2"))] = (
        None
    )
    sglang: Annotated[
        str | None,
        Key(
            "Image of SGLang.",
            IMAGE,
            how="recreate",
            differ=("a.example.org/sglang:1", "a.example.org/sglang:2"),
            given={"specialists[].backend": "sglang"},
        ),
    ] = None
    ollama: Annotated[
        str | None,
        Key(
            "Image of Ollama.",
            IMAGE,
            how="recreate",
            differ=("a.example.org/ollama:1", "a.example.org/ollama:2"),
            given={"specialists[].model": "qwen-7b-q4-k-m", "specialists[].backend": "ollama"},
        ),
    ] = None
    llamacpp: Annotated[
        str | None,
        Key(
            "Image of llama.cpp's server.",
            IMAGE,
            how="recreate",
            differ=("a.example.org/llama:1", "a.example.org/llama:2"),
            given={"specialists[].model": "qwen-7b-q4-k-m", "specialists[].backend": "llamacpp"},
        ),
    ] = None
    prometheus: Annotated[
        str | None, Key("Image of Prometheus in compose.", IMAGE, how="recreate", differ=("a.example.org/prom:1", "a.example.org/prom:2"))
    ] = None
    collector: Annotated[
        str | None,
        Key(
            "Image of the OpenTelemetry collector.",
            IMAGE,
            how="recreate",
            differ=("a.example.org/otel:1", "a.example.org/otel:2"),
            given=COLLECTED,
        ),
    ] = None
    grafana: Annotated[
        str | None, Key("Image of Grafana in compose.", IMAGE, how="recreate", differ=("a.example.org/graf:1", "a.example.org/graf:2"))
    ] = None


@dataclass(frozen=True, slots=True)
class Resources:
    """What the router's container may take."""

    cpus: Annotated[float, Key("CPU cores.", Number(above=0, maximum=1024), how="recreate", differ=(1, 2))] = 1.0
    memory: Annotated[int, Key("Memory.", Size(64 * 2**20, 2**44), how="recreate", differ=("512MiB", "1GiB"))] = 512 * 2**20


@dataclass(frozen=True, slots=True)
class UserVolume:
    """Storage that is mounted into the router at `/volumes/<name>`."""

    name: Annotated[str, Key("The volume's name.", NAME_KIND, what="breaking", how="manual", differ=("one", "two"))]
    size: Annotated[int, Key("Its size.", Size(2**20, 2**50), how="manual", differ=("1GiB", "2GiB"), given=STORAGE)]
    storage_class: Annotated[
        str | None, Key("Kubernetes storage class.", QUANTITY, how="manual", differ=("fast", "slow"), given=STORAGE)
    ] = None


@dataclass(frozen=True, slots=True)
class KubernetesSettings:
    """What only Kubernetes needs."""

    namespace: Annotated[
        str | None,
        Key(
            "Namespace; without it the project's name.",
            Pattern(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "a namespace: lower-case letters, digits and `-`"),
            what="breaking",
            how="recreate",
            differ=("one", "two"),
        ),
    ] = None
    storage_class: Annotated[
        str | None, Key("Storage class of all volumes that name none.", QUANTITY, how="manual", differ=("fast", "slow"))
    ] = None


@dataclass(frozen=True, slots=True)
class Deploy:
    """How the parts are deployed."""

    replicas: Annotated[
        int,
        Key(
            "Routers that run at once; more than one needs shared state.",
            Integer(1, 1000),
            differ=(2, 3),
            given={"state.backend": "postgres", "state.dsn_secret": "DSN"},
        ),
    ] = 1
    workers: Annotated[
        int,
        Key("Processes of each router, which share its port and its state; about one per core.", Integer(1, 64), differ=(1, 3)),
    ] = 1
    images: Annotated[Images, Key("Image references that win over the registry's.", Block(Images))] = field(default_factory=Images)
    resources: Annotated[Resources, Key("What the router's container may take.", Block(Resources))] = field(default_factory=Resources)
    env: Annotated[
        Mapping[str, str],
        Key(
            "Literal environment of the router; never a secret.",
            MapOf(Text(), Pattern(r"[A-Z_][A-Z0-9_]*", "an environment variable's name")),
            differ=({}, {"TZ": "UTC"}),
        ),
    ] = field(default_factory=dict)
    volumes: Annotated[tuple[UserVolume, ...], Key("More storage for the router.", ListOf(Block(UserVolume)))] = ()
    runtime: Annotated[
        Literal["carried", "index"],
        Key(
            "`carried` puts the runtime's sources beside the router, `index` installs the pinned package.",
            Choice(("carried", "index")),
            differ=("carried", "index"),
        ),
    ] = "carried"
    drain_s: Annotated[
        float, Key("Seconds that open requests get to finish when the router stops.", Number(0, 3600, unit="s"), differ=(10, 20))
    ] = 20.0
    grace_s: Annotated[
        float, Key("Seconds until a stopping router is killed; not less than `drain_s`.", Number(1, 7200, unit="s"), differ=(30, 40))
    ] = 30.0
    kubernetes: Annotated[KubernetesSettings, Key("What only Kubernetes needs.", Block(KubernetesSettings))] = field(
        default_factory=KubernetesSettings
    )


@dataclass(frozen=True, slots=True)
class PatchTarget:
    """What a patch changes: one file, or every Kubernetes object that has all of what is given."""

    file: Annotated[
        str | None,
        Key(
            "A file below the output folder, or the end of its path where only one file ends so.",
            PATH,
            how="manual",
            example="compose/compose.yaml",
            differ=("compose/compose.yaml", "prometheus/prometheus.yaml"),
            given=PATCHED,
        ),
    ] = None
    kind: Annotated[
        str | None,
        Key(
            "The kind of Kubernetes objects.",
            Pattern(r"[A-Z][A-Za-z0-9]{0,62}", "a kind such as `Deployment`"),
            how="manual",
            example="Deployment",
            differ=("Deployment", "Service"),
            given=PATCHED | {"patches[].target.name": "router"},
        ),
    ] = None
    name: Annotated[
        str | None,
        Key(
            "The name of Kubernetes objects.",
            QUANTITY,
            how="manual",
            example="router",
            differ=("router", "swe"),
            given=PATCHED | {"patches[].target.kind": "Service"},
        ),
    ] = None
    labels: Annotated[
        Mapping[str, str],
        Key(
            "Labels that Kubernetes objects carry, all of them.",
            MapOf(Text(), Pattern(r"[A-Za-z0-9._/-]{1,317}", "the name of a label")),
            how="manual",
            differ=({"app.kubernetes.io/name": "router"}, {"app.kubernetes.io/component": "engine"}),
            given=PATCHED | {"patches[].target.kind": "Service"},
        ),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patch:
    """A change to structured artifacts after they are made: a merge patch, or operations of a JSON Patch."""

    target: Annotated[PatchTarget, Key("What is changed.", Block(PatchTarget), how="manual")]
    merge: Annotated[
        Mapping[str, Any] | None,
        Key(
            "What to lay over it (RFC 7396): mappings merge, null removes, lists and all else replace.",
            Data("mapping"),
            what="security",
            how="manual",
            differ=({"x-a": 1}, {"x-a": 2}),
            given={"patches[].target.file": "compose/compose.yaml"},
        ),
    ] = None
    json: Annotated[
        tuple[Mapping[str, Any], ...] | None,
        Key(
            "Operations on it in order (RFC 6902): add, remove, replace, move, copy, test.",
            Data("operations"),
            what="security",
            how="manual",
            differ=([{"op": "remove", "path": "/services/router/cap_drop"}], [{"op": "remove", "path": "/services/router/healthcheck"}]),
            given={"patches[].target.file": "compose/compose.yaml"},
        ),
    ] = None
    expects: Annotated[
        Mapping[str, Any] | None,
        Key(
            "What it must hold before, in the shape of `merge`; null says absent. The compiler refuses the patch when it no longer does.",
            Data("mapping"),
            what="metadata",
            how="none",
            differ=({"name": "shop"}, {"name": "other"}),
            given={**PATCHED, "patches[].target.file": "compose/compose.yaml"},
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    config_version: Annotated[
        str, Key("Version of this language.", Text(), what="metadata", how="none", example="1.0", differ=("1.0", "0.9"))
    ]
    project: Annotated[Project, Key("What is deployed.", Block(Project))]
    preset: Annotated[
        str | None, Key("The preset whose values lie under these.", NAME_KIND, what="breaking", differ=("coding", "math"), names="preset")
    ] = None
    tier: Annotated[
        str | None,
        Key("The hardware it runs on.", NAME_KIND, what="breaking", how="recreate", differ=("single-4090", "quad-4090"), names="tier"),
    ] = None
    profile: Annotated[
        Literal["local-dev", "workstation", "team", "enterprise"],
        Key(
            "How strict the checks are.",
            Choice(("local-dev", "workstation", "team", "enterprise")),
            what="security",
            how="none",
            differ=("local-dev", "team"),
        ),
    ] = "local-dev"
    extends: Annotated[
        str | None, Key("A file of the project whose keys lie under this one's.", PATH, differ=("base.yaml", "other.yaml"), names="file")
    ] = None
    locked: Annotated[
        tuple[str, ...],
        Key(
            "Keys that no stronger layer may make less safe; for presets.",
            ListOf(Pattern(r"[a-z_]+(\.[a-z_]+)*", "a key's dotted path")),
            what="security",
            how="none",
            differ=([], ["routing.single_threshold"]),
            names="key",
        ),
    ] = ()
    fields: Annotated[
        tuple[FieldUse, ...],
        Key(
            "The fields this deployment serves; without it those of the specialists.",
            ListOf(Block(FieldUse, shorthand="name"), minimum=1),
            what="breaking",
        ),
    ] = ()
    models: Annotated[Mapping[str, ModelUse], Key("Models under names of your own.", MapOf(Block(ModelUse), NAME_KIND), how="recreate")] = (
        field(default_factory=dict)
    )
    backends: Annotated[
        Mapping[str, Backend], Key("What serves the models. Every kind is declared under its own name.", MapOf(Block(Backend), NAME_KIND))
    ] = field(default_factory=dict)
    specialists: Annotated[
        tuple[Specialist, ...], Key("The models that answer.", ListOf(Block(Specialist), minimum=1), what="breaking")
    ] = ()
    arbiter: Annotated[Arbiter, Key("The model that decides between candidates.", Block(Arbiter))] = field(default_factory=Arbiter)
    routing: Annotated[Routing, Key("How prompts find specialists.", Block(Routing))] = field(default_factory=Routing)
    utility: Annotated[Utility, Key("How answers are scored.", Block(Utility))] = field(default_factory=Utility)
    safety: Annotated[Safety, Key("When the router abstains.", Block(Safety))] = field(default_factory=Safety)
    prompts: Annotated[Prompts, Key("Texts that the router uses.", Block(Prompts))] = field(default_factory=Prompts)
    api: Annotated[Api, Key("The router's public face.", Block(Api))] = field(default_factory=Api)
    resilience: Annotated[Resilience, Key("Timeouts, retries and breakers.", Block(Resilience))] = field(default_factory=Resilience)
    state: Annotated[State, Key("Where the router records what it did.", Block(State))] = field(default_factory=State)
    observability: Annotated[Observability, Key("What the deployment tells about itself.", Block(Observability))] = field(
        default_factory=Observability
    )
    deploy: Annotated[Deploy, Key("How the parts are deployed.", Block(Deploy))] = field(default_factory=Deploy)
    targets: Annotated[
        tuple[str, ...],
        Key(
            "Which artifacts are written; without it all that the tier supports.",
            ListOf(Choice(TARGETS), minimum=1),
            what="breaking",
            differ=(["router"], ["router", "compose"]),
        ),
    ] = ()
    patches: Annotated[
        tuple[Patch, ...],
        Key("Changes to the artifacts that no other key can say, in order.", ListOf(Block(Patch)), what="security", how="manual"),
    ] = ()
