"""The Kubernetes manifests before their judges: strict schemas of every object, kept offline, and kustomize itself."""

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from aua_compile.plan.model import Plan
from aua_compile.shipped import names
from aua_compile.targets import kubernetes
from tests.compiling import aua, project
from tests.targets.compiled import compiled
from tests.targets.plans import PLANS
from tests.tools import require, require_module

Object = dict[str, Any]

SCHEMAS = Path(__file__).parent / "schemas"
OWN_SCHEMAS = {"ServiceMonitor": "servicemonitor", "ScrapeConfig": "scrapeconfig", "PrometheusRule": "prometheusrule"}
OVERLAYS = ("dev", "production")

BY_HAND = {name: make() for name, make in PLANS.items() if make().hardware.engines_run == "container"}
every_plan = pytest.mark.parametrize("plan", BY_HAND.values(), ids=BY_HAND)


def documents(plan: Plan) -> Iterator[tuple[str, Object]]:
    for artifact in kubernetes.emit(plan):
        if artifact.path.endswith(".yaml"):
            for document in yaml.load_all(artifact.text, Loader=yaml.CSafeLoader):
                yield artifact.path, document


def faults(version: str, document: Object) -> list[str]:
    """What the schema of a document refuses: Kubernetes' own, unknown keys included, or ours for what Kubernetes does not know."""
    kind = document["kind"]
    own = OWN_SCHEMAS.get(kind) or ("kustomization" if kind in {"Kustomization", "Component"} else None)
    judge = own_judge(own) if own else strict_judge(version, kind.lower(), document["apiVersion"])
    return [str(fault) for fault in judge.iter_errors(document)]


@cache
def own_judge(name: str) -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text()))


@cache
def strict_judge(version: str, kind: str, api_version: str) -> Any:
    """The schema that `kubernetes_validate` would read anew for each document; it resolves into the definitions of the same version."""
    import jsonschema
    from referencing import Registry, Resource

    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}-local-strict"
    group, _, number = api_version.rpartition("/")
    name = "-".join(part for part in (kind, group.partition(".")[0], number) if part)
    schema, definitions = (json.loads((folder / file).read_text()) for file in (f"{name}.json", "_definitions.json"))
    registry: Registry[Any] = Registry().with_resource("_definitions.json", Resource.from_contents(definitions)).crawl()
    return jsonschema.Draft202012Validator(schema, registry=registry)


def all_faults(plan: Plan) -> list[tuple[str, str]]:
    """Everything that the schemas refuse of a plan's manifests, with the file it is in."""
    version = least_version(plan)
    return [(path, fault) for path, document in documents(plan) for fault in faults(version, document)]


def least_version(plan: Plan) -> str:
    """The oldest Kubernetes that the README of these manifests promises to work."""
    readme = next(artifact.text for artifact in kubernetes.emit(plan) if artifact.path.endswith("README.md"))
    return readme.partition("Kubernetes 1.")[2][:2].join(("1.", ".0"))


def written(plan: Plan, folder: Path) -> Path:
    for artifact in kubernetes.emit(plan):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.text, encoding="utf-8")
    return folder / "kubernetes"


def built(tool: tuple[str, ...], overlay: Path) -> list[Object]:
    done = subprocess.run([*tool, str(overlay)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr
    return list(yaml.load_all(done.stdout, Loader=yaml.CSafeLoader))


@every_plan
def test_every_document_passes_its_strict_schema(plan: Plan) -> None:
    require_module("kubernetes_validate")
    require_module("jsonschema")

    assert all_faults(plan) == []


@pytest.mark.parametrize("tier", names("tiers"))
def test_every_document_of_every_shipped_preset_passes_its_strict_schema(tier: str) -> None:
    require_module("kubernetes_validate")
    require_module("jsonschema")
    found = [plan for plan in (compiled(preset, tier) for preset in names("presets")) if plan is not None]

    assert [fault for plan in found if "kubernetes" in plan.targets for fault in all_faults(plan)] == []


def test_the_schemas_refuse_a_key_that_they_do_not_know() -> None:
    require_module("kubernetes_validate")
    require_module("jsonschema")
    plan = BY_HAND["everything"]
    version = least_version(plan)
    seen = set()
    for _, document in documents(plan):
        if document["kind"] not in seen:
            seen.add(document["kind"])
            inside = document["spec"] if "spec" in document and document["kind"] != "Namespace" else document
            assert faults(version, document) == []
            inside["replica"] = 1
            assert faults(version, document) != [], document["kind"]
    assert {"Deployment", "ServiceMonitor", "ResourceClaimTemplate", "Job", "Kustomization"} <= seen


@pytest.mark.parametrize("tool", [("kubectl", "kustomize"), ("kustomize", "build")], ids=lambda tool: tool[0])
@every_plan
def test_kustomize_builds_both_overlays_with_every_object_of_the_base(plan: Plan, tool: tuple[str, str], tmp_path: Path) -> None:
    require_module("kubernetes_validate")
    command = (require(tool[0]), tool[1])
    version = least_version(plan)
    folder = written(plan, tmp_path)
    base = {key(document) for path, document in documents(plan) if path.startswith("kubernetes/base/") and is_object(document)}
    monitoring = {key(document) for path, document in documents(plan) if path.startswith("kubernetes/components/") and is_object(document)}

    overlays = {name: built(command, folder / "overlays" / name) for name in OVERLAYS}
    keys = {name: {key(document) for document in found} for name, found in overlays.items()}

    assert keys["dev"] == base | {("ConfigMap", "router-settings")}
    assert keys["production"] >= keys["dev"] | monitoring
    assert overlays["dev"] != overlays["production"]
    assert [fault for found in overlays.values() for document in found for fault in faults(version, document)] == []


@every_plan
def test_kustomize_hands_the_settings_on_byte_for_byte_and_under_a_fixed_name(plan: Plan, tmp_path: Path) -> None:
    folder = written(plan, tmp_path)
    found = built((require("kubectl"), "kustomize"), folder / "base")
    (settings,) = [document for document in found if document["kind"] == "ConfigMap"]

    assert settings["metadata"]["name"] == "router-settings"
    assert settings["data"] == {name: (folder / "base" / name).read_text() for name in ("settings.json", "plan.json")}


def test_production_asks_the_registry_and_leaves_the_number_of_routers_to_the_autoscaler(tmp_path: Path) -> None:
    folder = written(BY_HAND["external_only"], tmp_path)
    tool = (require("kubectl"), "kustomize")
    dev, production = ({key(one): one for one in built(tool, folder / "overlays" / name)} for name in OVERLAYS)
    router = ("Deployment", "router")

    assert dev[router]["spec"]["replicas"] == 1
    assert "replicas" not in production[router]["spec"]
    assert [one[router]["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] for one in (dev, production)] == [
        "IfNotPresent",
        "Always",
    ]
    assert {("HorizontalPodAutoscaler", "router"), ("PodDisruptionBudget", "router")} <= set(production) - set(dev)


UNDERSCORES = """\
config_version: "1.0"
project: {name: my_shop}
tier: quad-4090
specialists:
  - {name: swe_fast, model: qwen-coder-7b-awq, field: software_engineering, port: 9100}
  - {name: general, model: qwen-7b-awq, field: general}
arbiter: {enabled: false}
targets: [router, kubernetes]
"""


def test_a_name_that_dns_does_not_know_becomes_one_that_it_does(tmp_path: Path) -> None:
    done = aua("compile", "aua.yaml", "-o", "out", within=project(tmp_path, UNDERSCORES))
    assert done.returncode == 0, done.stderr
    plan = json.loads((tmp_path / "out" / "plan.json").read_text())
    found = [
        document
        for path in (tmp_path / "out" / "kubernetes" / "base").rglob("*.yaml")
        for document in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader)
    ]

    assert {document["metadata"]["name"] for document in found if document["kind"] == "Namespace"} == {"my-shop"}
    assert {document["metadata"]["name"] for document in found if document["kind"] == "Service"} == {"swe-fast", "general", "router"}
    assert {one["name"]: one["container_url"] for one in plan["specialists"]}["swe_fast"] == "http://swe-fast:9100"


def is_object(document: Object) -> bool:
    return document["kind"] not in {"Kustomization", "Component"}


def key(document: Object) -> tuple[str, str]:
    return document["kind"], document["metadata"]["name"]
