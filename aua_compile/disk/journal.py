"""Writing in place, where a folder cannot be exchanged: everything is noted first, then done file by file, and done again if need be.

New files are written to a folder of their own inside the output folder, and a journal says where each goes and what is to be removed.
Once the journal is on the disk the run counts as done: whoever comes after a kill completes it. Before that, nothing has happened.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from aua_compile.disk.compare import KEPT, Change
from aua_compile.disk.files import NewFile, remove_tree, settle, write
from aua_compile.disk.places import JOURNAL, PENDING
from aua_compile.frozen import dataclass
from aua_compile.manifest import Unreadable, digest_of, is_inside
from aua_compile.render import to_json

_SCHEMA_VERSION = 1
_OTHER = "other"  # stands for the digest of what is no regular file


@dataclass(frozen=True, slots=True)
class Step:
    """One path: what may lie there before, and the pending file that goes there (None: the path is cleared) with its digest."""

    path: str
    before: str | None
    pending: str | None
    after: str | None


class UnreadableJournalError(Exception):
    """A journal that no run of this version wrote."""

    def __init__(self, file: str, why: Unreadable) -> None:
        super().__init__(file)
        self.file = file
        self.why = why


def is_begun(folder: str) -> bool:
    """Whether a run noted its work in `folder` and was stopped before all of it was done."""
    return os.path.lexists(os.path.join(folder, PENDING, JOURNAL))


def begin(changes: Sequence[Change], folder: str) -> None:
    """Write the new files and the journal. On an OSError nothing has changed, on return the work counts as done."""
    pending = os.path.join(folder, PENDING)
    made = not os.path.isdir(folder)
    if made:
        os.mkdir(folder)
    try:
        os.mkdir(pending, 0o700)
        steps: list[Step] = []
        files: list[NewFile] = []
        for change in changes:
            if change.kind in KEPT | {"blocked", "interrupted"}:
                continue
            at = os.path.join(folder, change.path)
            before = change.before or (_OTHER if os.path.lexists(at) else None)
            if change.artifact is None:
                steps.append(Step(change.path, before, None, None))
            else:
                former = os.lstat(at) if before is not None else None
                name = str(len(files))
                steps.append(Step(change.path, before, name, digest_of(change.artifact.text.encode())))
                files.append(NewFile(os.path.join(pending, name), change.artifact, former))
        for file in files:
            write(file)
        settle(file.path for file in files)
        _note(steps, folder)
    except BaseException:
        with suppress(OSError):
            if is_begun(folder):
                os.unlink(os.path.join(pending, JOURNAL))  # before what it needs
            remove_tree(pending)
            if made:
                os.rmdir(folder)
        raise


def _note(steps: Sequence[Step], folder: str) -> None:
    """Put the journal on the disk, whole or not at all."""
    pending = os.path.join(folder, PENDING)
    fields = [{"path": step.path, "before": step.before, "pending": step.pending, "after": step.after} for step in steps]
    draft = os.path.join(pending, f"{JOURNAL}.draft")
    with open(draft, "x", encoding="utf-8") as file:
        file.write(to_json({"schema_version": _SCHEMA_VERSION, "steps": fields}))
        file.flush()
        os.fsync(file.fileno())
    settle([folder])
    os.rename(draft, os.path.join(pending, JOURNAL))
    settle([pending])


def complete(folder: str) -> None:
    """Do what the journal says, as far as it is not done yet, and remove it; without a journal, remove what was begun.

    What a person changed since is left alone. Raises OSError (the journal stays) or UnreadableJournalError.
    """
    pending = os.path.join(folder, PENDING)
    if is_begun(folder):
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for step in _read(folder):
                _do(step, root)
        finally:
            os.close(root)
    with suppress(OSError):  # all is done; a journal that stays is gone through once more, to no effect
        if is_begun(folder):
            os.unlink(os.path.join(pending, JOURNAL))
            settle([pending])
        remove_tree(pending)


def _read(folder: str) -> Sequence[Step]:
    path = os.path.join(folder, PENDING, JOURNAL)
    with open(path, "rb") as file:
        text = file.read()
    try:
        data = json.loads(text)
        if data["schema_version"] > _SCHEMA_VERSION:
            raise UnreadableJournalError(path, Unreadable(f"its schema version is {data['schema_version']}", newer=True))
        steps = [Step(fields["path"], fields["before"], fields["pending"], fields["after"]) for fields in data["steps"]]
        is_sound = all(is_inside(step.path) and (step.pending is None or step.pending.isdecimal()) for step in steps)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_sound = False
        steps = []
    if not is_sound:
        raise UnreadableJournalError(path, Unreadable("it is not what a compiler writes"))
    return steps


def _do(step: Step, root: int) -> None:
    """One step. It may have been done already, wholly or in part."""
    *parents, name = step.path.split("/")
    with _folder(root, parents, make=step.pending is not None) as parent:
        if parent is None:
            return
        found = _digest_at(name, parent)
        if step.pending is not None:
            if found in {None, step.before, step.after}:
                with suppress(FileNotFoundError), _folder(root, [PENDING], make=False) as pending:
                    os.rename(step.pending, name, src_dir_fd=pending, dst_dir_fd=parent)
        elif found == step.before and found is not None:
            os.unlink(name, dir_fd=parent)
        os.fsync(parent)
    if step.pending is None:
        _remove_empty(root, parents)


def _remove_empty(root: int, parents: list[str]) -> None:
    """Remove the folders that the removal of a file left empty, the innermost first."""
    for depth in range(len(parents), 0, -1):
        with _folder(root, parents[: depth - 1], make=False) as above:
            if above is None:
                return
            try:
                os.rmdir(parents[depth - 1], dir_fd=above)
            except OSError:
                return  # it still holds something


@contextmanager
def _folder(root: int, parts: Sequence[str], *, make: bool) -> Iterator[int | None]:
    """A descriptor of a folder below `root`, reached without following links; None where it is not there and not to be made."""
    descriptor = os.dup(root)
    try:
        for part in parts:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
            try:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=descriptor)
            except FileNotFoundError:
                yield None
                return
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _digest_at(name: str, parent: int) -> str | None:
    """The digest of a file; None where there is nothing."""
    try:
        if not stat.S_ISREG(os.lstat(name, dir_fd=parent).st_mode):
            return _OTHER
    except FileNotFoundError:
        return None
    with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
