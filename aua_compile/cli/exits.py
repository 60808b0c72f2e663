"""Exit codes, and ending a command with one."""

import sys
from enum import IntEnum
from typing import NoReturn


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FINDINGS = 1  # findings that are no errors of the config, or drift
    USAGE = 2
    INVALID = 3  # the config is refused
    ENVIRONMENT = 4  # the machine is in the way: permissions, space, an occupied port
    BUG = 70  # `EX_SOFTWARE` of sysexits.h: nothing that was given is at fault


def refuse(command: str, message: str, code: Exit = Exit.USAGE) -> NoReturn:
    """End a command with one sentence on standard error."""
    sys.stderr.write(f"aua {command}: {message}\n")
    raise SystemExit(code)
