import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.artifact import Artifact
from aua_compile.manifest import MANIFEST, Manifest, Unreadable, digest_of, is_inside, read_manifest, with_manifest


def test_the_manifest_lists_every_artifact_with_its_digest() -> None:
    *_, last = with_manifest([Artifact("b/c", "2\n"), Artifact("a", "1\n")], "f00", "0.1.0")
    assert last.path == MANIFEST
    assert read_manifest(last.text.encode()) == Manifest(1, "0.1.0", "f00", {"a": digest_of(b"1\n"), "b/c": digest_of(b"2\n")})


def test_the_manifest_does_not_depend_on_the_order_of_artifacts() -> None:
    artifacts = [Artifact("b", "2\n"), Artifact("a", "1\n")]
    assert with_manifest(artifacts, "", "")[-1] == with_manifest(reversed(artifacts), "", "")[-1]


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../a", "a/../b", "a/..", ".", "./a", "a//b", "a/", "a\\b", "a\0b"])
def test_a_path_that_could_lead_elsewhere_is_not_inside(path: str) -> None:
    assert not is_inside(path)
    fields = {"schema_version": 1, "compiler_version": "1", "plan_digest": "", "files": {path: "0"}}
    assert isinstance(read_manifest(json.dumps(fields).encode()), Unreadable)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'{"files": {}}', b"\xff", b"<<<<<<< ours", b"[" * 100_000])
def test_what_is_no_manifest_says_why(text: bytes) -> None:
    found = read_manifest(text)
    assert isinstance(found, Unreadable)
    assert found.reason
    assert not found.newer


def test_a_manifest_of_a_later_schema_is_newer() -> None:
    found = read_manifest(b'{"schema_version": 2, "anything": 1}')
    assert isinstance(found, Unreadable)
    assert found.newer


@given(st.binary())
def test_any_bytes_are_a_manifest_or_say_why(text: bytes) -> None:
    assert isinstance(read_manifest(text), Manifest | Unreadable)
