"""Reads what lies in an output folder, within bounds."""

import os
import stat
from pathlib import Path

from aua_compile.disk.files import walk
from aua_compile.disk.places import OWN

BYTE_LIMIT = 64 * 2**20
"""The most bytes of one file that are read; what the compiler writes is far smaller."""


def files_of(folder: Path) -> dict[str, bytes]:
    """Path and bytes of every regular file below `folder`; links count as empty files, since nothing of ours is one. Raises OSError."""
    found = {}
    for path, entry in walk(str(folder)):
        if path.partition("/")[0] in OWN or entry.is_dir(follow_symlinks=False):
            continue
        regular = stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)
        found[path] = _bytes(entry.path) if regular else b""
    return found


def _bytes(path: str) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        return file.read(BYTE_LIMIT)
