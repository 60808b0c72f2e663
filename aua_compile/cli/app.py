"""The table of commands. A command's module, and with it what the command needs, is imported when it is the one that was asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Annotated

import typer

from aua_compile.cli import runtime
from aua_compile.cli.exits import Exit

COMMANDS: Mapping[str, str] = {
    "compile": "aua_compile.cli.compile",
    "eject": "aua_compile.cli.eject",
    "plan": "aua_compile.cli.plan",
    "diff": "aua_compile.cli.diff",
    "lock": "aua_compile.cli.lock",
    "attest": "aua_compile.cli.attest",
    "verify": "aua_compile.cli.verify",
    "explain": "aua_compile.cli.explain",
    "graph": "aua_compile.cli.graph",
    "fit": "aua_compile.cli.fit",
    "init": "aua_compile.cli.init",
    "import": "aua_compile.cli.import_",
    "demo": "aua_compile.cli.demo",
    "schema": "aua_compile.cli.schema",
    "lsp": "aua_compile.cli.lsp",
    "completion": "aua_compile.cli.completion",
}
"""Command -> the module whose `run` it is."""

GROUPS: Mapping[str, str] = {
    "config": "aua_compile.cli.config",
    "models": "aua_compile.cli.registries",
    "fields": "aua_compile.cli.registries",
    "presets": "aua_compile.cli.registries",
    "tiers": "aua_compile.cli.registries",
    "engines": "aua_compile.cli.registries",
}
"""Command with commands of its own -> the module whose `commands` makes it."""


PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Settings of a command whose arguments another program reads, `--help` too."""


def app(asked: str | None = None) -> typer.Typer:
    """The command line: with the command `asked` for alone, or with all where none of that name is known."""
    made = typer.Typer(
        name="aua",
        help="Compiles a short config into a reviewed deployment of several language models behind one router.",
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback(invoke_without_command=True)(_top)
    alone = {asked} & (COMMANDS.keys() | GROUPS.keys() | runtime.COMMANDS.keys())
    for name, module in COMMANDS.items():
        if name in alone or not alone:
            run: Callable[..., None] = import_module(module).run
            made.command(name)(run)
    for name, module in GROUPS.items():
        if name in alone or not alone:
            made.add_typer(import_module(module).commands(name))
    for name, text in runtime.COMMANDS.items():
        if name in alone or not alone:
            made.command(name, help=text, context_settings=PASSED_ON)(runtime.command(name))
    return made


def _top(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Say which versions these are, and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --version: as JSON.")] = False,
) -> None:
    if version:
        from aua_compile.cli.version import show

        show(as_json=json)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(Exit.USAGE)
