"""`aua attest`: say of a written deployment what it is and what it is made of, in the forms that other tools read."""

import sys
from pathlib import Path
from typing import Annotated

from typer import Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import DirArgument, Format


def run(
    folder: DirArgument = "deploy",
    *,
    bom: Annotated[bool, Option("--bom", help="A bill of materials (CycloneDX 1.6) instead of the statement.")] = False,
    output: Annotated[str | None, Option("-o", "--output", metavar="FILE", help="Write there instead of to standard output.")] = None,
) -> None:
    """Say what a deployment is made of. An in-toto statement over its manifest, or with --bom a bill of materials.

    Example: aua attest deploy -o deploy.intoto.json
    """
    from aua_compile import __version__
    from aua_compile.attest.bom import bill_of_materials
    from aua_compile.attest.statement import statement
    from aua_compile.attest.verify import changed_files
    from aua_compile.cli.deployment import Deployment, refuse, tell
    from aua_compile.disk.one_file import replace_file
    from aua_compile.render import to_json
    from aua_compile.shipped import runtime_version

    given = Deployment.at(folder, Format.TEXT)
    found = list(changed_files(folder, given.manifest, given.files))
    tell(found, Format.TEXT)
    if any(finding.severity == "error" for finding in found):
        raise SystemExit(Exit.FINDINGS)
    requirements = given.files.get("router/requirements.txt", b"").decode()
    said = (
        bill_of_materials(given.plan, requirements, runtime_version(), __version__)
        if bom
        else statement(given.plan, given.manifest, given.files, requirements)
    )
    text = to_json(said)
    if output is None:
        sys.stdout.write(text)
        return
    written = replace_file(Path(output), text)
    if written.value is None:
        refuse(written.diagnostics, Format.TEXT)
