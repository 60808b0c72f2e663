"""Several routers share their state."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def replicas_without_shared_state(subject: Subject) -> Diagnostic:
    """Several routers, each with an SQLite file of its own.

    What it checks: `deploy.replicas` above 1 goes with `state.backend: postgres`.
    Why: an SQLite file belongs to one process on one machine; each router would know a part of what happened.
    Example: `deploy: {replicas: 3}` with `state: {backend: sqlite}`.
    Instead: `state: {backend: postgres, dsn_secret: AUA_STATE_DSN}`, or one replica.
    """
    place = subject.place("deploy.replicas", "state.backend")
    message = f"`deploy.replicas` is {subject.config.deploy.replicas}, but SQLite state belongs to one router."
    others = subject.related("decides too", "deploy.replicas", "state.backend", beside=place)
    return Diagnostic(
        "AUA0262", "error", message, place.span, place.path, "Give `state: {backend: postgres, dsn_secret: NAME}`, or one replica.", others
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.deploy.replicas > 1 and subject.config.state.backend == "sqlite":
        yield replicas_without_shared_state(subject)
