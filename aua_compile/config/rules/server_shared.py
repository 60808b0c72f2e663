"""A server that holds one model is asked for one model."""

from collections.abc import Iterator

from aua_compile.config.addresses import url_of
from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic

ONE_MODEL = frozenset({"vllm", "llamacpp", "sglang"})


def server_asked_for_two_models(subject: Subject, service: Service, other: Service, where: str) -> Diagnostic:
    """One external server, asked for two models that it cannot both hold.

    What it checks: external specialists at the same host and port of the kinds vllm, llamacpp and sglang ask for the same model.
    Why: such a server holds one model and answers a request for another with an error.
    Example: two specialists with `host: gpu7.example.org`, `port: 8000` and `backend: vllm`, one for a 7B and one for a 14B model.
    Instead: give each its own port; or, where a gateway really serves several models there, a backend with `kind: openai`.
    """
    paths = (f"{service.path}.port", f"{service.path}.host", f"{service.path}.backend", f"{service.path}.model")
    place = subject.place(*paths)
    kind = service.settings.kind if service.settings else ""
    names = f"`{service.spec.name}` and `{other.spec.name}`"
    message = f"{names} ask one {kind} server ({where}) for different models: {_rung(service)} and {_rung(other)}."
    others = subject.related(f"`{other.spec.name}`", f"{other.path}.model", other.path, beside=place)[:1]
    return Diagnostic(
        "AUA0288",
        "error",
        message,
        place.span,
        place.path,
        "Give each its own port, or declare the gateway as a backend with `kind: openai`.",
        others,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    first: dict[tuple[str, int, str], Service] = {}
    for service in subject.services:
        if service.outside is None or service.outside.kind not in ONE_MODEL:
            continue
        for url in map(url_of, service.outside.urls):
            other = first.setdefault((url.host.name, url.port, url.path), service)
            if _rung(other) != _rung(service):
                yield server_asked_for_two_models(subject, service, other, f"{url.host.name}:{url.port}")


def _rung(service: Service) -> str:
    """An external server holds the first rung; there is no ladder to climb down."""
    return f"`{(service.spec.model or ('',))[0]}`"
