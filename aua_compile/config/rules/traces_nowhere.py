"""Spans that are made go somewhere."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def traces_nowhere(subject: Subject) -> Diagnostic:
    """Tracing without a place for the spans.

    What it checks: where `observability.tracing` is on, it names an `endpoint`.
    Why: the router would make spans and throw them away.
    Example: `tracing: {enabled: true}`.
    Instead: `tracing: {enabled: true, endpoint: "http://collector.internal:4318"}`.
    """
    place = subject.place("observability.tracing.enabled")
    return Diagnostic(
        "AUA0750",
        "error",
        "Requests are to be recorded, and their spans have nowhere to go.",
        place.span,
        place.path,
        "Give `observability.tracing.endpoint`: the base of an OTLP endpoint over HTTP.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    tracing = subject.config.observability.tracing
    if tracing.enabled and tracing.endpoint is None:
        yield traces_nowhere(subject)
