"""The OpenTelemetry collector: its Deployment and Service. Its config is a ConfigMap with a digest in its name: a new one, a new pod."""

from collections.abc import Iterator

from aua_compile.artifact import Artifact
from aua_compile.observe.collector import HEALTH_PORT, MEMORY_GIB, PORTS, collector_of, config
from aua_compile.plan.model import Collector, Plan
from aua_compile.plan.ports import COLLECTOR
from aua_compile.render import to_yaml
from aua_compile.targets.header import header
from aua_compile.targets.kubernetes.labels import Object, labels, match, metadata, selector
from aua_compile.targets.kubernetes.pod import COLLECTOR_SECRET, container, cpu, environment, http_get, memory, mount, pod

CONFIG_FILE = "collector-config.yaml"
CONFIG_MAP = "collector-config"

_MOUNTED_AT = "/etc/otelcol"
_CPUS = 0.25


def collector_config(plan: Plan) -> Artifact | None:
    """The file that the ConfigMap holds, where the plan has a collector."""
    collector = collector_of(plan)
    return None if collector is None else Artifact(CONFIG_FILE, to_yaml(config(collector), header(plan)))


def collector_objects(plan: Plan) -> Iterator[Object]:
    """The Service and the Deployment."""
    collector = collector_of(plan)
    if collector is not None:
        yield _service(plan)
        yield _deployment(plan, collector)


def _service(plan: Plan) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(plan, "collector", COLLECTOR),
        "spec": {
            "selector": selector(plan, "collector", COLLECTOR),
            "ports": [{"name": name, "port": port, "targetPort": name, "protocol": "TCP"} for name, port in PORTS.items()],
        },
    }


def _deployment(plan: Plan, collector: Collector) -> Object:
    name = COLLECTOR
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(plan, "collector", name),
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 3,
            "selector": match(selector(plan, "collector", name)),
            "template": {
                "metadata": {"labels": labels(plan, "collector", name)},
                "spec": pod([_container(collector)], [{"name": "config", "configMap": {"name": CONFIG_MAP}}]),
            },
        },
    }


def _container(collector: Collector) -> Object:
    health = http_get("/", HEALTH_PORT)
    return container(
        "collector",
        collector.image,
        (),
        (f"--config={_MOUNTED_AT}/{CONFIG_FILE}",),
        env=environment({}, collector.secret_env, COLLECTOR_SECRET),
        ports=[{"name": name, "containerPort": port, "protocol": "TCP"} for name, port in PORTS.items()],
        resources={
            "requests": {"cpu": cpu(_CPUS), "memory": memory(MEMORY_GIB)},
            "limits": {"cpu": cpu(_CPUS), "memory": memory(MEMORY_GIB)},
        },
        startupProbe=health | {"periodSeconds": 2, "timeoutSeconds": 2, "failureThreshold": 30},
        readinessProbe=health | {"periodSeconds": 5, "timeoutSeconds": 3, "failureThreshold": 2},
        livenessProbe=health | {"periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3},
        volumeMounts=[mount("config", _MOUNTED_AT) | {"readOnly": True}],
        terminationMessagePolicy="FallbackToLogsOnError",
    )
