"""Every URL and host is well formed."""

from collections.abc import Iterator

from aua_compile.config.addresses import host_of
from aua_compile.config.rules.hosts import urls
from aua_compile.config.rules.subject import Subject
from aua_compile.config.rules.url_credentials import holds_credentials
from aua_compile.diagnostic import Diagnostic


def ill_formed_address(subject: Subject, path: str, fault: str) -> Diagnostic:
    """A URL or host that is empty or ill formed.

    What it checks: URLs have a host that is a name or an address, a port from 1 to 65535, and neither query nor fragment; hosts are names
    of letters, digits and `-`, or addresses.
    Why: two programs read such an address differently, and one of them is the router.
    Example: `base_url: http://:8000`.
    Instead: `base_url: http://llm.example.org:8000`.
    """
    place = subject.place(path)
    return Diagnostic(
        "AUA0267",
        "error",
        f"`{place.path}` is not an address that can be called: {fault}.",
        place.span,
        place.path,
        "Write it as `https://host:port/path`, or as a host alone where the key is `host`.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for path, url in urls(subject):
        fault = url.fault or url.host.fault or ("it has a query" if url.query else "it has a fragment" if url.fragment else "")
        if fault and not holds_credentials(url):
            yield ill_formed_address(subject, path, fault)
    for service in subject.services:
        if service.spec.host is not None and (fault := host_of(service.spec.host).fault):
            yield ill_formed_address(subject, f"{service.path}.host", fault)
