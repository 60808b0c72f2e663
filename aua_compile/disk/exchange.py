"""Replacing a folder in one step: a complete new one is staged beside it, then the two change names.

Whoever looks sees the old folder or the new one. What stays is hard-linked, so it keeps its inode, its time and its content even while
someone writes to it. If the run dies, what it staged, or the old folder, lies beside and the next run clears it.
"""

import errno
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

from aua_compile.disk.compare import KEPT, Change
from aua_compile.disk.files import NewFile, remove_tree, settle, walk, write
from aua_compile.disk.places import OWN, staging
from aua_compile.manifest import MANIFEST, Manifest, read_manifest

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

# Answers that mean "not in this way here": no such call, another device, a mount point, a file system without hard links, a parent in
# which nothing can be made, files of another user. Writing in place may still work.
UNSUITED = frozenset(
    {errno.ENOSYS, errno.EINVAL, errno.EXDEV, errno.EBUSY, errno.EPERM, errno.EACCES, errno.EROFS}
    | {errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENAMETOOLONG}
)

Snapshot = Mapping[str, os.stat_result]


class ChangedMeanwhileError(Exception):
    """The folder is not what it was when the new one was begun."""


def snapshot(folder: str) -> Snapshot:
    """The status of everything in `folder`, to see later whether it stayed as it was. ChangedMeanwhileError if it does not even now."""
    if not os.path.lexists(folder):
        return {}
    try:
        return {path: entry.stat(follow_symlinks=False) for path, entry in walk(folder) if path.split("/", 1)[0] not in OWN}
    except FileNotFoundError as failure:
        raise ChangedMeanwhileError from failure


def replace_folder(changes: Sequence[Change], folder: str, seen: Snapshot) -> None:
    """Make `folder`, which held what was `seen` before it was compared, what `changes` say.

    Raises OSError or ChangedMeanwhileError with the folder as it was.
    """
    holder = staging(folder)
    os.mkdir(holder, 0o700)
    try:
        staged = os.path.join(holder, "tree")
        os.mkdir(staged)
        _stage(changes, folder, staged, seen)
        _put_in_place(changes, folder, staged, seen)
    except BaseException as failure:
        with suppress(OSError):
            remove_tree(holder)
        if isinstance(failure, FileNotFoundError):
            raise ChangedMeanwhileError from failure
        raise
    with suppress(OSError):  # the new folder is in place; what is left beside it is cleared by the next run
        settle([os.path.dirname(folder)])
        clear(folder)


def _put_in_place(changes: Sequence[Change], folder: str, staged: str, seen: Snapshot) -> None:
    if not os.path.lexists(folder):
        os.rename(staged, folder)
        return
    if not _same(seen, snapshot(folder), {change.path for change in changes if change.kind not in {"extra", "ejected"}}):
        raise ChangedMeanwhileError
    exchange(staged, folder)


def exchange(one: str, other: str) -> None:
    """Let two paths change places in one step. An OSError where the system or the file system cannot."""
    import ctypes

    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), other)


def clear(folder: str) -> None:
    """Remove what a run left beside `folder`: an unfinished new folder, or the old one.

    A file of a person's that was made or saved in the instant before the exchange is only there, and is first carried over. The files
    that the manifest there lists are the compiler's, and what was linked is in `folder` too.
    """
    holder = staging(folder)
    tree = os.path.join(holder, "tree")
    if os.path.isdir(tree) and os.path.isdir(folder):
        ours = _listed(tree)
        for path, entry in list(walk(tree)):
            if path not in ours and not entry.is_dir(follow_symlinks=False) and _is_newer(entry, os.path.join(folder, path)):
                os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
                os.rename(entry.path, os.path.join(folder, path))
    remove_tree(holder)


def _stage(changes: Sequence[Change], folder: str, staged: str, seen: Snapshot) -> None:
    """Build the complete new folder at `staged`, on the disk and not only in memory."""
    leaving = {change.path for change in changes if change.kind not in KEPT}
    folders = [""]
    for path, entry in walk(folder) if os.path.lexists(folder) else ():
        if path.split("/", 1)[0] in OWN:
            continue
        if entry.is_dir(follow_symlinks=False):
            os.mkdir(os.path.join(staged, path))
            folders.append(path)
        elif path not in leaving:
            os.link(entry.path, os.path.join(staged, path), follow_symlinks=False)
    writing = [change.artifact for change in changes if change.artifact is not None and change.kind not in KEPT | {"blocked"}]
    # The manifest comes first, so that every other new file of an unfinished folder is known as the compiler's.
    writing.sort(key=lambda artifact: (artifact.path != MANIFEST, artifact.path))
    for artifact in writing:
        parent = os.path.dirname(os.path.join(staged, artifact.path))
        if not os.path.isdir(parent):
            os.makedirs(parent)
        write(NewFile(os.path.join(staged, artifact.path), artifact, seen.get(artifact.path)))
    touched = {str(PurePosixPath(path).parent) for path in leaving}
    for path in reversed(folders):
        target = os.path.join(staged, path)
        emptied = path in touched and not os.listdir(target)
        if emptied:
            os.rmdir(target)
            touched.add(str(PurePosixPath(path).parent))
        else:
            _like(os.path.join(folder, path), target, keep_times=(path or ".") not in touched)
    settle(os.path.join(staged, artifact.path) for artifact in writing)
    settle([*(entry.path for _, entry in walk(staged) if entry.is_dir(follow_symlinks=False)), staged])


def _like(old: str, new: str, *, keep_times: bool) -> None:
    """Give a new folder the owner, mode and attributes of the old one, and its times where nothing in it changed."""
    import shutil

    if not os.path.lexists(old):
        return
    status, fresh = os.stat(old), os.stat(new)
    if (status.st_uid, status.st_gid) != (fresh.st_uid, fresh.st_gid):
        os.chown(new, status.st_uid, status.st_gid)
    shutil.copystat(old, new)
    if not keep_times:
        os.utime(new)


def _same(before: Snapshot, after: Snapshot, judged: set[str]) -> bool:
    """Whether the same files are there, and those that were judged by their content still have it."""
    return before.keys() == after.keys() and all(
        status.st_ino == after[path].st_ino
        and status.st_mode == after[path].st_mode
        and (path not in judged or (status.st_size, status.st_mtime_ns) == (after[path].st_size, after[path].st_mtime_ns))
        for path, status in before.items()
    )


def _listed(tree: str) -> frozenset[str]:
    """The compiler's files in a staged or replaced folder, by the manifest there."""
    manifest = None
    with suppress(OSError), open(os.path.join(tree, MANIFEST), "rb") as file:
        manifest = read_manifest(file.read())
    return frozenset(manifest.files if isinstance(manifest, Manifest) else ()) | {MANIFEST}


def _is_newer(entry: os.DirEntry[str], counterpart: str) -> bool:
    """Whether a file is not at `counterpart`, or an older one is."""
    status = entry.stat(follow_symlinks=False)
    try:
        other = os.lstat(counterpart)
    except FileNotFoundError:
        return True
    return status.st_ino != other.st_ino and status.st_mtime_ns > other.st_mtime_ns
