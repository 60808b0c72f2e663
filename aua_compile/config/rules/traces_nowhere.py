"""Spans that are made go somewhere."""

from collections.abc import Iterator

from aua_compile.config.model import TARGETS
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

STARTED_BY = frozenset({"compose", "kubernetes"})


def traces_nowhere(subject: Subject, path: str, give: str) -> Diagnostic:
    """Tracing without a place for the spans.

    What it checks: where `observability.tracing` is on, it names an `endpoint`, or its `collector` is on and has `exports`.
    Why: the router would make spans and throw them away.
    Example: `tracing: {enabled: true}`.
    Instead: `tracing: {enabled: true, endpoint: "http://collector.internal:4318"}`.
    """
    place = subject.place(path)
    message = "Requests are to be recorded, and their spans have nowhere to go."
    return Diagnostic("AUA0750", "error", message, place.span, place.path, give)


def collector_not_started(subject: Subject) -> Diagnostic:
    """A collector that nothing starts.

    What it checks: where `observability.tracing.collector` is on, `targets` hold `compose` or `kubernetes`.
    Why: only these start it; the router would send its spans to nobody.
    Example: `targets: [router]` with `collector: {enabled: true}`.
    Instead: run a collector of your own, and name it as `observability.tracing.endpoint`.
    """
    place = subject.place("observability.tracing.collector.enabled")
    others = subject.related("the targets", "targets", beside=place)
    message = "The collector is part of compose and Kubernetes, and neither is a target."
    help_text = "Add one of them to `targets`, or name a collector of your own as `observability.tracing.endpoint`."
    return Diagnostic("AUA0754", "error", message, place.span, place.path, help_text, others)


def check(subject: Subject) -> Iterator[Diagnostic]:
    tracing = subject.config.observability.tracing
    if not tracing.enabled:
        return
    if not tracing.collector.enabled:
        if tracing.endpoint is None:
            give = "Give `observability.tracing.endpoint`, the base of an OTLP endpoint over HTTP, or turn the `collector` on."
            yield traces_nowhere(subject, "observability.tracing.enabled", give)
        return
    if not tracing.collector.exports:
        give = "Give `observability.tracing.collector.exports`: `{tempo: {endpoint: ...}}`."
        yield traces_nowhere(subject, "observability.tracing.collector.enabled", give)
    if STARTED_BY.isdisjoint(subject.config.targets or TARGETS):
        yield collector_not_started(subject)
