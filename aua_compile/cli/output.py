"""Tables and JSON on standard output."""

import os
import sys
from collections.abc import Sequence
from typing import Any

from aua_compile.cli import looks


def as_json(value: Any) -> str:
    """Indented, in the order given, ending in a line feed."""
    from json import dumps

    return dumps(value, indent=2, ensure_ascii=False) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for standard output: cut to the terminal's width where it is one."""
    return looks.table(head, rows, looks.width_of(sys.stdout, os.environ))
