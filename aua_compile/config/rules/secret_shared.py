"""No two parties share a secret."""

from collections.abc import Iterator

from aua_compile.config.rules.header_secret import trace_headers
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def secret_shared(subject: Subject, name: str, first: str, second: str) -> Diagnostic:
    """One secret for clients and for what the router calls.

    What it checks: the variable of `api.api_key_secret` is not one that a backend's `auth_secret`, the state's `dsn_secret` or
    a header of tracing names.
    Why: every client would hold the key of what lies behind the router, and every backend the key to the router.
    Example: `api: {api_key_secret: LLM_KEY}` and a backend with `auth_secret: LLM_KEY`.
    Instead: `api: {api_key_secret: AUA_API_KEY}`.
    """
    place = subject.place(second)
    others = subject.related("used here too", first, beside=place)
    return Diagnostic(
        "AUA0282",
        "error",
        f"`{name}` is the key of clients and the key to what the router calls.",
        place.span,
        place.path,
        "Give each its own variable.",
        others,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    own = subject.config.api.api_key_secret
    if own is None:
        return
    if subject.config.state.dsn_secret == own:
        yield secret_shared(subject, own, "api.api_key_secret", "state.dsn_secret")
    for name, webhook in subject.config.observability.webhooks.items():
        for key in ("url_secret", "signing_secret"):
            if getattr(webhook, key) == own:
                yield secret_shared(subject, own, "api.api_key_secret", f"observability.webhooks.{name}.{key}")
    for name, backend in subject.config.backends.items():
        if backend.auth_secret == own:
            yield secret_shared(subject, own, "api.api_key_secret", f"backends.{name}.auth_secret")
    for path, sent in trace_headers(subject):
        for header, variable in sent.header_secrets.items():
            if variable == own:
                yield secret_shared(subject, own, "api.api_key_secret", f"{path}.header_secrets.{header}")
