"""The endpoint of traces is one that the router can send to."""

from collections.abc import Iterator

from aua_compile.config.addresses import url_of
from aua_compile.config.model import TARGETS
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

GRPC_PORT = 4317
SIGNAL_PATHS = ("/v1/traces", "/v1/metrics", "/v1/logs")


def endpoint_mistaken(subject: Subject, what: str, instead: str) -> Diagnostic:
    """An endpoint of traces that takes no spans over HTTP.

    What it checks: `observability.tracing.endpoint` does not end in `/v1/traces`, which is added, and is not at port 4317, where OTLP is
    spoken over gRPC.
    Why: every export would be refused, and the traces lost.
    Example: `endpoint: "http://collector.internal:4317"`.
    Instead: `endpoint: "http://collector.internal:4318"`.
    """
    place = subject.place("observability.tracing.endpoint")
    return Diagnostic("AUA0752", "error", f"The endpoint of traces {what}.", place.span, place.path, instead)


def endpoint_of_machine(subject: Subject, host: str) -> Diagnostic:
    """An endpoint of traces that a container cannot reach.

    What it checks: `observability.tracing.endpoint` is not on loopback where the router runs in a container.
    Why: inside a container loopback is the container itself, where no collector listens.
    Example: `endpoint: "http://127.0.0.1:4318"` with the target `compose`.
    Instead: a name that the container can reach; or `AUA_TRACES_URL` in `deploy.env`, which wins over the endpoint.
    """
    place = subject.place("observability.tracing.endpoint")
    message = f"The endpoint of traces is on `{host}`, which in a container is the container itself."
    return Diagnostic("AUA0753", "warning", message, place.span, place.path, "Name a host that the router's container can reach.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    tracing = subject.config.observability.tracing
    if tracing.endpoint is None:
        return
    url = url_of(tracing.endpoint)
    if url.fault:
        return
    path = url.path.rstrip("/")
    ending = next((ending for ending in SIGNAL_PATHS if path.endswith(ending)), None)
    if ending is not None:
        yield endpoint_mistaken(subject, f"ends in `{ending}`, which the router adds itself", "Leave the path out.")
    elif url.port == GRPC_PORT:
        yield endpoint_mistaken(subject, "is at port 4317, where OTLP is spoken over gRPC", "Give the port for OTLP over HTTP, 4318.")
    if url.host.reach == "loopback" and {"compose", "kubernetes"} & set(subject.config.targets or TARGETS):
        yield endpoint_of_machine(subject, url.host.name)
