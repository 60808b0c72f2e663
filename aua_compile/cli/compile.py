"""`aua compile`: a config becomes a deployment."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import ConfigArgument, EnvOption, Format, FormatOption, JsonOption, LockedOption, SetOption, TierOption

if TYPE_CHECKING:
    from aua_compile.cli.cache import Entry, Made
    from aua_compile.cli.project import Project
    from aua_compile.diagnostic import Diagnostic
    from aua_compile.disk import Change


def run(
    config: ConfigArgument,
    *,
    output: Annotated[
        str, Option("-o", "--output", metavar="DIR", help="Where the artifacts go; `-` writes a tar to standard output.")
    ] = "deploy",
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    check: Annotated[
        bool, Option("--check", help="Write nothing; exit 1 if the folder is not what would be written, and tell each file of it.")
    ] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Write nothing; list what would change.")] = False,
    diff: Annotated[bool, Option("--diff/--no-diff", help="With --check: show how each file differs.")] = True,
    force: Annotated[bool, Option("--force", help="Overwrite files that were edited by hand.")] = False,
    locked: LockedOption = False,
    cached: Annotated[
        bool, Option("--cache/--no-cache", envvar="AUA_CACHE", help="Take what the same inputs gave before from the user's cache folder.")
    ] = True,
    style: FormatOption = Format.TEXT,
    json: JsonOption = False,
) -> None:
    """Compile CONFIG into a deployment.

    Example: aua compile coding.yaml --tier single-4090 -o deploy/
    """
    from aua_compile.choices import Choices
    from aua_compile.cli.cache import Entry
    from aua_compile.cli.changes import show, summary
    from aua_compile.cli.project import Project
    from aua_compile.disk import apply, archive, compare, destination

    choices = Choices(config, tier, env, tuple(settings or ()))
    entry = Entry.of(choices, locked=locked) if cached else None
    project = Project(choices, Format.JSON if json else style, files=entry.files if entry else None)
    made = (entry.recall(project.sources) if entry else None) or _made(project, entry, locked=locked)
    artifacts, found = made.artifacts, (*made.findings, *made.unlocked)
    if output == "-":
        project.tell(found)
        if sys.stdout.isatty():
            from aua_compile.disk.findings import terminal

            project.refuse((terminal("aua compile -o -"),))
        sys.stdout.buffer.write(archive(artifacts))
        return
    inputs = [Path(name) for name in project.sources if Path(name).exists()]
    folder = project.certain(destination(Path(output), inputs))
    look_only = check or dry_run
    with project.working(f"{'comparing' if look_only else 'writing'} {output}"):
        compared = compare(artifacts, folder, force=force) if look_only else apply(artifacts, folder, force=force)
    changes = project.certain(compared)
    drifted = _drift(changes, str(folder), output, check=check, diffs=diff)
    project.tell((*found, *drifted))
    if project.style is Format.TEXT:
        sys.stdout.write(summary(changes, output, written=False) if check else show(changes, output, written=not look_only))
    if check and (made.unlocked or any(finding.severity == "error" for finding in drifted)):
        raise SystemExit(Exit.FINDINGS)


def _made(project: "Project", entry: "Entry | None", *, locked: bool) -> "Made":
    """What the project compiles to, kept for the next time."""
    from aua_compile.cli.cache import Made
    from aua_compile.cli.locking import lock_findings
    from aua_compile.compiler import emitted, judged

    decided = project.through(judged)
    unlocked = lock_findings(project, project.certain(decided).plan, strict=locked)
    if locked and unlocked:
        project.tell(unlocked)
        raise SystemExit(Exit.FINDINGS)
    with project.working("making the files"):
        written = decided.then(emitted)
    made = Made(project.certain(written), written.diagnostics, unlocked)
    if entry is not None:
        entry.keep(made, {**project.catalog.sources, **project.sources})
    return made


def _drift(changes: "Sequence[Change]", folder: str, output: str, *, check: bool, diffs: bool) -> "tuple[Diagnostic, ...]":
    """With `--check` all that parts the folder from the config; else what those should hear who took files over."""
    if not check and all(change.kind != "ejected" for change in changes):
        return ()
    from aua_compile.disk.drift import behind, drift

    name = _named(output)
    return drift(changes, folder, name, diffs=diffs) if check else tuple(behind(changes, folder, name, diffs=diffs))


def _named(output: str) -> str:
    """The output folder as a report names it: relative to where the command runs, if it lies below, so that annotations find its files."""
    path = Path(output)
    return (path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path).as_posix()
