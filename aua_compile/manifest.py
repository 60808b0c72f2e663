"""The manifest: which files the compiler wrote and what was in them, so that a later run tells its own work from a person's."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from hashlib import sha256

from aua_compile.artifact import Artifact
from aua_compile.frozen import dataclass
from aua_compile.render import to_json

MANIFEST = "aua.manifest.json"
EJECTED = ".aua.ejected"
"""The folder that keeps what the compiler had written, and would write now, where files were handed over to their users."""

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one run wrote. `files` maps each path to the SHA-256 of its bytes, in hexadecimal; the manifest does not list itself.

    `patched` says which of them the config's patches changed, and which patches. `ejected` maps each path that was handed over to its user,
    and is in `files` no more, to the digest of what the compiler had written there.
    """

    schema_version: int
    compiler_version: str
    plan_digest: str
    files: Mapping[str, str]
    patched: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ejected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a manifest says nothing; `newer` if a later version of the compiler wrote it."""

    reason: str
    newer: bool = False


def with_manifest(
    artifacts: Iterable[Artifact], plan_digest: str, compiler_version: str, patched: Mapping[str, Sequence[str]] | None = None
) -> tuple[Artifact, ...]:
    """`artifacts` and, after them, the manifest that lists them."""
    listed = tuple(artifacts)
    files = {artifact.path: digest_of(artifact.text.encode()) for artifact in listed}
    return (*listed, written(Manifest(SCHEMA_VERSION, compiler_version, plan_digest, files, patched or {})))


def written(manifest: Manifest) -> Artifact:
    """A manifest as the file it is kept in."""
    return Artifact(MANIFEST, to_json({name: getattr(manifest, name) for name in Manifest.__slots__}))


def read_manifest(text: bytes) -> Manifest | Unreadable:
    """The manifest in `text`. Its paths are checked: a manifest that someone else wrote must not name files outside its folder."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Unreadable("it is not JSON")
    match data:
        case {"schema_version": int(version)} if version > SCHEMA_VERSION:
            return Unreadable(f"its schema version is {version}, this compiler knows {SCHEMA_VERSION}", newer=True)
        case {
            "schema_version": int(version),
            "compiler_version": str(compiler_version),
            "plan_digest": str(plan_digest),
            "files": dict(files),
        }:
            patched, ejected = data.get("patched", {}), data.get("ejected", {})  # which earlier compilers did not write
            if not isinstance(patched, dict) or not isinstance(ejected, dict):
                return Unreadable("its `patched` or `ejected` is no mapping")
            listed = (*files.items(), *ejected.items())
            bad = next((path for path, digest in listed if not is_inside(path) or not isinstance(digest, str)), None)
            if bad is not None:
                return Unreadable(f"its entry `{bad[:100]}` is not a path inside the folder with a digest")
            return Manifest(version, compiler_version, plan_digest, files, patched, ejected)
    return Unreadable("it lacks `schema_version`, `compiler_version`, `plan_digest` or `files`")


def is_inside(path: str) -> bool:
    """Whether `path`, relative and with `/`, names a file inside the folder it is relative to, without looking at the disk."""
    return path != "" and "\0" not in path and "\\" not in path and all(part not in {"", ".", ".."} for part in path.split("/"))


def digest_of(content: bytes) -> str:
    """The digest that the manifest keeps of a file."""
    return sha256(content).hexdigest()
