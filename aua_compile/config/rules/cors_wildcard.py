"""Pages of any origin never send credentials."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def credentialed_wildcard(subject: Subject, index: int) -> Diagnostic:
    """Credentials from pages of any origin.

    What it checks: `api.cors_credentials: true` does not go with the origin `*`.
    Why: every page that a user visits could ask the router in that user's name. Browsers refuse the combination; no proxy has to.
    Example: `api: {cors_origins: ["*"], cors_credentials: true}`.
    Instead: `api: {cors_origins: ["https://app.example.org"], cors_credentials: true}`.
    """
    place = subject.place(f"api.cors_origins.{index}", "api.cors_credentials")
    others = subject.related("decides too", "api.cors_credentials", f"api.cors_origins.{index}", beside=place)
    return Diagnostic(
        "AUA0275",
        "error",
        "Pages of any origin (`*`) may send credentials.",
        place.span,
        place.path,
        "Name the origins, or remove `cors_credentials`.",
        others,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    origins = subject.config.api.cors_origins
    if subject.config.api.cors_credentials and "*" in origins:
        yield credentialed_wildcard(subject, origins.index("*"))
