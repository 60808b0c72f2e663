"""`aua config`: validate, show, expand, migrate, reload, diff."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Annotated, Any

from typer import Argument, Context, Option, Typer

from aua_compile.cli import migrate
from aua_compile.cli.exits import Exit
from aua_compile.cli.options import ConfigArgument, EnvOption, Format, FormatOption, JsonOption, SetOption, TierOption
from aua_compile.cli.words import words

app = Typer(name="config", help="Validate, show, expand or compare configurations.", no_args_is_help=True, rich_markup_mode=None)


def commands(_: str) -> Typer:
    """The commands of `aua config`."""
    return app


@app.command("validate")
def validate(
    config: ConfigArgument,
    *,
    tier: TierOption = None,
    env: EnvOption = None,
    settings: SetOption = None,
    strict: Annotated[bool, Option("--strict", help="Exit 1 on warnings too.")] = False,
    style: FormatOption = Format.TEXT,
    json: JsonOption = False,
) -> None:
    """Check CONFIG and write nothing. As far as the plan and its patches.

    Example: aua config validate coding.yaml --tier single-4090
    """
    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project
    from aua_compile.compiler import compiled, planned

    project = Project(Choices(config, tier, env, tuple(settings or ())), Format.JSON if json else style)
    checked = project.through(planned)
    made = project.certain(checked)
    if made.patches:  # what they do shows only in the artifacts
        patched = project.through(compiled)
        project.certain(patched)
        checked = replace(checked, diagnostics=patched.diagnostics)
    project.tell(checked.diagnostics)
    if project.style is Format.TEXT:
        sys.stdout.write(f"{config}: valid; {len(made.specialists)} specialists on tier {made.project.tier}\n")
    if strict and checked.diagnostics:
        raise SystemExit(Exit.FINDINGS)


@app.command("show")
def show(
    config: ConfigArgument, *, tier: TierOption = None, env: EnvOption = None, settings: SetOption = None, json: JsonOption = False
) -> None:
    """Show the final values of CONFIG with the layer that set each.

    Example: aua config show coding.yaml --tier single-4090
    """
    from aua_compile.cli.output import as_json, table
    from aua_compile.config.show import expanded

    resolved = _resolved(config, tier, env, settings, json=json)
    rows = [(path, value, _layer(path, resolved.origins)) for path, value in _leaves(expanded(resolved.config), "")]
    if json:
        sys.stdout.write(as_json([{"key": path, "value": value, "layer": layer} for path, value, layer in rows]))
        return
    shown = []
    for (field, registered), group in groupby(rows, lambda row: (_words_of(row[0]), row[2].startswith("registry "))):
        each = list(group)
        folds = field and registered
        shown += [(field, f"{len(each)} words", "registry")] if folds else [(path, _plain(value), layer) for path, value, layer in each]
    sys.stdout.write(table(("key", "value", "set by"), shown))


@app.command("expand")
def expand(
    config: ConfigArgument, *, tier: TierOption = None, env: EnvOption = None, settings: SetOption = None, json: JsonOption = False
) -> None:
    """Print CONFIG with every layer spelt out. One file that compiles to the same plan.

    Example: aua config expand coding.yaml --tier single-4090 > whole.yaml
    """
    from aua_compile.cli.output import as_json
    from aua_compile.config.show import expanded
    from aua_compile.render import to_yaml

    whole = expanded(_resolved(config, tier, env, settings, json=json).config)
    sys.stdout.write(as_json(whole) if json else to_yaml(whole))


app.command("migrate")(migrate.run)


@app.command(
    "reload",
    help="Have a running router read its settings again.\n\nExample: aua config reload --url http://127.0.0.1:8001",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def reload(context: Context) -> None:
    from aua_compile.cli.runtime import command

    command("reload", "aua config")(context)


@app.command("diff")
def diff(
    old: Annotated[str, Argument(metavar="OLD", help="A config.", autocompletion=words("config"))],
    new: Annotated[str, Argument(metavar="NEW", help="Another.", autocompletion=words("config"))],
    *,
    tier: TierOption = None,
    json: JsonOption = False,
) -> None:
    """List the values in which two configs differ. Final values; exit 1 if there are any.

    Example: aua config diff coding.yaml coding.prod.yaml --tier single-4090
    """
    from aua_compile.cli.output import as_json
    from aua_compile.config.show import expanded

    before, after = (dict(_leaves(expanded(_resolved(name, tier, None, None, json=json).config), "")) for name in (old, new))
    changed = [(path, before.get(path), after.get(path)) for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    if json:
        sys.stdout.write(as_json([{"key": path, "old": was, "new": now} for path, was, now in changed]))
    else:
        for (field, added, gone), group in groupby(changed, lambda row: (_words_of(row[0]), row[1] is None, row[2] is None)):
            differing = list(group)
            if field and (added or gone):
                counted = f"{len(differing)} words"
                differing = [(field, None if added else counted, None if gone else counted)]
            sys.stdout.writelines(f"{path}: {_plain(was)} -> {_plain(now)}\n" for path, was, now in differing)
    if changed:
        raise SystemExit(Exit.FINDINGS)


def _resolved(config: str, tier: str | None, env: str | None, settings: list[str] | None, *, json: bool) -> Any:
    from aua_compile.bundle import Choices
    from aua_compile.cli.project import Project
    from aua_compile.compiler import configured

    project = Project(Choices(config, tier, env, tuple(settings or ())), Format.JSON if json else Format.TEXT)
    checked = project.through(configured)
    resolved = project.certain(checked)
    if not json:
        project.tell(checked.diagnostics)
    return resolved


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Each value with its path by name."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}.{item.get('name', index)}")
    else:
        yield path, value


def _words_of(path: str) -> str:
    """The key of a field's words, for the path of one of them: a registered field has hundreds, which text counts and JSON lists."""
    found = re.match(r"fields\.[^.]+\.keywords(?=\.)", path)
    return found[0] if found else ""


def _layer(path: str, origins: Any) -> str:
    chain = origins.get(path)
    return f"{chain[0].layer} {chain[0].span.file}:{chain[0].span.line}" if chain else "default"


def _plain(value: Any) -> str:
    from aua_compile.render import to_yaml

    return (
        "-"
        if value is None
        else to_yaml({"v": value}).removeprefix("v:").strip().replace("\n", " ")
        if not isinstance(value, list)
        else f"[{', '.join(map(str, value))}]"
    )
