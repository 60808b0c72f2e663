"""The route table: every path the router answers, on which listener, and whether it asks for the key."""

from typing import Literal

from aua_runtime.contract.frozen import dataclass

Face = Literal["public", "management", "both"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path, whose last part may be a parameter: `{model}`.

    `name` is the function that answers it; `keyed` asks for the bearer key where one is set.
    """

    method: Literal["GET", "POST"]
    path: str
    name: str
    face: Face
    keyed: bool
    summary: str


ENDPOINTS = (
    Endpoint("POST", "/v1/chat/completions", "chat_completions", "public", keyed=True, summary="Answer a chat, whole or as a stream."),
    Endpoint("POST", "/v1/completions", "completions", "public", keyed=True, summary="Continue a text, whole or as a stream."),
    Endpoint("POST", "/v1/embeddings", "embeddings", "public", keyed=True, summary="Vectors of texts, where a specialist offers them."),
    Endpoint("GET", "/v1/models", "models", "public", keyed=True, summary="The model names that requests may use."),
    Endpoint("GET", "/v1/models/{model}", "model", "public", keyed=True, summary="What one model name stands for."),
    Endpoint("POST", "/query", "query", "public", keyed=True, summary="Answer one question, with how it was decided."),
    Endpoint("POST", "/query/stream", "query_stream", "public", keyed=True, summary="The same as named events, candidates included."),
    Endpoint("POST", "/route", "explain", "public", keyed=True, summary="Explain which specialists would answer; call nothing."),
    Endpoint("GET", "/health/live", "live", "both", keyed=False, summary="The process runs."),
    Endpoint("GET", "/health/ready", "ready", "both", keyed=False, summary="Requests may be sent here."),
    Endpoint("GET", "/health/startup", "startup", "both", keyed=False, summary="The router has started."),
    Endpoint("GET", "/openapi.json", "openapi", "both", keyed=False, summary="What the router answers, as an OpenAPI document."),
    Endpoint("GET", "/docs", "docs", "management", keyed=False, summary="The same as a page for people."),
    Endpoint("GET", "/version", "version", "both", keyed=False, summary="Versions and digests."),
    Endpoint("GET", "/metrics", "metrics", "management", keyed=False, summary="Metrics in the Prometheus text format."),
    Endpoint("GET", "/metrics/cost", "cost", "management", keyed=False, summary="What calls cost since the router started."),
    Endpoint(
        "GET",
        "/plan",
        "plan",
        "management",
        keyed=True,
        summary="The plan this router was made from, without values of headers and environment.",
    ),
    Endpoint("POST", "/config/reload", "reload", "management", keyed=True, summary="Read settings.json again."),
)

CHAT_COMPLETIONS = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
EMBEDDINGS = "/v1/embeddings"
MODELS = "/v1/models"
LIVE = "/health/live"
READY = "/health/ready"
STARTUP = "/health/startup"
METRICS = "/metrics"
QUERY = "/query"
QUERY_STREAM = "/query/stream"
VERSION = "/version"
PLAN = "/plan"
METRICS_COST = "/metrics/cost"


def endpoints_of(face: Literal["public", "management"]) -> tuple[Endpoint, ...]:
    """What one listener answers."""
    return tuple(endpoint for endpoint in ENDPOINTS if endpoint.face in {face, "both"})
