"""The store is one that this release has."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def store_not_available(subject: Subject) -> Diagnostic:
    """State in Postgres.

    What it checks: `state.backend` is a store that the router of this release can write to.
    Why: a router that cannot keep its state does not start.
    Example: `state: {backend: postgres}`.
    Instead: `state: {backend: sqlite}`, with one replica.
    """
    place = subject.place("state.backend")
    message = "State in Postgres is not available in this version."
    return Diagnostic("AUA0212", "error", message, place.span, place.path, "Use `backend: sqlite`, or leave the key out.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.state.backend == "postgres":
        yield store_not_available(subject)
