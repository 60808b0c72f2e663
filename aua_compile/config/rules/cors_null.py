"""The origin `null` is never trusted."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def null_origin(subject: Subject, index: int) -> Diagnostic:
    """The origin `null`.

    What it checks: `api.cors_origins` does not hold `null`.
    Why: sandboxed frames, local files and redirected requests all have that origin, so anyone's page can take it on.
    Example: `api: {cors_origins: ["null"]}`.
    Instead: `api: {cors_origins: ["https://app.example.org"]}`.
    """
    place = subject.place(f"api.cors_origins.{index}")
    return Diagnostic(
        "AUA0276",
        "error",
        "The origin `null` is anyone's.",
        place.span,
        place.path,
        "Remove it, and serve the page from an origin that can be named.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    origins = subject.config.api.cors_origins
    if "null" in origins:
        yield null_origin(subject, origins.index("null"))
