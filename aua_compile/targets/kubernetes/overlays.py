"""Overlays: what differs between a cluster to try things in and one to rely on.

`dev` runs one router from an image that may be loaded into the node, and needs nothing but Kubernetes. `production` always asks the
registry for the router's image, is watched by Prometheus, and where state is shared lets the number of routers follow the load and
keeps a node's drain from stopping more than one of them.
"""

from collections.abc import Iterator

from aua_compile.plan.model import Plan
from aua_compile.render import to_yaml
from aua_compile.targets.kubernetes.labels import Object, match, metadata, selector
from aua_compile.targets.kubernetes.router import shares_state

_CPU_TARGET_PERCENT = 70  # leaves room for the time a new router needs to start
_MOST_TIMES = 2  # a doubled load; beyond it the engines are the limit, and they do not follow


def development(plan: Plan) -> Object:
    """The kustomization of `dev`."""
    one = [{"op": "replace", "path": "/spec/replicas", "value": 1}] if plan.router.replicas > 1 else []
    return _kustomization(plan, ["../../base"], [], [_pull_policy("IfNotPresent"), *one])


def production(plan: Plan, *, monitored: bool) -> Object:
    """The kustomization of `production`."""
    shared = shares_state(plan)
    # What the autoscaler sets must not be in the manifest, or each `apply` would set it back.
    unset = [{"op": "remove", "path": "/spec/replicas"}] if shared else []
    resources = ["../../base", *(["scaling.yaml"] if shared else [])]
    return _kustomization(plan, resources, ["../../components/monitoring"] if monitored else [], [_pull_policy("Always"), *unset])


def most_replicas(plan: Plan) -> int:
    """Up to how many routers the autoscaler starts."""
    return _MOST_TIMES * plan.router.replicas


def scaling_objects(plan: Plan) -> Iterator[Object]:
    """What a router whose state is shared gets in production. Engines are never scaled by CPU."""
    name = plan.router.service
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": _CPU_TARGET_PERCENT}}
    yield {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(plan, "router", name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": plan.router.replicas,
            "maxReplicas": most_replicas(plan),
            "metrics": [{"type": "Resource", "resource": cpu}],
        },
    }
    yield {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(plan, "router", name),
        # Of one router, one may be missing, and one that is not healthy may always go: a budget must slow a drain, never block it.
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": match(selector(plan, "router", name)),
        },
    }


def _kustomization(plan: Plan, resources: list[str], components: list[str], operations: list[Object]) -> Object:
    target = {"group": "apps", "version": "v1", "kind": "Deployment", "name": plan.router.service}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
        **({"components": components} if components else {}),
        "patches": [{"target": target, "patch": to_yaml(operations)}],
    }


def _pull_policy(policy: str) -> Object:
    return {"op": "add", "path": "/spec/template/spec/containers/0/imagePullPolicy", "value": policy}
