"""`aua eject`: a generated file becomes its user's, or the compiler's again."""

import os
import sys
from pathlib import Path, PurePosixPath
from typing import Annotated

from typer import Argument, Option

from aua_compile.cli.options import Format, FormatOption, JsonOption


def run(
    file: Annotated[str, Argument(metavar="FILE", help="A generated file: its path below the output folder, or with that folder.")],
    *,
    output: Annotated[str, Option("-o", "--output", metavar="DIR", help="The folder that `aua compile` wrote.")] = "deploy",
    undo: Annotated[bool, Option("--undo", help="Hand the file back to the compiler.")] = False,
    style: FormatOption = Format.TEXT,
    json: JsonOption = False,
) -> None:
    """Take a generated FILE over. No compile writes or removes it any more; --check tells when it would be generated differently.

    Example: aua eject compose/compose.yaml -o deploy
    """
    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project
    from aua_compile.disk.eject import eject, take_back

    project = Project(Choices(""), Format.JSON if json else style)
    path = _below(file, output)
    done = project.certain((take_back if undo else eject)(path, Path(output)))
    project.tell(())
    if project.style is Format.TEXT:
        sys.stdout.write(_told(path, output, undo=undo, changed=bool(done)))


def _below(file: str, output: str) -> str:
    """The file's path below the output folder, however it was named."""
    path = PurePosixPath(os.path.normpath(file))
    folder = PurePosixPath(os.path.normpath(output))
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _told(path: str, output: str, *, undo: bool, changed: bool) -> str:
    if undo:
        return f"{output}/{path}: the compiler's again; the next compile writes it, and refuses where it has edits of yours\n"
    if not changed:
        return f"{output}/{path}: yours already, and generated as when you took it over\n"
    return f"{output}/{path}: yours from now on; no compile writes it. Commit {output}/ with its aua.manifest.json, which says so.\n"
