"""What a new project is to be: flags, answers in a terminal, a config that is there, and what this machine is."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from aua_compile.cli.exits import Exit, refuse
from aua_compile.cli.machine import Machine, Proposal, look, tier_for
from aua_compile.cli.options import Format
from aua_compile.diagnostic import Diagnostic
from aua_compile.starter import CONFIG, Ci, Start, config_text

DEFAULT_PRESET = "coding"
CI_OFFERED: dict[Ci, str] = {"none": "", "github": "a workflow that refuses drift", "gitlab": "a job that refuses drift"}


def start_of(root: Path, preset: str | None, tier: str | None, name: str | None, ci: Ci | None, *, git: bool, silent: bool) -> Start:
    """What the project is to be: flags first, then answers, then what an existing config says, then what this machine is."""
    from aua_compile.cli.own_tiers import own_names
    from aua_compile.index import aliases
    from aua_compile.shipped import names

    tiers = (*names("tiers"), *own_names(root))
    for kind, given, known in (("preset", preset, names("presets")), ("tier", tier and aliases("tiers").get(tier, tier), tiers)):
        if given is not None and given not in known:
            refuse("init", f"There is no {kind} `{given}`. Known: {', '.join(known)}.")
    if name is not None and not _is_name(name):
        refuse("init", f"`{name}` is no name: lower-case letters, digits, `-` and `_`, beginning with a letter, at most 63.")
    before = _existing(root)
    asking = not silent and (preset is None or tier is None)
    if asking and not (sys.stdin.isatty() and sys.stderr.isatty()):
        lacking = [flag for flag, given in (("--preset NAME", preset), ("--tier NAME", tier)) if given is None]
        refuse("init", f"This is no terminal, so nothing can be asked: pass {' and '.join(lacking)}, or `--yes` for the defaults.")
    tier = aliases("tiers").get(tier, tier) if tier is not None else None
    said = Start(name or before.get("name") or _folder_name(root), preset or "", tier or "", "none", git)
    if asking:
        return _asked(said, before, root, named=name is not None, ci=ci)
    whole = replace(
        said,
        preset=said.preset or before.get("preset") or DEFAULT_PRESET,
        tier=said.tier or before.get("tier") or _told(_detected()),
        ci=ci or "none",
    )
    if (why := problem(whole, root)) is not None:
        sys.stderr.write(f"`{whole.preset}` does not fit on `{whole.tier}`: {why}\n{_others(whole, root)}\n")
        raise SystemExit(Exit.INVALID)
    return whole


def _asked(said: Start, before: dict[str, str], root: Path, *, named: bool, ci: Ci | None) -> Start:
    from aua_compile.cli.questions import NoAnswerError

    try:
        return _answers(said, before, root, named=named, ci=ci)
    except (KeyboardInterrupt, NoAnswerError):
        sys.stderr.write("\nNothing was written.\n")
        raise SystemExit(130) from None


def _answers(said: Start, before: dict[str, str], root: Path, *, named: bool, ci: Ci | None) -> Start:
    """The wizard. What does not fit is said at once, with what does, and asked again."""
    from aua_compile.cli.questions import ask, choose

    preset = said.preset or choose("What to run", _described("presets", root), before.get("preset") or DEFAULT_PRESET)
    tier = said.tier
    if not tier:
        here = _told(_detected())
        tier = choose("Where it runs", _described("tiers", root), before.get("tier") or here)
    while (why := problem(start := replace(said, preset=preset, tier=tier), root)) is not None:
        sys.stderr.write(f"`{preset}` does not fit on `{tier}`: {why}\n")
        pairs = _fitting(start, root)
        if not pairs:
            sys.stderr.write(f"{_others(start, root)}\n")
            raise SystemExit(Exit.INVALID)
        chosen = choose("What fits", pairs, next(iter(pairs)))
        preset, tier = chosen.split(" on ")
    name = start.name if named else ask("The project's name", start.name, _is_name, "lower-case letters, digits, `-` and `_`")
    return replace(start, name=name, ci=ci or choose("A file for CI", CI_OFFERED, "none"))


def _told(found: tuple[Machine, Proposal]) -> str:
    """The tier that was found for this machine, after saying what it is."""
    machine, proposal = found
    sys.stderr.write(f"This machine: {machine}; tier `{proposal.tier}`. {proposal.remark}".rstrip() + "\n")
    return proposal.tier


def _detected() -> tuple[Machine, Proposal]:
    from aua_compile.registry.catalog import Catalog

    machine = look()
    return machine, tier_for(machine, Catalog())


def _described(kind: Literal["presets", "tiers"], root: Path) -> dict[str, str]:
    """Names of a kind with a line on each: what a tier is, and which fields a preset answers."""
    from aua_compile.cli.own_tiers import own_document, own_names
    from aua_compile.cli.registries import FACTS
    from aua_compile.document import plain
    from aua_compile.registry.catalog import Catalog

    catalog = Catalog()
    if kind == "presets":
        return {name: ", ".join(FACTS[kind](catalog, name)["fields"]) for name in catalog.names(kind)}
    documents = {name: catalog.document(kind, name) for name in catalog.names(kind)}
    documents |= {name: own[0] for name in own_names(root) if (own := own_document(name, catalog)) is not None}
    contents: dict[str, Any] = {name: plain(document.root) for name, document in documents.items() if document is not None}
    return {name: content["description"] for name, content in contents.items()}


def problem(start: Start, root: Path = Path()) -> str | None:
    """Why a preset does not run on a tier, or None."""
    error = _first_error(start, root)
    return None if error is None else error.message


def _first_error(start: Start, root: Path) -> Diagnostic | None:
    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project
    from aua_compile.compiler import planned
    from aua_compile.source import Folder, Source

    project = Project(Choices(CONFIG), Format.TEXT, files=Folder(root, ""))
    project.in_place[CONFIG] = Source(CONFIG, config_text(start))
    checked = project.through(planned)
    return None if checked.value is not None else next(finding for finding in checked.diagnostics if finding.severity == "error")


def _fitting(start: Start, root: Path) -> dict[str, str]:
    """Pairs of which one half is as asked and that fit: other presets on the tier, then the preset on other tiers."""
    from aua_compile.cli.own_tiers import own_names
    from aua_compile.shipped import names

    tiers = (*names("tiers"), *own_names(root))
    there = {
        f"{other} on {start.tier}": "the same hardware"
        for other in names("presets")
        if _first_error(replace(start, preset=other), root) is None
    }
    elsewhere = {
        f"{start.preset} on {other}": "other hardware" for other in tiers if _first_error(replace(start, tier=other), root) is None
    }
    return there | elsewhere


def _others(start: Start, root: Path) -> str:
    pairs = list(_fitting(start, root))
    return f"What fits: {', '.join(pairs)}." if pairs else "Nothing shipped fits; `aua presets matrix` shows all pairs."


def _existing(root: Path) -> dict[str, str]:
    """What a config that is there says of name, preset and tier; nothing where there is none, or it cannot be read."""
    from aua_compile.cli.own_tiers import own_names
    from aua_compile.document import parse, plain
    from aua_compile.index import aliases
    from aua_compile.shipped import names
    from aua_compile.source import read_source

    document = read_source(root / CONFIG, root, CONFIG).then(parse).value
    whole = plain(document.root) if document is not None else {}
    assert isinstance(whole, dict)
    project = whole.get("project")
    tier = str(whole.get("tier"))
    said = {
        "preset": str(whole.get("preset")),
        "tier": aliases("tiers").get(tier, tier),
        "name": str(project.get("name")) if isinstance(project, dict) else "",
    }
    known = {"preset": names("presets"), "tier": (*names("tiers"), *own_names(root))}
    return {key: value for key, value in said.items() if (value in known[key] if key in known else _is_name(value))}


def _folder_name(root: Path) -> str:
    import re

    name = re.sub(r"[^a-z0-9]+", "-", root.resolve().name.lower()).strip("-")[:40].rstrip("-")
    return name if _is_name(name) else f"p-{name}".rstrip("-")


def _is_name(text: str) -> bool:
    from aua_compile.config.declare import NAME_KIND

    return NAME_KIND.regex.fullmatch(text) is not None
