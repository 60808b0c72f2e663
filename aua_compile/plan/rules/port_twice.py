"""No two listeners of a plan share a port of the machine, whoever chose it."""

from collections.abc import Iterator

from aua_compile.config.rules.subject import Subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.names import dns_label
from aua_compile.plan.model import Plan
from aua_compile.plan.ports import watcher_ports


def port_used_twice(subject: Subject, port: int, first: tuple[str, str], second: tuple[str, str]) -> Diagnostic:
    """A port that two parts of the deployment want.

    What it checks: router, management, the engines, and Prometheus and Grafana where compose starts them, each have a port of their own.
    Why: the second to start would fail.
    Example: `api: {port: 3000}` with the targets compose and grafana, because Grafana is published on 3000.
    Instead: `api: {port: 8000}`.
    """
    place = subject.place(second[1], first[1])
    message = f"{first[0]} and {second[0]} both have port {port}."
    others = subject.related("the other one", first[1], second[1], beside=place)
    return Diagnostic(
        "AUA0311", "error", message[0].upper() + message[1:], place.span, place.path, "Give one of them another port.", others
    )


def check(plan: Plan, subject: Subject) -> Iterator[Diagnostic]:
    services = {dns_label(service.spec.name): service.path for service in subject.services}
    engines = [(f"`{instance.name}`", f"{services.get(instance.name, 'specialists')}.port", instance.port) for instance in plan.instances]
    own = [("the router", "api.port", plan.api.public.port)]
    if plan.api.management.socket is None:
        own.append(("management", "api.management.port", plan.api.management.port))
    watchers = [(name.capitalize(), "targets", port) for name, port in watcher_ports(plan).items()]
    on_machine = [*watchers, *own, *(engines if plan.hardware.engines_run == "host" else ())]
    yield from _twice(subject, on_machine)
    if plan.hardware.engines_run != "host":
        yield from _twice(subject, engines)


def _twice(subject: Subject, listeners: list[tuple[str, str, int]]) -> Iterator[Diagnostic]:
    seen: dict[int, tuple[str, str]] = {}
    for what, path, port in listeners:
        first = seen.setdefault(port, (what, path))
        if first != (what, path):
            yield port_used_twice(subject, port, first, (what, path))
