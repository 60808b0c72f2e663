"""Which images a plan's artifacts start or build on, and in which role."""

from collections.abc import Iterator

from aua_compile.plan.model import Plan
from aua_compile.plan.ports import watcher_ports
from aua_compile.registry.pins import CPU

ROUTER_BASE = "router-base"
"""The role of the image that the router's own is built on."""


def images_used(plan: Plan) -> Iterator[tuple[str, str]]:
    """Role and reference of each: what the router builds on, the engines (`-cpu` where they have no accelerator), Prometheus, Grafana."""
    containers = not {"compose", "kubernetes"}.isdisjoint(plan.targets)
    if containers or "router" in plan.targets:
        yield ROUTER_BASE, plan.router.base_image
    if containers and plan.hardware.engines_run == "container":
        suffix = CPU if plan.hardware.accelerators == 0 else ""
        yield from ((instance.engine + suffix, instance.image) for instance in plan.instances)
    tracing = plan.observability.tracing
    if containers and tracing is not None and tracing.collector is not None:
        yield "collector", tracing.collector.image
    watching = {"prometheus": plan.images.prometheus, "grafana": plan.images.grafana}
    yield from ((part, watching[part]) for part in watcher_ports(plan))
