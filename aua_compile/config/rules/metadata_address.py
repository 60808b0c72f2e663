"""The router calls no host that hands out a machine's credentials."""

from collections.abc import Iterator

from aua_compile.config.mistakes import shown
from aua_compile.config.rules.hosts import called
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

MEANINGS = {
    "metadata": "a cloud's metadata service, which hands out the machine's credentials",
    "link-local": "a link-local address, where clouds keep their metadata services",
    "everywhere": "no host to call; it means all addresses of a machine that listens",
    "unusable": "a reserved or multicast address, which answers no calls",
}


def forbidden_address(subject: Subject, path: str, host: str, meaning: str) -> Diagnostic:
    """A host that is never called: metadata services, link-local, multicast and reserved addresses.

    What it checks: no specialist's host and no `base_url` points at 169.254.0.0/16, fe80::/10, a cloud's metadata address or name,
    0.0.0.0, or a multicast or reserved address. `allow_private` does not permit them.
    Why: whoever can send a prompt could otherwise learn the credentials of the machine that the router runs on.
    Example: `base_url: http://169.254.169.254`.
    Instead: the address of a server of models.
    """
    place = subject.place(path)
    return Diagnostic(
        "AUA0270",
        "error",
        f"`{place.path}` points at {shown(host)}: {meaning}.",
        place.span,
        place.path,
        "Give the address of a server of models.",
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    for named in called(subject):
        if named.host.reach in MEANINGS and not named.host.fault:
            yield forbidden_address(subject, named.path, named.host.name, MEANINGS[named.host.reach])
