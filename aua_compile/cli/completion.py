"""`aua completion`: the script by which a shell completes our commands, options and their values."""

import sys
from enum import StrEnum
from typing import Annotated

from typer import Argument

from aua_compile.cli.options import JsonOption


class Shell(StrEnum):
    """Shells that can complete."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def run(shell: Annotated[Shell, Argument(metavar="SHELL", help="bash, zsh or fish.")], *, json: JsonOption = False) -> None:
    """Print the completion script of a shell. `aua --install-completion` puts it where the shell looks.

    Example: aua completion bash > ~/.local/share/bash-completion/completions/aua
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # typer says nowhere what it exports

    from aua_compile.cli.output import as_json

    script = get_completion_script(prog_name="aua", complete_var="_AUA_COMPLETE", shell=shell.value)
    sys.stdout.write(as_json({"shell": shell.value, "script": script}) if json else script + "\n")
