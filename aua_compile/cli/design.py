"""`aua tiers design`: the cheapest hardware in the registry that serves a config."""

import sys
from typing import Annotated, Any

from typer import Option

from aua_compile.cli.exits import Exit, refuse
from aua_compile.cli.options import ConfigArgument, EnvOption, JsonOption, SetOption, TierOption
from aua_compile.plan.design import Design

HEAD = ("hardware", "$/h", "steps down", "free GiB", "what runs")


def run(
    config: ConfigArgument,
    *,
    concurrency: Annotated[int | None, Option(help="Requests at once of each service; else what CONFIG wants.", min=1, max=65536)] = None,
    best: Annotated[bool, Option("--best", help="Take the best rung of every ladder, and no lower one.")] = False,
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Propose hardware for CONFIG. Of each rented kind of GPU the fewest that serve it, and two kinds where that is cheaper.

    Example: aua tiers design coding.yaml --concurrency 16

    Prices are the lowest that were seen, indicative. The exit status is 1 where nothing serves it.
    """
    from dataclasses import replace

    from aua_compile.bundle import Choices
    from aua_compile.cli.looks import working
    from aua_compile.cli.options import Format
    from aua_compile.cli.project import Project
    from aua_compile.compiler import configured
    from aua_compile.plan.asked import wants_of
    from aua_compile.plan.design import designs
    from aua_compile.registry.model import MANAGED_ENGINES

    project = Project(Choices(config, tier, env, tuple(settings or ())), Format.JSON if json else Format.TEXT)
    wants = wants_of(project.certain(project.through(configured)))
    if not wants:
        refuse("tiers design", "every specialist of this config is external: it needs no GPU")
    if concurrency is not None:
        wants = tuple(replace(want, concurrency=concurrency, max_num_seqs=None) for want in wants)
    catalog = project.catalog
    with working("trying machines", shows=not json):
        found = list(
            designs(
                wants,
                (catalog.accelerator(name) for name in catalog.names("accelerators")),
                tuple(catalog.engine(name) for name in MANAGED_ENGINES),
                steps_down=0 if best else None,
            )
        )
    if json:
        from aua_compile.cli.output import as_json

        sys.stdout.write(as_json([_data(design) for design in found]))
    elif found:
        from aua_compile.cli.output import table

        sys.stdout.write(table(HEAD, [_row(design) for design in found]))
        sys.stdout.write("\nPrices are the lowest rents that were seen; `aua plan CONFIG --tier NAME` shows the whole plan of a tier.\n")
    else:
        sys.stdout.write("No machine of up to eight registered GPUs with a known price serves this.\n")
    if not found:
        raise SystemExit(Exit.FINDINGS)


def _row(design: Design) -> tuple[str, ...]:
    runs = ", ".join(f"{placement.service}: {placement.candidate.reference}" for placement in design.placed.placements)
    return (
        " + ".join(f"{count} x {accelerator.name}" for accelerator, count in design.kinds),
        f"{design.usd_per_hour:.2f}",
        str(design.steps_down),
        f"{design.free_gib:.0f}",
        runs,
    )


def _data(design: Design) -> dict[str, Any]:
    (accelerator, count), *others = design.kinds
    return {
        "accelerator": accelerator.name,
        "accelerators": count,
        "also": {other.name: many for other, many in others},
        "usd_per_hour": round(design.usd_per_hour, 4),
        "steps_down": design.steps_down,
        "free_gib": round(design.free_gib, 2),
        "services": {
            placement.service: {"model": placement.candidate.reference, "engine": placement.engine.name, "devices": list(placement.devices)}
            for placement in design.placed.placements
        },
    }
