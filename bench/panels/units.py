"""How values read in Grafana's units."""

import time
from math import floor, log10

_BYTES = ("B", "KiB", "MiB", "GiB", "TiB")


def said(value: float, unit: str) -> str:
    """A value with its unit.

    >>> said(0.0125, "percentunit"), said(0.0005, "s"), said(90, "s"), said(12.5, "reqps"), said(2**34, "bytes")
    ('1.25%', '500 µs', '1.5 min', '12.5 req/s', '16 GiB')
    """
    match unit:
        case "percentunit":
            return f"{_short(value * 100)}%"
        case "s":
            return _seconds(value)
        case "reqps":
            return f"{_short(value)} req/s"
        case "cps":
            return f"{_short(value)} /s"
        case "bytes":
            return _bytes(value)
        case "dateTimeFromNow":
            return f"{_seconds(time.time() - value / 1000)} ago"
        case _:
            return _short(value)


def _short(value: float) -> str:
    """Three digits that matter."""
    if value == 0:
        return "0"
    rounded = round(value, 2 - floor(log10(abs(value))))
    for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(rounded) >= size:
            return f"{rounded / size:g}{suffix}"
    return f"{rounded:g}"


def _seconds(value: float) -> str:
    size = abs(value)
    if size >= 60:
        return f"{_short(value / 60)} min"
    if size >= 1 or size == 0:
        return f"{_short(value)} s"
    return f"{_short(value * 1e3)} ms" if size >= 1e-3 else f"{_short(value * 1e6)} µs"


def _bytes(value: float) -> str:
    power = min(len(_BYTES) - 1, floor(log10(abs(value)) / log10(1024))) if abs(value) >= 1 else 0
    return f"{_short(value / 1024**power)} {_BYTES[power]}"
