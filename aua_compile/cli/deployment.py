"""A written deployment as the commands see it that have no config: its files, its manifest and its plan."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from aua_compile.attest.verify import no_deployment
from aua_compile.bundle import Choices
from aua_compile.characters import shown
from aua_compile.cli.exits import Exit
from aua_compile.cli.looks import working
from aua_compile.cli.options import Format
from aua_compile.cli.project import Project
from aua_compile.diagnostic import Diagnostic
from aua_compile.disk.deployment import files_of
from aua_compile.frozen import dataclass
from aua_compile.manifest import MANIFEST, Manifest, Unreadable, read_manifest
from aua_compile.plan.load import plan_of
from aua_compile.plan.model import Plan
from aua_compile.source_rules import unreadable


@dataclass(frozen=True, slots=True)
class Deployment:
    """What lies in a folder that `aua compile` wrote. `files`: path -> bytes of all of them."""

    files: Mapping[str, bytes]
    manifest: Manifest
    plan: Plan

    @staticmethod
    def at(folder: str, style: Format) -> "Deployment":
        """The deployment in `folder`; where there is none, the command says why and ends."""
        try:
            with working(f"reading {shown(folder)}", shows=style is Format.TEXT):
                files = files_of(Path(folder))
        except OSError as failure:
            finding = unreadable(folder, failure.strerror or str(failure))
            refuse((replace(finding, help="Name the folder that `aua compile` wrote."),), style)
        manifest = read_manifest(files[MANIFEST]) if MANIFEST in files else Unreadable(f"it has no `{MANIFEST}`")
        if isinstance(manifest, Unreadable):
            refuse((no_deployment(folder, manifest.reason),), style)
        try:
            return Deployment(files, manifest, plan_of(files.get("plan.json", b"")))
        except (ValueError, RecursionError) as error:
            refuse((no_deployment(folder, f"its `plan.json`: {str(error).splitlines()[0][:200]}"),), style)


def tell(findings: Iterable[Diagnostic], style: Format) -> None:
    """Show findings that concern no config."""
    Project(Choices(""), style).tell(findings)


def refuse(findings: Iterable[Diagnostic], style: Format) -> NoReturn:
    """Show findings and end."""
    findings = tuple(findings)
    tell(findings, style)
    machine = all(finding.code.startswith(("AUA01", "AUA05")) for finding in findings)
    raise SystemExit(Exit.ENVIRONMENT if machine else Exit.FINDINGS)
