"""A bound on calls that is written lies within the larger bound that it is part of."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

PARTS = (
    ("resilience.timeouts.connect", "resilience.timeouts.total"),
    ("resilience.timeouts.first_token", "resilience.timeouts.total"),
    ("resilience.timeouts.idle", "resilience.timeouts.total"),
    ("resilience.retry.base", "resilience.retry.cap"),
    ("resilience.hedge.after", "resilience.timeouts.total"),
)


def bound_without_effect(subject: Subject, part: str, whole: str, part_s: float, whole_s: float) -> Diagnostic:
    """A bound that a shorter one always cuts off first.

    What it checks: `connect`, `first_token` and `idle`, where given, are at most `total`; `retry.base` is at most `retry.cap`;
    `hedge.after` is at most `total`.
    Why: the longer wait can never happen, so the value that was written does nothing.
    Example: `resilience: {timeouts: {first_token: 90s, total: 60s}}`.
    Instead: `resilience: {timeouts: {first_token: 30s, total: 60s}}`.
    """
    place = subject.place(part)
    message = f"`{part}` is {part_s:g} s, but `{whole}` ends the wait after {whole_s:g} s."
    return Diagnostic(
        "AUA0239",
        "warning",
        message,
        place.span,
        place.path,
        f"Lower it, or raise `{whole}`.",
        subject.related("ends it", whole, beside=place),
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for part, whole in PARTS:
        if subject.says(part) and (part_s := _seconds(subject, part)) > (whole_s := _seconds(subject, whole)):
            yield bound_without_effect(subject, part, whole, part_s, whole_s)


def _seconds(subject: Subject, path: str) -> float:
    _, block, key = path.split(".")
    return float(getattr(getattr(subject.config.resilience, block), key))
