"""When requests are due."""

from collections.abc import Iterator
from random import Random
from typing import Literal

Process = Literal["poisson", "constant"]
"""`poisson`: users that know nothing of each other, gaps drawn from an exponential distribution. `constant`: one gap, as a clock would."""

PROCESSES: tuple[Process, ...] = ("poisson", "constant")


def arrivals(process: Process, rate_per_s: float, duration_s: float, random: Random) -> Iterator[float]:
    """Seconds after the start at which requests are due, in order, all before `duration_s`.

    >>> list(arrivals("constant", 2.0, 2.0, Random(0)))
    [0.0, 0.5, 1.0, 1.5]
    """
    number, at_s = 0, 0.0
    while at_s < duration_s:
        yield at_s
        number += 1
        at_s = number / rate_per_s if process == "constant" else at_s + random.expovariate(rate_per_s)
