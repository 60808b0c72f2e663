"""`aua lock`: write down what a deployment is made of, and take over newer parts one by one."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from aua_compile.cli.exits import Exit
from aua_compile.cli.options import ConfigArgument, EnvOption, Format, JsonOption, SetOption, TierOption

if TYPE_CHECKING:
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
    """Write aua.lock beside CONFIG: what it lacks is added, what it holds stays unless it is upgraded.

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
    from aua_compile.lock.model import LOCK
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
    if json:
        sys.stdout.write(as_json({"file": place.as_posix(), "written": not dry_run and made.entries != locked, **_plain(made)}))
        return
    sys.stdout.writelines(_lines(made, locked, known))
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


def _plain(made: "Change") -> dict[str, object]:
    return {name: getattr(made, name) for name in ("entries", "added", "upgraded", "dropped", "held", "stale")}
