"""A router that stops gets the time to drain."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def drain_longer_than_grace(subject: Subject) -> Diagnostic:
    """A drain longer than the grace period.

    What it checks: `deploy.drain_s` is at most `deploy.grace_s`.
    Why: after the grace period the router is killed, together with the requests that it was letting finish.
    Example: `deploy: {drain_s: 60, grace_s: 30}`.
    Instead: `deploy: {drain_s: 60, grace_s: 75}`.
    """
    given = subject.config.deploy
    keys = ("deploy.drain_s", "deploy.grace_s")
    place = subject.place(*keys)
    message = f"`deploy.drain_s` is {given.drain_s:g} s, but the router is killed after `deploy.grace_s` = {given.grace_s:g} s."
    others = subject.related("decides too", *keys, beside=place)
    return Diagnostic(
        "AUA0266", "error", message, place.span, place.path, f"Raise `grace_s` to at least {given.drain_s:g}, or lower `drain_s`.", others
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.deploy.drain_s > subject.config.deploy.grace_s:
        yield drain_longer_than_grace(subject)
