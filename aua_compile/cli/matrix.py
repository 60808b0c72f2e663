"""`aua presets matrix`: every preset on every tier, compiled to its plan or refused."""

import sys

from aua_compile.cli.options import JsonOption
from aua_compile.diagnostic import Remedy
from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair: what runs (a line per service), or why nothing does and what was tried that would help."""

    preset: str
    tier: str
    runs: tuple[str, ...]
    refusal: str
    advice: str = ""
    fixes: tuple[Remedy, ...] = ()


def cells() -> list[Cell]:
    """All pairs, presets in rows."""
    from aua_compile.cli.looks import progress
    from aua_compile.shipped import names

    pairs = [(preset, tier) for preset in names("presets") for tier in names("tiers")]
    return [_cell(preset, tier) for preset, tier in progress(pairs, "compiling presets for tiers")]


def _cell(preset: str, tier: str) -> Cell:
    from aua_compile.bundle import Choices
    from aua_compile.cli.options import Format
    from aua_compile.cli.project import Project
    from aua_compile.compiler import planned

    checked = Project(Choices(preset, tier), Format.TEXT).through(planned)
    if checked.value is None:
        first = next(finding for finding in checked.diagnostics if finding.severity == "error")
        return Cell(preset, tier, (), f"{first.code} {first.message}", first.help, first.fixes)
    plan = checked.value
    instances = {instance.name: instance for instance in plan.instances}
    return Cell(
        preset, tier, tuple(_runs(service.name, service.model, instances.get(service.instance or "")) for service in plan.called), ""
    )


def _runs(name: str, model: str, instance: object) -> str:
    from aua_compile.plan.model import Instance

    if not isinstance(instance, Instance):
        return f"{name}: {model}, external"
    spread = f" x{len(instance.devices)}" if len(instance.devices) > 1 else ""
    return f"{name}: {model} on {instance.engine}{spread}, {instance.context_tokens} tokens, {instance.max_num_seqs} sequences"


def run(*, json: JsonOption = False) -> None:
    """Compile every preset for every tier. Shows what runs, or the refusal.

    Example: aua presets matrix
    """
    from dataclasses import asdict

    from aua_compile.cli.output import as_json, table

    found = cells()
    if json:
        sys.stdout.write(as_json([asdict(cell) for cell in found]))
        return
    tiers = list(dict.fromkeys(cell.tier for cell in found))
    presets = list(dict.fromkeys(cell.preset for cell in found))
    fits = {(cell.preset, cell.tier): not cell.refusal for cell in found}
    rows = [[preset, *("fits" if fits[preset, tier] else "refused" for tier in tiers)] for preset in presets]
    sys.stdout.write(table(["preset", *tiers], rows))
    sys.stdout.write(f"\n{sum(fits.values())} of {len(found)} fit.\n")
    for cell in found:
        sys.stdout.write(f"\n{cell.preset} on {cell.tier}{': refused' if cell.refusal else ''}\n")
        for line in (*cell.runs, *cell.refusal.splitlines(), *cell.advice.splitlines()):
            sys.stdout.write(f"  {line}\n")
