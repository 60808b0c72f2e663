"""Prometheus: what it scrapes, recording rules, alerts, and promtool's tests of the alerts."""

from collections.abc import Iterator
from typing import Any

from aua_compile.artifact import Artifact
from aua_compile.observe import rules, scrape
from aua_compile.observe.alert import step_of_tests_s
from aua_compile.observe.window import duration
from aua_compile.plan.model import Plan
from aua_compile.render import to_yaml
from aua_compile.targets.header import header

RULES = ("rules/recording.yaml", "rules/alerts.yaml", "rules/deployed.yaml")


def emit(plan: Plan) -> Iterator[Artifact]:
    """Rule files exist also where a plan has no rules, because their folder is watched by name; tests only where there are alerts."""
    head = header(plan)
    yield Artifact("prometheus/prometheus.yaml", to_yaml(_config(plan), head))
    groups = rules.recording_groups(plan), rules.alert_groups(plan), rules.deployed_groups(plan)
    for path, found in zip(RULES, groups, strict=True):
        yield Artifact(f"prometheus/{path}", to_yaml({"groups": found}, head))
    tests = rules.alert_tests(plan)
    if tests:
        check = {
            "rule_files": [f"../{path}" for path in RULES],
            "evaluation_interval": duration(step_of_tests_s(plan)),
            "group_eval_order": [group["name"] for found in (groups[2], *groups[:2]) for group in found],
            "tests": tests,
        }
        run = "Run with: promtool test rules prometheus/tests/alerts.yaml"
        yield Artifact("prometheus/tests/alerts.yaml", to_yaml(check, f"{head}\n{run}"))


def _config(plan: Plan) -> dict[str, Any]:
    interval = duration(plan.observability.scrape_interval_s)
    return {
        "global": {
            "scrape_interval": interval,
            "scrape_timeout": duration(min(10.0, plan.observability.scrape_interval_s)),  # Prometheus' default, never above the interval
            "evaluation_interval": interval,
            "external_labels": {"deployment": plan.project.name},
        },
        "rule_files": list(RULES),
        "scrape_configs": list(_jobs(plan)),
    }


def _jobs(plan: Plan) -> Iterator[dict[str, Any]]:
    router = scrape.router_target(plan)
    if router is not None:
        yield {"job_name": scrape.router_job(plan), "metrics_path": router.path, **_found(plan, router)}
    yield from _job(scrape.collector_job(plan), scrape.collector_targets(plan))
    external = scrape.external_targets(plan)
    verified = tuple(target for target in external if target.tls_verify)
    unverified = tuple(target for target in external if not target.tls_verify)
    yield from _job(scrape.engine_job(plan), scrape.engine_targets(plan))
    yield from _job(scrape.external_job(plan), verified)
    for job in _job(f"{scrape.external_job(plan)}-unverified", unverified):
        yield job | {"tls_config": {"insecure_skip_verify": True}}


def _found(plan: Plan, router: scrape.Target) -> dict[str, Any]:
    """One router has an address; several share a name that resolves to all of them."""
    if plan.router.replicas == 1:
        return {"static_configs": [{"targets": [router.address], "labels": {"service": router.service}}]}
    return {
        "dns_sd_configs": [{"names": [router.service], "type": "A", "port": plan.api.management.port}],
        "relabel_configs": [{"target_label": "service", "replacement": router.service}],
    }


def _job(name: str, targets: tuple[scrape.Target, ...]) -> Iterator[dict[str, Any]]:
    """A job for these targets, if there are any; each says its own scheme and path by the labels that Prometheus takes them from."""
    if targets:
        yield {"job_name": name, "static_configs": [_static(target) for target in targets]}


def _static(target: scrape.Target) -> dict[str, Any]:
    return {
        "targets": [target.address],
        "labels": {"service": target.service, "__scheme__": target.scheme, "__metrics_path__": target.path},
    }
