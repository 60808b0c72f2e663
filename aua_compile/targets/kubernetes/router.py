"""The router: its Deployment and Service.

The image carries the generated package; `settings.json` is mounted as a folder, so that the kubelet renews the file in running pods. The
pods carry the digest of the code that the settings belong to: other code means other pods, other values do not.
"""

from collections.abc import Iterator
from math import ceil
from posixpath import dirname

from aua_runtime.contract.environment import SETTINGS_FOLDER, TRACES_URL, specialist_url
from aua_runtime.contract.routes import LIVE, READY, STARTUP

from aua_compile.plan.model import Plan
from aua_compile.targets.image import FOLDER, USER_VOLUMES
from aua_compile.targets.kubernetes.labels import HOSTNAME, Object, labels, match, metadata, selector
from aua_compile.targets.kubernetes.pod import (
    ENDPOINT_REMOVAL_S,
    claim_volume,
    claimed,
    container,
    cpu,
    environment,
    http_get,
    memory,
    mount,
    pause,
    pod,
)
from aua_compile.targets.kubernetes.settings import CONFIG_MAP, MOUNTED_AT

STRUCTURE = "aua-structure"
PUBLIC, MANAGEMENT = "http", "management"


def shares_state(plan: Plan) -> bool:
    """Whether several routers may run at once."""
    return plan.state.backend == "postgres"


def router_objects(plan: Plan, structure: str) -> Iterator[Object]:
    """The Service and the Deployment. `structure` is the digest of the router's code."""
    yield _service(plan)
    yield _deployment(plan, structure)


def _service(plan: Plan) -> Object:
    ports = [(PUBLIC, plan.api.public.port), (MANAGEMENT, plan.api.management.port)]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(plan, "router", plan.router.service),
        "spec": {
            "selector": selector(plan, "router", plan.router.service),
            "ports": [{"name": name, "port": port, "targetPort": name, "protocol": "TCP"} for name, port in ports],
        },
    }


def _deployment(plan: Plan, structure: str) -> Object:
    name = plan.router.service
    shared = shares_state(plan)
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    spread = {
        "maxSkew": 1,
        "topologyKey": HOSTNAME,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": match(selector(plan, "router", name)),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(plan, "router", name, description=plan.project.description),
        "spec": {
            "replicas": plan.router.replicas,
            "revisionHistoryLimit": 3,
            "strategy": rolling if shared else {"type": "Recreate"},  # two routers cannot write one SQLite file
            "selector": match(selector(plan, "router", name)),
            "template": {
                "metadata": {"labels": labels(plan, "router", name), "annotations": {STRUCTURE: structure}},
                "spec": pod(
                    [_container(plan)],
                    list(_volumes(plan)),
                    terminationGracePeriodSeconds=ENDPOINT_REMOVAL_S + ceil(plan.router.grace_s),
                    **({"topologySpreadConstraints": [spread]} if shared else {}),
                ),
            },
        },
    }


def _container(plan: Plan) -> Object:
    public, management = plan.api.public.port, plan.api.management.port
    return container(
        "router",
        plan.router.image,
        (),
        (),
        env=environment(_addresses(plan) | {SETTINGS_FOLDER: MOUNTED_AT} | dict(plan.router.env), plan.router.secret_env),
        ports=[
            {"name": PUBLIC, "containerPort": public, "protocol": "TCP"},
            {"name": MANAGEMENT, "containerPort": management, "protocol": "TCP"},
        ],
        resources={
            "requests": {"cpu": cpu(plan.router.cpus), "memory": memory(plan.router.memory_gib)},
            "limits": {"cpu": cpu(plan.router.cpus), "memory": memory(plan.router.memory_gib)},
        },
        # Two minutes to open the state and bind; half a minute to be called stuck; out of service at once when it drains.
        startupProbe=http_get(STARTUP, public) | {"periodSeconds": 2, "timeoutSeconds": 2, "failureThreshold": 60},
        readinessProbe=http_get(READY, public) | {"periodSeconds": 5, "timeoutSeconds": 3, "failureThreshold": 2},
        livenessProbe=http_get(LIVE, public) | {"periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3},
        lifecycle=pause(ENDPOINT_REMOVAL_S),
        volumeMounts=list(_mounts(plan)),
        terminationMessagePolicy="FallbackToLogsOnError",
    )


def _addresses(plan: Plan) -> dict[str, str]:
    """Where pods reach the specialists and the collector; the image knows it too, but a changed port must not need a new image."""
    urls = {specialist_url(each.name): each.container_url for each in plan.called if each.container_url != each.url}
    tracing = plan.observability.tracing
    if tracing is not None and tracing.container_url != tracing.url:
        urls[TRACES_URL] = tracing.container_url
    return urls


def _mounts(plan: Plan) -> Iterator[Object]:
    yield mount("settings", MOUNTED_AT) | {"readOnly": True}
    yield mount("tmp", "/tmp")
    if plan.router.state_volume is not None and plan.state.path is not None:
        yield mount(claimed(plan.router.state_volume), f"{FOLDER}/{dirname(plan.state.path)}")
    for volume in plan.volumes:
        if volume.purpose == "user":
            yield mount(claimed(volume.name), f"{USER_VOLUMES}/{volume.name}")


def _volumes(plan: Plan) -> Iterator[Object]:
    yield {"name": "settings", "configMap": {"name": CONFIG_MAP}}
    yield {"name": "tmp", "emptyDir": {}}
    for volume in plan.volumes:
        if volume.purpose != "weights":
            yield claim_volume(volume.name)
