"""Whether a deployment that lies on a disk is still what its manifest, its plan and its statement say. Pure: files come as bytes."""

import json
from collections.abc import Iterable, Iterator, Mapping

from aua_compile.artifact import Artifact
from aua_compile.attest.statement import STATEMENT
from aua_compile.characters import listed, shown
from aua_compile.diagnostic import Diagnostic
from aua_compile.manifest import EJECTED, MANIFEST, Manifest, digest_of

Files = Mapping[str, bytes]
"""Path -> bytes of every file below the folder."""


def changed_files(folder: str, manifest: Manifest, files: Files) -> Iterator[Diagnostic]:
    """Where the files and the manifest part."""
    missing = [path for path in manifest.files if path not in files]
    changed = [path for path, digest in manifest.files.items() if path in files and digest_of(files[path]) != digest]
    if missing or changed:
        yield file_changed(folder, missing, changed)
    unknown = [path for path in files if path not in manifest.files and path not in manifest.ejected and path != MANIFEST]
    if unknown:
        yield file_unlisted(folder, unknown)


def differs_from_plan(folder: str, artifacts: Iterable[Artifact], manifest: Manifest, version: str) -> Iterator[Diagnostic]:
    """Where what the manifest lists is not what this compiler makes of the folder's own plan. For ejected files their users answer."""
    made = {artifact.path: digest_of(artifact.text.encode()) for artifact in artifacts if artifact.path != MANIFEST}
    listed = {path: digest for path, digest in manifest.files.items() if not path.startswith(f"{EJECTED}/")}
    other = sorted(path for path in (made.keys() | listed.keys()) - manifest.ejected.keys() if made.get(path) != listed.get(path))
    if other and manifest.compiler_version == version:
        yield not_from_plan(folder, other)


def statement_differs(name: str, text: str, files: Files) -> Iterator[Diagnostic]:
    """Where a statement and the files part."""
    try:
        said = _subjects(json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        yield statement_unreadable(name, shown(str(error), 100))
        return
    wrong = sorted(path for path, digest in said.items() if path not in files or digest_of(files[path]) != digest)
    lacking = [] if MANIFEST in said else [MANIFEST]
    if wrong or lacking:
        yield statement_wrong(name, wrong, lacking)


def _subjects(data: object) -> dict[str, str]:
    if not isinstance(data, dict) or data.get("_type") != STATEMENT:
        raise ValueError(f"its `_type` is not {STATEMENT}")
    return {str(subject["name"]): str(subject["digest"]["sha256"]) for subject in data["subject"]}


def no_deployment(folder: str, why: str) -> Diagnostic:
    """The folder holds no deployment.

    What it checks: the folder has a manifest and a `plan.json` that can be read, and the plan has the digests that it states.
    Why: they say which files were written and what they were made from. Without them there is nothing to compare with.
    Example: `aua verify src/`, or a `plan.json` in which a port was changed by hand.
    Instead: name the folder that `aua compile` wrote; write it anew with the command that stands in its `plan.md`.
    """
    return Diagnostic("AUA0606", "error", f"`{folder}` is no deployment that can be verified: {why}.", help="Compile it anew.")


def file_changed(folder: str, missing: list[str], changed: list[str]) -> Diagnostic:
    """Files are not as they were written.

    What it checks: each file that the manifest lists is there, with the digest that it lists.
    Why: someone or something changed the deployment after it was compiled; what runs is not what was reviewed.
    Example: `deploy/compose/compose.yaml` was edited by hand.
    Instead: compile again, or put the change into the config under `patches`.
    """
    parts = [f"changed: {listed(changed)}"] * bool(changed) + [f"missing: {listed(missing)}"] * bool(missing)
    return Diagnostic("AUA0607", "error", f"Files in `{folder}` are not as they were written; {'; '.join(parts)}.", help="Compile it anew.")


def file_unlisted(folder: str, paths: list[str]) -> Diagnostic:
    """The folder holds files that the compiler did not write.

    What it checks: every file in the folder is listed in its manifest.
    Why: nobody vouches for the others, and a tool that reads the whole folder would take them along.
    Example: `deploy/kubernetes/base/extra.yaml`, put there by hand.
    Instead: keep what is yours in another folder.
    """
    return Diagnostic("AUA0608", "warning", f"`{folder}` holds files that the manifest does not list: {listed(paths)}.")


def not_from_plan(folder: str, paths: list[str]) -> Diagnostic:
    """The files do not follow from the plan.

    What it checks: what this compiler makes of the folder's `plan.json` is what the manifest lists, where the same version wrote it.
    Why: files and manifest can be changed together, so that their digests agree.
    The plan has a digest of its own and makes every file again.
    Example: an image in `compose.yaml` was exchanged, and its digest in `aua.manifest.json` too.
    Instead: compile the config anew, and find out who changed the files.
    """
    return Diagnostic("AUA0609", "error", f"Files in `{folder}` do not follow from its plan: {listed(paths)}.", help="Compile it anew.")


def statement_unreadable(name: str, why: str) -> Diagnostic:
    """The attestation is none.

    What it checks: the file given as `--statement` is an in-toto Statement of version 1.
    Why: nothing can be compared with it. A signed envelope has to be opened by the tool that checks its signature.
    Example: `aua verify deploy --statement deploy/plan.json`
    Instead: give what `aua attest deploy` wrote.
    """
    return Diagnostic("AUA0610", "error", f"`{name}` is no in-toto statement: {why}.", help="Make one with `aua attest DIR -o FILE`.")


def statement_wrong(name: str, wrong: list[str], lacking: list[str]) -> Diagnostic:
    """The attestation speaks of another deployment.

    What it checks: each subject of the statement lies in the folder with the digest that it gives, and the manifest is one of them.
    Why: the statement vouches for other files than those that are here.
    Example: the deployment was compiled again after the statement was made.
    Instead: make the statement again, after a look at what changed.
    """
    parts = [f"other content: {listed(wrong)}"] * bool(wrong) + [f"not mentioned: {listed(lacking)}"] * bool(lacking)
    return Diagnostic("AUA0611", "error", f"`{name}` does not describe this deployment; {'; '.join(parts)}.")
