"""Tables and JSON on standard output."""

from collections.abc import Sequence
from typing import Any


def as_json(value: Any) -> str:
    """Indented, in the order given, ending in a line feed."""
    from json import dumps

    return dumps(value, indent=2, ensure_ascii=False) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the last is not padded."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    return "\n".join(lines) + "\n"
