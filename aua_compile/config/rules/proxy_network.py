"""Every trusted proxy is an address or a network."""

from collections.abc import Iterator
from ipaddress import ip_network

from aua_compile.config.mistakes import shown
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def not_a_network(subject: Subject, index: int, text: str) -> Diagnostic:
    """A trusted proxy that is neither an address nor a network.

    What it checks: each entry of `api.forwarded_allow_ips` is an IP address, a network such as `10.0.0.0/8`, or `*`.
    Why: the router would match no proxy with it, and see the proxy's address in place of the client's.
    Example: `forwarded_allow_ips: ["10.0.0"]`.
    Instead: `forwarded_allow_ips: ["10.0.0.0/24"]`.
    """
    place = subject.place(f"api.forwarded_allow_ips.{index}")
    return Diagnostic(
        "AUA0273",
        "error",
        f"`{place.path}` is {shown(text)}, which is neither an IP address nor a network.",
        place.span,
        place.path,
        "Give an address such as `10.0.0.7`, or a network such as `10.0.0.0/24`.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for index, text in enumerate(subject.config.api.forwarded_allow_ips):
        if text != "*" and not _is_network(text):
            yield not_a_network(subject, index, text)


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
