"""Writing files and folders so that they outlive a power cut: the steps that staging and the journal share."""

import os
import stat
from collections.abc import Iterable, Iterator

from aua_compile.artifact import Artifact
from aua_compile.frozen import dataclass

_READ = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
_EXECUTE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to write at `path`, where there is none; `former` is the status of the file it will take the place of."""

    path: str
    artifact: Artifact
    former: os.stat_result | None


def write(file: NewFile) -> None:
    """Write a file; `settle` waits for it. It gets the permissions of the former one; the artifact decides whether it can be executed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(file.path, flags, 0o777 if file.artifact.executable else 0o666)
    try:
        rest = memoryview(file.artifact.text.encode())
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if file.former is not None and stat.S_ISREG(file.former.st_mode):
            mode = stat.S_IMODE(file.former.st_mode) & 0o777 & ~_EXECUTE
            os.fchmod(descriptor, mode | ((mode & _READ) >> 2 if file.artifact.executable else 0))
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # begins the writing that fsync waits for
    finally:
        os.close(descriptor)


def settle(paths: Iterable[str]) -> None:
    """Wait until the disk has these files and folders.

    Called when all of them are as they shall be, this costs one commit of the file system's journal instead of one for each: 8 instead of
    30 ms for 80 files on ext4 and a solid-state disk (measured 2026-11).
    """
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def walk(folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every entry below `folder` with its relative path, a folder before what it holds. Links are not followed."""
    stack = [("", folder)]
    while stack:
        prefix, at = stack.pop()
        with os.scandir(at) as entries:
            for entry in entries:
                yield prefix + entry.name, entry
                if entry.is_dir(follow_symlinks=False):
                    stack.append((f"{prefix}{entry.name}/", entry.path))


def remove_tree(folder: str) -> None:
    """Remove a folder that a run made, whatever its permissions. Links in it are removed, not followed. Without the folder, nothing."""
    if os.path.islink(folder):
        os.unlink(folder)
    if not os.path.isdir(folder):
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        os.chmod(folder, stat.S_IRWXU)
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        else:
            os.unlink(entry.path)
    os.rmdir(folder)
