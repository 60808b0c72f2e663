"""Durations and sizes as one would write them."""

import math

from aua_compile.config.declare import DURATION_UNITS_S, SIZE_UNITS_BYTES


def written_duration(seconds: float) -> str:
    """Seconds in the largest unit that gives a whole number."""
    for unit, factor in reversed(DURATION_UNITS_S.items()):
        amount = seconds / factor
        if amount >= 1 and math.isclose(amount, round(amount), rel_tol=1e-9):
            return f"{round(amount)}{unit}"
    return f"{seconds * 1000:g}ms"


def written_size(size: int) -> str:
    """Bytes in the largest binary unit that gives a whole number."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size and size % SIZE_UNITS_BYTES[unit] == 0:
            return f"{size // SIZE_UNITS_BYTES[unit]}{unit}"
    return f"{size}B"
