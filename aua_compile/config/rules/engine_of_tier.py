"""Every engine that is asked for runs on the tier."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.config.serving import STARTED_KINDS
from aua_compile.diagnostic import Diagnostic


def engine_not_on_tier(subject: Subject, service: Service, engine: str) -> Diagnostic:
    """An engine that the tier cannot run.

    What it checks: the backend of each specialist that this deployment starts is one of the tier's engines.
    Why: the engine has no build for that hardware, so it would not start.
    Example: `backend: vllm` on `macbook`.
    Instead: `backend: ollama`, another tier, or a backend with a `base_url`, which runs elsewhere.
    """
    place = subject.place(f"{service.path}.backend", *(f"models.{name}.backend" for name in (service.spec.model or ())[:1]), service.path)
    offered = ", ".join(f"`{name}`" for name in subject.resolved.tier.engines)
    message = f"`{service.spec.name}` asks for {engine}, which tier `{subject.config.tier}` cannot run."
    advice = f"Engines of this tier: {offered}. A backend with a `base_url` runs elsewhere."
    return Diagnostic("AUA0250", "error", message, place.span, place.path, advice, subject.related("the tier", "tier", beside=place))


def check(subject: Subject) -> Iterator[Diagnostic]:
    for service in subject.services:
        kind = service.settings.kind if service.settings and service.outside is None else None
        if kind in STARTED_KINDS and kind not in subject.resolved.tier.engines:
            yield engine_not_on_tier(subject, service, kind)
