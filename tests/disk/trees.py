"""What the tests of writing share: versions of a deployment, and what lies on the disk."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aua_compile.artifact import Artifact
from aua_compile.manifest import with_manifest

# Every call that changes the disk or that makes a change durable.
CALLS = ("mkdir", "open", "write", "fchmod", "fsync", "link", "rename", "unlink", "rmdir", "chmod", "chown", "utime")


def version(number: int) -> tuple[Artifact, ...]:
    """A deployment of 12 files. From one version to the next some stay, some change, some go, some come, a folder too."""
    stays = [Artifact(f"router/stays{n}.py", f"stays {n}\n") for n in range(4)]
    changes = [Artifact(f"compose/changes{n}.yaml", f"version {number} of {n}\n" * (number + 1)) for n in range(4)]
    comes = [Artifact(f"only{number % 3}/deep/{n}.txt", f"only in {number % 3}\n") for n in range(2)]
    return with_manifest([*stays, *changes, *comes, Artifact("run.sh", "#!/bin/sh\n", executable=True)], f"plan{number}", "1.0")


def texts(artifacts: tuple[Artifact, ...]) -> dict[str, str]:
    return {artifact.path: artifact.text for artifact in artifacts}


def files(folder: Path) -> dict[str, str]:
    """Every file by its relative path; of a link, where it points to."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = f"-> {path.readlink()}"
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_text()
    return found


def folders(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()}


def identities(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """What changes when anything is written: inode, times, mode of the folder, of all in it, and of the folder it lies in."""
    paths = [folder.parent, folder, *folder.rglob("*")]
    statuses = {str(path): path.lstat() for path in paths}
    return {path: (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_mode) for path, status in statuses.items()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def without_waiting(fd: object) -> None:
    """In place of `os.fsync`: only a power cut loses what nobody waited for, and hundreds of runs that wait take minutes."""


@contextmanager
def at_call(number: int, happens: Callable[[], object]) -> Iterator[list[str]]:
    """Let `happens` be called right before the call with this number, of those that change the disk; gives the names of those made."""
    made: list[str] = []
    originals = {name: getattr(os, name) for name in CALLS}

    def counted(name: str) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            made.append(name)
            if len(made) == number:
                happens()
            result: object = originals[name](*args, **kwargs)
            return result

        return call

    try:
        for name in CALLS:
            setattr(os, name, counted(name))
        yield made
    finally:
        for name, original in originals.items():
            setattr(os, name, original)
