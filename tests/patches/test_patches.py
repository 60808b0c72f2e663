"""What the `patches:` of a config do to the artifacts, seen from the config to the files."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.artifact import Artifact
from aua_compile.checked import Checked
from aua_compile.compiler import compiled
from aua_compile.config.resolve import Resolved, resolve
from aua_compile.config.rules import check_config
from aua_compile.config.show import expanded
from aua_compile.diagnostic import Diagnostic
from aua_compile.patches import Patched
from aua_compile.patches import patched as apply_patches
from aua_compile.patches.structured import File, Files, is_structured
from aua_compile.plan import deployment
from aua_compile.plan.build import Planned, plan
from aua_compile.render import to_yaml
from aua_compile.targets import emit
from tests.config.projects import CATALOG, HEAD, SWE, bundle_of, resolved

WHOLE = f"{HEAD}fields: [software_engineering]\n{SWE}arbiter: {{enabled: false}}\n"
ROUTER = {"kind": "Deployment", "name": "router"}
COMPOSE = {"file": "compose.yaml"}
OF_THE_PLAN = ("plan.json", "plan.md", "aua.manifest.json")


@cache
def base() -> tuple[Planned, tuple[Artifact, ...]]:
    """The plan of WHOLE and its artifacts, which all tests patch."""
    with TemporaryDirectory() as folder:
        made = bundle_of(Path(folder), text=WHOLE).then(lambda bundle: resolve(bundle, CATALOG)).then(lambda config: plan(config, CATALOG))
    assert made.value is not None
    return made.value, emit(made.value.plan)


def checked(folder: Path, *patches: dict[str, Any], text: str = WHOLE, **files: str) -> Checked[dict[str, str]]:
    """The artifacts by path after the patches that a config like WHOLE says."""
    said = to_yaml({"patches": list(patches)}) if patches else ""
    config = resolved(folder, text=text + said, files=files).then(check_config)
    planned, artifacts = base()

    def apply(resolved: Resolved) -> Checked[Patched]:
        return apply_patches(artifacts, replace(planned.plan, patches=deployment.patches(resolved)), resolved.origin)

    return config.then(apply).then(lambda made: Checked.of({artifact.path: artifact.text for artifact in made.artifacts}))


def patched(folder: Path, *patches: dict[str, Any], text: str = WHOLE, **files: str) -> dict[str, str]:
    """The same where the patches fit."""
    made = checked(folder, *patches, text=text, **files)
    assert made.value is not None, made.diagnostics
    return made.value


def whole(folder: Path, *patches: dict[str, Any], text: str = WHOLE) -> dict[str, str]:
    """Everything that compiling gives, the manifest too."""
    made = bundle_of(folder, text=text + to_yaml({"patches": list(patches)})).then(lambda bundle: compiled(bundle, CATALOG))
    assert made.value is not None, made.diagnostics
    return {artifact.path: artifact.text for artifact in made.value}


def refused(folder: Path, *patches: dict[str, Any]) -> tuple[Diagnostic, ...]:
    made = checked(folder, *patches)
    assert made.value is None
    return tuple(finding for finding in made.diagnostics if finding.severity == "error")


@pytest.fixture
def plain() -> dict[str, str]:
    """The artifacts without patches."""
    return {artifact.path: artifact.text for artifact in base()[1]}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The files that differ, other than those that hold the plan or its digest."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path) and not path.endswith(OF_THE_PLAN)}


def objects(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text)}


def test_a_merge_patch_changes_the_object_and_nothing_else(tmp_path: Path, plain: dict[str, str]) -> None:
    made = patched(tmp_path, {"target": ROUTER, "merge": {"spec": {"template": {"metadata": {"annotations": {"team": "core"}}}}}})
    assert changed(plain, made) == {"kubernetes/base/router.yaml"}
    before, after = (objects(files["kubernetes/base/router.yaml"]) for files in (plain, made))
    before["Deployment", "router"]["spec"]["template"]["metadata"]["annotations"]["team"] = "core"
    assert after == before


def test_operations_apply_in_their_order_to_what_those_before_left(tmp_path: Path, plain: dict[str, str]) -> None:
    made = patched(
        tmp_path,
        {
            "target": COMPOSE,
            "json": [
                {"op": "test", "path": "/services/router/restart", "value": "unless-stopped"},
                {"op": "replace", "path": "/services/router/restart", "value": "always"},
                {"op": "copy", "from": "/services/router/restart", "path": "/x-restart"},
            ],
        },
        {"target": COMPOSE, "expects": {"x-restart": "always"}, "json": [{"op": "add", "path": "/x-note", "value": None}]},
    )
    assert changed(plain, made) == {"compose/compose.yaml"}
    before, after = (yaml.safe_load(files["compose/compose.yaml"]) for files in (plain, made))
    before["services"]["router"]["restart"] = "always"
    assert after == before | {"x-restart": "always", "x-note": None}


def test_only_the_lines_that_a_patch_changes_differ_and_the_head_says_who_did(tmp_path: Path, plain: dict[str, str]) -> None:
    made = patched(tmp_path, {"target": COMPOSE, "merge": {"services": {"router": {"restart": "always"}}}})
    before, after = plain["compose/compose.yaml"].splitlines(), made["compose/compose.yaml"].splitlines()
    assert after[:2] == [before[0], "# Patched by aua.yaml"]
    assert [line for line in after[2:] if line not in before] == ["    restart: always"]
    assert len(after) == len(before) + 1


def test_labels_choose_every_object_that_carries_them(tmp_path: Path) -> None:
    made = patched(tmp_path, {"target": {"labels": {"app.kubernetes.io/part-of": "aua"}, "kind": "Service"}, "merge": {"x": 1}})
    services = {
        name
        for path, text in made.items()
        if path.startswith("kubernetes/base/") and path.endswith(".yaml")
        for name in services_with_x(text)
    }
    assert services == {"router", "swe"}


def services_with_x(text: str) -> set[str]:
    return {one["metadata"]["name"] for one in yaml.safe_load_all(text) if one.get("kind") == "Service" and one.get("x") == 1}


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("prometheus/prometheus.yaml", "prometheus/prometheus.yaml"),
        ("rules/alerts.yaml", "prometheus/rules/alerts.yaml"),
        ("dashboards/overview.json", "grafana/dashboards/overview.json"),
        ("overlays/dev/kustomization.yaml", "kubernetes/overlays/dev/kustomization.yaml"),
    ],
)
def test_a_file_is_known_by_the_end_of_its_path(file: str, path: str, tmp_path: Path, plain: dict[str, str]) -> None:
    assert changed(plain, patched(tmp_path, {"target": {"file": file}, "merge": {"x-team": "core"}})) == {path}


def test_the_plan_and_the_manifest_say_who_changed_what(tmp_path: Path) -> None:
    made = whole(tmp_path, {"target": ROUTER, "merge": {"spec": {"minReadySeconds": 5}}})
    plan = json.loads(made["plan.json"])
    assert [(patch["file"], patch["path"], patch["merge"]) for patch in plan["patches"]] == [
        ("aua.yaml", "patches[0]", {"spec": {"minReadySeconds": 5}})
    ]
    assert json.loads(made["aua.manifest.json"])["patched"] == {"kubernetes/base/router.yaml": ["aua.yaml patches[0]"]}
    assert "Deployment router: merges (`patches[0]` of aua.yaml)" in made["plan.md"]


def test_a_patch_is_part_of_the_plan_and_not_of_the_router(tmp_path: Path) -> None:
    one, other = (whole(tmp_path / str(number), {"target": COMPOSE, "merge": {"x-n": number}}) for number in (1, 2))
    digests = [json.loads(files["plan.json"])["digests"] for files in (one, other)]
    assert digests[0]["plan"] != digests[1]["plan"]
    assert {path for path in changed(one, other) if path.startswith("router/")} == set()


def test_where_a_patch_stands_in_its_file_does_not_matter(tmp_path: Path) -> None:
    patch = {"target": COMPOSE, "merge": {"x-n": 1}}
    commented = WHOLE.replace("specialists", "# a remark\n\nspecialists")
    assert whole(tmp_path / "a", patch) == whole(tmp_path / "b", patch, text=commented)


def test_the_expanded_config_has_the_same_patches(tmp_path: Path) -> None:
    patches: list[dict[str, Any]] = [
        {
            "target": COMPOSE,
            "json": [{"op": "add", "path": "/x-a", "value": None}, {"op": "add", "path": "/x-b", "value": [{"c": [1.5, True]}]}],
        },
        {"target": {**ROUTER, "labels": {"app.kubernetes.io/name": "router"}}, "expects": {"x": None}, "merge": {"x": {"y": [1]}}},
    ]
    config = resolved(tmp_path / "a", text=WHOLE + to_yaml({"patches": patches})).value
    assert config is not None
    said = expanded(config.config)
    assert said["patches"] == patches
    assert patched(tmp_path / "b", text=to_yaml(said)) == patched(tmp_path / "c", *patches)


def test_the_patches_of_a_stronger_layer_replace_those_below(tmp_path: Path) -> None:
    base = to_yaml({"patches": [{"target": COMPOSE, "merge": {"x-below": 1}}]})
    text = WHOLE + "extends: base.yaml\n"
    below = checked(tmp_path / "a", text=text, **{"base.yaml": base})
    above = checked(tmp_path / "b", {"target": COMPOSE, "merge": {"x-above": 1}}, text=text, **{"base.yaml": base})
    compose = [(made.value or {})["compose/compose.yaml"] for made in (below, above)]
    assert "x-below: 1" in compose[0]
    assert "# Patched by base.yaml" in compose[0]
    assert "x-below" not in compose[1]
    assert "# Patched by aua.yaml" in compose[1]


def test_every_patch_that_fails_is_told_at_once(tmp_path: Path) -> None:
    found = refused(
        tmp_path,
        {"target": {"kind": "Deployment", "name": "ruoter"}, "merge": {"x": 1}},
        {"target": COMPOSE, "json": [{"op": "remove", "path": "/servces"}]},
        {"target": COMPOSE, "expects": {"name": "other"}, "merge": {"x-a": 1}},
    )
    assert [(finding.code, finding.path) for finding in found] == [
        ("AUA0702", "patches[0].target"),
        ("AUA0703", "patches[1].json[0].path"),
        ("AUA0704", "patches[2].expects.name"),
    ]
    assert found[0].help == "Did you mean `router`?"
    assert found[1].help == "Did you mean `services`?"


@pytest.mark.parametrize("file", ["plan.json", "settings.json", "pipeline.py", "router/Dockerfile", "aua_runtime/__init__.py", "plan.md"])
def test_what_follows_from_the_plan_cannot_be_patched(file: str, tmp_path: Path) -> None:
    (found,) = refused(tmp_path, {"target": {"file": file}, "merge": {"x": 1}})
    assert found.code == "AUA0705"


@pytest.mark.parametrize(
    ("target", "merge", "told"),
    [
        (ROUTER, {"metadata": {"name": "other"}}, "`metadata.name`"),
        (ROUTER, {"kind": "StatefulSet"}, "`kind`"),
        (ROUTER, {"metadata": {"namespace": "other"}}, "`metadata.namespace`"),
        (ROUTER, {"spec": {"template": {"metadata": {"labels": None}}}}, "its selector wants labels"),
        (ROUTER, {"spec": {"template": {"spec": {"volumes": []}}}}, "mounts volumes that are not there"),
        (COMPOSE, {"services": {"swe": None}}, "services of the plan are gone: `swe`"),
        (COMPOSE, {"services": {"router": {"depends_on": ["nobody"]}}}, "refers to services that are not there: `nobody`"),
        (COMPOSE, {"services": {"router": {"networks": {"else": {}}}}}, "refers to networks that are not there: `else`"),
        (COMPOSE, {"services": {"router": {"volumes": ["data:/data", "./here:/here"]}}}, "refers to volumes that are not there: `data`"),
        (COMPOSE, {"services": {"router": {"secrets": [{"source": "key"}]}}}, "refers to secrets that are not there: `key`"),
        (COMPOSE, {"services": {"router": "none"}}, "service `router` is no mapping"),
    ],
)
def test_a_patch_that_breaks_what_other_parts_rely_on_is_refused(
    target: dict[str, str], merge: dict[str, Any], told: str, tmp_path: Path
) -> None:
    found = refused(tmp_path, {"target": target, "merge": merge})
    assert {finding.code for finding in found} == {"AUA0706"}
    assert any(told in finding.message for finding in found), found


@pytest.mark.parametrize("broken", [{"metadata": 3}, {"metadata": None}, {"metadata": {"labels": 3}}, {"kind": None}])
def test_a_patch_after_one_that_broke_an_object_still_says_what_it_finds(broken: dict[str, Any], tmp_path: Path) -> None:
    after = {"target": {"labels": {"app.kubernetes.io/name": "router"}, "kind": "Deployment"}, "merge": {"x": 1}}
    assert {finding.code for finding in refused(tmp_path, {"target": ROUTER, "merge": broken}, after)} <= {"AUA0702", "AUA0706"}


def test_what_a_patch_adds_may_be_referred_to(tmp_path: Path) -> None:
    patched(
        tmp_path,
        {
            "target": COMPOSE,
            "merge": {"networks": {"proxy": {"external": True}}, "services": {"router": {"networks": ["edge", "engines", "proxy"]}}},
        },
        {"target": COMPOSE, "merge": {"services": {"cache": {"image": "redis:7", "depends_on": ["router"]}}}},
    )


def test_a_secret_in_a_patch_is_refused_and_not_shown(tmp_path: Path) -> None:
    secret = "hf_" + "0123456789abcdefABCDEF"
    (found,) = refused(tmp_path, {"target": COMPOSE, "merge": {"services": {"router": {"environment": {"HF_TOKEN": secret}}}}})
    assert found.code == "AUA0130"
    assert found.secret
    assert secret not in found.message


def test_a_test_alone_guards_without_a_warning(tmp_path: Path) -> None:
    made = checked(tmp_path, {"target": COMPOSE, "json": [{"op": "test", "path": "/name", "value": "shop"}]})
    assert made.value is not None
    assert not {finding.code for finding in made.diagnostics} & {"AUA0707"}


def test_every_structured_artifact_read_and_written_again_keeps_its_bytes(plain: dict[str, str]) -> None:
    structured = {path: text for path, text in plain.items() if is_structured(path)}
    assert len(structured) > 20
    files = Files(base()[1])
    for path, text in structured.items():
        assert written(files.at(path)) == text


def written(file: File) -> str:
    """What a file says without the line on who patched it."""
    return file.written("PATCHED").text.replace("# PATCHED\n", "")


KEYS = st.sampled_from(["x-a", "x-b", "x-c"])
DATA = st.dictionaries(
    KEYS, st.integers(0, 3) | st.text("a: #'\"\n", max_size=6) | st.lists(st.booleans(), max_size=2), min_size=1, max_size=3
)
OTHERS = st.sampled_from(
    [
        {"target": {"file": "prometheus/prometheus.yaml"}, "merge": {"x-other": 1}},
        {"target": {"file": "dashboards/overview.json"}, "merge": {"x-other": 1}},
        {"target": ROUTER, "merge": {"x-other": 1}},
    ]
)


@given(DATA, OTHERS)
def test_patches_of_different_files_may_stand_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any], other: dict[str, Any]
) -> None:
    mine = {"target": COMPOSE, "merge": data}
    one = patched(tmp_path_factory.mktemp("one"), mine, other)
    two = patched(tmp_path_factory.mktemp("two"), other, mine)
    assert changed(one, two) == set()
    assert yaml.safe_load(one["compose/compose.yaml"]).items() >= data.items()
