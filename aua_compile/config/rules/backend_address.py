"""Every backend can be started, or says where it runs."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.config.serving import STARTED_KINDS
from aua_compile.diagnostic import Diagnostic


def backend_without_address(subject: Subject, service: Service, kind: str) -> Diagnostic:
    """A backend that this deployment neither starts nor can reach.

    What it checks: a specialist whose backend is of the kind `openai` has a `host`, or its backend has a `base_url`.
    Why: only vLLM, Ollama, llama.cpp and SGLang are started by a deployment; any other server has to be running somewhere.
    Example: `backend: openai` without anything under `backends`.
    Instead: `backends: {gateway: {kind: openai, base_url: https://llm.example.org}}` and `backend: gateway`.
    """
    place = subject.place(
        f"{service.path}.backend",
        f"backends.{service.backend}.kind",
        *(f"models.{name}.backend" for name in (service.spec.model or ())[:1]),
    )
    where = f"`backends.{service.backend}`" if service.backend in subject.config.backends else "an entry of `backends`"
    message = f"`{service.spec.name}` is served by {kind}, which this deployment does not start, and no address is given."
    return Diagnostic("AUA0256", "error", message, place.span, place.path, f"Give {where} a `base_url`, or the specialist a `host`.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for service in subject.services:
        if service.settings is not None and service.outside is None and service.settings.kind not in STARTED_KINDS:
            yield backend_without_address(subject, service, service.settings.kind)
