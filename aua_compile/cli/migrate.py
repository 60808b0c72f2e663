"""`aua config migrate`: a config of an older version in today's language, with its comments, and the plan proven to be the same."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from aua_compile.cli.exits import Exit, refuse
from aua_compile.cli.options import Format, JsonOption
from aua_compile.span import Span

if TYPE_CHECKING:
    from pathlib import Path

    from aua_compile.checked import Checked
    from aua_compile.cli.project import Project
    from aua_compile.document import Document
    from aua_compile.plan.model import Plan

MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Migrated:
    """A file of a project before and after, and the migrated tree as plain data. `name` is as it is shown."""

    name: str
    path: "Path"
    version: str
    before: str
    after: str
    data: Any

    @property
    def changed(self) -> bool:
        return self.after != self.before


def run(
    file: Annotated[str, Argument(metavar="FILE", help="A config of any version from 0.5 on.")],
    *,
    tier: Annotated[
        str | None, Option("--tier", metavar="NAME", help="The hardware to prove it on; else the config's, else every tier.")
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Write nothing; show the change.")] = False,
    check: Annotated[bool, Option("--check", help="Write nothing; exit 1 if the file is not up to date.")] = False,
    json: JsonOption = False,
) -> None:
    """Bring FILE up to date. Today's version of the language, other names of tiers and fields replaced by their own.

    So are the files that it extends. Comments stay, and every line that nothing changes in. Nothing is written unless the plan before and
    after has the same digest.

    Example: aua config migrate aua.yaml --dry-run
    """
    from pathlib import Path

    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project

    project = Project(Choices(file, tier), Format.JSON if json else Format.TEXT)
    files = _migrated(project, Path(file))
    proven = _proven(project, files)
    looks = dry_run or check
    if not looks:
        _write([migrated for migrated in files if migrated.changed])
    _tell(files, proven, written=not looks, shows=dry_run, json=json)
    if check and any(migrated.changed for migrated in files):
        raise SystemExit(Exit.FINDINGS)


def _migrated(project: "Project", path: "Path") -> list[Migrated]:
    """The file and those that it extends, brought up to date, or the end of the command."""
    from aua_compile.config.named import outside_project

    folder = path.parent
    prefix = "" if folder == type(path)() else f"{folder.as_posix().rstrip('/')}/"
    found: dict[str, Migrated] = {}
    name: str | None = path.name
    while name is not None and name not in found:
        version = next(iter(found.values())).version if found else ""
        found[name] = _file(project, folder, prefix, name, version)
        extended = found[name].data.get("extends")
        inside = isinstance(extended, str) and outside_project("extends", extended, Span.of_file(name)) is None
        name = extended if inside else None
    return list(found.values())


def _file(project: "Project", folder: "Path", prefix: str, name: str, inherited: str) -> Migrated:
    """One file brought up to date; one that says no version is of the version of the file that extends it."""
    from aua_compile.document import parse
    from aua_compile.leaks import find_secrets
    from aua_compile.migration.chain import migrate
    from aua_compile.source import read_source

    shown_as = prefix + name
    source = project.certain(read_source(folder / name, folder, shown_as))
    project.sources[shown_as] = source
    document = project.certain(parse(source))
    if secrets := find_secrets(document):
        project.refuse(secrets)
    version = _version(project, document, inherited)
    text = (folder / name).read_bytes().decode()
    after, data = _editor()(text, lambda tree: migrate(tree, version))
    return Migrated(shown_as, folder / name, version, text, after, data)


def _editor() -> Any:
    """The function that edits a text and keeps its comments. It needs a package that nothing else needs."""
    try:
        import ruamel.yaml  # noqa: F401 - whether it is there
    except ImportError:
        refuse("config migrate", "Keeping comments needs the package ruamel.yaml: pip install 'aua-compile[migrate]'", Exit.ENVIRONMENT)
    from aua_compile.migration.text import edited

    return edited


def _version(project: "Project", document: "Document", inherited: str) -> str:
    """The version that a file says, if there is a way from it to today's, and if all of its keys can go that way."""
    from aua_compile.config.model import CONFIG_VERSION
    from aua_compile.config.named import config_version
    from aua_compile.document import Scalar
    from aua_compile.migration.chain import CHAIN, SPELT_ALIKE, gone_keys, knows

    entry = next((entry for entry in document.root.entries if entry.key == "config_version"), None)
    found = entry.value.text if entry is not None and isinstance(entry.value, Scalar) else inherited
    if not knows(found):
        from aua_compile.migration.rules import unknown_version

        span = entry.value.span if entry is not None else document.root.span
        if found and not found.startswith("0."):
            project.refuse((config_version(found, CONFIG_VERSION, span),))
        project.refuse((unknown_version(found, sorted({*(step.old for step in CHAIN), *SPELT_ALIKE, CONFIG_VERSION}), span),))
    if found != CONFIG_VERSION and (gone := tuple(gone_keys(document.root, found))):
        project.refuse(gone)
    return found


def _proven(project: "Project", files: list[Migrated]) -> dict[str, str]:
    """Tier -> digest of the plan, which is the same before and after; where it is not, the end of the command.

    Before is the project as it lies there; files of older versions, which are not compiled any more, are their migrated trees as plain
    data, written by the compiler's own emitter. After are the texts that would be written.
    """
    from aua_compile.cli.looks import progress
    from aua_compile.config.model import CONFIG_VERSION
    from aua_compile.plan.digest import plan_digest
    from aua_compile.render import to_yaml
    from aua_compile.shipped import names

    old = {file.name: to_yaml(file.data) for file in files if file.version != CONFIG_VERSION}
    new = {file.name: file.after.removeprefix("\ufeff") for file in files}
    said = project.choices.tier or any("tier" in file.data for file in files)
    proven: dict[str, str] = {}
    refused: Checked[Plan] | None = None
    tiers: tuple[str | None, ...] = (project.choices.tier,) if said else names("tiers")
    for tier in progress(tiers, "planning before and after, on each tier"):
        was, now = _planned(project, tier, old), _planned(project, tier, new)
        if now.value is None or was.value is None:
            refused = refused or (now if now.value is None else was)
            continue
        if plan_digest(was.value) != plan_digest(now.value):
            from aua_compile.migration.rules import plan_differs

            project.refuse((plan_differs(_differences(was.value, now.value), Span.of_file(files[0].name)),))
        proven[now.value.project.tier] = plan_digest(now.value)
    if refused is not None and not proven:
        sys.stderr.write(f"{files[0].name} is not written: the migrated config is refused, for what follows.\n")
        project.refuse(refused.diagnostics)
    return proven


def _planned(project: "Project", tier: str | None, texts: dict[str, str]) -> "Checked[Plan]":
    """The plan of the project, with other texts in the place of some of its files."""
    from dataclasses import replace

    from aua_compile.cli.project import Project
    from aua_compile.compiler import planned
    from aua_compile.source import Source

    other = Project(replace(project.choices, tier=tier), project.style, project.catalog)
    other.in_place |= {name: Source(name, text) for name, text in texts.items()}
    checked = other.through(planned)
    project.sources.update(other.sources)
    return checked


def _differences(was: "Plan", now: "Plan") -> list[str]:
    """Which parts of two plans differ."""
    from aua_compile.plan.digest import plain

    before, after = plain(was), plain(now)
    differing = [f"`{part}`" for part in before if before[part] != after[part]]
    return [*differing[:MOST_LISTED], *(["and others"] if len(differing) > MOST_LISTED else [])]


def _write(files: list[Migrated]) -> None:
    """All of them or none; what lies below first, because a file that is up to date says the same to one that is not yet."""
    from aua_compile.disk.one_file import replace_files

    written = replace_files({migrated.path: migrated.after for migrated in reversed(files)})
    if written.value is None:
        refuse("config migrate", written.diagnostics[0].message, Exit.ENVIRONMENT)


def _tell(files: list[Migrated], proven: dict[str, str], *, written: bool, shows: bool, json: bool) -> None:
    if json:
        from aua_compile.cli.output import as_json

        told = [
            {
                "file": file.name,
                "version": file.version,
                "changed": file.changed,
                "written": written and file.changed,
                "difference": _diff(file),
            }
            for file in files
        ]
        sys.stdout.write(as_json({"files": told, "proven": proven}))
        return
    for file in files:
        if shows and file.changed:
            sys.stdout.write(_diff(file))
    for file in files:
        done = "is up to date" if not file.changed else "is brought up to date" if written else "is not up to date"
        same = f"; the plan stays the same on {', '.join(proven)}" if file.changed else ""
        sys.stdout.write(f"{file.name} {done}{same}.\n")


def _diff(file: Migrated) -> str:
    from difflib import unified_diff

    before, after = (text.replace("\r\n", "\n").splitlines() for text in (file.before, file.after))
    return "".join(f"{line}\n" for line in unified_diff(before, after, file.name, f"{file.name} (migrated)", lineterm=""))
