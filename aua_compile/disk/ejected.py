"""What lies beside files that were handed over to their user: what the compiler had written there, and what it would write now.

Both are artifacts like others. With the user's own file they are the three sides of a merge: `git merge-file FILE .aua.ejected/base/FILE
.aua.ejected/now/FILE`.
"""

import os
from collections.abc import Mapping
from dataclasses import replace

from aua_compile.artifact import Artifact
from aua_compile.manifest import EJECTED, MANIFEST, Manifest, digest_of, read_manifest, written


def base(path: str) -> str:
    """Where lies what the compiler had written at an ejected path when it was handed over."""
    return f"{EJECTED}/base/{path}"


def now(path: str) -> str:
    """Where lies what it would write there now, if that differs."""
    return f"{EJECTED}/now/{path}"


def base_text(folder: str, path: str, digest: str) -> str | None:
    """What the compiler had written at an ejected path; None where that is not kept, or is not it any more."""
    try:
        with open(os.path.join(folder, base(path)), "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return content.decode() if digest_of(content) == digest else None


def without_ejected(wanted: Mapping[str, Artifact], ejected: Mapping[str, str], folder: str) -> dict[str, Artifact]:
    """What a run wants of a folder in which files are ejected: not these, but what lies beside them, and a manifest that knows of it."""
    made = {path: artifact for path, artifact in wanted.items() if path not in ejected}
    for path, digest in ejected.items():
        artifact = wanted.get(path)
        same = artifact is not None and digest_of(artifact.text.encode()) == digest
        kept = artifact.text if artifact is not None and same else base_text(folder, path, digest)
        if kept is not None:
            made[base(path)] = Artifact(base(path), kept)
        if artifact is not None and not same:
            made[now(path)] = Artifact(now(path), artifact.text)
    if (listing := made.pop(MANIFEST, None)) is not None:
        manifest = read_manifest(listing.text.encode())
        assert isinstance(manifest, Manifest), "the compiler wrote it"
        files = {path: digest_of(artifact.text.encode()) for path, artifact in made.items()}
        patched = {path: by for path, by in manifest.patched.items() if path not in ejected}
        made[MANIFEST] = written(replace(manifest, files=files, patched=patched, ejected=ejected))
    return made
