"""Every address is written as what it is."""

from collections.abc import Iterator

from aua_compile.config.addresses import host_of
from aua_compile.config.mistakes import shown
from aua_compile.config.rules.hosts import urls
from aua_compile.config.rules.subject import Subject
from aua_compile.config.rules.url_credentials import holds_credentials
from aua_compile.diagnostic import Diagnostic


def disguised_address(subject: Subject, path: str, host: str, disguise: str) -> Diagnostic:
    """An address that is written as something else.

    What it checks: IPv4 addresses are four decimal numbers; none is written as one number, in octal, in hexadecimal, shortened, or inside
    an IPv6 address (mapped, 6to4, Teredo, NAT64).
    Why: readers, proxies and clients take such a host for different ones, which is how filters of addresses are passed by.
    Example: `host: "0x7f.1"`.
    Instead: `host: 127.0.0.1`.
    """
    place = subject.place(path)
    return Diagnostic(
        "AUA0269",
        "error",
        f"`{place.path}` has the host {shown(host)}, which {disguise}.",
        place.span,
        place.path,
        "Write the address as four decimal numbers, or the host's name.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for service in subject.services:
        if service.spec.host is not None and (disguise := host_of(service.spec.host).disguise):
            yield disguised_address(subject, f"{service.path}.host", service.spec.host, disguise)
    for path, url in urls(subject):
        if url.host.disguise and not holds_credentials(url):
            yield disguised_address(subject, path, url.host.written, url.host.disguise)
    for key, text in (("api.host", subject.config.api.host), ("api.management.host", subject.config.api.management.host)):
        if disguise := host_of(text).disguise:
            yield disguised_address(subject, key, text, disguise)
