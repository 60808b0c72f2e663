"""Making a folder hold the artifacts, whole or not at all."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from aua_compile.artifact import Artifact
from aua_compile.checked import Checked
from aua_compile.diagnostic import Diagnostic
from aua_compile.disk import exchange, findings, journal
from aua_compile.disk.compare import Change, compare, differs
from aua_compile.disk.exchange import UNSUITED, ChangedMeanwhileError
from aua_compile.disk.journal import UnreadableJournalError
from aua_compile.disk.lock import WAIT_S, LockedError, locked
from aua_compile.disk.places import has_leftovers, lock_files, staging
from aua_compile.manifest import MANIFEST

_ATTEMPTS = 3

Comparison: TypeAlias = Callable[[], Checked[tuple[Change, ...]]]
"""Looks at a folder and says what writing would do; asked again when no other run can write."""


def destination(folder: Path, inputs: Iterable[Path]) -> Checked[Path]:
    """The folder that `-o` names, absolute and with links resolved, if artifacts may be written there; `inputs` are the files read.

    Returns AUA0501, AUA0502, AUA0503, AUA0508.
    """
    resolved = Path(os.path.realpath(folder))
    try:
        obstacle = next(path for path in (resolved, *resolved.parents) if os.path.lexists(path))
        within = next((path for path in inputs if Path(os.path.realpath(path)).is_relative_to(resolved)), None)
    except OSError as failure:
        return Checked(None, (findings.of_failure(failure, str(folder)),))
    if obstacle.is_symlink():
        return Checked(None, (findings.cannot_write(str(folder), "its symbolic links lead in a circle", str(obstacle)),))
    if not obstacle.is_dir():
        return Checked(None, (findings.not_a_folder(str(folder), str(folder if obstacle == resolved else obstacle)),))
    if resolved in {Path(resolved.anchor), Path(os.path.realpath(os.path.expanduser("~")))}:
        return Checked(None, (findings.folder_too_broad(str(folder)),))
    if within is not None:
        return Checked(None, (findings.output_holds_input(str(folder), str(within)),))
    return Checked(resolved)


def apply(artifacts: Iterable[Artifact], folder: Path, *, force: bool = False) -> Checked[tuple[Change, ...]]:
    """Make `folder` hold `artifacts`, and say what that took: the list that `compare` gives, executed.

    Where nothing differs nothing is written, not even a lock. `force` overwrites and removes hand-edited files. After an error the folder
    is as it was. Returns AUA0501, AUA0504 to AUA0511.
    """
    wanted, place = tuple(artifacts), Path(os.path.realpath(folder))
    return carry_out(lambda: compare(wanted, place, force=force), str(place), force=force)


def carry_out(compared: Comparison, place: str, *, force: bool = False) -> Checked[tuple[Change, ...]]:
    """Do what a comparison with the folder `place` gives, under the lock and whole or not at all, and say it."""
    before = _at_rest(place)
    found = compared()
    refused = _refusals(found.value or (), place, force=force)
    if before is not None and before == _at_rest(place):  # else another run was at work, and this saw something of both
        if found.value is None or not differs(found.value):
            return found
        if refused:
            return Checked(None, refused)
    made: Sequence[str] = ()
    result: Checked[tuple[Change, ...]] = Checked(None)
    try:
        made = _make_parents(place)
        with locked(place):
            _recover(place)
            result = _written(compared, place, force=force)
    except (OSError, LockedError, UnreadableJournalError) as failure:
        result = Checked(None, (_finding(failure, place),))
    if result.value is None:
        for path in reversed(made):
            with suppress(OSError):
                os.rmdir(path)
    return result


def _at_rest(place: str) -> tuple[int, ...] | None:
    """What changes when a run ends; None while one is at work or left something."""
    if has_leftovers(place) or any(map(os.path.lexists, lock_files(place))):
        return None
    found: list[int] = []
    for path in (place, os.path.join(place, MANIFEST)):
        with suppress(OSError):
            status = os.lstat(path)
            found += (status.st_ino, status.st_mtime_ns)
    return tuple(found)


def recover(folder: Path) -> Checked[bool]:
    """Complete what a killed run began in `folder`, and clear what it left; the value says whether there was anything.

    Returns AUA0506, AUA0507, AUA0508, AUA0509, AUA0511.
    """
    place = os.path.realpath(folder)
    if not has_leftovers(place):
        return Checked(False)
    try:
        with locked(place):
            _recover(place)
    except (OSError, LockedError, UnreadableJournalError) as failure:
        return Checked(None, (_finding(failure, place),))
    return Checked(True)


def _refusals(changes: Sequence[Change], folder: str, *, force: bool) -> tuple[Diagnostic, ...]:
    """What forbids to carry out `changes`."""
    blocked = [change.path for change in changes if change.kind == "blocked"]
    edited = [change.path for change in changes if change.kind == "hand_edited" and not force]
    refusals = [findings.blocked(folder, blocked)] if blocked else []
    return (*refusals, findings.hand_edited(folder, edited)) if edited else tuple(refusals)


def _written(compared: Comparison, place: str, *, force: bool) -> Checked[tuple[Change, ...]]:
    """Compare again, now that no other run can write, and carry out what differs."""
    for _ in range(_ATTEMPTS):
        with suppress(ChangedMeanwhileError):
            seen = exchange.snapshot(place)
            found = compared()
            if found.value is None or not differs(found.value):
                return found
            if refused := _refusals(found.value, place, force=force):
                return Checked(None, refused)
            _carry_out(found.value, place, seen)
            return found
    return Checked(None, (findings.changed_meanwhile(place),))


def _make_parents(place: str) -> list[str]:
    """Make the folders above `place`; gives those that were not there, the outermost first."""
    made: list[str] = []
    above = os.path.dirname(place)
    while not os.path.lexists(above):
        made.insert(0, above)
        above = os.path.dirname(above)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    return made


def _carry_out(changes: Sequence[Change], place: str, seen: exchange.Snapshot) -> None:
    if not os.path.ismount(place) and not _works_in(place):
        try:
            exchange.replace_folder(changes, place, seen)
        except OSError as failure:
            if failure.errno not in UNSUITED:
                raise
        else:
            return
    journal.begin(changes, place)
    journal.complete(place)


def _recover(place: str) -> None:
    journal.complete(place)
    if os.path.lexists(staging(place)):
        exchange.clear(place)


def _works_in(place: str) -> bool:
    """Whether this process works in `place` or below: a folder that is exchanged would leave its shell in one that is gone."""
    with suppress(OSError):
        return Path.cwd().is_relative_to(place)
    return False


def _finding(failure: Exception, place: str) -> Diagnostic:
    match failure:
        case LockedError():
            return findings.locked(place, WAIT_S)
        case UnreadableJournalError():
            return findings.manifest_unreadable(failure.file, failure.why)
        case OSError() if journal.is_begun(place):
            return findings.interrupted(place, os.strerror(failure.errno or 0))
        case OSError():
            return findings.of_failure(failure, place)
    raise failure
