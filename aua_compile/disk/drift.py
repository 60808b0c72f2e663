"""What `--check` finds: a finding for each path that is not as the config says, with a short diff from what is there to what should be."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from aua_compile.characters import listed
from aua_compile.diagnostic import Diagnostic
from aua_compile.difference import Difference, difference
from aua_compile.disk import ejected, findings
from aua_compile.disk.compare import Change, differs
from aua_compile.manifest import EJECTED, MANIFEST, digest_of
from aua_compile.span import Span

_SAME = Difference(1, "")


def drift(changes: Sequence[Change], folder: str, name: str, *, diffs: bool = True) -> tuple[Diagnostic, ...]:
    """What parts `folder`, which the user calls `name`, from its config. Errors are drift; warnings tell of files that are not aua's."""
    found = [change for change in differs(changes) if not change.path.startswith(f"{EJECTED}/")]
    others = [change for change in found if change.path != MANIFEST]
    if not others and len(found) != len(differs(changes)):
        found = []  # the manifest has changed by what lies beside ejected files alone, of which a notice tells
    wanted = [change for change in changes if change.artifact is not None and change.kind != "ejected"]
    if wanted and all(change.kind in {"new", "missing"} for change in wanted):
        return (nothing_written(name, len(wanted)),)
    told = [*_of_folder(found, name)]
    shown: set[str] = set()
    for change in others or found:
        for finding in _of_path(change, folder, name, diffs=diffs):
            told.append(replace(finding, diff="") if finding.diff in shown else finding)  # plan.json lies in three places
            shown.add(finding.diff)
    extra = [change.path for change in changes if change.kind == "extra"]
    return (*told, *behind(changes, folder, name, diffs=diffs), *([not_ours(name, extra)] if extra else []))


def behind(changes: Iterable[Change], folder: str, name: str, *, diffs: bool = True) -> Iterator[Diagnostic]:
    """A notice for each ejected file for which something else would be generated now than when it was handed over."""
    for change in changes:
        if change.kind != "ejected" or change.before is None:
            continue
        if change.artifact is None:
            yield ejected_behind(f"{name}/{change.path}", change.path, gone=True, found=_SAME)
        elif digest_of(change.artifact.text.encode()) != change.before:
            base = ejected.base_text(folder, change.path, change.before)
            old = base if base is not None else _text(folder, change.path)
            found = difference(old, change.artifact.text) if diffs and old is not None else _SAME
            yield ejected_behind(f"{name}/{change.path}", change.path, gone=False, found=found)


def _of_folder(found: Iterable[Change], name: str) -> Iterator[Diagnostic]:
    blocked = [change.path for change in found if change.kind == "blocked"]
    if blocked:
        yield findings.blocked(name, blocked)
    if any(change.kind == "interrupted" for change in found):
        yield findings.interrupted(name)


def _of_path(change: Change, folder: str, name: str, *, diffs: bool) -> Iterator[Diagnostic]:
    file, artifact = f"{name}/{change.path}", change.artifact
    there = _text(folder, change.path) if change.kind in {"changed", "hand_edited"} else None
    found = difference(there, artifact.text) if there is not None and artifact is not None and there != artifact.text else _SAME
    if not diffs:
        found = Difference(found.line, "")
    match change.kind:
        case "new" | "missing":
            yield missing(file, lost=change.kind == "missing")
        case "changed":
            mode_only = artifact is not None and there == artifact.text
            yield outdated(file, found, mode_only=mode_only)
        case "stale":
            yield stale(file)
        case "hand_edited":
            yield edited(file, found, wanted=artifact is not None)


def _text(folder: str, path: str) -> str | None:
    """The text of a file; None where there is none that can be read as one."""
    with suppress(OSError, UnicodeDecodeError), open(os.path.join(folder, path), encoding="utf-8", newline="") as file:
        return file.read()
    return None


def nothing_written(name: str, count: int) -> Diagnostic:
    """The output folder does not hold the deployment at all.

    What it checks: with `--check`, some file of the deployment is in the output folder.
    Why: an empty folder is more likely a wrong `-o`, or a deployment that was never committed, than a hundred lost files.
    Example: `aua compile coding.yaml --check -o deploi`
    Instead: name the folder that is committed, or compile into it.
    """
    return Diagnostic("AUA0514", "error", f"`{name}` holds none of the {count} files of this deployment.", Span.of_file(name), help=_AGAIN)


def missing(file: str, *, lost: bool) -> Diagnostic:
    """A file of the deployment is not there.

    What it checks: with `--check`, every file that the config gives is in the output folder.
    Why: what is committed would not deploy what the config says.
    Example: a specialist was added to the config, and the new files were not committed.
    Instead: compile and commit what it writes.
    """
    why = "was written and is gone" if lost else "is not there"
    return Diagnostic("AUA0515", "error", f"`{file}` {why}.", Span.of_file(file), help=_AGAIN)


def outdated(file: str, found: Difference, *, mode_only: bool) -> Diagnostic:
    """A file is not what the config gives now.

    What it checks: with `--check`, every file in the output folder has the content that the config gives, and can be executed if it must.
    Why: the config, or the compiler, was changed without compiling anew; what is committed deploys the old one.
    Example: `routing.max_fanout` was changed, and `deploy/plan.json` still has the old value.
    Instead: compile and commit what it writes. In the diff `-` is what is there and `+` what would be written.
    """
    why = "has another mode than the config gives" if mode_only else "is not what the config gives"
    return Diagnostic("AUA0516", "error", f"`{file}` {why}.", _at(file, found), help=_AGAIN, diff=found.text)


def stale(file: str) -> Diagnostic:
    """A file belongs to the deployment no more.

    What it checks: with `--check`, no file that an earlier compile wrote is left over.
    Why: tools that read whole folders would go on deploying it.
    Example: a specialist was removed from the config, and its manifest is still committed.
    Instead: compile, which removes it, and commit that.
    """
    return Diagnostic("AUA0517", "error", f"`{file}` is generated no more.", Span.of_file(file), help=_AGAIN)


def edited(file: str, found: Difference, *, wanted: bool) -> Diagnostic:
    """A generated file was edited by hand.

    What it checks: with `--check`, every generated file is as the compiler left it or as the config gives it now.
    Why: the next compile refuses to overwrite the edit, and `--force` loses it.
    Example: a port was changed in `deploy/compose/compose.yaml`.
    Instead: put the change into the config, under `patches` if no key says it, or take the file over with `aua eject FILE`. In the diff `-`
        is what is there and `+` what would be written.
    """
    more = "" if wanted else ", and is generated no more"
    advice = "Put the change under `patches` in the config, take the file over with `aua eject`, or lose it with `--force`."
    return Diagnostic("AUA0518", "error", f"`{file}` was edited by hand{more}.", _at(file, found), help=advice, diff=found.text)


def ejected_behind(file: str, path: str, *, gone: bool, found: Difference) -> Diagnostic:
    """What would be generated for a file that was handed over has changed.

    What it checks: what the compiler would write at the path of an ejected file is what it had written there when it was handed over.
    Why: the file is its user's, who should hear of what it misses: a new specialist, a mended setting. It is a notice and no failure.
    Example: `compose/compose.yaml` was ejected, and a specialist was added to the config since.
    Instead: take over what you need - the diff shows it, `.aua.ejected/` holds both sides of it - then run `aua eject FILE` again.
    """
    now = "would be generated no more" if gone else "would be generated differently by now"
    advice = f"Take over what you need, then say so with `aua eject {path}`."
    return Diagnostic("AUA0519", "warning", f"`{file}`, which is yours, {now}.", Span.of_file(file), help=advice, diff=found.text)


def not_ours(name: str, paths: Sequence[str]) -> Diagnostic:
    """The output folder holds files that no compile wrote.

    What it checks: with `--check`, whether other files than those of the deployment lie in the output folder.
    Why: the compiler keeps them, but a tool that reads whole folders takes them along. It is a notice and no failure.
    Example: `deploy/kubernetes/base/mine.yaml`
    Instead: keep what is yours in another folder; settings such as `.env` may stay.
    """
    return Diagnostic("AUA0520", "warning", f"`{name}` holds what no compile wrote: {listed(paths)}.", Span.of_file(name))


_AGAIN = "Compile it again and commit what that writes."


def _at(file: str, found: Difference) -> Span:
    return Span(file, found.line, 1, found.line, 1)
