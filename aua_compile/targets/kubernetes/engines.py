"""Engines: one Deployment per set of GPUs, one Service per instance.

Instances that share a GPU are containers of one pod, because the whole-device resource `nvidia.com/gpu` cannot be shared: the pod claims
its GPUs once through dynamic resource allocation and each container names the ones it uses. They start one after the other: all but the
last are restartable init containers, and the kubelet starts the next only when the startup probe of the one before has passed. A node's
GPUs are handed out by one mechanism only, so a plan in which any GPU is shared claims all of its GPUs that way. See docs/decisions/0009.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil

from aua_compile.frozen import dataclass
from aua_compile.names import dns_label
from aua_compile.plan.model import Instance, Plan
from aua_compile.targets.kubernetes.labels import Object, labels, match, metadata, selector
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

# Extended resource of the device plugin, and device class of the resource driver.
GPU_RESOURCE = {"nvidia": "nvidia.com/gpu", "amd": "amd.com/gpu"}
GPU_CLASS = {"nvidia": "gpu.nvidia.com", "amd": "gpu.amd.com"}

CLAIM = "gpus"

_STARTUP_PERIOD_S = 10
# The plan allows for a slow disk, but engines that start together read from it together, and a probe that gives up too early makes the
# engine start from nothing again.
_STARTUP_PATIENCE = 2
# Besides the time for starting, a rollout has this long for the download before it is reported as failed: a slow line takes hours.
_FETCH_PATIENCE_S = 4 * 3600

_AWAIT = """\
trap 'exit 143' TERM
for marker in "$@"; do
  until [ -e "$marker" ]; do sleep 5 & wait $!; done
done
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Instances that must share one pod because their GPUs overlap, in the order they start. Mostly a single instance."""

    name: str
    instances: tuple[Instance, ...]
    devices: tuple[int, ...]

    @property
    def shared(self) -> bool:
        """Whether the pod holds more than one instance."""
        return len(self.instances) > 1


def groups(plan: Plan) -> tuple[Group, ...]:
    """The instances of the plan by the pod they run in, in the order of the plan's first instance of each."""
    taken = {plan.router.service, *(instance.name for instance in plan.instances)}
    return tuple(_group(members, taken) for members in _connected(plan.instances))


def claims_devices(found: Iterable[Group]) -> bool:
    """Whether the plan's GPUs come from resource claims instead of a device plugin: if any GPU is shared."""
    return any(group.shared for group in found)


def engine_objects(plan: Plan, group: Group, markers: Mapping[str, Iterable[tuple[str, str]]], *, claims: bool) -> Iterator[Object]:
    """The objects of one pod of engines. `markers` are the volume and file that each instance's finished fetches leave behind."""
    if claims and group.devices:
        yield _claim_template(plan, group)
    for instance in group.instances:
        yield _service(plan, group, instance)
    yield _deployment(plan, group, markers, claims=claims)


def _group(members: list[Instance], taken: set[str]) -> Group:
    devices = tuple(sorted({device for member in members for device in member.devices}))
    if len(members) == 1:
        return Group(members[0].name, tuple(members), devices)
    name = "gpu-" + "-".join(str(device) for device in devices)
    while name in taken:
        name += "x"
    return Group(name, tuple(_in_start_order(members)), devices)


def _connected(instances: Iterable[Instance]) -> list[list[Instance]]:
    """Instances whose devices overlap, directly or through others, together; those without devices each alone."""
    part_of: dict[int, list[Instance]] = {}
    parts: dict[int, list[Instance]] = {}
    for instance in instances:
        members = [instance]
        for part in {id(part_of[device]): part_of[device] for device in instance.devices if device in part_of}.values():
            members = [*part, *members]
            del parts[id(part)]
        parts[id(members)] = members
        part_of.update((device, members) for member in members for device in member.devices)
    return list(parts.values())


def _in_start_order(members: Iterable[Instance]) -> list[Instance]:
    """Each after those it starts after; else as the plan lists them."""
    waiting = {member.name: member for member in members}
    ordered: list[Instance] = []
    while waiting:
        ready = next((one for one in waiting.values() if not any(name in waiting for name in one.start_after)), None)
        assert ready is not None, "the plan's start order has a cycle"
        ordered.append(waiting.pop(ready.name))
    return ordered


def _claim_template(plan: Plan, group: Group) -> Object:
    """One request for each GPU, so that every container can name the ones it uses."""
    device_class = GPU_CLASS[plan.hardware.kind_of(group.devices).vendor]
    requests = [{"name": _request(device), "exactly": {"deviceClassName": device_class, "count": 1}} for device in group.devices]
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaimTemplate",
        "metadata": metadata(plan, "engine", group.name),
        "spec": {"spec": {"devices": {"requests": requests}}},
    }


def _request(device: int) -> str:
    return f"gpu-{device}"


def _service(plan: Plan, group: Group, instance: Instance) -> Object:
    """Where the router finds one instance. In a pod of several, one that loads must not take the others out of service."""
    unready = {"publishNotReadyAddresses": True} if group.shared else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(plan, "engine", instance.name),
        "spec": {
            "selector": selector(plan, "engine", group.name),
            **unready,
            "ports": [{"name": "http", "port": instance.port, "targetPort": instance.port, "protocol": "TCP"}],
        },
    }


def _deployment(plan: Plan, group: Group, markers: Mapping[str, Iterable[tuple[str, str]]], *, claims: bool) -> Object:
    first = [_sidecar(_engine(plan, instance, claims=claims)) for instance in group.instances[:-1]]
    last = _engine(plan, group.instances[-1], claims=claims)
    awaited = [marker for instance in group.instances for marker in markers.get(instance.name, ())]
    waits = [_wait(group.instances[0].image, awaited)] if awaited else []
    gpus: Object = {}
    if group.devices:
        kind = plan.hardware.kind_of(group.devices)
        gpus["nodeSelector"] = dict(kind.node_selector)
        gpus["tolerations"] = [{"key": GPU_RESOURCE[kind.vendor], "operator": "Exists", "effect": "NoSchedule"}]
        if claims:
            gpus["resourceClaims"] = [{"name": CLAIM, "resourceClaimTemplateName": group.name}]
    startup_s = sum(_STARTUP_PATIENCE * instance.startup_s for instance in group.instances)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(plan, "engine", group.name),
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 3,
            "strategy": {"type": "Recreate"},  # the new pod needs the GPUs and the cache of the old one
            "progressDeadlineSeconds": ceil(startup_s) + _FETCH_PATIENCE_S,
            "selector": match(selector(plan, "engine", group.name)),
            "template": {
                "metadata": {"labels": labels(plan, "engine", group.name)},
                "spec": pod(
                    [last],
                    list(_volumes(group)),
                    terminationGracePeriodSeconds=ceil(_serves_on_s(plan) + plan.router.grace_s),
                    **gpus,
                    **({"initContainers": [*waits, *first]} if waits or first else {}),
                ),
            },
        },
    }


def _engine(plan: Plan, instance: Instance, *, claims: bool) -> Object:
    health = http_get(instance.health_path, instance.port)
    mounts = [mount(claimed(instance.cache_volume), instance.cache_path), mount(_own("tmp", instance), "/tmp")]
    if instance.shm_gib:
        mounts.append(mount(_own("shm", instance), "/dev/shm"))
    return container(
        dns_label(f"engine-{instance.name}"),
        instance.image,
        instance.entrypoint,
        instance.command,
        env=environment({"LOGNAME": "aua"} | dict(instance.env)),  # what asks for the user's name finds none in the image
        ports=[{"containerPort": instance.port, "protocol": "TCP"}],
        resources=_resources(plan, instance, claims=claims),
        startupProbe=health
        | {
            "periodSeconds": _STARTUP_PERIOD_S,
            "timeoutSeconds": _STARTUP_PERIOD_S,
            "failureThreshold": ceil(_STARTUP_PATIENCE * instance.startup_s / _STARTUP_PERIOD_S),
        },
        readinessProbe=health | {"periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3},
        # Under load an engine answers late, and a restart loads the weights again: only minutes of silence mean that it is dead.
        livenessProbe=health | {"periodSeconds": 20, "timeoutSeconds": 20, "failureThreshold": 9},
        lifecycle=pause(_serves_on_s(plan)),
        volumeMounts=mounts,
        terminationMessagePolicy="FallbackToLogsOnError",
    )


def _serves_on_s(plan: Plan) -> float:
    """How long an engine serves on after its pod is deleted: answers that have begun may end, and one that is told to stop drops them."""
    return max(plan.router.drain_s, ENDPOINT_REMOVAL_S)


def _sidecar(engine: Object) -> Object:
    """The engine as a restartable init container: what follows it starts when its startup probe has passed."""
    return engine | {"restartPolicy": "Always"}


def _resources(plan: Plan, instance: Instance, *, claims: bool) -> Object:
    """The plan's CPU and memory; `/dev/shm` counts as memory.

    Beside a GPU the CPU is requested but not limited, because throttling what feeds a GPU idles the GPU. Without one, instances take
    turns on the same cores: each may use its planned number and reserves its part of it.
    """
    ram = {"memory": memory(instance.memory_gib + instance.shm_gib)}
    if not instance.devices:
        turns = sum(1 for other in plan.instances if not other.devices)
        return {"requests": {"cpu": cpu(instance.cpus / turns)} | ram, "limits": {"cpu": cpu(instance.cpus)} | ram}
    requests = {"cpu": cpu(instance.cpus)} | ram
    if claims:
        return {
            "requests": requests,
            "limits": ram,
            "claims": [{"name": CLAIM, "request": _request(device)} for device in instance.devices],
        }
    gpus = {GPU_RESOURCE[plan.hardware.kind_of(instance.devices).vendor]: str(len(instance.devices))}
    return {"requests": requests | gpus, "limits": ram | gpus}


def _volumes(group: Group) -> Iterator[Object]:
    for volume in dict.fromkeys(instance.cache_volume for instance in group.instances):
        yield claim_volume(volume)
    for instance in group.instances:
        yield {"name": _own("tmp", instance), "emptyDir": {}}
        if instance.shm_gib:
            yield {"name": _own("shm", instance), "emptyDir": {"medium": "Memory", "sizeLimit": memory(instance.shm_gib)}}


def _own(kind: str, instance: Instance) -> str:
    return dns_label(f"{kind}-{instance.name}")


def _wait(image: str, markers: Iterable[tuple[str, str]]) -> Object:
    """Waits until every fetch has left its marker; it needs no network, only the volumes."""
    at = {volume: f"/fetched/{position}" for position, volume in enumerate(dict.fromkeys(volume for volume, _ in markers))}
    return container(
        "wait-for-weights",
        image,
        ("sh", "-c"),
        (_AWAIT, "wait-for-weights", *(f"{at[volume]}/{file}" for volume, file in markers)),
        resources={"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        volumeMounts=[mount(claimed(volume), path) | {"readOnly": True} for volume, path in at.items()],
    )
