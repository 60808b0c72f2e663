"""Ports of managed engines: what the user gave, else the next free one."""

from collections.abc import Iterable, Mapping

from aua_compile.config.model import Config
from aua_compile.config.serving import Spec
from aua_compile.names import dns_label
from aua_compile.plan.model import Plan
from aua_compile.plan.wants import Placement

FIRST_ENGINE_PORT = 9001  # the ports that the public package's tier files gave their engines start here
WATCHER_PORTS = {"prometheus": 9090, "grafana": 3000}
"""Where their images listen, and where compose publishes them on loopback unless a variable says otherwise."""

COLLECTOR = "collector"
"""The service of the OpenTelemetry collector."""
OTLP_PORT = 4318
"""Where it takes spans over HTTP (OTLP 1.x, section "OTLP/HTTP Default Port")."""


def assign_ports(managed: Iterable[tuple[str, Spec]], placements: Iterable[Placement], config: Config) -> Mapping[str, int]:
    """The port of each instance by name. An engine that several services share listens on the first port that one of them gives."""
    given = {spec.name: spec.port for _, spec in managed if spec.port is not None}
    ports: dict[str, int] = {}
    shared: dict[str, int] = {}
    for placement in placements:
        if placement.service in given:
            ports.setdefault(placement.instance, given[placement.service])
        if placement.instance != dns_label(placement.service):
            shared[placement.instance] = placement.engine.port
    taken = {config.api.port, config.api.management.port, *ports.values()}
    following = FIRST_ENGINE_PORT
    for placement in placements:
        if placement.instance in ports:
            continue
        port = shared.get(placement.instance)
        if port is None or port in taken:
            while following in taken:
                following += 1
            port = following
        ports[placement.instance] = port
        taken.add(port)
    return ports


def watcher_ports(plan: Plan) -> Mapping[str, int]:
    """The ports at which compose publishes what watches this plan."""
    shown = {"prometheus": plan.observability.metrics, "grafana": plan.observability.dashboards}
    wanted = [name for name, on in shown.items() if on and name in plan.targets]
    return {name: WATCHER_PORTS[name] for name in wanted if "compose" in plan.targets}
