"""Several routers share their state."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def replicas_without_shared_state(subject: Subject) -> Diagnostic:
    """Several routers, each with an SQLite file of its own.

    What it checks: `deploy.replicas` is 1 while the state lies in an SQLite file.
    Why: an SQLite file belongs to one process on one machine; each router would know a part of what happened.
    Example: `deploy: {replicas: 3}` with `state: {backend: sqlite}`.
    Instead: `deploy: {replicas: 1}`; state that several routers share is not available in this version.
    """
    place = subject.place("deploy.replicas", "state.backend")
    message = f"`deploy.replicas` is {subject.config.deploy.replicas}, but SQLite state belongs to one router."
    others = subject.related("decides too", "deploy.replicas", "state.backend", beside=place)
    return Diagnostic(
        "AUA0262", "error", message, place.span, place.path, "Use one replica; shared state is not available in this version.", others
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.deploy.replicas > 1 and subject.config.state.backend == "sqlite":
        yield replicas_without_shared_state(subject)
