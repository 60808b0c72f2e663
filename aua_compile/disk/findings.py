"""The diagnostics of writing, AUA05xx: one builder per code."""

import errno
import os
from collections.abc import Iterable

from aua_compile.characters import listed, shown
from aua_compile.diagnostic import Diagnostic
from aua_compile.disk.places import lock_files, staging
from aua_compile.manifest import Unreadable


def not_a_folder(folder: str, obstacle: str) -> Diagnostic:
    """The output folder cannot be a folder.

    What it checks: `-o` names a folder, or a path at which one can be made.

    Why: artifacts are a tree of files. A file, a device or a socket cannot hold them, nor can anything below it.

    Example: `aua compile coding.yaml -o notes.txt`, where `notes.txt` is a file.

    Instead: name a folder that exists or one that does not exist yet, such as `-o deploy/`; for one stream, `-o -`.
    """
    where = "it" if obstacle == folder else f"`{obstacle}`"
    return Diagnostic(
        code="AUA0501",
        severity="error",
        message=f"The output folder `{folder}` cannot be used: {where} exists and is not a folder.",
        help="Name another folder with `-o`, or move away what stands there.",
    )


def output_holds_input(folder: str, file: str) -> Diagnostic:
    """The output folder holds the config.

    What it checks: none of the files that a compile reads lies in the folder it writes.

    Why: the whole output folder is replaced at once and everything in it counts as output. Inputs in there would be taken for files that
    the compiler does not know, and a clean-up of the folder would delete them.

    Example: `aua compile coding.yaml -o .`

    Instead: give the output a folder of its own below the project, such as `-o deploy/`.
    """
    return Diagnostic(
        code="AUA0502",
        severity="error",
        message=f"The output folder `{folder}` holds `{file}`, which this compile reads.",
        help="Give the output a folder of its own, such as `-o deploy/`.",
    )


def folder_too_broad(folder: str) -> Diagnostic:
    """The output folder is the root of the file system or a home folder.

    What it checks: `-o` is neither `/` nor the home folder itself.

    Why: writing replaces a folder as a whole and carries along what else lies in it. That must never be a whole machine or a whole home.

    Example: `aua compile coding.yaml -o ~`

    Instead: name a folder inside it: `-o ~/deploy`.
    """
    return Diagnostic(
        code="AUA0503",
        severity="error",
        message=f"The output folder `{folder}` is a whole file system or home folder.",
        help="Name a folder inside it, such as `-o deploy/`.",
    )


def hand_edited(folder: str, paths: Iterable[str]) -> Diagnostic:
    """Files in the output folder were not left that way by the compiler.

    What it checks: every file that this run would overwrite or remove still has the digest that the last run noted in its manifest.

    Why: a file that differs was edited by hand, or was there before the compiler came. Overwriting it would lose that work.

    Example: `deploy/compose/compose.yaml` was changed in an editor after the last compile.

    Instead: put the change into the config (`patches:` changes generated files), or move the file away; to lose the edit, `--force`.
    """
    return Diagnostic(
        code="AUA0504",
        severity="error",
        message=f"Files in `{folder}` differ from what the compiler last wrote there: {listed(paths)}.",
        help="Keep the change in the config or under `patches:` and remove the file, or overwrite the edits with `--force`.",
    )


def blocked(folder: str, paths: Iterable[str]) -> Diagnostic:
    """Something that is not a file stands where an artifact belongs.

    What it checks: an artifact's path holds a file or nothing, and the folders above it, inside the output folder, are real folders.

    Why: writing through a symbolic link could change files anywhere on the machine, and removing a folder to put a file in its place
    could lose any number of files. The compiler does neither, not even with `--force`.

    Example: `deploy/router` is a symbolic link to a folder elsewhere.

    Instead: move it away, or write to another folder.
    """
    return Diagnostic(
        code="AUA0505",
        severity="error",
        message=f"In `{folder}` something other than a plain file or folder is in the way of: {listed(paths)}.",
        help="Move away the links or folders that stand there, or name another output folder with `-o`.",
    )


def manifest_unreadable(file: str, why: Unreadable) -> Diagnostic:
    """The manifest or the journal in the output folder cannot be used.

    What it checks: `aua.manifest.json` is what a compiler of this version or an older one writes, as is the journal of a stopped run.

    Why: without the manifest the compiler cannot tell its own files from those of a person, so it could remove the wrong ones. One with a
    newer schema belongs to a newer compiler, whose folder this one must not rearrange.

    Example: a merge left conflict markers in `deploy/aua.manifest.json`.

    Instead: restore the file from version control, or compile with `--force`; for a newer one, upgrade the compiler.
    """
    return Diagnostic(
        code="AUA0506",
        severity="error",
        message=f"`{file}` cannot be used: {why.reason}.",
        help="Upgrade aua, or write to another folder." if why.newer else "Restore the file, or go on without it with `--force`.",
    )


def interrupted(folder: str, reason: str = "") -> Diagnostic:
    """An earlier run was stopped while it wrote.

    What it checks: no journal of a run that did not finish lies in the output folder.

    Why: where a folder cannot be exchanged in one step, files are put in place one by one, and a run that is killed meanwhile leaves some
    old and some new. The journal holds the rest; nothing is lost.

    Example: the machine lost power during `aua compile` into a mounted volume.

    Instead: run `aua compile` again. It completes the stopped run first; `--check` only reports it.
    """
    why = f" ({reason})" if reason else ""
    return Diagnostic(
        code="AUA0507",
        severity="error",
        message=f"A run that wrote to `{folder}` was interrupted{why}; files there are partly old and partly new.",
        help="Run `aua compile` once more; it completes what was begun.",
    )


def cannot_write(folder: str, reason: str, at: str) -> Diagnostic:
    """The operating system refuses to read or write the output folder.

    What it checks: the calls that read, stage and exchange the output folder succeed.

    Why: permissions, a read-only file system or a name that is too long stop them. The folder is left as it was.

    Example: `aua compile coding.yaml -o /usr/deploy` as an ordinary user.

    Instead: name a folder in which you may write, or change its permissions.
    """
    place = f" at `{at}`" if at and at != folder else ""
    return Diagnostic(
        code="AUA0508",
        severity="error",
        message=f"The output folder `{folder}` cannot be written{place}: {reason}.",
        help="Nothing was changed. Check the permissions there, or name another folder with `-o`.",
    )


def no_space(folder: str, reason: str) -> Diagnostic:
    """The disk or the quota is full.

    What it checks: the new files fit on the disk beside the old ones.

    Why: the new folder is staged completely before it takes the place of the old one, so both must fit for a moment.

    Example: `aua compile` on a volume with no free block.

    Instead: free some space and run it again.
    """
    return Diagnostic(
        code="AUA0509",
        severity="error",
        message=f"There is no room to write `{folder}`: {reason}.",
        help="Nothing was changed. Free some space and run it again.",
    )


def changed_meanwhile(folder: str) -> Diagnostic:
    """The output folder kept changing while it was written.

    What it checks: what lies in the output folder is the same when the new folder is complete as when it was begun.

    Why: a file that appears or is saved in between would be missing from the new folder. The run begins anew a few times and then stops.

    Example: another program writes new files into `deploy/` all the time.

    Instead: stop what writes there, or give it a folder outside the compiler's.
    """
    return Diagnostic(
        code="AUA0510",
        severity="error",
        message=f"Files in `{folder}` kept changing while it was being written.",
        help="Nothing was changed. Stop what writes there and run it again.",
    )


def locked(folder: str, waited_s: float) -> Diagnostic:
    """Another run holds the output folder.

    What it checks: one run at a time writes an output folder.

    Why: two that write at once would each undo a part of the other. The second waits for the first, but not for ever.

    Example: a compile that is stopped in a debugger.

    Instead: let the other run end, or end it.
    """
    return Diagnostic(
        code="AUA0511",
        severity="error",
        message=f"Another run has been writing `{folder}` for more than {waited_s:g} s.",
        help="Nothing was changed. Wait for the other run, or end it, and try again.",
    )


def terminal(command: str) -> Diagnostic:
    """A tar stream would go to a terminal.

    What it checks: with `-o -`, standard output is a file or a pipe.

    Why: `-o -` writes all artifacts as one tar stream, which a terminal cannot show and may take for control sequences.

    Example: `aua compile coding.yaml -o -`

    Instead: `aua compile coding.yaml -o - | tar -x -C elsewhere`, or `> artifacts.tar`.
    """
    return Diagnostic(
        code="AUA0512",
        severity="error",
        message="With `-o -` the artifacts are a tar stream, and standard output is a terminal.",
        help=f"Pipe it: `{command} | tar -t`.",
    )


def file_not_written(file: str, reason: str) -> Diagnostic:
    """The operating system refuses to write a file of the project.

    What it checks: a file that a command writes beside the config can be made there, whole, and put in place.

    Why: permissions, a read-only or full disk stop it. What was there before is left as it was.

    Example: `aua lock coding.yaml` in a folder in which you may not write.

    Instead: change the permissions, free some space, or work on a copy of the project.
    """
    return Diagnostic(
        code="AUA0530",
        severity="error",
        message=f"`{file}` cannot be written: {reason}.",
        help="Nothing was changed. Check the permissions and the space there.",
    )


def not_ejectable(path: str, why: str, advice: str) -> Diagnostic:
    """A file that cannot be handed over or taken back.

    What it checks: `aua eject` names a file that the compiler wrote into the folder, other than the plan and the manifest; with `--undo`
    one that was handed over.

    Why: the plan and the manifest say what the compiler decided and wrote. A file that the compiler never wrote is its user's anyway.

    Example: `aua eject plan.json`

    Instead: change what the plan says in the config; give the path of a generated file below the output folder.
    """
    return Diagnostic(code="AUA0513", severity="error", message=f"`{shown(path)}` cannot be handed over or taken back: {why}.", help=advice)


def of_failure(failure: OSError, folder: str) -> Diagnostic:
    """The finding for what the operating system said about `folder` or something in it."""
    reason = os.strerror(failure.errno) if failure.errno else str(failure)
    at = failure.filename if isinstance(failure.filename, str) else ""
    if at in {staging(folder), *lock_files(folder)}:  # the place is what matters, not what was to be made there
        at = os.path.dirname(at)
    if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
        return no_space(folder, reason)
    if failure.errno == errno.ENOTDIR:
        return not_a_folder(folder, at if at and not os.path.isdir(at) else folder)
    return cannot_write(folder, reason, at)
