"""No URL holds credentials."""

from collections.abc import Iterator

from aua_compile.config.rules.hosts import urls
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def credentials_in_url(subject: Subject, path: str) -> Diagnostic:
    """A user name or password in a URL.

    What it checks: no URL has anything before an `@`.
    Why: URLs reach artifacts, plans and logs, where nothing secret may stand; and what follows the `@` is easily overlooked.
    Example: `base_url: https://alice@llm.example.org`.
    Instead: `base_url: https://llm.example.org` with `auth_secret: LLM_KEY`.
    """
    place = subject.place(path)
    message = f"`{place.path}` holds a user name or password."
    return Diagnostic(
        "AUA0268", "error", message, place.span, place.path, "Remove what stands before the `@`; give keys with `auth_secret`.", secret=True
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from (credentials_in_url(subject, path) for path, url in urls(subject) if url.userinfo)
