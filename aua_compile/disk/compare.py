"""What writing would do: artifacts against the files of a folder. Reads only."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from aua_compile.artifact import Artifact
from aua_compile.checked import Checked
from aua_compile.disk import findings
from aua_compile.disk.ejected import without_ejected
from aua_compile.disk.places import JOURNAL, OWN, PENDING
from aua_compile.frozen import dataclass
from aua_compile.manifest import MANIFEST, Manifest, Unreadable, is_inside, read_manifest

Kind = Literal["new", "missing", "changed", "unchanged", "stale", "hand_edited", "blocked", "extra", "ejected", "interrupted"]

KEPT: frozenset[Kind] = frozenset({"unchanged", "extra", "ejected"})
"""What a run leaves as it is, whatever it does elsewhere."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one path is to a run.

    - `new`: not there and not known; `missing`: written by an earlier run and gone since. Both are written.
    - `changed`: as an earlier run left it, and the artifact has other text or another mode now. Written.
    - `unchanged`: holds what the artifact says. Not touched.
    - `stale`: as an earlier run left it, and no artifact any more. Removed.
    - `hand_edited`: neither what an earlier run left nor what the artifact says. Written or removed only by force.
    - `blocked`: something that is no file stands here, or something that is no folder above. Never touched.
    - `extra`: not ours; a folder of such files is one entry ending in `/`. Kept.
    - `ejected`: handed over to its user, there or not; `before` is the digest of what the compiler had written. Kept.
    - `interrupted`: a run was stopped here half way; the next one completes it.

    `artifact` is what belongs there, None where nothing does; `before` the digest of what is there, None where that is no regular file or
    stays as it is.
    """

    kind: Kind
    path: str
    artifact: Artifact | None = None
    before: str | None = None


def differs(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes that make the folder other than the artifacts: what `--check` finds."""
    return tuple(change for change in changes if change.kind not in KEPT)


def compare(artifacts: Iterable[Artifact], folder: Path, *, force: bool = False) -> Checked[tuple[Change, ...]]:
    """One change per artifact and per path found in `folder`, sorted by path. A folder that does not exist is empty.

    `force` goes on where the folder's manifest cannot be read: then no file there is known as ours. Returns AUA0501, AUA0506, AUA0508.
    """
    wanted = {artifact.path: artifact for artifact in sorted(artifacts, key=lambda artifact: artifact.path)}
    assert all(map(is_inside, wanted)), "artifacts lie inside the folder"
    try:
        manifest = manifest_of(folder)
        if isinstance(manifest, Unreadable):
            if manifest.newer or not force:
                return Checked(None, (findings.manifest_unreadable(str(folder / MANIFEST), manifest),))
            manifest = None
        ejected = manifest.ejected if manifest else {}
        handed = [Change("ejected", path, wanted.get(path), digest) for path, digest in ejected.items()]
        if ejected:
            wanted = without_ejected(wanted, ejected, str(folder))
        found = _compared(wanted, manifest.files if manifest else {}, frozenset(ejected), str(folder))
        return Checked(tuple(sorted((*found, *handed), key=lambda change: change.path)))
    except OSError as failure:
        return Checked(None, (findings.of_failure(failure, str(folder)),))


def manifest_of(folder: Path) -> Manifest | Unreadable | None:
    """The manifest in `folder`; None where there is none."""
    try:
        status = os.lstat(folder / MANIFEST)
        if not stat.S_ISREG(status.st_mode):
            return Unreadable("it is not a regular file")
        with open(folder / MANIFEST, "rb") as file:
            return read_manifest(file.read())
    except FileNotFoundError:
        return None


def _compared(wanted: Mapping[str, Artifact], known: Mapping[str, str], ejected: frozenset[str], folder: str) -> Iterator[Change]:
    """Walk the folders that hold artifacts, now or after an earlier run; others are one `extra` each."""
    ours = set(wanted) | set(known) | {MANIFEST}
    folders = {parent for path in ours | ejected for parent in _parents(path)}
    absent = dict(wanted)
    obstacles: list[str] = []
    stack = [""]
    while stack:
        prefix = stack.pop()
        for entry in _entries(os.path.join(folder, prefix), missing_ok=not prefix):
            path = prefix + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if path in OWN:
                if path == PENDING and os.path.lexists(os.path.join(entry.path, JOURNAL)):
                    yield Change("interrupted", path)
            elif path in ejected:
                continue
            elif is_folder and path in folders:
                stack.append(f"{path}/")
            elif is_folder:
                yield Change("blocked", path, absent.pop(path)) if path in wanted else Change("extra", f"{path}/")
            elif path in ours:
                yield _judged(path, absent.pop(path, None), known.get(path), entry)
            elif path in folders and any(name.startswith(f"{path}/") for name in wanted):
                obstacles.append(path)
                yield Change("blocked", path)
            else:
                yield Change("extra", path)
    for path, artifact in absent.items():
        if not any(parent in obstacles for parent in _parents(path)):
            yield Change("missing" if path in known else "new", path, artifact)


def _judged(path: str, artifact: Artifact | None, known: str | None, entry: os.DirEntry[str]) -> Change:
    """A file at a path of ours; `known` is the digest an earlier run left there."""
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        return Change("hand_edited", path, artifact)
    content = artifact.text.encode() if artifact is not None else b""
    with open(entry.path, "rb") as file:
        same_text = artifact is not None and file.read(len(content) + 1) == content
        if artifact is not None and same_text and bool(status.st_mode & stat.S_IXUSR) == artifact.executable:
            return Change("unchanged", path, artifact)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if path != MANIFEST and digest != known and not same_text:
        return Change("hand_edited", path, artifact, digest)
    return Change("stale" if artifact is None else "changed", path, artifact, digest)


def _parents(path: str) -> Iterator[str]:
    """The folders above a path, relative like it: `a`, `a/b` for `a/b/c`."""
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)


def _entries(folder: str, *, missing_ok: bool) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        if missing_ok:
            return []
        raise
