"""What has to reach the management listener can."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic

REACHING = {
    "compose": "containers reach it over the network",
    "kubernetes": "pods reach it over the network",
    "prometheus": "Prometheus scrapes only TCP addresses",
}


def socket_out_of_reach(subject: Subject, target: str) -> Diagnostic:
    """A management socket that a target cannot reach.

    What it checks: `api.management.socket` does not go with the targets compose, kubernetes and prometheus.
    Why: probes and scrapes go over TCP, so metrics would be missing and the router would never count as healthy.
    Example: `api: {management: {socket: run/aua.sock}}` with `targets: [compose]`.
    Instead: a port; or `targets: [router]`, for a router without containers.
    """
    place = subject.place("api.management.socket")
    message = f"Management listens on a socket, but the target `{target}` is emitted: {REACHING[target]}."
    others = subject.related("the targets", "targets", beside=place)
    return Diagnostic(
        "AUA0278",
        "error",
        message,
        place.span,
        place.path,
        "Use `port` instead of `socket`, or leave that target out of `targets`.",
        others,
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.config.api.management.socket is not None:
        yield from (socket_out_of_reach(subject, target) for target in subject.config.targets if target in REACHING)
