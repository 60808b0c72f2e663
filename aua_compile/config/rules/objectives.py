"""Service level objectives can be measured, and can be missed."""

from collections.abc import Iterator

from aua_runtime.contract.metrics import QUERY_LATENCY

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def objective_not_measured(subject: Subject, within_s: float) -> Diagnostic:
    """A latency objective between two buckets.

    What it checks: `observability.slo.latency.within` is a bound of the router's latency histogram.
    Why: the histogram counts responses up to each of its bounds. How many took less than a time in between is a guess, and nobody should be
    woken up by one.
    Example: `observability: {slo: {latency: {within: 8s, target: 0.95}}}`.
    Instead: `within: 10s`.
    """
    place = subject.place("observability.slo.latency.within")
    bounds = QUERY_LATENCY.buckets
    near = min(bounds, key=lambda bound: abs(bound - within_s))
    return Diagnostic(
        "AUA0740",
        "error",
        f"`{within_s:g}s` is no bound of the latency histogram; its bounds are {', '.join(f'{bound:g}s' for bound in bounds)}.",
        place.span,
        place.path,
        f"Give `{near:g}s`." if near >= 1 else f"Give `{near * 1000:g}ms`.",
    )


def objective_never_missed(subject: Subject, within_s: float) -> Diagnostic:
    """A latency objective that no response can miss.

    What it checks: `observability.slo.latency.within` is below `routing.deadline_s`.
    Why: no response takes longer than the deadline, so all would count as fast, and the alerts on this objective could never fire.
    Example: `within: 60s` with `routing: {deadline_s: 60}`.
    Instead: `within: 30s`; requests that run into the deadline count against `availability`.
    """
    place, deadline = subject.place("observability.slo.latency.within"), subject.config.routing.deadline_s
    message = f"`{within_s:g}s` cannot be missed: `routing.deadline_s` ends every response after {deadline:g} s."
    below = [bound for bound in QUERY_LATENCY.buckets if bound < deadline]
    advice = f"Give at most `{below[-1]:g}s`." if below else "Raise the deadline."
    return Diagnostic(
        "AUA0741", "error", message, place.span, place.path, advice, subject.related("the deadline", "routing.deadline_s", beside=place)
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    latency = subject.config.observability.slo.latency
    if latency is None:
        return
    if latency.within not in QUERY_LATENCY.buckets:
        yield objective_not_measured(subject, latency.within)
    elif latency.within >= subject.config.routing.deadline_s:
        yield objective_never_missed(subject, latency.within)
