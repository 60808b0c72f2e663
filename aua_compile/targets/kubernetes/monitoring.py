"""What Prometheus' operator needs: who is scraped under which job, and the rules that the prometheus target also writes."""

from collections.abc import Iterator

from aua_compile.observe import rules, scrape
from aua_compile.observe.collector import collector_of
from aua_compile.observe.scrape import Target
from aua_compile.observe.window import duration
from aua_compile.plan.model import Plan
from aua_compile.targets.kubernetes.labels import Component, Object, labels, match, metadata
from aua_compile.targets.kubernetes.router import MANAGEMENT

_API = "monitoring.coreos.com"


def monitor_objects(plan: Plan) -> Iterator[Object]:
    """Who is scraped, under the jobs that rules and dashboards name."""
    router = scrape.router_target(plan)
    if router is not None:
        yield _service_monitor(plan, "router", router, MANAGEMENT, scrape.router_job(plan))
    for target in scrape.engine_targets(plan):
        yield _service_monitor(plan, "engine", target, "http", scrape.engine_job(plan))
    collector = collector_of(plan)
    if collector is not None:
        monitor = _service_monitor(plan, "collector", scrape.collector_targets(plan)[0], "own-metrics", scrape.collector_job(plan))
        monitor["spec"]["endpoints"].append(monitor["spec"]["endpoints"][0] | {"port": "metrics"})
        yield monitor
    external = scrape.external_targets(plan)
    verified = tuple(target for target in external if target.tls_verify)
    unverified = tuple(target for target in external if not target.tls_verify)
    if verified:
        yield _scrape_config(plan, "external", scrape.external_job(plan), verified)
    if unverified:
        job = _scrape_config(plan, "external-unverified", f"{scrape.external_job(plan)}-unverified", unverified)
        job["spec"]["tlsConfig"] = {"insecureSkipVerify": True}
        yield job


def rule_objects(plan: Plan) -> Iterator[Object]:
    """The recording rules and the alerts, if there are any."""
    return _rules(plan, plan.router.service, [*rules.recording_groups(plan), *rules.alert_groups(plan)])


def deployed_objects(plan: Plan) -> Iterator[Object]:
    """Which plan is deployed, for the alert that compares."""
    return _rules(plan, f"{plan.router.service}-deployed", rules.deployed_groups(plan))


def _rules(plan: Plan, name: str, groups: list[Object]) -> Iterator[Object]:
    if groups:
        yield {
            "apiVersion": f"{_API}/v1",
            "kind": "PrometheusRule",
            "metadata": metadata(plan, "monitoring", name),
            "spec": {"groups": groups},
        }


def _service_monitor(plan: Plan, component: Component, target: Target, port: str, job: str) -> Object:
    """The operator sets the label `service` to the Service's name, as the prometheus target does; only the job is ours to say."""
    endpoint = {"port": port, "path": target.path, "interval": duration(plan.observability.scrape_interval_s), "relabelings": [_job(job)]}
    return {
        "apiVersion": f"{_API}/v1",
        "kind": "ServiceMonitor",
        "metadata": metadata(plan, "monitoring", target.service),
        "spec": {"selector": match(labels(plan, component, target.service)), "endpoints": [endpoint]},
    }


def _scrape_config(plan: Plan, name: str, job: str, targets: tuple[Target, ...]) -> Object:
    """Each target says its own scheme and path by the labels that Prometheus takes them from."""
    static = [
        {"targets": [one.address], "labels": {"service": one.service, "__scheme__": one.scheme, "__metrics_path__": one.path}}
        for one in targets
    ]
    return {
        "apiVersion": f"{_API}/v1alpha1",
        "kind": "ScrapeConfig",
        "metadata": metadata(plan, "monitoring", name),
        "spec": {
            "staticConfigs": static,
            "scrapeInterval": duration(plan.observability.scrape_interval_s),
            "relabelings": [_job(job)],
        },
    }


def _job(name: str) -> Object:
    return {"action": "replace", "targetLabel": "job", "replacement": name}
