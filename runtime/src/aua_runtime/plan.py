"""The nouns that a generated package is written in: specialists, fields, prompts and the deployment as a whole. No behaviour."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aua_runtime.breaker import BreakerLimits
from aua_runtime.contract.arbitration import Mode, Policy
from aua_runtime.contract.settings import Code
from aua_runtime.engines import Engine

if TYPE_CHECKING:
    from aua_runtime.request import Request
    from aua_runtime.route import Route

StreamMode = Literal["direct", "decided"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds on one call: connecting, waiting for the first token, silence between tokens, the whole call."""

    connect_s: float
    first_token_s: float
    idle_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Retries:
    """At most `max` repeats, waiting `base_s` doubled each time up to `cap_s`; `budget` is the share of calls that may be repeats."""

    max: int
    base_s: float
    cap_s: float
    budget: float


@dataclass(frozen=True, slots=True)
class CallLimits:
    """At most `concurrency` calls at once at each server; `queue` more wait for a place, first come first served."""

    concurrency: int
    queue: int


@dataclass(frozen=True, slots=True)
class Hedge:
    """A second call is sent when the first has not begun to answer after `after_s`; `budget` is the share of calls that may have one."""

    after_s: float
    budget: float


@dataclass(frozen=True, slots=True)
class Specialist:
    """A model behind an OpenAI-compatible server. `url` is the base without `/v1`, `model` what the server calls it.

    `replicas` are the bases of further servers of the same model. Environment variables of the names in `aua_runtime.contract.environment`
    win over all three when set.
    """

    name: str
    field: str | None  # None: the arbiter
    url: str
    model: str
    engine: Engine
    timeouts: Timeouts
    retries: Retries
    breaker: BreakerLimits
    replicas: tuple[str, ...] = ()
    limits: CallLimits | None = None
    hedge: Hedge | None = None
    probe_interval_s: float | None = None  # how often a server that carries no calls is asked whether it is there; None: never
    fallback: tuple[str, ...] = ()  # names of the specialists that are called instead, in order
    key_env: str | None = None  # environment variable that holds the server's bearer key
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tls_verify: bool = True
    private: bool = True  # whether its address may be a private one
    embeddings: bool = False  # whether its servers answer /v1/embeddings too


@dataclass(frozen=True, slots=True)
class Field:
    """A subject: the words that speak for it (lower case, weight 0 to 1), and who answers it, in order of preference."""

    name: str
    aliases: tuple[str, ...]
    keywords: Mapping[str, float]
    specialists: tuple[Specialist, ...]
    stream_mode: StreamMode
    high_risk: bool
    arbiter_policy: Policy
    instruction: str | None = None  # text that precedes every conversation in this field


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP address, or a Unix socket when `socket` is set."""

    host: str
    port: int
    socket: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what clients may send or hold."""

    body_bytes: int
    header_bytes: int
    connections: int
    streams: int


@dataclass(frozen=True, slots=True)
class Api:
    """The router's listeners and who may speak to them. IP literals, loopback names and `service` are always accepted as Host."""

    public: Listener
    management: Listener
    service: str
    limits: Limits
    key_env: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    forwarded_allow_ips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SqliteStore:
    """The SQLite file that keeps what happened, relative to the working folder."""

    path: str
    durability: Literal["normal", "full"]


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """The Postgres database that keeps what happened, for several routers at once. `dsn_env` names the variable with its address."""

    dsn_env: str
    durability: Literal["normal", "full"]


@dataclass(frozen=True, slots=True)
class Logs:
    """How the log is written: `auto` is text on a terminal and JSON elsewhere. `prompts` adds questions and answers to it."""

    format: Literal["auto", "json", "text"]
    prompts: bool


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where spans are sent: the base of an OTLP endpoint over HTTP, without `/v1/traces`. The environment variable AUA_TRACES_URL wins.

    `secret_headers` name the environment variables that hold their values. `content` adds questions and answers to the spans.
    """

    url: str
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    secret_headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    content: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told what happens: at `url`, or at what the environment variable `url_env` holds. `signing_env` holds the key that signs."""

    name: str
    kind: Literal["generic", "slack"]
    url: str | None = None
    url_env: str | None = None
    signing_env: str | None = None
    private: bool = False  # whether its address may be a private one


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything `aua_runtime.serve` needs to run a generated package. `folder` holds `settings.json` and `plan.json`."""

    name: str
    structure: str
    folder: Path
    fields: tuple[Field, ...]
    specialists: tuple[Specialist, ...]  # the arbiter's among them
    arbiter: Mode | None
    routed: "Callable[[Request], Route]"
    answered: "Callable[[Request], Awaitable[None]]"
    api: Api
    store: SqliteStore | PostgresStore
    logs: Logs
    metrics: bool
    drain_s: float
    currency: str = "USD"  # of all prices
    webhooks: tuple[Webhook, ...] = ()
    workers: int = 1  # processes that share the port
    tracing: Tracing | None = None  # None: no request is recorded

    @property
    def code(self) -> Code:
        """What settings must fit."""
        fields, specialists = tuple(field.name for field in self.fields), tuple(specialist.name for specialist in self.specialists)
        webhooks = tuple(webhook.name for webhook in self.webhooks)
        return Code(self.structure, fields, specialists, self.arbiter, self.currency, self.tracing is not None, webhooks)
