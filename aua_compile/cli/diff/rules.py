"""What may be wrong with a side of `aua diff`, one builder for each code."""

from collections.abc import Iterable

from aua_compile.characters import shown
from aua_compile.diagnostic import Diagnostic
from aua_compile.span import Span


def no_repository(side: str, reason: str) -> Diagnostic:
    """A revision without git.

    What it checks: where a side is `REVISION:PATH`, the command `git` is installed and the current folder lies in a repository.
    Why: files of another revision are read with git.
    Example: `aua diff main:aua.yaml aua.yaml` in a folder that is no repository.
    Instead: run it inside the repository, or compare two files or folders.
    """
    message = f"`{shown(side)}` names a revision, and git cannot read it: {reason}."
    return Diagnostic("AUA0540", "error", message, help="Run it inside the repository, or name a file or a folder.")


def unknown_revision(side: str, revision: str) -> Diagnostic:
    """A revision that the repository lacks.

    What it checks: what stands before the colon of a side is a branch, tag or commit of this repository, and no file has the whole name.
    Why: there is nothing to compare with.
    Example: `aua diff mian:aua.yaml aua.yaml`.
    Instead: `aua diff main:aua.yaml aua.yaml`; in a shallow clone fetch the revision first.
    """
    message = f"This repository has no revision `{shown(revision)}`, and there is no file `{shown(side)}`."
    return Diagnostic(
        "AUA0641", "error", message, help="`git branch -a` and `git tag` list names; a shallow clone has to fetch more first."
    )


def no_plan_there(folder: str, seen: Iterable[str]) -> Diagnostic:
    """A folder that holds no plan.

    What it checks: a folder given as a side is one that `aua compile` wrote: it holds `plan.json`.
    Why: the plan is what is compared.
    Example: `aua diff configs/ deploy/`.
    Instead: name the deployment's folder, or the config itself.
    """
    listed = ", ".join(f"`{shown(name)}`" for name in seen)
    help_ = f"Did you mean {listed}?" if listed else "Name the folder that `aua compile` wrote, or a config."
    return Diagnostic("AUA0642", "error", f"The folder `{shown(folder)}` holds no `plan.json`.", Span.of_file(folder), help=help_)


def not_a_plan(name: str, reason: str) -> Diagnostic:
    """A file that should be a plan and is none.

    What it checks: a `plan.json` has the form of a plan and the digests that it states.
    Why: a plan that was edited or cut off would be compared as if it were deployed.
    Example: a `plan.json` with another port written into it.
    Instead: recreate it with `aua compile`, or compare the config it was made from.
    """
    return Diagnostic(
        "AUA0643",
        "error",
        f"`{shown(name)}` is no plan as aua writes it: {reason}.",
        Span.of_file(name),
        help="Recreate it with `aua compile`.",
    )


def other_version(name: str, found: object, read: str) -> Diagnostic:
    """A plan of another version.

    What it checks: the schema version of a plan is the one that this release writes.
    Why: fields may be missing, new, or mean something else.
    Example: a deployment that a newer aua compiled.
    Instead: compare the configs of both, or compile the older side again.
    """
    message = f"The plan `{shown(name)}` has schema version `{shown(str(found))}`; this release reads `{read}`."
    return Diagnostic(
        "AUA0644", "error", message, Span.of_file(name), help="Compare the configs instead, or compile it again with this release."
    )
