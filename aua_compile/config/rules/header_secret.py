"""No literal header carries a secret."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

SECRETS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "apikey"})
MARKS = ("api-key", "apikey", "auth-token", "access-token", "secret", "password")


def secret_header(subject: Subject, backend: str, header: str) -> Diagnostic:
    """A header that carries a secret, with a literal value.

    What it checks: `headers` of a backend hold no `Authorization`, `Cookie`, `X-Api-Key` or the like.
    Why: literal values stand in the plan and in artifacts, which are committed and read by many.
    Example: `headers: {Authorization: "Bearer MY_KEY"}`.
    Instead: `auth_secret: MY_KEY`, the name of the environment variable that holds the key.
    """
    place = subject.place(f"backends.{backend}.headers.{header}")
    message = f"The header `{header}` carries a secret, and its value stands here."
    return Diagnostic(
        "AUA0279",
        "error",
        message,
        place.span,
        place.path,
        "Give the key with `auth_secret`, the NAME of an environment variable.",
        secret=True,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, backend in subject.config.backends.items():
        for header in backend.headers:
            if header.lower() in SECRETS or any(mark in header.lower() for mark in MARKS):
                yield secret_header(subject, name, header)
