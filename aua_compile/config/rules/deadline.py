"""Every call, with its repeats, fits the deadline of a request."""

from collections.abc import Iterator
from math import fsum

from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic

TOLERANCE_S = 1e-9
MOST_NAMED = 4


def calls_exceed_deadline(subject: Subject, services: list[Service], retries: int, timeout_s: float, waits_s: float) -> Diagnostic:
    """Calls that, with their repeats, take longer than a request may.

    What it checks: (retries + 1) x timeout_s, plus the waits between repeats, is at most `routing.deadline_s`, for each specialist.
    Why: the deadline would cut the last repeat off, so that it costs a model's time and can never answer.
    Example: `timeout_s: 60` and `retries: 2` with `routing: {deadline_s: 120}`.
    Instead: `timeout_s: 39`, or fewer retries, or `deadline_s: 181`.
    """
    deadline_s = subject.config.routing.deadline_s
    needed_s = (retries + 1) * timeout_s + waits_s
    waits = f" + {waits_s:g} s of waiting" if waits_s else ""
    service = services[0]
    own = (f"{service.path}.timeout_s", f"{service.path}.retries")
    common = ("resilience.timeouts.total", "resilience.retry.max", "routing.deadline_s")
    place = subject.place(*own, *common, service.path)
    most_s = max((deadline_s - waits_s) / (retries + 1), 0.0)
    shorter = f"lower `timeout_s` to at most {int(most_s * 1000) / 1000:g}, " if most_s > 0 else ""
    names = " and ".join(f"`{one.spec.name}`" for one in services[:MOST_NAMED]) + " and others" * (len(services) > MOST_NAMED)
    return Diagnostic(
        "AUA0238",
        "error",
        f"{names} may take {needed_s:g} s, but a request ends after `routing.deadline_s` = {deadline_s:g} s: "
        f"({retries} retries + 1) x {timeout_s:g} s{waits} = {needed_s:g} s.",
        place.span,
        place.path,
        f"Raise `deadline_s` to at least {needed_s:g}, {shorter}or allow fewer retries.",
        subject.related("decides too", *own, *common, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for (retries, timeout_s, _), services in _alike(subject).items():
        retry = subject.config.resilience.retry
        waits_s = fsum(min(retry.base * 2**repeat, retry.cap) for repeat in range(retries))
        if (retries + 1) * timeout_s + waits_s > subject.config.routing.deadline_s + TOLERANCE_S:
            yield calls_exceed_deadline(subject, services, retries, timeout_s, waits_s)


def _alike(subject: Subject) -> dict[tuple[int, float, str], list[Service]]:
    """Services by retries, timeout, and who says so: those for which the defaults hold are told of at once."""
    resilience = subject.config.resilience
    found: dict[tuple[int, float, str], list[Service]] = {}
    for service in subject.services:
        spec = service.spec
        retries = resilience.retry.max if spec.retries is None else spec.retries
        timeout_s = resilience.timeouts.total if spec.timeout_s is None else spec.timeout_s
        by = "" if spec.retries is None and spec.timeout_s is None else service.path
        found.setdefault((retries, timeout_s, by), []).append(service)
    return found
