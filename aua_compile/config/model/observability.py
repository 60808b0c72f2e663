"""`observability`: what the deployment tells about itself. Who is told of what is in `alerts`."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from aua_compile.config.declare import (
    DECIMAL,
    ENVIRONMENT_KIND,
    HEADER,
    HEADERS,
    NAME_KIND,
    URL,
    Apply,
    Block,
    Boolean,
    Choice,
    Duration,
    Key,
    MapOf,
    Number,
    Pattern,
)
from aua_compile.config.model.alerts import Alerts, Slo, Webhook
from aua_compile.frozen import dataclass

TRACE_URL = Pattern(r"https?://[^\s{}$]*\{trace_id\}[^\s{}$]*", "an `http://` or `https://` URL that holds `{trace_id}` once")
CURRENCY = Pattern(r"[A-Z]{3}", "the three letters of a currency, such as `EUR`")
BOOK = Pattern(r"[a-z0-9][a-z0-9._@-]{0,62}", "a name such as `acme@2026-11`")
REGISTRY_BOOK = "registry"
"""Named where no price book of the project's is."""

_TRACED = {"observability.tracing.enabled": True, "observability.tracing.endpoint": "https://traces.example.org"}
COLLECTED = {
    "observability.tracing.enabled": True,
    "observability.tracing.collector.enabled": True,
    "observability.tracing.collector.exports.<name>.endpoint": "https://traces.example.org",
}


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


def _headers(how: Apply, given: Mapping[str, Any]) -> Key:
    return Key("Headers sent with spans; never a secret.", HEADERS, how=how, differ=({}, {"X-Scope-OrgID": "search"}), given=given)


def _header_secrets(how: Apply, given: Mapping[str, Any]) -> Key:
    return Key(
        "Headers sent with spans, each with the NAME of the environment variable that holds its whole value.",
        MapOf(ENVIRONMENT_KIND, HEADER),
        what="security",
        how=how,
        differ=({}, {"Authorization": "TRACES_AUTHORIZATION"}),
        given=given,
    )


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
    headers: Annotated[Mapping[str, str], _headers("recreate", COLLECTED)] = field(default_factory=dict)
    header_secrets: Annotated[Mapping[str, str], _header_secrets("recreate", COLLECTED)] = field(default_factory=dict)


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
            given={**_TRACED, "observability.tracing.collector.exports.<name>.endpoint": "https://traces.example.org"},
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
    headers: Annotated[Mapping[str, str], _headers("rolling_restart", _TRACED)] = field(default_factory=dict)
    header_secrets: Annotated[Mapping[str, str], _header_secrets("rolling_restart", _TRACED)] = field(default_factory=dict)
    sample_ratio: Annotated[
        float,
        Key(
            "Share of requests that are recorded, of those whose caller says nothing of it.",
            Number(0, 1),
            how="hot_reload",
            differ=(0.01, 0.1),
            given=_TRACED,
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
            given=_TRACED,
        ),
    ] = 50.0
    trust_caller: Annotated[
        bool,
        Key(
            "Whether a caller's `traceparent` decides for its request: recorded where the caller records, and not where it does not.",
            Boolean(),
            how="hot_reload",
            differ=(True, False),
            given=_TRACED,
        ),
    ] = True
    content: Annotated[
        bool,
        Key(
            "Whether prompts and answers are part of the spans.",
            Boolean(),
            what="security",
            differ=(True, False),
            given=_TRACED,
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
            given=_TRACED,
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
            "The currency of all prices, as the book has it; the registry's prices of GPUs are in USD and count in no other.",
            CURRENCY,
            differ=("USD", "EUR"),
        ),
    ] = "USD"
    book: Annotated[
        str,
        Key(
            "The price book: the project's file `prices/<book>.yaml`. Each call keeps its name; without one prices are the registry's.",
            BOOK,
            how="hot_reload",
            differ=("acme@2026-10", "acme@2026-11"),
            example="acme@2026-11",
        ),
    ] = REGISTRY_BOOK
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
