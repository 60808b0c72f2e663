"""`aua init`: a new project, asked for in a terminal or said by flags."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Argument, Option

from aua_compile.cli.exits import Exit, refuse
from aua_compile.cli.options import JsonOption

if TYPE_CHECKING:
    from aua_compile.starter import Start, StarterFile


class CiFiles(StrEnum):
    """Whose CI gets a file."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one file: the text to write, if any, and for one that stays as it is, how it differs from what was wanted."""

    path: str
    status: Literal["new", "unchanged", "amended", "brought up to date", "kept"]
    text: str | None = None
    difference: str = ""


def run(
    folder: Annotated[str, Argument(metavar="DIR", help="The project's folder; made if it is not there.")] = ".",
    *,
    preset: Annotated[str | None, Option("--preset", metavar="NAME", help="What to run.")] = None,
    tier: Annotated[str | None, Option("--tier", metavar="NAME", help="Where it runs; else what this machine is.")] = None,
    name: Annotated[str | None, Option("--name", metavar="NAME", help="The project's name; else the folder's.")] = None,
    ci: Annotated[CiFiles | None, Option("--ci", help="Also write a file for CI that refuses drift.")] = None,
    git: Annotated[bool, Option("--git/--no-git", help="Whether .gitignore and .gitattributes get lines.")] = True,
    yes: Annotated[bool, Option("--yes", "-y", help="Ask nothing; take the defaults for what is not said.")] = False,
    json: JsonOption = False,
) -> None:
    """Begin a project in DIR. A config of a few lines that compiles, and what belongs beside it.

    In a terminal it asks for what the flags do not say. What is there already stays: files are kept, lists get the lines they lack.

    Example: aua init shop --preset coding --tier single-4090 --yes
    """
    from aua_compile.cli.starting import start_of
    from aua_compile.starter import starter_files

    root = Path(folder)
    if root.exists() and not root.is_dir():
        refuse("init", f"`{folder}` is there and is no folder.")
    start = start_of(root, preset, tier, name, None if ci is None else ci.value, git=git, silent=yes or json)
    steps = [_step(root, file) for file in starter_files(start, _schema())]
    _write(root, steps)
    _tell(folder, start, steps, json=json)


def _schema() -> str:
    from aua_compile.shipped import shipped

    return (shipped("schemas") / "config.json").read_text(encoding="utf-8")


def _step(root: Path, file: "StarterFile") -> Step:
    """What happens to a file, decided before anything is written."""
    from aua_compile.starter import amended

    path, wanted = file.artifact.path, file.artifact.text
    at = root / path
    if at.is_dir():
        refuse("init", f"`{at}` is a folder where a file belongs.")
    try:
        there = at.read_bytes().decode() if at.exists() else None
    except (OSError, UnicodeDecodeError):
        refuse("init", f"`{at}` is there and cannot be read.")
    if there is None:
        return Step(path, "new", wanted)
    if file.meeting == "amend":
        text = amended(there, wanted)
        return Step(path, "unchanged") if text == there else Step(path, "amended", text)
    if there.replace("\r\n", "\n").removeprefix("\ufeff") == wanted:
        return Step(path, "unchanged")
    if file.meeting == "replace":
        return Step(path, "brought up to date", wanted)
    return Step(path, "kept", difference=_difference(path, there, wanted))


def _difference(path: str, there: str, wanted: str) -> str:
    """A diff from what is there to what would be written; what looks like a secret is not shown."""
    from difflib import unified_diff

    from aua_compile.characters import escaped
    from aua_compile.secrets import WITHHELD, holds_secret

    lines = unified_diff(there.splitlines(), wanted.splitlines(), f"{path} (kept)", f"{path} (as asked for now)", lineterm="")
    return "".join(f"{WITHHELD if holds_secret(line[1:]) else escaped(line)}\n" for line in lines)


def _write(root: Path, steps: list[Step]) -> None:
    from aua_compile.disk.one_file import replace_file

    for step in steps:
        if step.text is None:
            continue
        at = root / step.path
        try:
            at.parent.mkdir(parents=True, exist_ok=True)
        except OSError as failure:
            refuse("init", f"`{at.parent}` cannot be made: {failure.strerror}.", Exit.ENVIRONMENT)
        written = replace_file(at, step.text)
        if written.value is None:
            refuse("init", written.diagnostics[0].message, Exit.ENVIRONMENT)


def _tell(folder: str, start: "Start", steps: list[Step], *, json: bool) -> None:
    from shlex import quote

    from aua_compile.starter import CONFIG

    commands = [f"aua plan {CONFIG}", f"aua compile {CONFIG} -o deploy/"]
    if folder != ".":
        commands.insert(0, f"cd {quote(folder)}")
    if json:
        from aua_compile.cli.output import as_json

        told: dict[str, Any] = {"folder": folder, "name": start.name, "preset": start.preset, "tier": start.tier, "next": commands}
        told["files"] = [{"path": step.path, "status": step.status, "difference": step.difference} for step in steps]
        sys.stdout.write(as_json(told))
        return
    for step in steps:
        sys.stdout.write(f"{step.status}: {step.path}\n{step.difference}")
    kept = steps[0].status == "kept"
    told_last = f"{CONFIG} stays as it is; the difference is shown above." if kept else f"`{start.preset}` fits on `{start.tier}`."
    sys.stdout.write(f"{told_last} Next:\n" + "".join(f"  {command}\n" for command in commands))
