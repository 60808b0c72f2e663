"""Stretches of time over which rates are taken, and how PromQL spells a stretch of time."""

from math import ceil

from aua_compile.plan.model import Plan

_UNITS_MS = (("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def duration(seconds: float) -> str:
    """A stretch of time as Prometheus writes it, to the millisecond.

    >>> duration(300), duration(90), duration(0.25)
    ('5m', '1m30s', '250ms')
    """
    left = max(1, round(seconds * 1000))
    parts = []
    for unit, size in _UNITS_MS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def short_s(plan: Plan) -> float:
    """For what is frequent: five minutes, and never fewer than four scrapes, below which one lost scrape empties a rate."""
    return max(300, ceil(4 * plan.observability.scrape_interval_s))


def long_s(plan: Plan) -> float:
    """For what is rare, such as comparisons and verdicts: half an hour by default, six short windows."""
    return 6 * short_s(plan)


def quiet_s(plan: Plan) -> float:
    """For what is rare where few ask anything: six hours by default, twelve long windows."""
    return 12 * long_s(plan)


def hold_s(plan: Plan, seconds: float) -> float:
    """How long a condition holds before someone is told: at least `seconds`, and at least three scrapes, so that one lost is none."""
    return max(seconds, ceil(3 * plan.observability.scrape_interval_s))
