"""`aua lock`: write down what a deployment is made of, and take over newer parts one by one."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import ConfigArgument, EnvOption, Format, JsonOption, SetOption, TierOption

if TYPE_CHECKING:
    from aua_compile.cli.diff.report import Report
    from aua_compile.cli.project import Project
    from aua_compile.lock.change import Change


def run(
    config: ConfigArgument,
    *,
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    upgrade: Annotated[
        list[str] | None, Option("--upgrade", metavar="NAME", help="Take over what is known of NAME now; may be repeated.")
    ] = None,
    upgrade_all: Annotated[bool, Option("--upgrade-all", help="Take over all that is known now.")] = False,
    prune: Annotated[bool, Option("--prune", help="Drop entries that this compile does not use.")] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Write nothing; show what would change.")] = False,
    json: JsonOption = False,
) -> None:
    """Write down in aua.lock what CONFIG is made of. What it lacks is added, what it holds stays unless it is upgraded.

    Example: aua lock coding.yaml --tier single-4090
    """
    from aua_compile.bundle import Choices
    from aua_compile.cli.locking import made_of
    from aua_compile.cli.output import as_json
    from aua_compile.cli.project import Project
    from aua_compile.compiler import planned
    from aua_compile.disk.one_file import replace_file
    from aua_compile.lock.change import change
    from aua_compile.lock.drift import no_place
    from aua_compile.lock.model import LOCK, is_pin
    from aua_compile.lock.write import lock_text

    project = Project(Choices(config, tier, env, tuple(settings or ())), Format.JSON if json else Format.TEXT)
    known = made_of(project, project.certain(project.through(lambda bundle, catalog: planned(replace(bundle, lock=None), catalog))))
    assert project.bundle is not None
    if not Path(config).exists():
        project.tell((no_place(config),))
        raise SystemExit(Exit.USAGE)
    place = Path(config).parent / LOCK
    locked = project.bundle.lock.entries if project.bundle.lock else {}
    names = tuple(known) if upgrade_all else _meant(upgrade or (), {**locked, **known}, project)
    made = change(locked, known, names, prune=prune)
    if not dry_run and made.entries != locked:
        project.certain(replace_file(place, lock_text(made.entries)))
    differs = _effect(project, made)
    if json:
        sys.stdout.write(as_json({"file": place.as_posix(), "written": not dry_run and made.entries != locked, **_plain(made, differs)}))
        return
    sys.stdout.writelines(_lines(made, locked, known))
    if differs is not None:
        sys.stdout.write(f"\n{_shown(differs)}\n")
    if any(not is_pin(name) for name in made.upgraded):
        sys.stdout.write(f"Facts changed too; `aua diff DEPLOYED {config}` tells what of them reaches what is deployed.\n")
    sys.stdout.write(f"{place}: {_summary(made)}{' (nothing written)' if dry_run else ''}\n")


def _meant(asked: Iterable[str], known: Mapping[str, str], project: "Project") -> tuple[str, ...]:
    """The entries that `--upgrade` names; a model's comprise its repositories'."""
    from aua_compile.lock.change import named
    from aua_compile.lock.drift import unknown_entry
    from aua_compile.lock.model import REVISIONS

    found: list[str] = []
    for word in asked:
        entries = named(word, known)
        if not entries:
            project.tell((unknown_entry(word, known),))
            raise SystemExit(Exit.USAGE)
        found.extend(entries)
        for entry in entries:
            kind, _, name = entry.partition("/")
            facts = project.catalog.model(name) if kind == "models" else None
            found.extend(REVISIONS + (variant.repository or "") for variant in (facts.variants.values() if facts else ()))
    return tuple(found)


def _lines(made: "Change", locked: Mapping[str, str], known: Mapping[str, str]) -> Iterator[str]:
    """One line for each entry that changes or might."""
    from aua_compile.lock.drift import short

    was, now = ({name: short(value) for name, value in entries.items()} for entries in (locked, known))
    yield from (f"  + {name}  {now[name]}\n" for name in made.added)
    yield from (f"  ~ {name}  {was[name]} -> {now[name]}\n" for name in made.upgraded)
    yield from (f"  - {name}  {was[name]}\n" for name in made.dropped)
    yield from (f"  = {name}  {was[name]}  (held; {now[name]} is known)\n" for name in made.held)
    yield from (f"  ! {name}  {was[name]}  (no longer so; it is {now[name]})\n" for name in made.stale)


def _summary(made: "Change") -> str:
    counts = {
        "added": made.added,
        "upgraded": made.upgraded,
        "dropped": made.dropped,
        "held": made.held,
        "to upgrade with `--upgrade`": made.stale,
    }
    said = ", ".join(f"{len(names)} {word}" for word, names in counts.items() if names)
    return f"{len(made.entries)} entries; {said or 'nothing changes'}"


def _effect(project: "Project", made: "Change") -> "Report | None":
    """What the upgrade of commits and images does to the plan; None where none is upgraded."""
    from aua_compile.cli.diff import compared
    from aua_compile.cli.diff.sides import Side
    from aua_compile.compiler import planned
    from aua_compile.lock.model import Lock, is_pin

    bundle = project.bundle
    assert bundle is not None
    if bundle.lock is None or not any(map(is_pin, made.upgraded)):
        return None
    after = Lock(bundle.lock.file, made.entries, {})
    before, now = (project.certain(planned(replace(bundle, lock=lock), project.catalog)) for lock in (bundle.lock, after))
    differs = compared(Side("locked", "config", before, None), Side("upgraded", "config", now, None))
    return replace(differs, origins_known=True)  # the upgrade is what all of it comes from


def _shown(differs: "Report") -> str:
    from aua_compile.cli.diff.text import text
    from aua_compile.cli.looks import takes_colour

    return text(differs, colour=takes_colour(sys.stdout, os.environ))


def _plain(made: "Change", differs: "Report | None") -> dict[str, object]:
    from aua_compile.plan.digest import plain

    said = {name: getattr(made, name) for name in ("entries", "added", "upgraded", "dropped", "held", "stale")}
    return {**said, "diff": None if differs is None else plain(differs)}
