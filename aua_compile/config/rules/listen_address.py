"""The router listens on addresses."""

from collections.abc import Iterator

from aua_compile.config.addresses import host_of, is_bindable
from aua_compile.config.mistakes import shown
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def unusable_listen_address(subject: Subject, path: str, host: str) -> Diagnostic:
    """An address that nothing can listen on.

    What it checks: `api.host` and `api.management.host` are an IP address of a machine, or `localhost`.
    Why: a listener binds an address, and compose publishes on one; what a name resolves to may change, and may be several.
    Example: `api: {host: llm.example.org}`.
    Instead: `api: {host: 0.0.0.0, allowed_hosts: [llm.example.org]}`.
    """
    place = subject.place(path)
    return Diagnostic(
        "AUA0272",
        "error",
        f"`{place.path}` is {shown(host)}, which is no address to listen on.",
        place.span,
        place.path,
        "Give an IP address of this machine, `0.0.0.0` for all of them, or `localhost`.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for path, text in (("api.host", subject.config.api.host), ("api.management.host", subject.config.api.management.host)):
        if not host_of(text).disguise and not is_bindable(host_of(text)):
            yield unusable_listen_address(subject, path, text)
