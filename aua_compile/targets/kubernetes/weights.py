"""Storage, and the Jobs that fill it: volume claims for every planned volume, one fetch Job per planned fetch.

A Job cannot be changed once it exists, so its name carries a digest of what it does: another model revision is another Job. When it is
done it leaves a marker file, whose name carries a digest of what was fetched, and the engine waits for exactly that marker.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from aua_compile.names import digest, dns_label, versioned
from aua_compile.plan.model import Fetch, Plan, Volume
from aua_compile.render import to_json
from aua_compile.targets.kubernetes.engines import GPU_RESOURCE, Group
from aua_compile.targets.kubernetes.labels import HOSTNAME, Object, labels, match, metadata, selector
from aua_compile.targets.kubernetes.pod import FETCH_SECRET, claim_volume, claimed, container, environment, memory, mount, pod
from aua_compile.targets.kubernetes.router import shares_state

_REQUESTED = {"cpu": "500m", "memory": "1Gi"}  # a download is bounded by the line; what is written counts as memory only as page cache


def markers(plan: Plan) -> dict[str, list[tuple[str, str]]]:
    """For each instance, the volume and the file that each of its finished fetches leaves behind."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for fetch in plan.fetches:
        found[fetch.instance].append((fetch.volume, _marker(fetch)))
    return found


def _marker(fetch: Fetch) -> str:
    """A new name whenever other files are fetched; a new image that fetches the same keeps it."""
    what = {"entrypoint": fetch.entrypoint, "command": fetch.command, "env": fetch.env}
    return f".fetched-{digest(to_json(what, compact=True))}"


def claim_objects(plan: Plan, groups: Iterable[Group]) -> Iterator[Object]:
    """A claim for each planned volume. One that several pods mount must be mountable on several nodes."""
    routers = 2 if shares_state(plan) else 1
    pods: dict[str, int] = defaultdict(int)
    for group in groups:
        for name in {instance.cache_volume for instance in group.instances}:
            pods[name] += 1
    for volume in plan.volumes:
        mounted = pods[volume.name] if volume.purpose == "weights" else routers
        yield _claim(plan, volume, many=mounted > 1)


def _claim(plan: Plan, volume: Volume, *, many: bool) -> Object:
    storage_class = volume.storage_class or plan.kubernetes.storage_class
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(plan, "storage", dns_label(volume.name)),
        "spec": {
            "accessModes": ["ReadWriteMany" if many else "ReadWriteOnce"],
            **({"storageClassName": storage_class} if storage_class else {}),
            "resources": {"requests": {"storage": memory(volume.size_gib)}},
        },
    }


def fetch_jobs(plan: Plan, groups: Iterable[Group]) -> dict[str, list[Object]]:
    """The Jobs that each pod of engines waits for, by its name."""
    home = {instance.name: group for group in groups for instance in group.instances}
    found: dict[str, list[Object]] = defaultdict(list)
    for fetch in plan.fetches:
        group = home[fetch.instance]
        found[group.name].append(_job(plan, fetch, group))
    return found


def _job(plan: Plan, fetch: Fetch, group: Group) -> Object:
    """Downloads the weights, then leaves the marker. It runs on the engine's node, because most volumes attach to one node at a time."""
    mounts = [mount(claimed(fetch.volume), fetch.mount_path), mount("tmp", "/tmp")]
    of = dns_label(fetch.name)
    secrets = () if fetch.secret_env is None else (fetch.secret_env,)
    fetching = container(
        "fetch",
        fetch.image,
        fetch.entrypoint,
        fetch.command,
        env=environment({"LOGNAME": "aua"} | dict(fetch.env), secrets, FETCH_SECRET),
        resources={"requests": dict(_REQUESTED)},
        volumeMounts=mounts,
        terminationMessagePolicy="FallbackToLogsOnError",
    )
    marking = container(
        "mark-as-fetched",
        fetch.image,
        ("touch",),
        (f"{fetch.mount_path}/{_marker(fetch)}",),
        resources={"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        volumeMounts=mounts,
    )
    gpus: Object = {}
    if group.devices:
        gpus["tolerations"] = [
            {"key": GPU_RESOURCE[plan.hardware.kind_of(group.devices).vendor], "operator": "Exists", "effect": "NoSchedule"}
        ]
    near = {"labelSelector": match(selector(plan, "engine", group.name)), "topologyKey": HOSTNAME}
    spec: Object = {
        "backoffLimit": 10,  # each failure waits twice as long as the one before, up to six minutes: about half an hour in all
        "template": {
            "metadata": {"labels": labels(plan, "fetch", of)},
            "spec": pod(
                [marking],
                [claim_volume(fetch.volume), {"name": "tmp", "emptyDir": {}}],
                restartPolicy="OnFailure",
                affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [near]}},
                **gpus,
                initContainers=[fetching],
            ),
        },
    }
    name = versioned(fetch.name, to_json(spec, compact=True))
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata(plan, "fetch", name, of), "spec": spec}
