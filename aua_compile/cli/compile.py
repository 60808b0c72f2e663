"""`aua compile`: a config becomes a deployment."""

import sys
from pathlib import Path
from typing import Annotated

from typer import Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import ConfigArgument, EnvOption, Format, FormatOption, JsonOption, LockedOption, SetOption, TierOption


def run(
    config: ConfigArgument,
    *,
    output: Annotated[
        str, Option("-o", "--output", metavar="DIR", help="Where the artifacts go; `-` writes a tar to standard output.")
    ] = "deploy",
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    check: Annotated[bool, Option("--check", help="Write nothing; exit 1 if the folder is not what would be written.")] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Write nothing; list what would change.")] = False,
    force: Annotated[bool, Option("--force", help="Overwrite files that were edited by hand.")] = False,
    locked: LockedOption = False,
    style: FormatOption = Format.TEXT,
    json: JsonOption = False,
) -> None:
    """Compile CONFIG into a deployment.

    Example: aua compile coding.yaml --tier single-4090 -o deploy/
    """
    from aua_compile.bundle import Choices
    from aua_compile.cli.changes import show
    from aua_compile.cli.locking import lock_findings
    from aua_compile.cli.project import Project
    from aua_compile.compiler import emitted, judged
    from aua_compile.disk import apply, archive, compare, destination, differs

    project = Project(Choices(config, tier, env, tuple(settings or ())), Format.JSON if json else style)
    made = project.through(judged)
    planned = project.certain(made)
    drifted = lock_findings(project, planned.plan, strict=locked)
    if locked and drifted:
        project.tell(drifted)
        raise SystemExit(Exit.FINDINGS)
    written = made.then(emitted)
    artifacts = project.certain(written)
    found = (*written.diagnostics, *drifted)
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
    changes = project.certain(compare(artifacts, folder, force=force) if look_only else apply(artifacts, folder, force=force))
    project.tell(found)
    if project.style is Format.TEXT:
        sys.stdout.write(show(changes, output, written=not look_only))
    if check and (differs(changes) or drifted):
        raise SystemExit(Exit.FINDINGS)
