"""The management listener stays on this machine."""

from collections.abc import Iterator

from aua_compile.config.addresses import host_of
from aua_compile.config.mistakes import shown
from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic


def management_exposed(subject: Subject) -> Diagnostic:
    """A management listener that others can reach.

    What it checks: `api.management.host` is a loopback address.
    Why: whoever reaches it may read the plan and reload the configuration without a key.
    Example: `api: {management: {host: 0.0.0.0}}`.
    Instead: leave it at 127.0.0.1; in containers Prometheus reaches it through the deployment's own network.
    """
    place = subject.place("api.management.host")
    message = f"`api.management.host` is {shown(subject.config.api.management.host)}, which others can reach."
    return Diagnostic("AUA0277", "error", message, place.span, place.path, "Give a loopback address such as `127.0.0.1`, or a `socket`.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    host = host_of(subject.config.api.management.host)
    if host.reach != "loopback" and not host.disguise and not host.fault:
        yield management_exposed(subject)
