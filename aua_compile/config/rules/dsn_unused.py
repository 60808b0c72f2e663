"""An address of Postgres goes with Postgres."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def dsn_without_postgres(subject: Subject) -> Diagnostic:
    """An address of Postgres while the state lies in SQLite.

    What it checks: `state.dsn_secret` goes with `state.backend: postgres`.
    Why: whoever gave it expects records in that database, and they would go to a file.
    Example: `state: {dsn_secret: AUA_STATE_DSN}`.
    Instead: `state: {backend: postgres, dsn_secret: AUA_STATE_DSN}`.
    """
    place = subject.place("state.dsn_secret")
    others = subject.related("the backend", "state.backend", beside=place)
    return Diagnostic(
        "AUA0264",
        "error",
        "`state.dsn_secret` is given, but `state.backend` is `sqlite`.",
        place.span,
        place.path,
        "Add `backend: postgres`, or remove `dsn_secret`.",
        others,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.state.backend == "sqlite" and subject.config.state.dsn_secret is not None:
        yield dsn_without_postgres(subject)
