"""`aua diff`: what a change of a config or a plan does to what runs."""

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from aua_compile.cli.exits import Exit, refuse
from aua_compile.cli.options import EnvOption, Format, JsonOption, SetOption, TierOption

if TYPE_CHECKING:
    from aua_compile.cli.diff.report import Report
    from aua_compile.cli.diff.sides import Side


class Form(StrEnum):
    """How a comparison is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


SIDE = "A config, a plan.json, the folder of a deployment, or REVISION:PATH of one of these."


def run(
    old: Annotated[str, Argument(metavar="OLD", help=SIDE)],
    new: Annotated[str, Argument(metavar="NEW", help=SIDE)],
    *,
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    old_tier: Annotated[str | None, Option("--old-tier", metavar="NAME", help="--tier of OLD alone.")] = None,
    old_env: Annotated[str | None, Option("--old-env", metavar="NAME", help="--env of OLD alone.")] = None,
    old_settings: Annotated[list[str] | None, Option("--old-set", metavar="KEY=VALUE", help="--set of OLD alone; may be repeated.")] = None,
    new_tier: Annotated[str | None, Option("--new-tier", metavar="NAME", help="--tier of NEW alone.")] = None,
    new_env: Annotated[str | None, Option("--new-env", metavar="NAME", help="--env of NEW alone.")] = None,
    new_settings: Annotated[list[str] | None, Option("--new-set", metavar="KEY=VALUE", help="--set of NEW alone; may be repeated.")] = None,
    exit_code: Annotated[bool, Option("--exit-code", help="Exit 1 if what is deployed differs.")] = False,
    fail_on: Annotated[
        list[str] | None,
        Option("--fail-on", metavar="WORDS", help="Exit 1 if a change is of such a class or a stricter one, such as recreate,breaking."),
    ] = None,
    allow_weaker: Annotated[bool, Option("--allow-weaker", help="Do not exit 1 because security gets weaker.")] = False,
    style: Annotated[Form, Option("--format", help="How the comparison is shown.")] = Form.TEXT,
    json: JsonOption = False,
) -> None:
    """Say what a change does to what is deployed. How it is applied and by whom, and whether security gets weaker.

    Example: aua diff main:coding.yaml coding.yaml
    """
    from aua_compile.cli.diff.asked import Asked, fails, unused
    from aua_compile.cli.looks import working

    style = Form.JSON if json else style
    words = _words(fail_on or [])
    asked = (
        Asked(
            old,
            "old",
            old_tier or tier,
            old_env or env,
            (*(settings or ()), *(old_settings or ())),
            bool(old_tier or old_env or old_settings),
        ),
        Asked(
            new,
            "new",
            new_tier or tier,
            new_env or env,
            (*(settings or ()), *(new_settings or ())),
            bool(new_tier or new_env or new_settings),
        ),
    )
    sides = [each.side(Format.JSON if style is Form.JSON else Format.TEXT) for each in asked]
    if (what := unused(asked, sides)) != "":
        refuse("diff", what)
    with working("planning with each change alone", shows=style is not Form.JSON):
        made = compared(*sides)
    sys.stdout.write(_shown(made, style))
    if fails(made, words, any_change=exit_code, weaker=not allow_weaker):
        raise SystemExit(Exit.FINDINGS)


def _words(given: list[str]) -> tuple[str, ...]:
    """The classes of `--fail-on`, however they were split."""
    from aua_compile.characters import shown
    from aua_compile.config.mistakes import nearest
    from aua_compile.plan.changes import HOWS, WHATS

    known = (*HOWS[1:], *WHATS)
    words = tuple(word.strip() for several in given for word in several.split(","))
    for word in words:
        if word not in known:
            near = nearest(word, known)
            hint = f"; did you mean {near}?" if near else f"; known are {', '.join(known)}"
            refuse("diff", f"--fail-on does not know {shown(word)!r}{hint}")
    return words


def compared(old: "Side", new: "Side") -> "Report":
    """What differs between two sides, with causes where both are configs."""
    from aua_compile.cli.diff.report import report
    from aua_compile.plan.causes import causes
    from aua_compile.plan.changes import diff

    found = diff(old.plan, new.plan)
    known = {} if old.resolved is None or new.resolved is None else causes(old.resolved, new.resolved, found)
    return report(old, new, found, known)


def _shown(made: "Report", style: Form) -> str:
    match style:
        case Form.JSON:
            from aua_compile.cli.output import as_json
            from aua_compile.plan.digest import plain

            return as_json(plain(made))
        case Form.MARKDOWN:
            from aua_compile.cli.diff.markdown import markdown

            return markdown(made)
    from aua_compile.cli.diff.text import text
    from aua_compile.cli.looks import takes_colour

    return text(made, colour=takes_colour(sys.stdout, os.environ))
