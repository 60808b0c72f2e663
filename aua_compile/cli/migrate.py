"""`aua config migrate`: a config of an older version in today's language, with its comments, and the plan proven to be the same."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import Format, JsonOption

if TYPE_CHECKING:
    from pathlib import Path

    from aua_compile.checked import Checked
    from aua_compile.cli.project import Project
    from aua_compile.document import Document
    from aua_compile.plan.model import Plan

MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Migrated:
    """A file before and after, the version that it was of, and the tiers on which the plan was proven to be the same, with its digest."""

    before: str
    after: str
    version: str
    proven: dict[str, str]


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
    """Bring FILE up to date: today's version of the language, other names of tiers and fields replaced by their own.

    Comments stay, and every line that nothing changes in. The file is written only when its plan before and after has the same digest.

    Example: aua config migrate aua.yaml --dry-run
    """
    from pathlib import Path

    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project

    project = Project(Choices(file, tier), Format.JSON if json else Format.TEXT)
    path = Path(file)
    migrated = _migrated(project, path)
    if migrated.after != migrated.before and not (dry_run or check):
        _write(path, migrated)
    _tell(file, migrated, written=not (dry_run or check), shows=dry_run, json=json)
    if check and migrated.after != migrated.before:
        raise SystemExit(Exit.FINDINGS)


def _migrated(project: "Project", path: "Path") -> Migrated:
    """The file brought up to date and proven, or the end of the command."""
    from aua_compile.document import parse
    from aua_compile.migration.chain import migrate
    from aua_compile.secrets import find_secrets
    from aua_compile.source import read_source

    source = project.certain(read_source(path, path.parent, project.choices.config))
    project.sources[project.choices.config] = source
    document = project.certain(parse(source))
    if secrets := find_secrets(document):
        project.refuse(secrets)
    version = _version(project, document)
    edited = _editor()
    text = path.read_bytes().decode()
    after, data = edited(text, lambda tree: migrate(tree, version))
    return Migrated(text, after, version, _proven(project, version, after, data))


def _editor() -> Any:
    """The function that edits a text and keeps its comments. It needs a package that nothing else needs."""
    try:
        import ruamel.yaml  # noqa: F401 - whether it is there
    except ImportError:
        sys.stderr.write("Keeping comments needs the package ruamel.yaml: pip install 'aua-compile[migrate]'\n")
        raise SystemExit(Exit.ENVIRONMENT) from None
    from aua_compile.migration.text import edited

    return edited


def _version(project: "Project", document: "Document") -> str:
    """The version that a file says, if there is a way from it to today's, and if all of its keys can go that way."""
    from aua_compile.config.model import CONFIG_VERSION
    from aua_compile.config.named import config_version
    from aua_compile.document import Scalar
    from aua_compile.migration.chain import CHAIN, SPELT_ALIKE, gone_keys, knows

    entry = next((entry for entry in document.root.entries if entry.key == "config_version"), None)
    found = entry.value.text if entry is not None and isinstance(entry.value, Scalar) else ""
    if not knows(found):
        from aua_compile.migration.rules import unknown_version

        span = entry.value.span if entry is not None else document.root.span
        if found and not found.startswith("0."):
            project.refuse((config_version(found, CONFIG_VERSION, span),))
        project.refuse((unknown_version(found, sorted({*(step.old for step in CHAIN), *SPELT_ALIKE, CONFIG_VERSION}), span),))
    if found != CONFIG_VERSION and (gone := tuple(gone_keys(document.root, found))):
        project.refuse(gone)
    return found


def _proven(project: "Project", version: str, after: str, data: Any) -> dict[str, str]:
    """Tier -> digest of the plan, which is the same before and after; where it is not, the end of the command.

    Before is the file as it lies there; of an older version, which is not compiled any more, it is the migrated tree as plain data, written
    by the compiler's own emitter. After is the text that would be written.
    """
    from aua_compile.config.model import CONFIG_VERSION
    from aua_compile.plan.digest import plan_digest
    from aua_compile.render import to_yaml
    from aua_compile.shipped import names
    from aua_compile.span import Span

    name = project.choices.config
    new = after.removeprefix("\ufeff")
    old = None if version == CONFIG_VERSION else to_yaml(data)
    tiers = [project.choices.tier] if project.choices.tier or "tier" in data else list(names("tiers"))
    proven: dict[str, str] = {}
    refused: Checked[Plan] | None = None
    for tier in tiers:
        was, now = _planned(project, tier, old), _planned(project, tier, new)
        if now.value is None or was.value is None:
            refused = refused or (now if now.value is None else was)
            continue
        if plan_digest(was.value) != plan_digest(now.value):
            from aua_compile.migration.rules import plan_differs

            project.refuse((plan_differs(_differences(was.value, now.value), Span.of_file(name)),))
        proven[now.value.project.tier] = plan_digest(now.value)
    if refused is not None and (not proven or tiers == [project.choices.tier]):
        sys.stderr.write(f"{name} is not written: the migrated config is refused, for what follows.\n")
        project.refuse(refused.diagnostics)
    return proven


def _planned(project: "Project", tier: str | None, text: str | None) -> "Checked[Plan]":
    """The plan of the project, with another text in the place of its config, if one is given."""
    from dataclasses import replace

    from aua_compile.cli.project import Project
    from aua_compile.compiler import planned
    from aua_compile.source import Source

    name = project.choices.config
    other = Project(replace(project.choices, tier=tier), project.style, project.catalog)
    if text is not None:
        other.in_place[name] = Source(name, text)
    checked = other.through(planned)
    project.sources.update(other.sources)
    return checked


def _differences(was: "Plan", now: "Plan") -> list[str]:
    """Which parts of two plans differ."""
    from aua_compile.plan.digest import plain

    before, after = plain(was), plain(now)
    differing = [f"`{part}`" for part in before if before[part] != after[part]]
    return [*differing[:MOST_LISTED], *(["and others"] if len(differing) > MOST_LISTED else [])]


def _write(path: "Path", migrated: Migrated) -> None:
    from aua_compile.disk.one_file import replace_file

    written = replace_file(path, migrated.after)
    if written.value is None:
        sys.stderr.write(f"{written.diagnostics[0].message}\n")
        raise SystemExit(Exit.ENVIRONMENT)


def _tell(file: str, migrated: Migrated, *, written: bool, shows: bool, json: bool) -> None:
    changed = migrated.after != migrated.before
    if json:
        from aua_compile.cli.output import as_json

        told = {
            "file": file,
            "version": migrated.version,
            "changed": changed,
            "written": written and changed,
            "difference": _diff(file, migrated),
        }
        sys.stdout.write(as_json({**told, "proven": migrated.proven}))
        return
    if not changed:
        sys.stdout.write(f"{file} is up to date.\n")
        return
    if shows:
        sys.stdout.write(_diff(file, migrated))
    tiers = ", ".join(migrated.proven)
    done = "is brought up to date" if written else "is not up to date"
    sys.stdout.write(f"{file} {done}; the plan stays the same on {tiers}.\n")


def _diff(file: str, migrated: Migrated) -> str:
    from difflib import unified_diff

    before, after = (text.replace("\r\n", "\n").splitlines() for text in (migrated.before, migrated.after))
    return "".join(f"{line}\n" for line in unified_diff(before, after, file, f"{file} (migrated)", lineterm=""))
