"""Every breaker that opens can close again."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def breaker_never_closes(subject: Subject, path: str) -> Diagnostic:
    """A circuit breaker that can never close.

    What it checks: `half_open_max` is at least 1, in `resilience.breaker` and in each `circuit_breaker`.
    Why: an open breaker closes after a probe succeeds; with no probes one series of failures would cut the specialist off until a restart.
    Example: `circuit_breaker: {half_open_max: 0}`.
    Instead: `circuit_breaker: {half_open_max: 1}`.
    """
    place = subject.place(path)
    message = f"`{place.path}` is 0, so a breaker that opened can never close."
    return Diagnostic("AUA0265", "error", message, place.span, place.path, "Give at least 1.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.resilience.breaker.half_open_max == 0:
        yield breaker_never_closes(subject, "resilience.breaker.half_open_max")
    for service in subject.services:
        breaker = service.spec.circuit_breaker
        if breaker is not None and breaker.half_open_max == 0:
            yield breaker_never_closes(subject, f"{service.path}.circuit_breaker.half_open_max")
