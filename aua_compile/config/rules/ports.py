"""No two listeners of a deployment share an address and port. What the planner chooses itself is checked in `plan.rules`."""

from collections.abc import Iterator

from aua_compile.config.addresses import host_of, url_of
from aua_compile.config.rules.subject import Service, Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.frozen import dataclass

SEVERAL_MODELS = frozenset({"ollama"})
"""Kinds whose one server answers for several models, so that several specialists may give its port."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Something that listens, or is called, at a port: its name for people, and the keys that say so, most telling first."""

    what: str
    host: str
    port: int
    paths: tuple[str, ...]


def port_collision(subject: Subject, listener: Listener, other: Listener) -> Diagnostic:
    """Two listeners on one port.

    What it checks: the router, its management and the engines that this deployment starts have ports of their own, `localhost`, 127.0.0.1,
    ::1 and 0.0.0.0 taken as one machine; no external specialist is the router itself.
    Why: the second to start would fail; a router that calls itself would answer with nothing but its own calls.
    Example: `api: {port: 9001}` and a specialist with `port: 9001`.
    Instead: give one of them another port, or leave the specialist's out: then a free one is chosen.
    """
    place = subject.place(*listener.paths, *other.paths)
    written = listener.host if listener.host == other.host else f"{listener.host}` and `{other.host}"
    message = f"{listener.what} and {other.what} both have port {listener.port} (`{written}`)."
    others = subject.related(f"the port of {other.what}", *other.paths[:1], beside=place) + subject.related(
        f"the port of {listener.what}", *listener.paths[:1], beside=place
    )
    return Diagnostic(
        "AUA0287", "error", message[0].upper() + message[1:], place.span, place.path, "Give one of them another port.", others
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    own = list(_own(subject))
    if len(own) > 1 and own[0].port == own[1].port:  # whatever their hosts: a container binds all addresses of its own
        yield port_collision(subject, own[1], own[0])
    first: dict[int, tuple[Listener, Service]] = {}
    for service in subject.services:
        for listener in _listeners(service):
            for other in own:
                if other.port == listener.port and _meet(other.host, listener.host):
                    yield port_collision(subject, listener, other)
            if service.outside is None:
                neighbour, sharing = first.setdefault(listener.port, (listener, service))
                if sharing is not service and not _may_share(subject, sharing, service):
                    yield port_collision(subject, listener, neighbour)


def _own(subject: Subject) -> Iterator[Listener]:
    """The router's own listeners."""
    api = subject.config.api
    yield Listener("the router", api.host, api.port, ("api.port", "api.host"))
    if api.management.socket is None:
        yield Listener("management", api.management.host, api.management.port, ("api.management.port", "api.management.host"))


def _listeners(service: Service) -> Iterator[Listener]:
    """Where a specialist is called, as far as the config says it."""
    name = f"`{service.spec.name}`"
    if service.outside is not None:
        paths = (f"{service.path}.port", f"{service.path}.host", f"backends.{service.backend}.base_url")
        for url in map(url_of, service.outside.urls):
            if not url.fault:
                yield Listener(name, url.host.name, url.port, paths)
    elif service.spec.port is not None:
        yield Listener(name, service.spec.host or "127.0.0.1", service.spec.port, (f"{service.path}.port", f"{service.path}.host"))


def _may_share(subject: Subject, one: Service, other: Service) -> bool:
    """Whether two engines that this deployment starts may be one server; where the planner decides, it is asked again of the plan."""
    kinds = {service.settings.kind if service.settings else None for service in (one, other)}
    if kinds == {None}:
        return any(engine in SEVERAL_MODELS for engine in subject.resolved.tier.engines)
    return kinds <= {None, *SEVERAL_MODELS}


def _meet(one: str, other: str) -> bool:
    """Whether two hosts can mean the same listener: the same address, or this machine by whatever name."""
    first, second = host_of(one), host_of(other)
    if "everywhere" in {first.reach, second.reach}:
        return {first.reach, second.reach} <= {"loopback", "everywhere"}
    return first.name == second.name or {first.name, second.name} <= {"localhost", "127.0.0.1", "::1"}
