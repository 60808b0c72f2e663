"""`aua import`: a config of the public package adaptive-utility-agent as one of ours."""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from aua_compile.cli.exits import Exit, refuse
from aua_compile.cli.options import Format, JsonOption

if TYPE_CHECKING:
    from aua_compile.checked import Checked
    from aua_compile.cli.project import Project
    from aua_compile.foreign.making import Draft
    from aua_compile.plan.model import Plan

UNNAMED = "config.yaml"
"""What the new config is called in findings while it has no file."""

PACKAGE_TIERS = {"h100": "h100-cluster", "gaming": "gaming-pc"}
"""Other names of tiers that only the package has."""


def run(
    file: Annotated[str, Argument(metavar="FILE", help="An aua_config.yaml of the package, versions 0.5 to 1.2.")],
    output: Annotated[str | None, Option("--output", "-o", metavar="FILE", help="Where to write the config; else standard output.")] = None,
    *,
    tier: Annotated[str | None, Option("--tier", metavar="NAME", help="The hardware; else the file's name, if it is a tier's.")] = None,
    name: Annotated[
        str | None, Option("--name", metavar="NAME", help="Name of the project; else `aua.project_name` or the file's.")
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace the file that -o names.")] = False,
    json: JsonOption = False,
) -> None:
    """Translate a config of adaptive-utility-agent. Says what becomes of each key of FILE, which is of that public package.

    The new config has a comment on each thing that was ignored, impossible or different there; then it is checked as far as the plan.

    Example: aua import aua_config.yaml --tier single-4090 -o config.yaml

    The exit status is 3 where the file cannot be read, or the new config is refused.
    """
    from aua_compile.foreign.write import text_of
    from aua_compile.source import Source

    if output is not None and Path(output).exists() and not force:
        refuse("import", f"`{output}` is there already; name another file with `-o`, or replace it with `--force`.")
    project, chosen, draft = _translated(file, tier, name, json=json)
    text = text_of(draft, Path(file).name)
    shown_as = output or UNNAMED
    project.choices = type(project.choices)(shown_as)
    project.in_place[shown_as] = Source(shown_as, text)
    checked = _planned(project) if chosen else None
    if output is not None:
        _write(Path(output), text)
    _tell(project, draft, checked, text, output, json=json)
    if checked is not None and checked.value is None:
        raise SystemExit(Exit.INVALID)


def _translated(file: str, tier: str | None, name: str | None, *, json: bool) -> "tuple[Project, str | None, Draft]":
    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project
    from aua_compile.document import parse
    from aua_compile.foreign.translate import translate
    from aua_compile.index import aliases
    from aua_compile.leaks import find_secrets
    from aua_compile.shipped import names
    from aua_compile.source import read_source

    path = Path(file)
    project = Project(Choices(file), Format.JSON if json else Format.TEXT)
    source = project.certain(read_source(path, path.parent, file))
    project.sources[file] = source
    document = project.certain(parse(source, old=True))
    secrets = find_secrets(document)
    if secrets:
        project.refuse(secrets)
    others = {**aliases("tiers"), **PACKAGE_TIERS}
    wanted = others.get(tier or path.stem, tier or path.stem)
    chosen = wanted if wanted in names("tiers") else None
    if tier is not None and chosen is None:
        refuse("import", f"There is no tier `{tier}`; `aua tiers list` shows them.")
    facts = None
    if chosen is not None and (tier_file := project.catalog.document("tiers", chosen)) is not None:
        facts = project.catalog.tier(tier_file).value
    checked = translate(document, name or _project_name(document, path), chosen, facts, project.catalog)
    draft = project.certain(checked)
    if not json:
        project.tell(checked.diagnostics)
    return project, chosen, draft


def _project_name(document: Any, path: Path) -> str:
    """`aua.project_name`, else the file's name, as names are written here."""
    from aua_compile.document import plain

    whole = plain(document.root)
    block = whole.get("aua") if isinstance(whole, dict) else None
    given = block.get("project_name") if isinstance(block, dict) else None
    name = re.sub(r"[^a-z0-9]+", "-", str(given or path.stem).lower()).strip("-")[:40]
    return name if name[:1].isalpha() else f"p-{name}".rstrip("-")


def _planned(project: "Project") -> "Checked[Plan]":
    from aua_compile.compiler import planned

    return project.through(planned)


def _write(path: Path, text: str) -> None:
    from aua_compile.disk.one_file import replace_file

    written = replace_file(path, text)
    if written.value is None:
        refuse("import", written.diagnostics[0].message, Exit.ENVIRONMENT)


def _tell(project: "Project", draft: "Draft", checked: "Checked[Plan] | None", text: str, output: str | None, *, json: bool) -> None:
    if json:
        sys.stdout.write(_as_json(project, draft, checked, text, output))
        return
    if output is None:
        sys.stdout.write(text)
    sys.stderr.write(_summary(draft) + "\n")
    if checked is None:
        sys.stderr.write("It has no tier yet: add `tier: NAME`, or import with `--tier NAME`; `aua tiers list` shows them.\n")
        return
    project.tell(checked.diagnostics)
    verdict = "compiles" if checked.value is not None else "is refused as it stands: mend what is told above"
    sys.stderr.write(f"{output or 'The config'} {verdict}.\n")


def _summary(draft: "Draft") -> str:
    """A table of what became of each key, then how many of each fate."""
    from aua_compile.cli.output import table
    from aua_compile.foreign.keys import FATES

    rows = [(f"{outcome.line}", outcome.path, FATES[outcome.fate], outcome.here or "-") for outcome in draft.outcomes]
    counts = Counter(outcome.fate for outcome in draft.outcomes)
    told = "; ".join(f"{counts[fate]} {words}" for fate, words in FATES.items() if counts[fate])
    return f"{table(('line', 'key', 'what becomes of it', 'here'), rows)}\n{len(rows)} keys: {told}.\n"


def _as_json(project: "Project", draft: "Draft", checked: "Checked[Plan] | None", text: str, output: str | None) -> str:
    from dataclasses import asdict
    from json import loads

    from aua_compile.cli.output import as_json
    from aua_compile.cli.report import render

    findings = () if checked is None else checked.diagnostics
    sources = {**project.catalog.sources, **project.sources}
    told = {
        "written": output,
        "config": text,
        "keys": [asdict(outcome) for outcome in draft.outcomes],
        "compiles": None if checked is None else checked.value is not None,
        "findings": loads(render(findings, sources, "json", colour=False)),
    }
    return as_json(told)
