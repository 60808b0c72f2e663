"""The Plan: every decision of a deployment, final and typed. Targets read it and compute nothing.

Times are seconds, memory is GiB (2**30 bytes), shares are fractions from 0 to 1.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from aua_compile.frozen import dataclass

EngineName = Literal["vllm", "ollama", "llamacpp"]
ENGINE_NAMES: tuple[EngineName, ...] = ("vllm", "ollama", "llamacpp")
BackendKind = Literal["vllm", "ollama", "llamacpp", "sglang", "openai"]
ArbiterPolicy = Literal["balanced", "conservative"]
StreamMode = Literal["direct", "decided"]


@dataclass(frozen=True, slots=True)
class Project:
    """What is deployed: the user's words for it, and the names that were chosen."""

    name: str
    description: str
    preset: str | None
    tier: str
    profile: str
    config: str  # the config file as the recreate command names it
    command: str  # the command that makes these artifacts again
    recreate: str  # what headers say of it: the command, or where it stands when it carries single values


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the utility U = efficacy*E + confidence*C + curiosity*K; they sum to 1."""

    efficacy: float
    confidence: float
    curiosity: float


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase (lower case) that speaks for a field, and how loudly (0 to 1)."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Field:
    """A subject that this deployment serves, and which specialists answer it, in order of preference."""

    name: str
    aliases: tuple[str, ...]
    description: str
    keywords: tuple[Keyword, ...]
    weights: Weights
    confidence_threshold: float
    arbiter_policy: ArbiterPolicy
    high_risk: bool
    specialists: tuple[str, ...]
    stream_mode: StreamMode

    @property
    def utility_floor(self) -> float:
        """The utility of an answer that is exactly as sure, and as good, as the field asks for, and brings nothing new (E = C, K = 0)."""
        return (self.weights.efficacy + self.weights.confidence) * self.confidence_threshold


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds on one upstream call: connecting, waiting for the first token, silence between tokens, the whole call."""

    connect_s: float
    first_token_s: float
    idle_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Retry:
    """At most `max` repeats, waiting `base_s` doubled each time up to `cap_s`; `budget` is the share of calls that may be repeats."""

    max: int
    base_s: float
    cap_s: float
    budget: float


@dataclass(frozen=True, slots=True)
class Breaker:
    """Opens after `threshold` failures in a row, or when of the last `window` calls a share of `failing_share` failed or was slow.

    Slow is a call that takes more than `slow_share` of the time it may take. Probes after `recovery_s` with at most `half_open_max` calls.
    """

    threshold: int
    recovery_s: float
    half_open_max: int
    window: int  # 0: only failures in a row count
    failing_share: float
    slow_share: float


@dataclass(frozen=True, slots=True)
class CallLimits:
    """At most `concurrency` calls of one router process at once at each server; `queue` more wait for a place."""

    concurrency: int
    queue: int


@dataclass(frozen=True, slots=True)
class Hedge:
    """A second call is sent when the first has not begun to answer after `after_s`; `budget` is the share of calls that may have one."""

    after_s: float
    budget: float


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of a model ladder that was not taken, and why."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Price:
    """What tokens cost, in millionths of a currency for a million of them."""

    input_micro: int
    output_micro: int


@dataclass(frozen=True, slots=True)
class Specialist:
    """A model that the router can call. The arbiter is one too, with `field` None.

    `url` is the base (without `/v1`) where the router reaches it when the router runs on the host; `container_url` when the router runs
    in a container or pod. They are equal for external specialists, which may have `replicas`: bases of more servers of the same model.
    """

    name: str
    field: str | None
    backend: str
    kind: BackendKind
    instance: str | None  # the managed engine that serves it; None: external
    url: str
    container_url: str
    replicas: tuple[str, ...]
    served_model: str  # what the engine calls the model
    model: str  # the rung that was taken
    rejected: tuple[Rung, ...]
    context_tokens: int
    concurrency: int
    timeouts: Timeouts
    retry: Retry
    breaker: Breaker
    limits: CallLimits | None  # None: as many calls as come
    probe_interval_s: float | None  # how often a server without calls is asked whether it is there; None: never
    hedge: Hedge | None
    fallback: tuple[str, ...]
    auth_env: str | None  # environment variable that holds the backend's bearer key
    headers: Mapping[str, str]
    tls_verify: bool
    allow_private: bool
    embeddings: bool  # whether its servers answer /v1/embeddings too
    price: Price | None  # None: not known

    @property
    def container_urls(self) -> tuple[str, ...]:
        """All its servers as a router in a container or pod reaches them."""
        return (self.container_url, *self.replicas)


@dataclass(frozen=True, slots=True)
class Welfare:
    """How the arbiter's mode `vcg` reckons: shrinkage of expected utilities, and what counts as equal and as enough."""

    prior: float
    prior_weight: float
    margin: float
    least: float


@dataclass(frozen=True, slots=True)
class Arbiter:
    """Decides between candidates with the model of `specialist`."""

    specialist: Specialist
    policy: ArbiterPolicy
    confidence_threshold: float
    welfare: Welfare | None  # None: a judge decides, not welfare


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Weights that an instance serves. `files` empty means the whole repository; `ollama_tag` is set for Ollama only."""

    served_name: str
    model: str
    variant: str
    repository: str | None
    revision: str | None
    gguf_file: str | None
    ollama_tag: str | None
    weights_gib: float
    gated: bool
    license: str | None


@dataclass(frozen=True, slots=True)
class Instance:
    """An engine process that this deployment starts (or, with host engines, expects on the host).

    `name` is its service name everywhere. `command` is the whole argument vector after the image's entrypoint. `start_after` names
    instances on the same device that must be ready before this one starts.
    """

    name: str
    engine: EngineName
    engine_version: str
    image: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    env: Mapping[str, str]
    port: int
    health_path: str
    metrics_path: str | None
    models: tuple[ServedModel, ...]
    devices: tuple[int, ...]
    tensor_parallel: int
    gpu_memory_utilization: float | None
    context_tokens: int
    max_num_seqs: int
    start_after: tuple[str, ...]
    startup_s: float
    shm_gib: float
    cpus: float
    memory_gib: float
    cache_volume: str
    cache_path: str  # where the cache volume is mounted; HOME and all caches lie in it


@dataclass(frozen=True, slots=True)
class Fetch:
    """A one-shot job that brings weights into a volume before the instance starts offline."""

    name: str
    instance: str
    image: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    env: Mapping[str, str]
    secret_env: str | None  # `HF_TOKEN` where the licence gates the download
    volume: str
    mount_path: str


@dataclass(frozen=True, slots=True)
class Volume:
    """Storage that outlives a container."""

    name: str
    purpose: Literal["weights", "state", "user"]
    size_gib: float
    storage_class: str | None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What one service's model takes of one device. `instance` is the engine process it lives in."""

    instance: str
    weights_gib: float
    activation_gib: float
    non_torch_gib: float
    cuda_graphs_gib: float
    kv_pool_gib: float
    context_gib: float  # CUDA context and the like, outside the engine's own budget
    margin_gib: float = 0.0  # added where the terms were not measured for the engine's version; an engine that needs less makes it KV pool
    service: str = ""

    @property
    def terms(self) -> Mapping[str, float]:
        """What the entry is made of, in GiB by name; the terms sum to `total_gib`."""
        return {
            "weights": self.weights_gib,
            "activation": self.activation_gib,
            "outside torch": self.non_torch_gib,
            "CUDA graphs": self.cuda_graphs_gib,
            "KV pool": self.kv_pool_gib,
            "context": self.context_gib,
            "margin": self.margin_gib,
        }

    @property
    def total_gib(self) -> float:
        """Everything this model takes of the device."""
        return sum(self.terms.values())


@dataclass(frozen=True, slots=True)
class Ledger:
    """The memory of one device. `total_gib` is what torch (or the engine) sees; the entries and `free_gib` sum to it."""

    device: int
    accelerator: str
    total_gib: float
    entries: tuple[LedgerEntry, ...]
    free_gib: float
    confidence: Literal["measured", "modelled", "extrapolated"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one specialist is expected to do, from the formulas in docs/placement.md. Estimates, not measurements."""

    specialist: str
    worst_case_concurrency: float  # KV tokens / context
    decode_tokens_per_s: float  # one stream
    usd_per_million_tokens: float | None  # None where the accelerator has no sourced price


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machine: one kind of accelerator, or the CPU alone."""

    accelerator: str
    accelerators: int  # 0: CPU only
    vendor: Literal["nvidia", "amd", "apple", "cpu"]
    node_selector: Mapping[str, str]
    host_ram_gib: float
    cpu_cores: int
    engines_run: Literal["host", "container"]


@dataclass(frozen=True, slots=True)
class Routing:
    """Thresholds on the classifier's probability of a field."""

    single_threshold: float
    fanout_threshold: float
    max_fanout: int
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Safety:
    """When the router abstains instead of answering, and when the arbiter must look first."""

    abstention_enabled: bool
    require_arbiter_for_high_risk: bool
    min_confidence_for_direct_answer: float


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text for one use: classifier, arbiter, abstention, medical_safe, legal_safe."""

    use: str
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a client may send or hold."""

    body_bytes: int
    header_bytes: int
    connections: int
    streams: int


@dataclass(frozen=True, slots=True)
class State:
    """Where the router records what it did."""

    backend: Literal["sqlite", "postgres"]
    path: str | None  # SQLite file, relative to the working folder
    dsn_env: str | None  # environment variable with the Postgres DSN
    durability: Literal["normal", "full"]


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP address, or a Unix socket when `socket` is set."""

    host: str
    port: int
    socket: str | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """The router's public face. `published_host` is the address at which it is published; a container binds all its own interfaces."""

    public: Listener
    management: Listener
    api_key_env: str | None
    cors_origins: tuple[str, ...]
    cors_credentials: bool
    allowed_hosts: tuple[str, ...]
    forwarded_allow_ips: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class AlertThresholds:
    """From where on a person is told; shares from 0 to 1."""

    min_samples: int = 20  # one of fewer is more than 5 %: a share of them says nothing
    min_failures: int = 3  # more than one request makes with its repeats
    failed_share: float = (
        0.05  # clients see it, and the restart of one engine does not reach it unless traffic depends on that engine alone
    )
    slow_share: float = 0.05  # with p95 as the promise, one in twenty
    slow_deadline_share: float = 0.8  # of the deadline: the next slowdown cuts answers off
    contradiction_share: float = 0.5  # fan-out asks where the field is unclear, so some contradiction is its purpose; half is a bad pairing
    neither_share: float = 0.25  # each such verdict cost two answers and a judgement and gave the client nothing
    utility_floor_share: float = 0.9  # of a field's utility floor; means within a tenth of it move with the mix of questions
    preemptions: int = 20  # in one long window: a few come with any burst, steady ones mean that the KV cache is too small
    backlog_share: float = 0.5  # of the rows that may wait before rows are lost
    page_after_s: float = 120.0  # longer than a breaker's recovery and a restart of the router, shorter than people wait for an answer
    router_down_s: float = 60.0  # longer than a rolling restart leaves one replica away
    ticket_after_s: float = 900.0  # quality is judged over long windows; nobody has to wake up for it


@dataclass(frozen=True, slots=True)
class Observability:
    """What the deployment tells about itself."""

    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["json", "text"]
    log_prompts: bool
    metrics: bool
    dashboards: bool
    alerts: bool
    runbook_base_url: str  # empty: runbook links are paths inside the artifacts
    scrape_interval_s: float
    thresholds: AlertThresholds = field(default_factory=AlertThresholds)


@dataclass(frozen=True, slots=True)
class Router:
    """How the router itself is deployed."""

    service: str
    image: str
    base_image: str
    replicas: int
    workers: int  # processes of each
    runtime: Literal["carried", "index"]
    drain_s: float
    grace_s: float
    cpus: float
    memory_gib: float
    env: Mapping[str, str]
    secret_env: tuple[str, ...]  # every environment variable the router takes from a secret
    state_volume: str | None


@dataclass(frozen=True, slots=True)
class Images:
    """Images of the parts that are neither router nor engine."""

    prometheus: str
    grafana: str


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """What only the Kubernetes target needs."""

    namespace: str
    storage_class: str | None


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that the plan carries: its code and its message."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole deployment. `schema_version` changes when this type does."""

    schema_version: str
    project: Project
    hardware: Hardware
    fields: tuple[Field, ...]
    specialists: tuple[Specialist, ...]
    arbiter: Arbiter | None
    routing: Routing
    safety: Safety
    prompts: tuple[Prompt, ...]
    api: Api
    state: State
    observability: Observability
    router: Router
    images: Images
    kubernetes: Kubernetes
    instances: tuple[Instance, ...]
    fetches: tuple[Fetch, ...]
    volumes: tuple[Volume, ...]
    ledgers: tuple[Ledger, ...]
    estimates: tuple[Estimate, ...]
    targets: tuple[str, ...]
    warnings: tuple[Warned, ...]
