"""No literal header carries a secret."""

from collections.abc import Iterator, Mapping

from aua_compile.config.model.observability import TraceExport, Tracing
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

SECRETS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "apikey"})
MARKS = ("api-key", "apikey", "auth-token", "access-token", "secret", "password")


def literal_headers(subject: Subject) -> Iterator[tuple[str, Mapping[str, str]]]:
    """All headers that the config gives with their values, each group with its place."""
    for name, backend in subject.config.backends.items():
        yield f"backends.{name}.headers", backend.headers
    for path, sent in trace_headers(subject):
        yield f"{path}.headers", sent.headers


def trace_headers(subject: Subject) -> Iterator[tuple[str, Tracing | TraceExport]]:
    """What sends spans with headers, each with its place."""
    tracing = subject.config.observability.tracing
    yield "observability.tracing", tracing
    for name, export in tracing.collector.exports.items():
        yield f"observability.tracing.collector.exports.{name}", export


def secret_header(subject: Subject, path: str, header: str) -> Diagnostic:
    """A header that carries a secret, with a literal value.

    What it checks: `headers` of a backend and of tracing hold no `Authorization`, `Cookie`, `X-Api-Key` or the like.
    Why: literal values stand in the plan and in artifacts, which are committed and read by many.
    Example: `headers: {Authorization: "Bearer MY_KEY"}`.
    Instead: `auth_secret: MY_KEY`, the name of the environment variable that holds the key; for tracing
    `header_secrets: {Authorization: MY_HEADER}`, the name of the one that holds the whole value.
    """
    place = subject.place(f"{path}.{header}")
    key = "auth_secret" if path.startswith("backends.") else "header_secrets"
    message = f"The header `{header}` carries a secret, and its value stands here."
    return Diagnostic(
        "AUA0279",
        "error",
        message,
        place.span,
        place.path,
        f"Give the key with `{key}`, the NAME of an environment variable.",
        secret=True,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for path, headers in literal_headers(subject):
        for header in headers:
            if header.lower() in SECRETS or any(mark in header.lower() for mark in MARKS):
                yield secret_header(subject, path, header)
