"""The machines that a project describes itself, below `tiers/` in its folder, for commands that take a tier and no config."""

import os
from pathlib import Path

from aua_compile.bundle import own_tier
from aua_compile.cli.options import Format
from aua_compile.config.declare import NAME_KIND
from aua_compile.document import Document
from aua_compile.registry.catalog import Catalog
from aua_compile.registry.model import TierFacts
from aua_compile.shipped import names

FOLDER = "tiers"


def own_names(root: Path = Path()) -> tuple[str, ...]:
    """Their names, sorted. Shipped names are not among them: those mean the shipped machines."""
    try:
        with os.scandir(root / FOLDER) as entries:
            found = (entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))
            return tuple(sorted({name for name in found if NAME_KIND.regex.fullmatch(name)} - set(names("tiers"))))
    except OSError:
        return ()


def own_document(name: str, catalog: Catalog, root: Path = Path()) -> tuple[Document, TierFacts] | None:
    """A machine's file, parsed, and what it says; None where there is none. One that cannot be is told, and the command ends."""
    if name not in own_names(root):
        return None
    from aua_compile.bundle import Choices
    from aua_compile.checked import Checked
    from aua_compile.cli.project import Project
    from aua_compile.config import own_tier as rules
    from aua_compile.document import parse
    from aua_compile.source import read_source

    path = own_tier(name)
    read = read_source(root / path, root, path)
    project = Project(Choices(path), Format.TEXT, catalog)
    project.sources |= {path: read.value} if read.value is not None else {}
    document = project.certain(read.then(parse))
    facts = project.certain(catalog.tier(document))
    return document, project.certain(Checked.of(facts, tuple(rules.findings(facts, document, catalog))))
