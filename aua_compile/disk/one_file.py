"""Replacing files of the user's project: the old text or the new one, whenever the machine stops."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from aua_compile.checked import Checked
from aua_compile.disk import findings


def replace_file(path: Path, text: str) -> Checked[Path]:
    """Give the file at `path` the text, keeping its permissions; a link stays one, and what it leads to is replaced.

    Returns AUA0530.
    """
    return replace_files({path: text}).then(lambda files: Checked(files[0]))


def replace_files(texts: Mapping[Path, str]) -> Checked[tuple[Path, ...]]:
    """The same for several, in this order, and for none of them where one cannot be written: all lie beside before the first is replaced.

    Returns AUA0530.
    """
    drafts: dict[Path, Path] = {}
    path = Path()
    try:
        for path, text in texts.items():
            real = Path(os.path.realpath(path))
            drafts[real] = real.with_name(f".{real.name}.aua-new")
            _write(drafts[real], text, real)
        for real, beside in drafts.items():
            path = real
            beside.replace(real)
    except OSError as failure:
        for beside in drafts.values():
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        return Checked(None, (findings.file_not_written(str(path), os.strerror(failure.errno or 0)),))
    return Checked(tuple(drafts))


def _write(beside: Path, text: str, like: Path) -> None:
    """Write a new file, on the disk and not only in memory, with the permissions of another if that is there."""
    with suppress(FileNotFoundError):
        beside.unlink()
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    with open(descriptor, "wb") as file:
        file.write(text.encode())
        with suppress(FileNotFoundError):
            os.fchmod(descriptor, stat.S_IMODE(like.stat().st_mode))
        file.flush()
        os.fsync(descriptor)
