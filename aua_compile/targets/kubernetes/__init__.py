"""Kubernetes manifests: a kustomize base, a component with what Prometheus' operator needs, and overlays for development and production.

External specialists have no objects of their own, only an edge out of the router's pods. Secrets are referenced and never written; the
README lists the commands that make them.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from aua_compile.artifact import Artifact
from aua_compile.names import dns_label, file_name
from aua_compile.observe.collector import collector_of
from aua_compile.plan.model import Plan
from aua_compile.render import to_yaml, to_yaml_documents
from aua_compile.targets.header import header
from aua_compile.targets.kubernetes.collector import CONFIG_FILE, collector_config, collector_objects
from aua_compile.targets.kubernetes.collector import CONFIG_MAP as CONFIG_MAP_OF_COLLECTOR
from aua_compile.targets.kubernetes.engines import Group, claims_devices, engine_objects, groups
from aua_compile.targets.kubernetes.labels import DESCRIPTION, INSTANCE, MANAGED_BY, NAME, PART_OF, Object, labels
from aua_compile.targets.kubernetes.monitoring import deployed_objects, monitor_objects, rule_objects
from aua_compile.targets.kubernetes.network import collector_policies, engine_policies, network_objects
from aua_compile.targets.kubernetes.overlays import development, production, scaling_objects
from aua_compile.targets.kubernetes.readme import readme
from aua_compile.targets.kubernetes.router import router_objects, shares_state
from aua_compile.targets.kubernetes.settings import CONFIG_MAP, settings_files, structure
from aua_compile.targets.kubernetes.weights import claim_objects, fetch_jobs, markers

__all__ = ["emit"]

_BETA, _ALPHA = "kustomize.config.k8s.io/v1beta1", "kustomize.config.k8s.io/v1alpha1"
_BASE, _MONITORING, _OVERLAYS = "kubernetes/base", "kubernetes/components/monitoring", "kubernetes/overlays"


def emit(plan: Plan) -> Iterator[Artifact]:
    """Everything under `kubernetes/`."""
    found = groups(plan)
    claims = claims_devices(found)
    settings = settings_files(plan)
    collector = collector_config(plan)
    base = dict(_base(plan, found, settings, claims=claims))
    monitoring = {
        "monitors.yaml": list(monitor_objects(plan)),
        "rules.yaml": list(rule_objects(plan)),
        "deployed.yaml": list(deployed_objects(plan)),
    }
    monitored = [name for name, objects in monitoring.items() if objects]
    for name, objects in base.items():
        yield _file(plan, f"{_BASE}/{name}", objects)
    for file in settings:
        yield Artifact(f"{_BASE}/{file.path}", file.text)
    if collector is not None:
        yield Artifact(f"{_BASE}/{collector.path}", collector.text)
    yield _kustomization(plan, _BASE, _base_kustomization(plan, list(base), settings))
    for name in monitored:
        yield _file(plan, f"{_MONITORING}/{name}", monitoring[name])
    if monitored:
        yield _kustomization(plan, _MONITORING, {"apiVersion": _ALPHA, "kind": "Component", "resources": monitored})
    yield _kustomization(plan, f"{_OVERLAYS}/dev", development(plan))
    if shares_state(plan):
        yield _file(plan, f"{_OVERLAYS}/production/scaling.yaml", scaling_objects(plan))
    yield _kustomization(plan, f"{_OVERLAYS}/production", production(plan, monitored=bool(monitored)))
    yield Artifact("kubernetes/README.md", readme(plan, found, claims=claims, monitored=bool(monitored), plan_mounted=len(settings) > 1))


def _base(plan: Plan, found: tuple[Group, ...], settings: tuple[Artifact, ...], *, claims: bool) -> Iterator[tuple[str, Iterable[Object]]]:
    """The files of the base by name, each with its objects."""
    yield "namespace.yaml", [_namespace(plan)]
    yield "network.yaml", network_objects(plan)
    yield "router.yaml", router_objects(plan, structure(settings[0]))
    if collector_of(plan) is not None:
        yield "collector.yaml", chain(collector_objects(plan), collector_policies(plan))
    if plan.volumes:
        yield "volumes.yaml", claim_objects(plan, found)
    left_by = markers(plan)
    jobs = fetch_jobs(plan, found)
    for group in found:
        engines = engine_objects(plan, group, left_by, claims=claims)
        yield f"engines/{file_name(group.name)}.yaml", chain(engines, engine_policies(plan, group), jobs[group.name])


def _namespace(plan: Plan) -> Object:
    """The namespace, in which no pod may fall short of Pod Security *restricted*."""
    name = plan.kubernetes.namespace
    of = {NAME: name, INSTANCE: dns_label(plan.project.name), PART_OF: "aua", MANAGED_BY: "aua"}
    security = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    description = {"annotations": {DESCRIPTION: plan.project.description}} if plan.project.description else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": of | security} | description}


def _base_kustomization(plan: Plan, resources: list[str], settings: tuple[Artifact, ...]) -> Object:
    config_map = {
        "name": CONFIG_MAP,
        "namespace": plan.kubernetes.namespace,
        "files": [file.path for file in settings],
        # With a digest in its name, each change of a threshold would restart the router; it reloads instead.
        "options": {"disableNameSuffixHash": True, "labels": labels(plan, "router", plan.router.service)},
    }
    maps = [config_map]
    if collector_of(plan) is not None:
        of_collector = {"labels": labels(plan, "collector", CONFIG_MAP_OF_COLLECTOR)}
        named = {"name": CONFIG_MAP_OF_COLLECTOR, "namespace": plan.kubernetes.namespace}
        maps.append({**named, "files": [CONFIG_FILE], "options": of_collector})
    return {"apiVersion": _BETA, "kind": "Kustomization", "resources": resources, "configMapGenerator": maps}


def _kustomization(plan: Plan, folder: str, data: Object) -> Artifact:
    return Artifact(f"{folder}/kustomization.yaml", to_yaml(data, header=header(plan)))


def _file(plan: Plan, path: str, objects: Iterable[Object]) -> Artifact:
    return Artifact(path, to_yaml_documents(objects, header=header(plan)))
