"""When requests are due."""

from collections.abc import Iterator, Mapping
from math import sqrt
from random import Random
from typing import Literal, get_args

Process = Literal["poisson", "constant", "bursts", "ramp"]
PROCESSES: tuple[Process, ...] = get_args(Process)

MEANINGS: Mapping[Process, str] = {
    "poisson": "users that know nothing of each other: gaps drawn from an exponential distribution",
    "constant": "one gap, as a clock would",
    "bursts": "so many at once, then nothing until as many are due again",
    "ramp": "as poisson, at a rate that grows from nothing to the one that is asked for at the end",
}


def arrivals(process: Process, rate_per_s: float, duration_s: float, random: Random, burst: int = 1) -> Iterator[float]:
    """Seconds after the start at which requests are due, in order, all before `duration_s`. `burst`: how many a burst has.

    >>> list(arrivals("constant", 2.0, 2.0, Random(0)))
    [0.0, 0.5, 1.0, 1.5]
    >>> list(arrivals("bursts", 2.0, 2.0, Random(0), burst=2))
    [0.0, 0.0, 1.0, 1.0]
    """
    number, drawn, at_s = 0, 0.0, 0.0
    while at_s < duration_s:
        yield at_s
        number += 1
        match process:
            case "constant":
                at_s = number / rate_per_s
            case "bursts":
                at_s = number // burst * burst / rate_per_s
            case "poisson":
                at_s += random.expovariate(rate_per_s)
            case "ramp":  # the integral of a rate that grows evenly is a square; its inverse turns even gaps into due times
                drawn += random.expovariate(1.0)
                at_s = sqrt(2 * drawn * duration_s / rate_per_s)
