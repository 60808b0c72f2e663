"""Who is scraped: the router's management listener, and each engine that has metrics.

Every selector in rules and panels names one of these jobs, so that deployments that share a Prometheus stay apart.
"""

from urllib.parse import urlsplit

from aua_runtime.contract.engine_metrics import EngineMetric, Meaning, engine_metrics

from aua_compile.frozen import dataclass
from aua_compile.observe.collector import PORTS, collector_of
from aua_compile.plan.model import Plan
from aua_compile.plan.ports import COLLECTOR

ROUTER_METRICS_PATH = "/metrics"


@dataclass(frozen=True, slots=True)
class Target:
    """One address to scrape. `service` becomes a label of its series, and tells engines of one job apart."""

    service: str
    address: str  # host:port, as containers of the deployment reach it
    path: str
    scheme: str = "http"
    tls_verify: bool = True


def router_job(plan: Plan) -> str:
    """The job of the router's own metrics."""
    return f"{plan.project.name}-router"


def engine_job(plan: Plan) -> str:
    """The job of the engines that this deployment starts."""
    return f"{plan.project.name}-engine"


def external_job(plan: Plan) -> str:
    """The job of engines that others run."""
    return f"{plan.project.name}-external"


def collector_job(plan: Plan) -> str:
    """The job of the collector: its own metrics, and those that it was sent."""
    return f"{plan.project.name}-collector"


def router_is_scraped(plan: Plan) -> bool:
    """Whether Prometheus can read the router's metrics: they are on, and not behind a Unix socket."""
    return plan.observability.metrics and plan.api.management.socket is None


def router_target(plan: Plan) -> Target | None:
    """The management listener, where it can be scraped."""
    if not router_is_scraped(plan):
        return None
    return Target(plan.router.service, f"{plan.router.service}:{plan.api.management.port}", ROUTER_METRICS_PATH)


def engine_targets(plan: Plan) -> tuple[Target, ...]:
    """The engines of this plan that export metrics."""
    reached = {called.instance: urlsplit(called.container_url).netloc for called in reversed(plan.called) if called.instance is not None}
    return tuple(
        # As its specialists reach it, which with host engines is not its own name.
        Target(instance.name, reached.get(instance.name, f"{instance.name}:{instance.port}"), instance.metrics_path)
        for instance in plan.instances
        if instance.metrics_path is not None
    )


def external_targets(plan: Plan) -> tuple[Target, ...]:
    """External vLLM servers, which always export metrics; each address once.

    Other kinds export them only if whoever runs them asked for it, and what is behind a key is usually a gateway, not an engine.
    """
    found: dict[str, Target] = {}
    for specialist in plan.called:
        if specialist.instance is None and specialist.kind == "vllm" and specialist.auth_env is None:
            for parts in map(urlsplit, specialist.container_urls):
                port = parts.port or (443 if parts.scheme == "https" else 80)
                host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
                address = f"{host}:{port}"
                path = f"{parts.path.rstrip('/')}/metrics"
                found.setdefault(address + path, Target(specialist.name, address, path, parts.scheme, specialist.tls_verify))
    return tuple(found.values())


def collector_targets(plan: Plan) -> tuple[Target, ...]:
    """Both of the collector's pages, where there is one; `service` tells them apart."""
    collector = collector_of(plan)
    if collector is None:
        return ()
    own, sent = f"{COLLECTOR}:{PORTS['own-metrics']}", f"{COLLECTOR}:{PORTS['metrics']}"
    return Target(COLLECTOR, own, ROUTER_METRICS_PATH), Target(f"{COLLECTOR}-sent", sent, ROUTER_METRICS_PATH)


def engine_metric(plan: Plan, engine: str, meaning: Meaning) -> EngineMetric | None:
    """The metric with this meaning that a scraped instance of `engine` in this plan exports, or None."""
    for instance in plan.instances:
        if instance.engine == engine and instance.metrics_path is not None:
            return engine_metrics(engine, instance.engine_version).get(meaning)
    return None
