"""The Kubernetes target: what is emitted for a plan, read back as data. Schemas and kustomize judge it in tests/contract."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

import pytest
import yaml
from aua_runtime.contract.environment import specialist_url
from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.observe.rules import alert_groups, deployed_groups, recording_groups
from aua_compile.plan.model import Plan, Specialist, Volume
from aua_compile.shipped import names
from aua_compile.targets import kubernetes, router
from aua_compile.targets.kubernetes.engines import groups
from aua_compile.targets.kubernetes.pod import cpu, literal, memory
from tests.targets.compiled import compiled, pairs
from tests.targets.plans import NASTY, PLANS, everything, external_only, single_4090
from tests.targets.pod_security import containers, findings, pod_specs
from tests.targets.reachability import Pod, may_connect, may_enter, may_leave

Object = dict[str, Any]


def plans() -> dict[str, Plan]:
    """The plans made by hand that run in a cluster, and those that the compiler makes of one preset on every tier."""
    made = {name: make() for name, make in PLANS.items() if make().hardware.engines_run == "container"}
    shipped = {f"coding--{tier}": compiled("coding", tier) for tier in names("tiers")}
    return made | {name: plan for name, plan in shipped.items() if plan is not None and "kubernetes" in plan.targets}


IN_CLUSTER = plans()
every_plan = pytest.mark.parametrize("plan", IN_CLUSTER.values(), ids=IN_CLUSTER)

PUBLIC, PRIVATE, METADATA = "93.184.215.14", "10.9.8.7", "169.254.169.254"
PROMETHEUS = Pod("monitoring", {"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/managed-by": "prometheus-operator"})
DNS = Pod("kube-system", {"k8s-app": "kube-dns"})
STRANGER = Pod("elsewhere", {"app": "shop"})


def files(plan: Plan) -> dict[str, str]:
    return {artifact.path: artifact.text for artifact in kubernetes.emit(plan)}


KEPT: dict[int, list[Object]] = {}


def objects(plan: Plan) -> list[Object]:
    """Every object of base, component and overlays; the kustomizations are not objects. Those of shared plans are kept."""
    if any(plan is shared for shared in IN_CLUSTER.values()):
        if id(plan) not in KEPT:
            KEPT[id(plan)] = parsed(plan)
        return KEPT[id(plan)]
    return parsed(plan)


def parsed(plan: Plan) -> list[Object]:
    loaded = [
        document
        for path, text in files(plan).items()
        if path.endswith(".yaml") and not path.endswith("kustomization.yaml")
        for document in yaml.load_all(text, Loader=yaml.CSafeLoader)
    ]
    assert all(isinstance(document, dict) for document in loaded)
    return loaded


def of_kind(plan: Plan, kind: str) -> dict[str, Object]:
    found = [document for document in objects(plan) if document["kind"] == kind]
    return {document["metadata"]["name"]: document for document in found}


def with_external(plan: Plan, specialists: tuple[Specialist, ...]) -> Plan:
    """The plan with these specialists and no others, all of which answer each of its fields."""
    names = tuple(specialist.name for specialist in specialists)
    fields = tuple(replace(field, specialists=names) for field in plan.fields)
    return replace(plan, specialists=tuple(replace(one, fallback=()) for one in specialists), fields=fields)


def template(deployment: Object) -> Object:
    return dict(deployment["spec"]["template"])


def engine_containers(plan: Plan) -> dict[str, Object]:
    """The container of each instance, wherever it runs."""
    return {
        one["name"].removeprefix("engine-"): dict(one)
        for deployment in of_kind(plan, "Deployment").values()
        for one in containers(template(deployment)["spec"])
        if one["name"].startswith("engine-")
    }


def pods(plan: Plan) -> dict[str, Pod]:
    """The pods of the plan as policies see them, by workload."""
    workloads = [*of_kind(plan, "Deployment").values(), *of_kind(plan, "Job").values()]
    return {one["metadata"]["name"]: Pod(plan.kubernetes.namespace, template(one)["metadata"]["labels"]) for one in workloads}


def served_by(plan: Plan) -> dict[str, str]:
    """The Deployment in whose pod each instance runs."""
    return {instance.name: group.name for group in groups(plan) for instance in group.instances}


def shell(text: str) -> str:
    """What the kubelet makes of a command or value: `$$` is `$`, `$(NAME)` a variable (here: lost), any other `$` stays."""
    return re.sub(r"\$\$|\$\([^)]*\)", lambda found: "$" if found.group() == "$$" else "", text)


@every_plan
def test_no_pod_has_a_finding_under_pod_security_restricted(plan: Plan) -> None:
    specs = [spec for document in objects(plan) for spec in pod_specs(document)]

    assert specs
    assert [finding for spec in specs for finding in findings(spec)] == []


def test_no_pod_of_any_shipped_preset_on_any_tier_has_a_finding() -> None:
    found = [plan for plan in (compiled(*pair) for pair in pairs()) if plan is not None and "kubernetes" in plan.targets]
    specs = [spec for plan in found for document in objects(plan) for spec in pod_specs(document)]

    assert len(specs) > len(found) > 0
    assert [finding for spec in specs for finding in findings(spec)] == []


@every_plan
def test_the_namespace_enforces_pod_security_restricted(plan: Plan) -> None:
    (namespace,) = of_kind(plan, "Namespace").values()

    assert namespace["metadata"]["name"] == plan.kubernetes.namespace
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@every_plan
def test_no_pod_gets_a_token_or_writes_to_its_image(plan: Plan) -> None:
    for spec in (spec for document in objects(plan) for spec in pod_specs(document)):
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"]["runAsUser"] == spec["securityContext"]["fsGroup"] > 0
        assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in containers(spec))


@every_plan
def test_names_are_labels_and_distinct_within_their_kind(plan: Plan) -> None:
    named = [(document["kind"], document["metadata"]["name"]) for document in objects(plan)]

    assert len(set(named)) == len(named)
    assert all(re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", name) for _, name in named)
    for spec in (spec for document in objects(plan) for spec in pod_specs(document)):
        inside = [one["name"] for one in containers(spec)]
        assert len(set(inside)) == len(inside)


@every_plan
def test_every_object_carries_the_recommended_labels(plan: Plan) -> None:
    for document in objects(plan):
        of = document["metadata"]["labels"]
        assert {f"app.kubernetes.io/{label}" for label in ("name", "instance", "part-of", "managed-by")} <= set(of)
        assert all(re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", value) for value in of.values())


@every_plan
def test_every_mount_has_its_volume_and_every_volume_its_claim(plan: Plan) -> None:
    claims = of_kind(plan, "PersistentVolumeClaim")
    for spec in (spec for document in objects(plan) for spec in pod_specs(document)):
        names = [volume["name"] for volume in spec["volumes"]]
        mounted = {mount["name"] for one in containers(spec) for mount in one["volumeMounts"]}
        assert len(set(names)) == len(names)
        assert mounted == set(names)
        assert {volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"] if "persistentVolumeClaim" in volume} <= set(
            claims
        )
        for one in containers(spec):
            paths = [mount["mountPath"] for mount in one["volumeMounts"]]
            assert len(set(paths)) == len(paths)


@every_plan
def test_claims_have_the_sizes_and_classes_of_the_plan(plan: Plan) -> None:
    claims = of_kind(plan, "PersistentVolumeClaim")

    assert set(claims) == {volume.name for volume in plan.volumes}
    for volume in plan.volumes:
        spec = claims[volume.name]["spec"]
        assert spec["resources"]["requests"]["storage"] == memory(volume.size_gib)
        assert spec.get("storageClassName") == (volume.storage_class or plan.kubernetes.storage_class)


# Engines


@every_plan
def test_each_instance_runs_once_with_its_command_environment_and_port(plan: Plan) -> None:
    found = engine_containers(plan)

    assert set(found) == {instance.name for instance in plan.instances}
    for instance in plan.instances:
        one = found[instance.name]
        assert [shell(word) for word in one.get("args", ())] == list(instance.command)
        assert [shell(word) for word in one.get("command", ())] == list(instance.entrypoint)
        assert instance.env.items() <= {entry["name"]: shell(entry["value"]) for entry in one["env"]}.items()
        assert one["image"] == instance.image
        assert one["ports"][0]["containerPort"] == instance.port


@every_plan
def test_each_instance_is_found_under_the_address_that_the_router_calls(plan: Plan) -> None:
    services = of_kind(plan, "Service")
    called = [one for one in (*plan.specialists, *([plan.arbiter.specialist] if plan.arbiter else [])) if one.instance is not None]
    for specialist in called:
        found = re.fullmatch(r"http://([a-z0-9-]+):(\d+)", specialist.container_url)
        assert found is not None
        service = services[found.group(1)]
        (port,) = service["spec"]["ports"]
        assert port["port"] == port["targetPort"] == int(found.group(2))
        selected = [name for name, pod in pods(plan).items() if service["spec"]["selector"].items() <= pod.labels.items()]
        assert selected == [served_by(plan)[str(specialist.instance)]]


@every_plan
def test_startup_is_given_twice_the_planned_time(plan: Plan) -> None:
    for instance in plan.instances:
        probe = engine_containers(plan)[instance.name]["startupProbe"]
        assert probe["failureThreshold"] * probe["periodSeconds"] >= 2 * instance.startup_s
        assert probe["httpGet"]["path"] == instance.health_path


@every_plan
def test_a_deleted_pod_serves_on_and_is_not_killed_before_it_has_drained(plan: Plan) -> None:
    for deployment in of_kind(plan, "Deployment").values():
        spec = template(deployment)["spec"]
        for one in (one for one in containers(spec) if "lifecycle" in one):
            pause = one["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert pause > 0
            assert spec["terminationGracePeriodSeconds"] >= pause + plan.router.drain_s


@every_plan
def test_shared_memory_is_a_memory_volume_of_the_planned_size_and_counts_as_memory(plan: Plan) -> None:
    for group in groups(plan):
        spec = template(of_kind(plan, "Deployment")[group.name])["spec"]
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for instance in group.instances:
            one = engine_containers(plan)[instance.name]
            shm = [mount["name"] for mount in one["volumeMounts"] if mount["mountPath"] == "/dev/shm"]
            assert bool(shm) == bool(instance.shm_gib)
            assert [volumes[name]["emptyDir"] for name in shm] == [{"medium": "Memory", "sizeLimit": memory(instance.shm_gib)}] * len(shm)
            assert one["resources"]["limits"]["memory"] == memory(instance.memory_gib + instance.shm_gib)


def test_an_instance_with_gpus_of_its_own_requests_whole_devices() -> None:
    plan = single_4090()
    alone = replace(plan, instances=(replace(plan.instances[0], devices=(0, 1), start_after=()),), fetches=plan.fetches[:1])
    spec = template(of_kind(alone, "Deployment")["swe"])["spec"]

    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "2"
    assert spec["nodeSelector"] == dict(plan.hardware.node_selector)
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in spec["tolerations"]
    assert "resourceClaims" not in spec
    assert of_kind(alone, "ResourceClaimTemplate") == {}


def test_instances_on_one_gpu_are_one_pod_that_claims_it_once() -> None:
    plan = single_4090()
    spec = template(of_kind(plan, "Deployment")["gpu-0"])["spec"]
    (claim,) = of_kind(plan, "ResourceClaimTemplate").values()

    assert [request["name"] for request in claim["spec"]["spec"]["devices"]["requests"]] == ["gpu-0"]
    assert spec["resourceClaims"] == [{"name": "gpus", "resourceClaimTemplateName": claim["metadata"]["name"]}]
    for one in engine_containers(plan).values():
        assert one["resources"]["claims"] == [{"name": "gpus", "request": "gpu-0"}]
        assert "nvidia.com/gpu" not in one["resources"]["limits"]


def test_instances_on_one_gpu_start_one_after_the_other() -> None:
    spec = template(of_kind(single_4090(), "Deployment")["gpu-0"])["spec"]

    assert [one["name"] for one in containers(spec)] == ["wait-for-weights", "engine-swe", "engine-math", "engine-arbiter"]
    assert [one.get("restartPolicy") for one in spec["initContainers"]] == [None, "Always", "Always"]
    assert all("startupProbe" in one for one in containers(spec)[1:])


def test_one_engine_that_loads_does_not_take_its_neighbours_out_of_service() -> None:
    services = of_kind(everything(), "Service")

    assert services["swe"]["spec"]["publishNotReadyAddresses"] is True
    assert "publishNotReadyAddresses" not in services["law"]["spec"]


def test_where_one_gpu_is_shared_no_gpu_is_taken_from_the_device_plugin() -> None:
    found = engine_containers(everything())

    assert [claim["request"] for claim in found["law"]["resources"]["claims"]] == ["gpu-1", "gpu-2"]
    assert all("nvidia.com/gpu" not in one["resources"]["limits"] for one in found.values())
    assert "claims" not in found["tutor"]["resources"]


def test_a_gpu_group_never_takes_the_name_of_a_service() -> None:
    plan = single_4090()
    tricky = tuple(replace(one, name={"swe": "gpu-0"}.get(one.name, one.name), start_after=()) for one in plan.instances)
    (group,) = groups(replace(plan, instances=tricky))

    assert group.name not in {instance.name for instance in tricky}


some_devices = st.lists(st.frozensets(st.integers(0, 5), max_size=3).map(lambda chosen: tuple(sorted(chosen))), max_size=7)


@given(some_devices, st.randoms(use_true_random=False))
def test_instances_share_a_pod_exactly_if_their_gpus_are_connected(devices: list[tuple[int, ...]], chance: Random) -> None:
    model = single_4090().instances[0]
    instances = [replace(model, name=f"i{index}", devices=chosen, start_after=()) for index, chosen in enumerate(devices)]
    earlier = {
        one.name: [other for other in instances[:index] if set(other.devices) & set(one.devices)] for index, one in enumerate(instances)
    }
    instances = [replace(one, start_after=tuple(other.name for other in earlier[one.name])) for one in instances]
    chance.shuffle(instances)
    found = groups(replace(single_4090(), instances=tuple(instances)))

    together = {(one.name, other.name) for group in found for one, other in product(group.instances, repeat=2)}
    linked = {
        (one.name, other.name) for one, other in product(instances, repeat=2) if one is other or set(one.devices) & set(other.devices)
    }
    while (wider := linked | {(a, d) for a, b in linked for c, d in linked if b == c}) != linked:
        linked = wider
    assert together == linked
    assert sum(len(group.instances) for group in found) == len(instances)
    for group in found:
        order = [instance.name for instance in group.instances]
        assert all(order.index(name) < order.index(instance.name) for instance in group.instances for name in instance.start_after)


def test_instances_without_a_gpu_take_turns_on_their_cores() -> None:
    plan = everything()
    tutor = plan.instances[-1]
    both = replace(plan, instances=(replace(tutor, cpus=6.0), replace(tutor, name="other", port=9107, cpus=6.0)), fetches=())
    found = engine_containers(both)

    assert [found[name]["resources"]["requests"]["cpu"] for name in ("tutor", "other")] == ["3", "3"]
    assert [found[name]["resources"]["limits"]["cpu"] for name in ("tutor", "other")] == ["6", "6"]


def test_the_longest_names_are_cut_to_what_kubernetes_takes() -> None:
    plan = everything()
    long = {instance.name: instance.name + "x" * (63 - len(instance.name)) for instance in plan.instances}
    renamed = replace(
        plan,
        project=replace(plan.project, name="p" * 63),
        instances=tuple(
            replace(
                one,
                name=long[one.name],
                start_after=tuple(long[name] for name in one.start_after),
                cache_volume=f"weights-{long[one.name]}",
            )
            for one in plan.instances
        ),
        fetches=tuple(
            replace(one, name=f"fetch-{long[one.instance]}", instance=long[one.instance], volume=f"weights-{long[one.instance]}")
            for one in plan.fetches
        ),
        volumes=(*(replace(one, name=f"weights-{long[one.name[:-6]]}") for one in plan.volumes[:-2]), *plan.volumes[-2:]),
    )
    test_names_are_labels_and_distinct_within_their_kind(renamed)
    test_every_object_carries_the_recommended_labels(renamed)
    test_every_mount_has_its_volume_and_every_volume_its_claim(renamed)


# Weights


@every_plan
def test_an_engine_waits_for_the_markers_that_its_fetch_jobs_leave(plan: Plan) -> None:
    jobs = of_kind(plan, "Job").values()
    for group in groups(plan):
        spec = template(of_kind(plan, "Deployment")[group.name])["spec"]
        claim_of = {
            volume["name"]: volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"] if "persistentVolumeClaim" in volume
        }
        first = spec["initContainers"][0]
        at = {mount["mountPath"]: claim_of[mount["name"]] for mount in first["volumeMounts"]}
        awaited = {(at[word.rpartition("/")[0]], word.rpartition("/")[2]) for word in first["args"][2:]}
        left = set()
        for job in jobs:
            inside = template(job)["spec"]
            near = inside["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]["labelSelector"]["matchLabels"]
            if near["app.kubernetes.io/name"] == group.name:
                (marking,) = inside["containers"]
                volume = inside["volumes"][0]["persistentVolumeClaim"]["claimName"]
                left.add((volume, marking["args"][0].removeprefix(marking["volumeMounts"][0]["mountPath"] + "/")))
        assert awaited == left
        assert left


@every_plan
def test_each_fetch_is_a_job_that_marks_only_after_it_has_fetched(plan: Plan) -> None:
    jobs = {job["metadata"]["labels"]["app.kubernetes.io/name"]: job for job in of_kind(plan, "Job").values()}

    assert set(jobs) == {fetch.name for fetch in plan.fetches}
    for fetch in plan.fetches:
        (fetching,) = template(jobs[fetch.name])["spec"]["initContainers"]
        assert [shell(word) for word in (*fetching.get("command", ()), *fetching["args"])] == [*fetch.entrypoint, *fetch.command]
        secrets = [entry["valueFrom"]["secretKeyRef"] for entry in fetching["env"] if "valueFrom" in entry]
        wanted = [] if fetch.secret_env is None else [{"name": "aua-fetch-secrets", "key": fetch.secret_env, "optional": False}]
        assert secrets == wanted


def test_another_revision_is_another_job_and_another_marker_and_nothing_else_is() -> None:
    plan = single_4090()
    fetch = plan.fetches[0]
    newer = replace(plan, fetches=(replace(fetch, command=(*fetch.command[:-1], "0" * 40)), *plan.fetches[1:]))
    jobs, of_newer = set(of_kind(plan, "Job")), set(of_kind(newer, "Job"))

    assert len(jobs - of_newer) == len(of_newer - jobs) == 1
    assert files(plan)["kubernetes/base/engines/gpu-0.yaml"] != files(newer)["kubernetes/base/engines/gpu-0.yaml"]
    changed = {path for path, text in files(plan).items() if files(newer)[path] != text}
    assert changed == {f"kubernetes/{path}" for path in ("base/engines/gpu-0.yaml", "base/plan.json")}


def test_a_new_image_fetches_again_but_does_not_make_the_engine_wait() -> None:
    plan = single_4090()
    newer = replace(plan, fetches=(replace(plan.fetches[0], image="other:1"), *plan.fetches[1:]))

    assert set(of_kind(plan, "Job")) != set(of_kind(newer, "Job"))
    assert of_kind(plan, "Deployment") == of_kind(newer, "Deployment")


def test_a_cache_that_several_pods_mount_must_be_mountable_on_several_nodes() -> None:
    plan = everything()
    shared = replace(
        plan,
        instances=tuple(replace(instance, cache_volume="cache") for instance in plan.instances),
        fetches=tuple(replace(fetch, volume="cache") for fetch in plan.fetches),
        volumes=(Volume("cache", "weights", 100.0, None), *plan.volumes[-2:]),
    )
    alone = replace(
        single_4090(),
        instances=tuple(replace(instance, cache_volume="cache") for instance in single_4090().instances),
        volumes=(Volume("cache", "weights", 30.0, None), single_4090().volumes[-1]),
        fetches=(),
    )

    assert of_kind(shared, "PersistentVolumeClaim")["cache"]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert of_kind(alone, "PersistentVolumeClaim")["cache"]["spec"]["accessModes"] == ["ReadWriteOnce"]


# The router


def test_a_router_with_state_in_a_file_is_one_and_is_replaced_not_rolled() -> None:
    plan = single_4090()
    deployment = of_kind(plan, "Deployment")["router"]

    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert of_kind(plan, "HorizontalPodAutoscaler") == of_kind(plan, "PodDisruptionBudget") == {}


def test_routers_with_shared_state_roll_spread_and_scale_and_never_block_a_drain() -> None:
    plan = external_only()
    deployment = of_kind(plan, "Deployment")["router"]
    (scaler,) = of_kind(plan, "HorizontalPodAutoscaler").values()
    (budget,) = of_kind(plan, "PodDisruptionBudget").values()

    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert template(deployment)["spec"]["topologySpreadConstraints"][0]["topologyKey"] == "kubernetes.io/hostname"
    assert scaler["spec"]["minReplicas"] == plan.router.replicas < scaler["spec"]["maxReplicas"]
    assert scaler["spec"]["scaleTargetRef"]["name"] == "router"
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@every_plan
def test_engines_are_never_scaled_nor_held_by_a_budget(plan: Plan) -> None:
    names = {*of_kind(plan, "HorizontalPodAutoscaler"), *of_kind(plan, "PodDisruptionBudget")}

    assert names <= {plan.router.service}


@every_plan
def test_the_router_gets_its_environment_and_its_secrets_by_reference(plan: Plan) -> None:
    (one,) = template(of_kind(plan, "Deployment")["router"])["spec"]["containers"]
    plain = {entry["name"]: shell(entry["value"]) for entry in one["env"] if "value" in entry}
    secret = {entry["name"]: entry["valueFrom"]["secretKeyRef"] for entry in one["env"] if "valueFrom" in entry}

    assert plan.router.env.items() <= plain.items()
    assert {specialist_url(each.name): each.container_url for each in plan.specialists if each.instance}.items() <= plain.items()
    assert secret == {name: {"name": "aua-secrets", "key": name, "optional": False} for name in plan.router.secret_env}


@every_plan
def test_secrets_are_never_written_and_the_readme_says_how_to_make_them(plan: Plan) -> None:
    readme = files(plan)["kubernetes/README.md"]
    wanted = {*plan.router.secret_env, *(fetch.secret_env for fetch in plan.fetches if fetch.secret_env)}

    assert of_kind(plan, "Secret") == {}
    assert all(name in readme for name in wanted)
    assert ("create secret" in readme) == bool(wanted)


# The network


def edges(plan: Plan) -> Iterator[tuple[str, str, int]]:
    """Who may call whom at which port within the cluster, from the plan alone; `prometheus`, `stranger`, `dns` are of other namespaces."""
    home = served_by(plan)
    if plan.api.public.host != "127.0.0.1":
        yield from ((caller, "router", plan.api.public.port) for caller in ("prometheus", "stranger", "dns"))
    yield "prometheus", "router", plan.api.management.port
    for instance in plan.instances:
        yield "router", home[instance.name], instance.port
        if instance.metrics_path is not None:
            yield "prometheus", home[instance.name], instance.port
    yield from ((name, "dns", 53) for name in pods(plan))


@pytest.mark.parametrize("published", ["127.0.0.1", "0.0.0.0"])
@every_plan
def test_pods_reach_each_other_exactly_along_the_edges_of_the_plan(plan: Plan, published: str) -> None:
    plan = replace(plan, api=replace(plan.api, public=replace(plan.api.public, host=published)))
    policies = list(of_kind(plan, "NetworkPolicy").values())
    known = pods(plan) | {"prometheus": PROMETHEUS, "stranger": STRANGER, "dns": DNS}
    ports = [plan.api.public.port, plan.api.management.port, 53, 443, *(instance.port for instance in plan.instances)]
    ours = set(pods(plan))

    reached = {
        (source, destination, port)
        for (source, one), (destination, other), port in product(known.items(), known.items(), ports)
        if {source, destination} & ours and may_connect(policies, one, other, port)
    }
    assert reached == set(edges(plan))


def test_a_pod_of_the_namespace_that_has_its_own_way_out_reaches_a_router_published_on_loopback() -> None:
    plan = single_4090()
    client = Pod(plan.kubernetes.namespace, {"app": "client"})
    way_out = {
        "metadata": {"namespace": plan.kubernetes.namespace},
        "spec": {"podSelector": {"matchLabels": {"app": "client"}}, "policyTypes": ["Egress"], "egress": [{}]},
    }
    policies = list(of_kind(plan, "NetworkPolicy").values())

    assert not may_connect(policies, client, pods(plan)["router"], plan.api.public.port)
    assert may_connect([*policies, way_out], client, pods(plan)["router"], plan.api.public.port)
    assert not may_connect([*policies, way_out], client, pods(plan)["router"], plan.api.management.port)
    assert not may_connect([*policies, way_out], client, pods(plan)["gpu-0"], 9001)


@every_plan
def test_only_the_router_and_fetch_jobs_leave_the_cluster(plan: Plan) -> None:
    policies = list(of_kind(plan, "NetworkPolicy").values())
    external = [one for one in plan.specialists if one.instance is None]
    for name, pod in pods(plan).items():
        is_fetch = name in of_kind(plan, "Job")
        named = name == "router" and any("example.org" in one.container_url for one in external)
        assert may_leave(policies, pod, PUBLIC, 443) == (is_fetch or named)
        assert not may_leave(policies, pod, PRIVATE, 443)
        assert not may_leave(policies, pod, METADATA, 443)
        assert not may_leave(policies, pod, METADATA, 80)
        assert may_leave(policies, pod, "169.254.20.10", 53, "UDP")
        assert not may_leave(policies, pod, PUBLIC, 80)


def external_to(url: str, *, allow_private: bool = False) -> tuple[list[Object], Pod]:
    plan = external_only()
    specialists = (replace(plan.specialists[0], container_url=url, allow_private=allow_private),)
    changed = replace(with_external(plan, specialists), state=single_4090().state, router=replace(plan.router, state_volume=None))
    return list(of_kind(changed, "NetworkPolicy").values()), pods(changed)["router"]


def test_a_backend_with_an_address_is_reached_at_that_address_and_port_alone() -> None:
    policies, pod = external_to("http://10.1.2.3:8080", allow_private=True)

    assert may_leave(policies, pod, "10.1.2.3", 8080)
    assert not may_leave(policies, pod, "10.1.2.4", 8080)
    assert not may_leave(policies, pod, "10.1.2.3", 443)


def test_each_server_of_a_backend_is_reached() -> None:
    plan = external_only()
    office = replace(plan.specialists[1], replicas=("http://10.1.2.4:8081",))
    changed = replace(with_external(plan, (office,)), state=single_4090().state, router=replace(plan.router, state_volume=None))
    policies, pod = list(of_kind(changed, "NetworkPolicy").values()), pods(changed)["router"]

    assert may_leave(policies, pod, "10.1.2.3", 8080)
    assert may_leave(policies, pod, "10.1.2.4", 8081)
    assert not may_leave(policies, pod, "10.1.2.4", 8080)


def test_a_backend_with_an_ipv6_address_is_reached_at_that_address() -> None:
    policies, pod = external_to("https://[2001:db8::1]/")

    assert may_leave(policies, pod, "2001:db8::1", 443)
    assert not may_leave(policies, pod, "2001:db8::2", 443)


def test_a_private_backend_with_a_name_opens_its_port_to_all_but_link_local_addresses() -> None:
    policies, pod = external_to("http://gpu.corp.internal:9000", allow_private=True)

    assert may_leave(policies, pod, PRIVATE, 9000)
    assert may_leave(policies, pod, PUBLIC, 9000)
    assert not may_leave(policies, pod, METADATA, 9000)
    assert not may_leave(policies, pod, PRIVATE, 443)


@pytest.mark.parametrize("suffix", ["", ".cluster.local", ".cluster.local."])
def test_a_backend_of_this_cluster_opens_its_namespace(suffix: str) -> None:
    policies, pod = external_to(f"http://llm.models.svc{suffix}:80", allow_private=True)

    assert may_connect(policies, pod, Pod("models", {"app": "llm"}), 8080)
    assert not may_connect(policies, pod, Pod("other", {"app": "llm"}), 8080)
    assert not may_leave(policies, pod, PUBLIC, 80)


def test_a_database_is_reached_wherever_it_is() -> None:
    plan = external_only()
    policies = list(of_kind(plan, "NetworkPolicy").values())

    assert may_leave(policies, pods(plan)["router"], PRIVATE, 5432)


def test_a_router_published_on_loopback_is_closed_to_the_outside_and_else_open() -> None:
    plan = single_4090()
    opened = replace(plan, api=replace(plan.api, public=replace(plan.api.public, host="0.0.0.0")))
    for one, expected in ((plan, False), (opened, True)):
        policies = list(of_kind(one, "NetworkPolicy").values())
        assert may_enter(policies, pods(one)["router"], PUBLIC, one.api.public.port) is expected
        assert not may_enter(policies, pods(one)["router"], PUBLIC, one.api.management.port)


def test_a_specialist_called_prometheus_gets_no_way_to_the_metrics() -> None:
    plan = single_4090()
    named = replace(
        plan,
        instances=tuple(
            replace(one, name="prometheus" if one.name == "swe" else one.name, devices=(index,), start_after=())
            for index, one in enumerate(plan.instances)
        ),
        fetches=(),
    )
    policies = list(of_kind(named, "NetworkPolicy").values())
    found = pods(named)

    assert not may_connect(policies, found["prometheus"], found["math"], 9002)


def test_the_readme_lists_the_hosts_that_policies_cannot_name() -> None:
    assert "`llm.example.org:443`" in files(external_only())["kubernetes/README.md"]
    assert "10.1.2.3" not in files(external_only())["kubernetes/README.md"]


def test_many_backends_on_one_port_are_one_rule() -> None:
    plan = external_only()
    many = tuple(replace(plan.specialists[0], name=f"s{n}", container_url=f"https://h{n}.example.org") for n in range(50))
    external = of_kind(with_external(plan, many), "NetworkPolicy")["external"]

    assert len(external["spec"]["egress"]) == 2


# Monitoring


@every_plan
def test_each_monitor_finds_one_service_and_its_port_under_the_job_that_rules_name(plan: Plan) -> None:
    services = of_kind(plan, "Service").values()
    monitors = of_kind(plan, "ServiceMonitor")
    exporting = {instance.name for instance in plan.instances if instance.metrics_path is not None}

    assert set(monitors) == exporting | {"router"}
    for name, monitor in monitors.items():
        (endpoint,) = monitor["spec"]["endpoints"]
        wanted = monitor["spec"]["selector"]["matchLabels"]
        (service,) = [one for one in services if wanted.items() <= one["metadata"]["labels"].items()]
        assert service["metadata"]["name"] == name
        assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
        job = f"{plan.project.name}-{'router' if name == 'router' else 'engine'}"
        assert endpoint["relabelings"] == [{"action": "replace", "targetLabel": "job", "replacement": job}]


def test_external_engines_that_export_metrics_are_scraped() -> None:
    plan = external_only()
    unsafe = replace(plan.specialists[1], name="unsafe", container_url="https://10.1.2.4", tls_verify=False)
    found = of_kind(with_external(plan, (*plan.specialists, unsafe)), "ScrapeConfig")

    assert found["external"]["spec"]["staticConfigs"][0]["targets"] == ["10.1.2.3:8080"]
    assert found["external-unverified"]["spec"]["tlsConfig"] == {"insecureSkipVerify": True}
    assert found["external-unverified"]["spec"]["staticConfigs"][0]["labels"]["__scheme__"] == "https"


@every_plan
def test_the_rules_are_those_of_the_prometheus_target(plan: Plan) -> None:
    found = of_kind(plan, "PrometheusRule")

    assert found["router"]["spec"]["groups"] == recording_groups(plan) + alert_groups(plan)
    assert found["router-deployed"]["spec"]["groups"] == deployed_groups(plan)


def test_without_metrics_there_is_nothing_to_scrape_and_no_way_in() -> None:
    plan = external_only()
    silent = replace(with_external(plan, plan.specialists[:1]), observability=replace(plan.observability, metrics=False, alerts=False))
    policies = list(of_kind(silent, "NetworkPolicy").values())

    assert not [path for path in files(silent) if "monitoring" in path]
    assert not may_connect(policies, PROMETHEUS, pods(silent)["router"], silent.api.management.port)
    assert "components" not in files(silent)["kubernetes/overlays/production/kustomization.yaml"]


# Text


@given(st.text(st.sampled_from("$()aA_ {}") | st.characters(exclude_categories=("Cs", "Cc"))))
def test_the_kubelet_restores_every_text(text: str) -> None:
    assert shell(literal(text)) == text


printable = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co")) | st.sampled_from("\n${}()\"'\\:#&*!|>%@`- "), max_size=60
)


@settings(max_examples=30)
@given(printable, printable, printable)
def test_any_text_of_the_user_arrives_whole(description: str, value: str, argument: str) -> None:
    plan = everything()
    changed = replace(
        plan,
        project=replace(plan.project, description=description),
        router=replace(plan.router, env={"TEXT": value}),
        instances=tuple(replace(one, command=(argument,), env={"TEXT": value}) for one in plan.instances),
    )
    deployments = of_kind(changed, "Deployment")
    (of_router,) = template(deployments["router"])["spec"]["containers"]

    annotations = deployments["router"]["metadata"].get("annotations", {"kubernetes.io/description": ""})
    assert annotations["kubernetes.io/description"] == description
    assert shell({entry["name"]: entry.get("value") for entry in of_router["env"]}["TEXT"]) == value
    for one in engine_containers(changed).values():
        assert shell(one["args"][0]) == argument
        assert shell({entry["name"]: entry["value"] for entry in one["env"]}["TEXT"]) == value


def test_text_that_looks_like_syntax_arrives_whole() -> None:
    (namespace,) = of_kind(everything(), "Namespace").values()

    assert namespace["metadata"]["annotations"]["kubernetes.io/description"] == NASTY


@pytest.mark.parametrize(("gib", "quantity"), [(0.5, "512Mi"), (24.0, "24Gi"), (17.3, "17716Mi"), (0.0001, "1Mi")])
def test_memory_is_a_quantity_that_is_never_less_than_planned(gib: float, quantity: str) -> None:
    assert memory(gib) == quantity


@pytest.mark.parametrize(("cores", "quantity"), [(0.5, "500m"), (4.0, "4"), (0.0001, "1m")])
def test_cpu_is_a_quantity_that_is_never_less_than_planned(cores: float, quantity: str) -> None:
    assert cpu(cores) == quantity


# Files


@every_plan
def test_the_base_names_every_file_that_is_beside_it(plan: Plan) -> None:
    found = files(plan)
    base = yaml.safe_load(found["kubernetes/base/kustomization.yaml"])
    beside = {path.removeprefix("kubernetes/base/") for path in found if path.startswith("kubernetes/base/")}

    (generator,) = base["configMapGenerator"]

    assert {*base["resources"], *generator["files"], "kustomization.yaml"} == beside
    assert generator["options"]["disableNameSuffixHash"] is True


def test_the_settings_are_those_of_the_router_and_the_plan_is_beside_them() -> None:
    found, of_router = files(everything()), {artifact.path: artifact.text for artifact in router.emit(everything())}

    assert found["kubernetes/base/settings.json"] == of_router["router/aua_router/settings.json"]
    assert found["kubernetes/base/plan.json"] == of_router["router/aua_router/plan.json"]


@pytest.mark.parametrize("count", [1500, 2100])
def test_a_plan_that_a_config_map_cannot_hold_stays_in_the_image(count: int) -> None:
    plan = external_only()
    many = with_external(plan, tuple(replace(plan.specialists[0], name=f"s{number}") for number in range(count)))

    assert "kubernetes/base/plan.json" not in files(many)
    assert yaml.safe_load(files(many)["kubernetes/base/kustomization.yaml"])["configMapGenerator"][0]["files"] == ["settings.json"]


def test_a_changed_threshold_replaces_no_pod_and_changed_code_does() -> None:
    plan = single_4090()
    tuned = replace(plan, routing=replace(plan.routing, single_threshold=0.9))
    recoded = replace(plan, routing=replace(plan.routing, max_fanout=3))

    assert files(tuned)["kubernetes/base/settings.json"] != files(plan)["kubernetes/base/settings.json"]
    assert of_kind(tuned, "Deployment") == of_kind(plan, "Deployment")
    assert of_kind(recoded, "Deployment")["router"] != of_kind(plan, "Deployment")["router"]


@every_plan
def test_emitting_twice_gives_the_same_bytes(plan: Plan) -> None:
    assert files(plan) == files(plan)


@every_plan
def test_overlays_differ_in_something_that_is_applied(plan: Plan) -> None:
    found = files(plan)

    assert found["kubernetes/overlays/dev/kustomization.yaml"] != found["kubernetes/overlays/production/kustomization.yaml"]
