"""The Plan: every decision of a deployment, final and typed. Targets read it and compute nothing.

Times are seconds, memory is GiB (2**30 bytes), shares are fractions from 0 to 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Annotated, Any, Literal

from aua_runtime.contract.notices import Severity

from aua_compile.frozen import dataclass
from aua_compile.plan.effects import (
    ADDRESS,
    ALERTS,
    BREAKING,
    COLLECTOR,
    ENGINE,
    FACT,
    FETCH,
    HARDWARE,
    IDENTITY,
    PATCHED,
    RELOAD,
    RESTART,
    SEAT,
    TOLD,
    WRITTEN_OUT,
    Effect,
    entries,
    secured,
    told,
)

EngineName = Literal["vllm", "ollama", "llamacpp", "sglang"]
ENGINE_NAMES: tuple[EngineName, ...] = ("vllm", "ollama", "llamacpp", "sglang")
BackendKind = Literal["vllm", "ollama", "llamacpp", "sglang", "openai"]
ArbiterPolicy = Literal["balanced", "conservative"]
StreamMode = Literal["direct", "decided"]
KvCache = Literal["16bit", "8bit"]


@dataclass(frozen=True, slots=True)
class Project:
    """What is deployed: the user's words for it, and the names that were chosen."""

    name: Annotated[str, IDENTITY]
    description: Annotated[str, TOLD]
    preset: Annotated[str | None, FACT]
    tier: Annotated[str, FACT]
    profile: Annotated[str, secured("none", "", "profile")]
    config: Annotated[str, TOLD]  # the config file as the recreate command names it
    command: Annotated[str, TOLD]  # the command that makes these artifacts again
    recreate: Annotated[str, TOLD]  # what headers say of it: the command, or where it stands when it carries single values


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the utility U = efficacy*E + confidence*C + curiosity*K; they sum to 1."""

    efficacy: Annotated[float, RELOAD]
    confidence: Annotated[float, RELOAD]
    curiosity: Annotated[float, RELOAD]


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase (lower case) that speaks for a field, and how loudly (0 to 1)."""

    text: Annotated[str, RESTART]
    weight: Annotated[float, RESTART]


@dataclass(frozen=True, slots=True)
class Field:
    """A subject that this deployment serves, and which specialists answer it, in order of preference."""

    name: Annotated[str, BREAKING]
    aliases: Annotated[tuple[str, ...], RESTART]
    description: Annotated[str, TOLD]
    keywords: Annotated[tuple[Keyword, ...], entries("rolling_restart", "router", "text", added="behavioural", removed="behavioural")]
    weights: Weights
    confidence_threshold: Annotated[float, RELOAD]
    arbiter_policy: Annotated[ArbiterPolicy, RESTART]
    high_risk: Annotated[bool, secured("rolling_restart", "router", True)]
    specialists: Annotated[tuple[str, ...], RESTART]
    stream_mode: Annotated[StreamMode, RESTART]

    @property
    def utility_floor(self) -> float:
        """The utility of an answer that is exactly as sure, and as good, as the field asks for, and brings nothing new (E = C, K = 0)."""
        return (self.weights.efficacy + self.weights.confidence) * self.confidence_threshold


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds on one upstream call: connecting, waiting for the first token, silence between tokens, the whole call."""

    connect_s: Annotated[float, RESTART]
    first_token_s: Annotated[float, RESTART]
    idle_s: Annotated[float, RESTART]
    total_s: Annotated[float, RESTART]


@dataclass(frozen=True, slots=True)
class Retry:
    """At most `max` repeats, waiting `base_s` doubled each time up to `cap_s`; `budget` is the share of calls that may be repeats."""

    max: Annotated[int, RESTART]
    base_s: Annotated[float, RESTART]
    cap_s: Annotated[float, RESTART]
    budget: Annotated[float, RESTART]


@dataclass(frozen=True, slots=True)
class Breaker:
    """Opens after `threshold` failures in a row, or when of the last `window` calls a share of `failing_share` failed or was slow.

    Slow is a call that takes more than `slow_share` of the time it may take. Probes after `recovery_s` with at most `half_open_max` calls.
    """

    threshold: Annotated[int, RESTART]
    recovery_s: Annotated[float, RESTART]
    half_open_max: Annotated[int, RESTART]
    window: Annotated[int, RESTART]  # 0: only failures in a row count
    failing_share: Annotated[float, RESTART]
    slow_share: Annotated[float, RESTART]


@dataclass(frozen=True, slots=True)
class CallLimits:
    """At most `concurrency` calls of one router process at once at each server; `queue` more wait for a place."""

    concurrency: Annotated[int, RESTART]
    queue: Annotated[int, RESTART]


@dataclass(frozen=True, slots=True)
class Hedge:
    """A second call is sent when the first has not begun to answer after `after_s`; `budget` is the share of calls that may have one."""

    after_s: Annotated[float, RESTART]
    budget: Annotated[float, RESTART]


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of a model ladder that was not taken, and why."""

    model: Annotated[str, TOLD]
    reason: Annotated[str, TOLD]


@dataclass(frozen=True, slots=True)
class Price:
    """What tokens cost, in millionths of the currency for a million of them."""

    input_micro: Annotated[int, RELOAD]
    output_micro: Annotated[int, RELOAD]
    cached_input_micro: Annotated[int, RELOAD]


@dataclass(frozen=True, slots=True)
class Rent:
    """What the devices of a specialist cost by the hour, in millionths of the currency: its part of them, and one of its places.

    `place_pico`, in millionths of a millionth, is the price of the whole engine parted among the calls that it can have open.
    """

    hour_micro: Annotated[int, RELOAD]
    place_pico: Annotated[int, RELOAD]


@dataclass(frozen=True, slots=True)
class Specialist:
    """A model that the router can call. The arbiter is one too, with `field` None.

    `url` is the base (without `/v1`) where the router reaches it when the router runs on the host; `container_url` when the router runs
    in a container or pod. They are equal for external specialists, which may have `replicas`: bases of more servers of the same model.
    """

    name: Annotated[str, BREAKING]
    field: Annotated[str | None, RESTART]
    backend: Annotated[str, FACT]
    kind: Annotated[BackendKind, RESTART]
    instance: Annotated[str | None, FACT]  # the managed engine that serves it; None: external
    url: Annotated[str, ADDRESS]
    container_url: Annotated[str, replace(ADDRESS, derived=True)]
    replicas: Annotated[tuple[str, ...], RESTART]
    served_model: Annotated[str, RESTART]  # what the engine calls the model
    model: Annotated[str, FACT]  # the rung that was taken
    rejected: Annotated[tuple[Rung, ...], told("model")]
    context_tokens: Annotated[int, FACT]
    concurrency: Annotated[int, FACT]
    timeouts: Timeouts
    retry: Retry
    breaker: Breaker
    limits: Annotated[CallLimits | None, RESTART]  # None: as many calls as come
    probe_interval_s: Annotated[float | None, RESTART]  # how often a server without calls is asked whether it is there; None: never
    hedge: Annotated[Hedge | None, RESTART]
    fallback: Annotated[tuple[str, ...], RESTART]
    auth_env: Annotated[str | None, secured("rolling_restart", "router", "set")]  # environment variable that holds the backend's bearer key
    headers: Annotated[Mapping[str, str], RESTART]
    tls_verify: Annotated[bool, secured("rolling_restart", "router", True)]
    allow_private: Annotated[bool, secured("rolling_restart", "router", False)]
    embeddings: Annotated[bool, RESTART]  # whether its servers answer /v1/embeddings too
    log_probabilities: Annotated[bool, RESTART]  # whether they are asked how likely their words are
    price: Annotated[Price | None, RELOAD]  # None: its tokens have none
    rent: Annotated[Rent | None, RELOAD]  # None: it runs elsewhere, its tokens have a price, or nobody knows

    @property
    def container_urls(self) -> tuple[str, ...]:
        """All its servers as a router in a container or pod reaches them."""
        return (self.container_url, *self.replicas)


@dataclass(frozen=True, slots=True)
class Welfare:
    """How the arbiter's mode `vcg` reckons: shrinkage of expected utilities, and what counts as equal and as enough."""

    prior: Annotated[float, RELOAD]
    prior_weight: Annotated[float, RELOAD]
    margin: Annotated[float, RELOAD]
    least: Annotated[float, RELOAD]


@dataclass(frozen=True, slots=True)
class Arbiter:
    """Decides between candidates with the model of `specialist`."""

    specialist: Specialist
    policy: Annotated[ArbiterPolicy, RESTART]
    confidence_threshold: Annotated[float, RELOAD]
    welfare: Annotated[Welfare | None, RESTART]  # None: a judge decides, not welfare


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Weights that an instance serves. `files` empty means the whole repository; `ollama_tag` is set for Ollama only."""

    served_name: Annotated[str, FACT]
    model: Annotated[str, FACT]
    variant: Annotated[str, FACT]
    repository: Annotated[str | None, FACT]
    revision: Annotated[str | None, Effect("behavioural", "none", "", "set")]
    gguf_file: Annotated[str | None, FACT]
    ollama_tag: Annotated[str | None, FACT]
    weights_gib: Annotated[float, FACT]
    gated: Annotated[bool, FACT]
    license: Annotated[str | None, FACT]


@dataclass(frozen=True, slots=True)
class Instance:
    """An engine process that this deployment starts (or, with host engines, expects on the host).

    `name` is its service name everywhere. `command` is the whole argument vector after the image's entrypoint. `start_after` names
    instances on the same device that must be ready before this one starts.
    """

    name: Annotated[str, ENGINE]
    engine: Annotated[EngineName, ENGINE]
    engine_version: Annotated[str, ENGINE]
    image: Annotated[str, Effect("behavioural", "recreate", "engine", "digest")]
    entrypoint: Annotated[tuple[str, ...], WRITTEN_OUT]
    command: Annotated[tuple[str, ...], WRITTEN_OUT]
    env: Annotated[Mapping[str, str], WRITTEN_OUT]
    port: Annotated[int, SEAT]
    health_path: Annotated[str, ENGINE]
    metrics_path: Annotated[str | None, ALERTS]
    models: Annotated[tuple[ServedModel, ...], entries("recreate", "engine", "served_name", ("model", "variant"), removed="behavioural")]
    devices: Annotated[tuple[int, ...], SEAT]
    tensor_parallel: Annotated[int, ENGINE]
    gpu_memory_utilization: Annotated[float | None, WRITTEN_OUT]
    context_tokens: Annotated[int, ENGINE]
    max_num_seqs: Annotated[int, ENGINE]
    start_after: Annotated[tuple[str, ...], ENGINE]
    startup_s: Annotated[float, ENGINE]
    shm_gib: Annotated[float, ENGINE]
    cpus: Annotated[float, ENGINE]
    memory_gib: Annotated[float, ENGINE]
    cache_volume: Annotated[str, ENGINE]
    cache_path: Annotated[str, ENGINE]  # where the cache volume is mounted; HOME and all caches lie in it
    pipeline_parallel: Annotated[int, FACT] = 1
    kv_cache: Annotated[KvCache, FACT] = "16bit"
    kv_cache_bytes: Annotated[int | None, FACT] = None  # on each device; None: what its share leaves beside all else


@dataclass(frozen=True, slots=True)
class Fetch:
    """A one-shot job that brings weights into a volume before the instance starts offline."""

    name: Annotated[str, FETCH]
    instance: Annotated[str, FETCH]
    image: Annotated[str, FETCH]
    entrypoint: Annotated[tuple[str, ...], FETCH]
    command: Annotated[tuple[str, ...], FETCH]
    env: Annotated[Mapping[str, str], FETCH]
    secret_env: Annotated[str | None, FETCH]  # `HF_TOKEN` where the licence gates the download
    volume: Annotated[str, FETCH]
    mount_path: Annotated[str, FETCH]


@dataclass(frozen=True, slots=True)
class Volume:
    """Storage that outlives a container."""

    name: Annotated[str, Effect("breaking", "manual", "volume")]
    purpose: Annotated[Literal["weights", "state", "user"], Effect("breaking", "manual", "volume")]
    size_gib: Annotated[float, Effect("behavioural", "manual", "volume")]
    storage_class: Annotated[str | None, Effect("behavioural", "manual", "volume")]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What one service's model takes of one device. `instance` is the engine process it lives in."""

    instance: Annotated[str, TOLD]
    weights_gib: Annotated[float, TOLD]
    activation_gib: Annotated[float, TOLD]
    non_torch_gib: Annotated[float, TOLD]
    cuda_graphs_gib: Annotated[float, TOLD]
    kv_pool_gib: Annotated[float, TOLD]
    context_gib: Annotated[float, TOLD]  # CUDA context and the like, outside the engine's own budget
    margin_gib: Annotated[float, TOLD] = (
        0.0  # added where the terms were not measured for the engine's version; an engine that needs less makes it KV pool
    )
    service: Annotated[str, TOLD] = ""

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

    device: Annotated[int, TOLD]
    accelerator: Annotated[str, TOLD]
    total_gib: Annotated[float, TOLD]
    entries: Annotated[tuple[LedgerEntry, ...], told("service")]
    free_gib: Annotated[float, TOLD]
    confidence: Annotated[Literal["measured", "modelled", "extrapolated"], TOLD]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one specialist is expected to do, from the formulas in docs/placement.md. Estimates, not measurements."""

    specialist: Annotated[str, TOLD]
    worst_case_concurrency: Annotated[float, TOLD]  # KV tokens / context
    decode_tokens_per_s: Annotated[float, TOLD]  # one stream
    cost_per_million_tokens: Annotated[float | None, TOLD]  # in the plan's currency; None where a device's price is not known
    expected_concurrency: Annotated[float, TOLD]  # requests of a typical length that fit, as far as the engine batches them
    batch_tokens_per_s: Annotated[float, TOLD]  # all of those together
    first_token_s: Annotated[float | None, TOLD]  # of a typical prompt, with no queue; None where the accelerator's arithmetic is unknown


@dataclass(frozen=True, slots=True)
class Search:
    """How good the placement is known to be, by the objective in docs/placement.md.

    `optimal`: whatever the objective would rather have was shown not to fit. Else a better placement could have at most the share `gap` of
    services on a better rung, where it first parts from this one.
    """

    optimal: Annotated[bool, TOLD] = True
    gap: Annotated[float, TOLD] = 0.0

    @property
    def words(self) -> str:
        """What it means, as a sentence."""
        if self.optimal:
            return "The placement is optimal: every better rung was shown not to fit beside the others."
        return f"The placement is within {self.gap:.1%} of a bound: at most so many of the services could have a better rung."


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """Like devices of the machine."""

    accelerator: Annotated[str, HARDWARE]
    accelerators: Annotated[int, HARDWARE]  # 0: CPU only
    vendor: Annotated[Literal["nvidia", "amd", "apple", "cpu"], HARDWARE]
    node_selector: Annotated[Mapping[str, str], Effect("behavioural", "recreate", "engines")]


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machine: its accelerators, or the CPU alone. `also` are those of other kinds; devices are numbered in the order of the kinds."""

    accelerator: Annotated[str, HARDWARE]
    accelerators: Annotated[int, HARDWARE]  # 0: CPU only
    vendor: Annotated[Literal["nvidia", "amd", "apple", "cpu"], HARDWARE]
    node_selector: Annotated[Mapping[str, str], Effect("behavioural", "recreate", "engines")]
    host_ram_gib: Annotated[float, FACT]
    cpu_cores: Annotated[int, FACT]
    engines_run: Annotated[Literal["host", "container"], IDENTITY]
    also: Annotated[tuple[DeviceKind, ...], entries("manual", "engines", "accelerator")] = ()

    @property
    def kinds(self) -> tuple[DeviceKind, ...]:
        """All its devices by kind, in the order of their numbers."""
        return (DeviceKind(self.accelerator, self.accelerators, self.vendor, self.node_selector), *self.also)

    def kind_of(self, devices: Sequence[int]) -> DeviceKind:
        """The kind of some devices, which are all of one; of none the first."""
        last = 0
        for kind in self.kinds:
            last += kind.accelerators
            if devices and devices[0] < last:
                return kind
        return self.kinds[0]


@dataclass(frozen=True, slots=True)
class Routing:
    """Thresholds on the classifier's probability of a field."""

    single_threshold: Annotated[float, RELOAD]
    fanout_threshold: Annotated[float, RELOAD]
    max_fanout: Annotated[int, RESTART]
    deadline_s: Annotated[float, RELOAD]


@dataclass(frozen=True, slots=True)
class Safety:
    """When the router abstains instead of answering, and when the arbiter must look first."""

    abstention_enabled: Annotated[bool, secured("rolling_restart", "router", True)]
    require_arbiter_for_high_risk: Annotated[bool, secured("rolling_restart", "router", True)]
    min_confidence_for_direct_answer: Annotated[float, RELOAD]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text for one use: classifier, arbiter, abstention, medical_safe, legal_safe."""

    use: Annotated[str, RESTART]
    text: Annotated[str, RESTART]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a client may send or hold."""

    body_bytes: Annotated[int, RESTART]
    header_bytes: Annotated[int, RESTART]
    connections: Annotated[int, RESTART]
    streams: Annotated[int, RESTART]


@dataclass(frozen=True, slots=True)
class State:
    """Where the router records what it did."""

    backend: Annotated[Literal["sqlite", "postgres"], Effect("breaking", "manual", "router")]
    path: Annotated[str | None, Effect("breaking", "manual", "router")]  # SQLite file, relative to the working folder
    dsn_env: Annotated[str | None, secured("rolling_restart", "router")]  # environment variable with the Postgres DSN
    durability: Annotated[Literal["normal", "full"], RESTART]


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP address, or a Unix socket when `socket` is set."""

    host: Annotated[str, secured("recreate", "router", "loopback")]
    port: Annotated[int, Effect("breaking", "recreate", "router", place=True)]
    socket: Annotated[str | None, Effect("breaking", "recreate", "router")] = None


@dataclass(frozen=True, slots=True)
class Api:
    """The router's public face. `published_host` is the address at which it is published; a container binds all its own interfaces."""

    public: Listener
    management: Listener
    api_key_env: Annotated[str | None, secured("rolling_restart", "router", "set")]
    cors_origins: Annotated[tuple[str, ...], secured("hot_reload", "router", "fewer")]
    cors_credentials: Annotated[bool, secured("hot_reload", "router", False)]
    allowed_hosts: Annotated[tuple[str, ...], secured("rolling_restart", "router", "listed")]
    forwarded_allow_ips: Annotated[tuple[str, ...], secured("rolling_restart", "router", "fewer")]
    limits: Limits


@dataclass(frozen=True, slots=True)
class AlertThresholds:
    """From where on a person is told; shares from 0 to 1. Why these, stands at their keys, `observability.alerts`."""

    min_samples: Annotated[int, ALERTS]
    min_failures: Annotated[int, ALERTS]
    failed_share: Annotated[float, ALERTS]
    slow_share: Annotated[float, ALERTS]
    slow_deadline_share: Annotated[float, ALERTS]
    contradiction_share: Annotated[float, ALERTS]
    neither_share: Annotated[float, ALERTS]
    utility_floor_share: Annotated[float, ALERTS]
    queue_share: Annotated[float, ALERTS]
    backlog_share: Annotated[float, ALERTS]
    preemptions: Annotated[int, ALERTS]  # in one long window
    router_down_s: Annotated[float, ALERTS]
    page_after_s: Annotated[float, ALERTS]
    ticket_after_s: Annotated[float, ALERTS]


@dataclass(frozen=True, slots=True)
class Objectives:
    """What users are promised over 30 days, as shares of requests. `within_s` is a bound of the latency histogram."""

    availability: Annotated[float | None, ALERTS] = None
    fast: Annotated[float | None, ALERTS] = None
    within_s: Annotated[float | None, ALERTS] = None


@dataclass(frozen=True, slots=True)
class TraceExport:
    """Where the collector sends spans. `endpoint` is a base over HTTP, scheme, host and port over gRPC."""

    name: Annotated[str, COLLECTOR]
    endpoint: Annotated[str, Effect("behavioural", "recreate", "collector", "https", place=True)]
    protocol: Annotated[Literal["http", "grpc"], COLLECTOR]
    headers: Annotated[Mapping[str, str], COLLECTOR]
    header_env: Annotated[Mapping[str, str], COLLECTOR]  # header -> the environment variable that holds its value


@dataclass(frozen=True, slots=True)
class Collector:
    """The OpenTelemetry collector beside the router."""

    image: Annotated[str, Effect("behavioural", "recreate", "collector", "digest")]
    exports: Annotated[tuple[TraceExport, ...], entries("recreate", "collector", "name")]

    @property
    def secret_env(self) -> tuple[str, ...]:
        """Every environment variable that it takes from a secret."""
        return tuple(sorted({variable for export in self.exports for variable in export.header_env.values()}))


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where spans are sent, and of which requests. The URLs are bases of an OTLP endpoint over HTTP, as host and containers reach it."""

    url: Annotated[str, ADDRESS]
    container_url: Annotated[str, ADDRESS]
    headers: Annotated[Mapping[str, str], RESTART]
    header_env: Annotated[Mapping[str, str], RESTART]  # header -> the environment variable that holds its value
    content: Annotated[bool, secured("rolling_restart", "router", False)]
    sample_ratio: Annotated[float, RELOAD]
    max_per_s: Annotated[float, RELOAD]
    trust_caller: Annotated[bool, RELOAD]
    collector: Annotated[Collector | None, COLLECTOR] = None
    trace_url: Annotated[str, Effect("metadata", "recreate", "grafana")] = ""  # with `{trace_id}`; empty: nobody said where


@dataclass(frozen=True, slots=True)
class DevicePrice:
    """What an hour of one of the accelerators costs, in millionths of the currency, and who says so."""

    accelerator: Annotated[str, TOLD]
    hour_micro: Annotated[int, TOLD]
    source: Annotated[str, TOLD]


@dataclass(frozen=True, slots=True)
class BookFacts:
    """What a price book says of itself: where its prices are from, and the days on which they hold."""

    source: Annotated[str, TOLD]
    effective: Annotated[str, TOLD]
    until: Annotated[str | None, TOLD]  # None: it does not say


@dataclass(frozen=True, slots=True)
class Costs:
    """What calls are reckoned with. `prices` is the id of all prices together, which follows from them, and which each call keeps."""

    currency: Annotated[str, RESTART]
    book: Annotated[str, RELOAD]
    prices: Annotated[str, TOLD]
    devices: Annotated[tuple[DevicePrice, ...], told("accelerator")]
    book_facts: Annotated[BookFacts | None, TOLD]  # None: prices are the registry's and the config's


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told what happens: at `url`, or at what the environment variable `url_env` holds."""

    name: Annotated[str, RESTART]
    kind: Annotated[Literal["generic", "slack"], RESTART]
    url: Annotated[str | None, secured("rolling_restart", "router")]
    url_env: Annotated[str | None, secured("rolling_restart", "router")]
    signing_env: Annotated[str | None, secured("rolling_restart", "router", "set")]
    allow_private: Annotated[bool, secured("rolling_restart", "router", False)]
    events: Annotated[tuple[str, ...], RELOAD]
    min_severity: Annotated[Severity, RELOAD]
    quiet_s: Annotated[float, RELOAD]


@dataclass(frozen=True, slots=True)
class Observability:
    """What the deployment tells about itself."""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], RELOAD]
    log_sample: Annotated[float, RELOAD]
    log_format: Annotated[Literal["auto", "json", "text"], RESTART]
    log_prompts: Annotated[bool, secured("rolling_restart", "router", False)]
    metrics: Annotated[bool, Effect("behavioural", "rolling_restart", "watched")]
    dashboards: Annotated[bool, Effect("behavioural", "recreate", "grafana")]
    alerts: Annotated[bool, ALERTS]
    runbook_base_url: Annotated[str, Effect("metadata", "hot_reload", "prometheus")]  # empty: runbook links are paths inside the artifacts
    scrape_interval_s: Annotated[float, ALERTS]
    costs: Costs
    thresholds: AlertThresholds
    objectives: Objectives = field(default_factory=Objectives)
    webhooks: Annotated[tuple[Webhook, ...], entries("rolling_restart", "router", "name", ("url", "url_env"))] = ()
    tracing: Annotated[Tracing | None, RESTART] = None  # None: no request is recorded


@dataclass(frozen=True, slots=True)
class Router:
    """How the router itself is deployed."""

    service: Annotated[str, Effect("breaking", "recreate", "router")]
    image: Annotated[str, Effect("behavioural", "rolling_restart", "router", "digest")]
    base_image: Annotated[str, Effect("behavioural", "rolling_restart", "router", "digest")]
    replicas: Annotated[int, FACT]
    workers: Annotated[int, RESTART]  # processes of each
    runtime: Annotated[Literal["carried", "index"], RESTART]
    drain_s: Annotated[float, Effect("behavioural", "recreate", "all")]
    grace_s: Annotated[float, Effect("behavioural", "recreate", "all")]
    cpus: Annotated[float, RESTART]
    memory_gib: Annotated[float, RESTART]
    env: Annotated[Mapping[str, str], RESTART]
    secret_env: Annotated[tuple[str, ...], replace(RESTART, derived=True)]  # every environment variable the router takes from a secret
    state_volume: Annotated[str | None, Effect("breaking", "manual", "router")]


@dataclass(frozen=True, slots=True)
class Images:
    """Images of the parts that are neither router nor engine."""

    prometheus: Annotated[str, Effect("behavioural", "recreate", "prometheus", "digest")]
    grafana: Annotated[str, Effect("behavioural", "recreate", "grafana", "digest")]


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """What only the Kubernetes target needs."""

    namespace: Annotated[str, Effect("breaking", "recreate", "all")]
    storage_class: Annotated[str | None, Effect("behavioural", "manual", "volumes")]


@dataclass(frozen=True, slots=True)
class PatchTarget:
    """One file by the end of its path, or every Kubernetes object that has all of what is given; both: objects of that file."""

    file: Annotated[str | None, PATCHED]
    kind: Annotated[str | None, PATCHED]
    name: Annotated[str | None, PATCHED]
    labels: Annotated[Mapping[str, str], PATCHED]


@dataclass(frozen=True, slots=True)
class Patch:
    """A change to artifacts after they are made: `merge` (RFC 7396) or the operations `json` (RFC 6902), never both."""

    file: Annotated[str, TOLD]  # of the project, that says it
    path: Annotated[str, TOLD]  # of the key in it
    target: PatchTarget
    merge: Annotated[Mapping[str, Any] | None, PATCHED]
    json: Annotated[tuple[Mapping[str, Any], ...], PATCHED]
    expects: Annotated[Mapping[str, Any] | None, TOLD]  # what must hold before, in the shape of `merge`


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that the plan carries: its code and its message."""

    code: Annotated[str, TOLD]
    message: Annotated[str, TOLD]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole deployment. `schema_version` changes when this type does. Mappings are sorted by key, as they come back from JSON."""

    schema_version: Annotated[str, IDENTITY]
    project: Project
    hardware: Hardware
    fields: Annotated[tuple[Field, ...], entries("rolling_restart", "router", "name", ("keywords", "description"))]
    specialists: Annotated[tuple[Specialist, ...], entries("rolling_restart", "router", "name", ("model", "field", "kind"))]
    arbiter: Annotated[Arbiter | None, BREAKING]
    routing: Routing
    safety: Safety
    prompts: Annotated[tuple[Prompt, ...], entries("rolling_restart", "router", "use", added="behavioural", removed="behavioural")]
    api: Api
    state: State
    observability: Observability
    router: Router
    images: Images
    kubernetes: Kubernetes
    instances: Annotated[tuple[Instance, ...], entries("recreate", "engine", "name", ("engine", "models"), removed="behavioural")]
    fetches: Annotated[tuple[Fetch, ...], entries("recreate", "fetch", "name", ("entrypoint", "command"), removed="behavioural")]
    volumes: Annotated[tuple[Volume, ...], entries("manual", "volume", "name", ("purpose", "size_gib", "storage_class"))]
    ledgers: Annotated[tuple[Ledger, ...], told("device")]
    estimates: Annotated[tuple[Estimate, ...], told("specialist")]
    targets: Annotated[tuple[str, ...], Effect("breaking", "manual")]
    warnings: Annotated[tuple[Warned, ...], told("message")]
    patches: Annotated[tuple[Patch, ...], entries("manual", "", "path", added="security", removed="security")] = ()
    search: Search = field(default_factory=Search)

    @property
    def called(self) -> tuple[Specialist, ...]:
        """Every specialist that the router can call, the arbiter's last."""
        return self.specialists + ((self.arbiter.specialist,) if self.arbiter is not None else ())
