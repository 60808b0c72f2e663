"""One run at a time writes a folder."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aua_compile.disk.exchange import UNSUITED
from aua_compile.disk.places import lock_files

WAIT_S = 30.0
_PAUSE_S = 0.02


class LockedError(Exception):
    """Another run held the lock all the time."""


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Hold the lock of `folder`, whose parent exists, waiting for another run at most WAIT_S. The lock file goes with the lock."""
    beside, inside = lock_files(folder)
    try:
        path, descriptor = beside, _acquired(beside)
    except OSError as failure:
        if failure.errno not in UNSUITED or not os.path.isdir(folder):
            raise
        path, descriptor = inside, _acquired(inside)
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)
        os.close(descriptor)


def _acquired(path: str) -> int:
    import fcntl

    for _ in range(int(WAIT_S / _PAUSE_S)):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, descriptor):
                return descriptor
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # held by another run, or of a run that ended and removed its file
    raise LockedError


def _is_at(path: str, descriptor: int) -> bool:
    """Whether the open file is still the one at `path`: the run before removes it when it ends."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
