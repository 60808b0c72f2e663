"""The places of a config that name a host, each with what it points at. Shared by the rules about addresses."""

from collections.abc import Iterator

from aua_compile.config.addresses import Host, Url, host_of, url_of
from aua_compile.config.model.models import Backend
from aua_compile.config.rules.subject import Subject
from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A host that the router calls, as `text` at `path` writes it; `auth` if a key goes there, `private_allowed` as its backend says."""

    path: str
    text: str
    host: Host
    scheme: str
    private_allowed: bool
    auth: bool


def called(subject: Subject) -> Iterator[Named]:
    """Every host that the router calls and this deployment does not start: specialists' own, backends', webhooks', and that of traces."""
    for service in subject.services:
        host, settings = service.spec.host, service.settings
        if host is not None and service.outside is not None and (settings is None or settings.base_url is None):
            allowed = settings is not None and settings.allow_private
            auth = settings is not None and settings.auth_secret is not None
            yield Named(f"{service.path}.host", host, host_of(host), service.spec.scheme or "http", allowed, auth)
    for name, backend in subject.config.backends.items():
        for path, text in _bases(name, backend):
            url = url_of(text)
            if not url.fault:
                yield Named(path, text, url.host, url.scheme, backend.allow_private, backend.auth_secret is not None)

    for name, webhook in subject.config.observability.webhooks.items():
        if webhook.url is not None and not (url := url_of(webhook.url)).fault:
            yield Named(f"observability.webhooks.{name}.url", webhook.url, url.host, url.scheme, webhook.allow_private, auth=False)
    for path, text, auth in _of_traces(subject):
        url = url_of(text)
        if not url.fault:
            yield Named(path, text, url.host, url.scheme, True, auth)


def _of_traces(subject: Subject) -> Iterator[tuple[str, str, bool]]:
    """The places that spans are sent to, each with its path, and whether a key goes there."""
    tracing = subject.config.observability.tracing
    if tracing.endpoint is not None:
        yield "observability.tracing.endpoint", tracing.endpoint, bool(tracing.header_secrets)
    for name, export in tracing.collector.exports.items():
        yield f"observability.tracing.collector.exports.{name}.endpoint", export.endpoint, bool(export.header_secrets)


def _bases(name: str, backend: Backend) -> Iterator[tuple[str, str]]:
    """The URLs of a backend, each with its path."""
    several = len(backend.base_url or ()) > 1
    for index, text in enumerate(backend.base_url or ()):
        yield f"backends.{name}.base_url.{index}" if several else f"backends.{name}.base_url", text


def urls(subject: Subject) -> Iterator[tuple[str, Url]]:
    """Every URL of a config."""
    for name, backend in subject.config.backends.items():
        for path, text in _bases(name, backend):
            yield path, url_of(text)
    observability = subject.config.observability
    for name, webhook in observability.webhooks.items():
        if webhook.url is not None:
            yield f"observability.webhooks.{name}.url", url_of(webhook.url)
    if observability.runbook_base_url is not None:
        yield "observability.runbook_base_url", url_of(observability.runbook_base_url)
    for path, text, _ in _of_traces(subject):
        yield path, url_of(text)
    for index, origin in enumerate(subject.config.api.cors_origins):
        if origin not in {"*", "null"}:
            yield f"api.cors_origins.{index}", url_of(origin)
