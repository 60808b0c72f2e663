"""Arguments and options that several commands share."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from typer import Argument, Option

from aua_compile.cli.words import words


class Format(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"


ConfigArgument: TypeAlias = Annotated[
    str, Argument(metavar="CONFIG", help="A project file, or the name of a shipped preset.", autocompletion=words("config"))
]
DirArgument: TypeAlias = Annotated[str, Argument(metavar="DIR", help="A folder that `aua compile` wrote.")]
TierOption: TypeAlias = Annotated[
    str | None, Option("--tier", metavar="NAME", help="The hardware; wins over the config's `tier`.", autocompletion=words("tier"))
]
EnvOption: TypeAlias = Annotated[
    str | None, Option("--env", metavar="NAME", help="Lay the file CONFIG.NAME.yaml beside the config over it.")
]
SetOption: TypeAlias = Annotated[
    list[str] | None,
    Option("--set", metavar="KEY=VALUE", help="Set one value, list entries by name; may be repeated.", autocompletion=words("setting")),
]
LockedOption: TypeAlias = Annotated[bool, Option("--locked", help="Refuse what differs from aua.lock, and a project without one.")]
FormatOption: TypeAlias = Annotated[Format, Option("--format", help="How findings are shown.")]
JsonOption: TypeAlias = Annotated[bool, Option("--json", help="The same as --format json.")]
