"""`aua attest` and `aua verify` as a person runs them."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from aua_compile.manifest import MANIFEST
from tests.cli.running import aua


@pytest.fixture
def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert aua("compile", "coding", "--tier", "single-4090")[0] == 0
    return tmp_path / "deploy"


def tamper(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_deployment_as_written_is_verified_and_made_again(deploy: Path) -> None:
    code, out, told = aua("verify", "deploy")
    assert (code, told) == (0, "")
    assert f"{len(json.loads((deploy / MANIFEST).read_text())['files'])} files as they were written; made again from the plan" in out


def test_a_patched_deployment_is_made_again_with_its_patches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    head = 'config_version: "1.0"\nproject: {name: shop}\npreset: coding\ntier: single-4090\n'
    Path("c.yaml").write_text(head + "patches: [{target: {file: compose.yaml}, expects: {name: shop}, merge: {x-team: core}}]\n")
    assert aua("compile", "c.yaml")[0] == 0
    assert aua("verify", "deploy")[0] == 0
    tamper(Path("deploy/compose/compose.yaml"), "x-team: core", "x-team: other")
    assert aua("verify", "deploy")[0] == 1


def test_a_file_that_was_handed_over_is_its_users_business(deploy: Path) -> None:
    assert aua("eject", "compose/compose.yaml")[0] == 0
    tamper(deploy / "compose" / "compose.yaml", "restart: unless-stopped", "restart: always")
    code, _, told = aua("verify", "deploy")
    assert (code, told) == (0, "")


def test_a_statement_describes_every_file_and_what_they_were_made_of(deploy: Path) -> None:
    assert aua("attest", "deploy", "-o", "s.json")[0] == 0
    said = json.loads(Path("s.json").read_text(encoding="utf-8"))
    assert (said["_type"], said["predicateType"]) == ("https://in-toto.io/Statement/v1", "https://slsa.dev/provenance/v1")
    for subject in said["subject"]:
        assert sha256((deploy / subject["name"]).read_bytes()).hexdigest() == subject["digest"]["sha256"]
    assert {subject["name"] for subject in said["subject"]} == {
        path.relative_to(deploy).as_posix() for path in deploy.rglob("*") if path.is_file()
    }
    uris = [part["uri"] for part in said["predicate"]["buildDefinition"]["resolvedDependencies"]]
    assert any(uri.startswith("pkg:huggingface/Qwen/") for uri in uris)
    assert "pkg:docker/vllm/vllm-openai@v0.33.0" in uris
    assert aua("verify", "deploy", "--statement", "s.json")[0] == 0


def test_the_same_deployment_gives_the_same_bytes(deploy: Path) -> None:  # noqa: ARG001 - its files are what counts
    assert aua("attest", "deploy") == aua("attest", "deploy")
    assert aua("attest", "deploy", "--bom") == aua("attest", "deploy", "--bom")


def test_a_changed_and_a_missing_file_are_named(deploy: Path) -> None:
    tamper(deploy / "compose" / "compose.yaml", "vllm-openai:v0.33.0", "vllm-openai:v0.1.0")
    (deploy / "plan.md").unlink()
    code, _, told = aua("verify", "deploy")
    assert (code, "AUA0607" in told) == (1, True)
    assert "changed: `compose/compose.yaml`; missing: `plan.md`" in told
    assert aua("attest", "deploy")[0] == 1


def test_a_file_that_was_changed_together_with_the_manifest_does_not_follow_from_the_plan(deploy: Path) -> None:
    file = deploy / "compose" / "compose.yaml"
    before = sha256(file.read_bytes()).hexdigest()
    tamper(file, "vllm-openai:v0.33.0", "vllm-openai:v0.1.0")
    tamper(deploy / MANIFEST, before, sha256(file.read_bytes()).hexdigest())
    code, _, told = aua("verify", "deploy")
    assert (code, "AUA0609" in told, "`compose/compose.yaml`" in told) == (1, True, True)


def test_a_plan_that_was_changed_is_no_plan(deploy: Path) -> None:
    tamper(deploy / "plan.json", '"max_fanout": 2', '"max_fanout": 3')
    code, _, told = aua("verify", "deploy")
    assert (code, "AUA0606" in told, "digests" in told) == (1, True, True)


def test_files_of_others_are_a_warning(deploy: Path) -> None:
    (deploy / "kubernetes" / "base" / "extra.yaml").write_text("x: 1\n", encoding="utf-8")
    code, _, told = aua("verify", "deploy")
    assert (code, "AUA0608" in told, "`kubernetes/base/extra.yaml`" in told) == (0, True, True)


def test_a_file_that_was_taken_over_is_described_as_it_is(deploy: Path) -> None:
    assert aua("eject", "compose/compose.yaml", "-o", "deploy")[0] == 0
    tamper(deploy / "compose" / "compose.yaml", "services:", "# mine\nservices:")
    aua("attest", "deploy", "-o", "s.json")
    assert aua("verify", "deploy", "--statement", "s.json")[0] == 0
    tamper(deploy / "compose" / "compose.yaml", "# mine", "# theirs")
    code, _, told = aua("verify", "deploy", "--statement", "s.json")
    assert (code, "AUA0611" in told, "`compose/compose.yaml`" in told) == (1, True, True)


def test_an_old_statement_does_not_describe_a_new_deployment(deploy: Path) -> None:  # noqa: ARG001 - its files are what counts
    aua("attest", "deploy", "-o", "s.json")
    aua("compile", "coding", "--tier", "single-4090", "--set", "routing.single_threshold=0.8")
    code, _, told = aua("verify", "deploy", "--statement", "s.json")
    assert (code, "AUA0611" in told) == (1, True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"_type": "https://in-toto.io/Statement/v1", "subject": [1]}', "[" * 5000])
def test_what_is_no_statement_is_refused(deploy: Path, text: str) -> None:  # noqa: ARG001 - its files are what counts
    Path("s.json").write_text(text, encoding="utf-8")
    code, _, told = aua("verify", "deploy", "--statement", "s.json")
    assert (code, "AUA0610" in told) == (1, True)


@pytest.mark.parametrize(("folder", "code"), [("nowhere", 4), (".", 1), ("deploy/plan.json", 4)])
def test_what_is_no_deployment_is_refused(deploy: Path, folder: str, code: int) -> None:  # noqa: ARG001 - its files are what counts
    for command in ("verify", "attest"):
        found, _, told = aua(command, folder)
        assert (found, "Traceback" in told, told != "") == (code, False, True)
        assert code == 1 or f"`{folder}` cannot be read: " in told


def test_a_statement_that_is_not_there_is_told(deploy: Path) -> None:  # noqa: ARG001 - its files are what counts
    code, _, told = aua("verify", "deploy", "--statement", "none.json")
    assert (code, "AUA0101" in told) == (4, True)
