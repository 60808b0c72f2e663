"""Every key that is written does something."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic

OF_STARTED = ("gpus", "memory", "tensor_parallel", "pipeline_parallel", "max_num_seqs", "kv_cache")
OF_HOSTS = ("host", "port", "scheme")


def key_without_effect(subject: Subject, path: str, why: str, *deciding: str) -> Diagnostic:
    """A key that does nothing beside the others.

    What it checks: placement keys stand only at what this deployment starts; `scheme` and `tls_verify` only where it is called by https;
    `embeddings` only at a server elsewhere, `log_probabilities` only at one of the kind `openai`;
    `port` and `scheme` not beside a backend's `base_url`; `state.path` only with SQLite; `cors_credentials` only with origins;
    management's host and port not beside its `socket`; what a disabled arbiter would be, not at all; `arbiter.vcg` only in that mode; of
    calls, a `queue` only where something bounds them, the shares of a breaker only with a `window`, the `interval` of probes only where
    they are on, an endpoint of traces with its headers only without a collector, and where `enabled` is said; `tracing.enabled` only where
    some request is recorded; objectives only where metrics are on.
    Why: whoever wrote it expects something that does not happen.
    Example: `gpus: [0]` at a specialist with `host: gpu7.example.org`.
    Instead: remove it, or remove what makes it moot.
    """
    place = subject.place(path)
    others = subject.related("because of this", *deciding, beside=place)
    return Diagnostic("AUA0261", "warning", f"`{place.path}` has no effect: {why}.", place.span, place.path, "Remove it.", others)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for service in subject.services:
        yield from _of_service(subject, service)
    config = subject.config
    if config.state.backend == "postgres" and subject.says("state.path"):
        yield key_without_effect(subject, "state.path", "the state lies in Postgres", "state.backend")
    if config.api.cors_credentials and not config.api.cors_origins:
        yield key_without_effect(subject, "api.cors_credentials", "no origin may call the router from a page")
    if config.api.management.socket is not None:
        for key in ("host", "port"):
            if subject.says(f"api.management.{key}"):
                yield key_without_effect(subject, f"api.management.{key}", "management listens on a socket", "api.management.socket")
    if config.arbiter.mode != "vcg":
        for key in ("prior", "prior_weight", "margin", "least_welfare"):
            if subject.says(f"arbiter.vcg.{key}"):
                yield key_without_effect(subject, f"arbiter.vcg.{key}", "the arbiter's mode is not `vcg`", "arbiter.mode")
    if not config.resilience.probe.enabled and subject.says("resilience.probe.interval"):
        yield key_without_effect(subject, "resilience.probe.interval", "probes are off", "resilience.probe.enabled")
    yield from _of_breaker(subject, "resilience.breaker", config.resilience.breaker.window)
    yield from _of_observability(subject)
    if not config.arbiter.enabled:
        # A preset's arbiter that a project turns off is no mistake of the project.
        strongest = subject.layer("arbiter.enabled")
        for key in ("model", "policy", "mode", "confidence_threshold"):
            if strongest is not None and subject.layer(f"arbiter.{key}") == strongest:
                yield key_without_effect(subject, f"arbiter.{key}", "the arbiter is off", "arbiter.enabled")


def _of_observability(subject: Subject) -> Iterator[Diagnostic]:
    tracing = subject.config.observability.tracing
    path = "observability.tracing"
    if tracing.collector.enabled:
        for key in ("endpoint", "headers", "header_secrets"):
            if subject.says(f"{path}.{key}"):
                yield key_without_effect(subject, f"{path}.{key}", "spans go to the collector", f"{path}.collector.enabled")
    if not tracing.enabled and not subject.says(f"{path}.enabled"):  # who says so turned it off for a while
        for key in ("endpoint", *(("collector.enabled",) if tracing.collector.enabled else ())):
            if subject.says(f"{path}.{key}"):
                yield key_without_effect(subject, f"{path}.{key}", f"`{path}.enabled` is not said, and tracing is off without it")
    if tracing.enabled and tracing.sample_ratio == 0 and not tracing.trust_caller:
        why = "no share of requests is recorded, nor those whose callers record them"
        yield key_without_effect(subject, f"{path}.enabled", why, f"{path}.sample_ratio", f"{path}.trust_caller")
    if not subject.config.observability.metrics.enabled:
        for key in ("availability", "latency"):
            if subject.says(f"observability.slo.{key}"):
                yield key_without_effect(subject, f"observability.slo.{key}", "metrics are off", "observability.metrics.enabled")


def _of_breaker(subject: Subject, path: str, window: int | None) -> Iterator[Diagnostic]:
    for key in ("failing_share", "slow_share"):
        if window == 0 and subject.says(f"{path}.{key}"):
            yield key_without_effect(subject, f"{path}.{key}", "only failures in a row count", f"{path}.window")


def _of_service(subject: Subject, service: Service) -> Iterator[Diagnostic]:
    common, own = subject.config.resilience.limits, service.spec.limits
    unbounded = service.outside is not None and common.concurrency is None and (own is None or own.concurrency is None)
    if unbounded and subject.says(f"{service.path}.limits.queue"):
        yield key_without_effect(subject, f"{service.path}.limits.queue", f"nothing bounds the calls to `{service.spec.name}`")
    if service.spec.circuit_breaker is not None:
        yield from _of_breaker(subject, f"{service.path}.circuit_breaker", service.spec.circuit_breaker.window)

    def written(*keys: str) -> Iterator[str]:
        return (f"{service.path}.{key}" for key in keys if subject.says(f"{service.path}.{key}"))

    if service.outside is None:
        for path in written("scheme", "tls_verify"):
            yield key_without_effect(subject, path, "this deployment starts the engine and calls it inside its own network")
        for path in written("embeddings"):
            yield key_without_effect(subject, path, "engines that this deployment starts give answers only")
    if service.outside is None or service.outside.kind != "openai":
        for path in written("log_probabilities"):
            yield key_without_effect(subject, path, "only servers of the kind `openai` are not asked anyway")
    if service.outside is None:
        return
    by_url = service.spec.host is None
    deciding = f"backends.{service.backend}.base_url" if by_url else f"{service.path}.host"
    for path in written(*OF_STARTED):
        yield key_without_effect(subject, path, f"`{service.spec.name}` runs elsewhere", deciding)
    if by_url:
        for path in written(*OF_HOSTS):
            yield key_without_effect(subject, path, f"the backend `{service.backend}` gives the address", deciding)
    if all(url.startswith("http:") for url in service.outside.urls):
        for path in written("tls_verify"):
            yield key_without_effect(subject, path, "it is called by plain http", deciding, f"{service.path}.scheme")
