"""The endpoint of traces is one that the router can send to."""

from collections.abc import Iterator
from typing import Literal

from aua_compile.config.addresses import Url, url_of
from aua_compile.config.model import TARGETS
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

PORTS = {"http": 4318, "grpc": 4317}
SIGNAL_PATHS = ("/v1/traces", "/v1/metrics", "/v1/logs")
IN_CONTAINERS = frozenset({"compose", "kubernetes"})


def endpoint_mistaken(subject: Subject, path: str, what: str, instead: str) -> Diagnostic:
    """An endpoint of traces that takes no spans as they are sent.

    What it checks: an endpoint of `observability.tracing` over HTTP does not end in `/v1/traces`, which is added, one over gRPC has no
    path at all, and neither is at the other's port: 4318 is OTLP over HTTP, 4317 over gRPC. The router itself speaks HTTP.
    Why: every export would be refused, and the traces lost.
    Example: `endpoint: "http://collector.internal:4317"`.
    Instead: `endpoint: "http://collector.internal:4318"`.
    """
    place = subject.place(path)
    return Diagnostic("AUA0752", "error", f"The endpoint of traces {what}.", place.span, place.path, instead)


def endpoint_of_machine(subject: Subject, path: str, host: str) -> Diagnostic:
    """An endpoint of traces that a container cannot reach.

    What it checks: no endpoint of `observability.tracing` is on loopback where what sends to it runs in a container.
    Why: inside a container loopback is the container itself, where nobody takes spans.
    Example: `endpoint: "http://127.0.0.1:4318"` with the target `compose`.
    Instead: a name that the container can reach; or `AUA_TRACES_URL` in `deploy.env`, which wins over the endpoint.
    """
    place = subject.place(path)
    message = f"The endpoint of traces is on `{host}`, which in a container is the container itself."
    return Diagnostic("AUA0753", "warning", message, place.span, place.path, "Name a host that the container can reach.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    tracing = subject.config.observability.tracing
    if tracing.endpoint is not None:
        yield from _checked(subject, "observability.tracing.endpoint", url_of(tracing.endpoint), "http")
    for name, export in tracing.collector.exports.items():
        yield from _checked(subject, f"observability.tracing.collector.exports.{name}.endpoint", url_of(export.endpoint), export.protocol)


def _checked(subject: Subject, at: str, url: Url, protocol: Literal["http", "grpc"]) -> Iterator[Diagnostic]:
    if url.fault:
        return
    path = url.path.rstrip("/")
    ending = next((ending for ending in SIGNAL_PATHS if path.endswith(ending)), None)
    other: Literal["http", "grpc"] = "grpc" if protocol == "http" else "http"
    if protocol == "grpc" and path:
        yield endpoint_mistaken(subject, at, "has a path, and gRPC knows none", "Leave the path out.")
    elif ending is not None:
        yield endpoint_mistaken(subject, at, f"ends in `{ending}`, which is added", "Leave the path out.")
    elif url.port == PORTS[other]:
        words = {"http": "over HTTP", "grpc": "over gRPC"}
        what = f"is at port {PORTS[other]}, where OTLP is spoken {words[other]}"
        yield endpoint_mistaken(subject, at, what, f"Give the port for OTLP {words[protocol]}, {PORTS[protocol]}.")
    if url.host.reach == "loopback" and IN_CONTAINERS & set(subject.config.targets or TARGETS):
        yield endpoint_of_machine(subject, at, url.host.name)
