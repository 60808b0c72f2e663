"""Postgres has an address."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def postgres_without_dsn(subject: Subject) -> Diagnostic:
    """State in Postgres without its address.

    What it checks: `state.backend: postgres` goes with `state.dsn_secret`.
    Why: the router would not know which database to use; the address holds a password, so only the name of a variable is given.
    Example: `state: {backend: postgres}`.
    Instead: `state: {backend: postgres, dsn_secret: AUA_STATE_DSN}`.
    """
    place = subject.place("state.backend")
    return Diagnostic(
        "AUA0263",
        "error",
        "`state.backend` is `postgres`, but `state.dsn_secret` is not given.",
        place.span,
        place.path,
        "Add `dsn_secret: NAME`, the environment variable with the DSN.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.state.backend == "postgres" and subject.config.state.dsn_secret is None:
        yield postgres_without_dsn(subject)
