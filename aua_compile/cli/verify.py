"""`aua verify`: hold a written deployment to its manifest, its plan and a statement, without config or network."""

import sys
from pathlib import Path
from typing import Annotated

from typer import Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import DirArgument, Format, FormatOption, JsonOption


def run(
    folder: DirArgument = "deploy",
    *,
    statement: Annotated[str | None, Option("--statement", metavar="FILE", help="An in-toto statement that `aua attest` made.")] = None,
    style: FormatOption = Format.TEXT,
    json: JsonOption = False,
) -> None:
    """Check that a deployment is what was written. Looks at each file's digest, at its plan and at a statement, without config or network.

    Example: aua verify deploy
    """
    from aua_compile import __version__
    from aua_compile.attest.verify import changed_files, differs_from_plan, statement_differs
    from aua_compile.cli.deployment import Deployment, refuse, tell
    from aua_compile.cli.looks import working
    from aua_compile.compiler import remade
    from aua_compile.source import read_source

    shown_as = Format.JSON if json else style
    given = Deployment.at(folder, shown_as)
    manifest = given.manifest
    with working("making every file again", shows=shown_as is Format.TEXT):
        made = remade(given.plan)
    if made.value is None:
        refuse(made.diagnostics, shown_as)
    found = [*changed_files(folder, manifest, given.files), *differs_from_plan(folder, made.value, manifest, __version__)]
    if statement is not None:
        source = read_source(Path(statement), Path(statement).parent, statement)
        if source.value is None:
            refuse(source.diagnostics, shown_as)
        found.extend(statement_differs(statement, source.value.text, given.files))
    tell(found, shown_as)
    failed = any(finding.severity == "error" for finding in found)
    if shown_as is Format.TEXT and not failed:
        same = manifest.compiler_version == __version__
        again = "made again from the plan, byte for byte" if same else f"not made again: aua {manifest.compiler_version} wrote them"
        sys.stdout.write(f"{folder}: {len(manifest.files)} files as they were written; {again}\nplan {manifest.plan_digest}\n")
        if statement is not None:
            sys.stdout.write(f"{statement}: describes this deployment\n")
    if failed:
        raise SystemExit(Exit.FINDINGS)
