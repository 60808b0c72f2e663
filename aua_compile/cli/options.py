"""Arguments and options that several commands share, and the exit codes."""

from enum import IntEnum, StrEnum
from typing import Annotated, TypeAlias

from typer import Argument, Option


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FINDINGS = 1  # findings that are no errors of the config, or drift
    USAGE = 2
    INVALID = 3  # the config is refused
    ENVIRONMENT = 4  # the machine is in the way: permissions, space, an occupied port


class Format(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"


ConfigArgument: TypeAlias = Annotated[str, Argument(metavar="CONFIG", help="A project file, or the name of a shipped preset.")]
TierOption: TypeAlias = Annotated[str | None, Option("--tier", metavar="NAME", help="The hardware; wins over the config's `tier`.")]
EnvOption: TypeAlias = Annotated[
    str | None, Option("--env", metavar="NAME", help="Lay the file CONFIG.NAME.yaml beside the config over it.")
]
SetOption: TypeAlias = Annotated[
    list[str] | None, Option("--set", metavar="KEY=VALUE", help="Set one value, list entries by name; may be repeated.")
]
FormatOption: TypeAlias = Annotated[Format, Option("--format", help="How findings are shown.")]
JsonOption: TypeAlias = Annotated[bool, Option("--json", help="The same as --format json.")]
