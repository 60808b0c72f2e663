"""`aua plan`: the plan of a config, for people or for programs, without writing anything."""

import os
import sys
from typing import Annotated

from typer import Option

from aua_compile.cli.exits import refuse
from aua_compile.cli.options import ConfigArgument, EnvOption, Format, JsonOption, SetOption, TierOption

WIDE = 100
"""Columns where there is no terminal."""


def run(
    config: ConfigArgument,
    *,
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    json: JsonOption = False,
    markdown: Annotated[bool, Option("--markdown", help="Print plan.md: routes, limits and alerts too.")] = False,
) -> None:
    """Show what CONFIG would deploy. What runs where, memory per device, why no better rung was taken, warnings.

    Example: aua plan coding.yaml --tier single-4090
    """
    from aua_compile.bundle import Choices
    from aua_compile.cli.looks import room_of
    from aua_compile.cli.plan_screen import screen
    from aua_compile.cli.project import Project
    from aua_compile.compiler import planned
    from aua_compile.targets import docs, plan_file

    if json and markdown:
        refuse("plan", "one of --json and --markdown")
    project = Project(Choices(config, tier, env, tuple(settings or ())), Format.JSON if json else Format.TEXT)
    checked = project.through(planned)
    made = project.certain(checked)
    if json:
        sys.stdout.write(next(plan_file.emit(made)).text)
        return
    project.tell(checked.diagnostics)
    sys.stdout.write(next(docs.emit(made)).text if markdown else screen(made, room_of(sys.stdout, os.environ, WIDE)))
