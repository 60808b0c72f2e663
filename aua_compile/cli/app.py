"""The table of commands. A command's work is imported when it runs."""

import typer

from aua_compile.cli import compile as compile_command
from aua_compile.cli import config, demo, explain, matrix, plan, registries

app = typer.Typer(
    name="aua",
    help="Compiles a short config into a reviewed deployment of several language models behind one router.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("compile")(compile_command.run)
app.command("plan")(plan.run)
app.command("explain")(explain.run)
app.command("demo")(demo.run)
app.add_typer(config.app)
for kind in registries.KINDS:
    commands = registries.commands(kind)
    if kind == "presets":
        commands.command("matrix")(matrix.run)
    app.add_typer(commands)
