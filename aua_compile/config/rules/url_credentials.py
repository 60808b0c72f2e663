"""No URL holds credentials."""

import re
from collections.abc import Iterator

from aua_compile.config.addresses import Url
from aua_compile.config.rules.hosts import urls
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

SECRETS = "key|token|secret|passw|pwd|sig|auth|credential"
"""What the name of a query's parameter holds when its value is a secret."""


def credentials_in_url(subject: Subject, path: str) -> Diagnostic:
    """Credentials in a URL.

    What it checks: no URL has anything before an `@`, or a query that gives a key, token, password or signature.
    Why: URLs reach artifacts, plans and logs, where nothing secret may stand; and what follows the `@` is easily overlooked.
    Example: `base_url: https://alice@llm.example.org`.
    Instead: `base_url: https://llm.example.org` with `auth_secret: LLM_KEY`.
    """
    place = subject.place(path)
    message = f"`{place.path}` holds credentials."
    return Diagnostic(
        "AUA0268",
        "error",
        message,
        place.span,
        place.path,
        "Remove them; give keys with `auth_secret`, the NAME of an environment variable.",
        secret=True,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    yield from (credentials_in_url(subject, path) for path, url in urls(subject) if holds_credentials(url))


def holds_credentials(url: Url) -> bool:
    """Whether a URL names a user, or its query gives a secret."""
    return url.userinfo or re.search(f"[?&;][^=&;]*({SECRETS})[^=&;]*=", url.query, re.IGNORECASE) is not None
