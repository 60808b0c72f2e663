"""Replacing one file of the user's project: the old text or the new one, whenever the machine stops."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from aua_compile.checked import Checked
from aua_compile.disk import findings


def replace_file(path: Path, text: str) -> Checked[Path]:
    """Give the file at `path` the text, keeping its permissions; a link stays one, and what it leads to is replaced.

    Returns AUA0530.
    """
    real = Path(os.path.realpath(path))
    beside = real.with_name(f".{real.name}.aua-new")
    try:
        with suppress(FileNotFoundError):
            beside.unlink()
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with open(descriptor, "wb") as file:
            file.write(text.encode())
            with suppress(FileNotFoundError):
                os.fchmod(descriptor, stat.S_IMODE(real.stat().st_mode))
            file.flush()
            os.fsync(descriptor)
        beside.replace(real)
    except OSError as failure:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        return Checked(None, (findings.file_not_written(str(path), os.strerror(failure.errno or 0)),))
    return Checked(real)
