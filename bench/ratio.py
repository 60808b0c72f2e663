"""One figure against another, round by round."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times another's a figure is: the median of the rounds' ratios, the least and the largest."""

    median: float
    least: float
    largest: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.largest:.2f})"


def ratio(figure: Sequence[float], to: Sequence[float]) -> Ratio:
    """What was measured in the same round is compared, so that a busy moment slows both."""
    each = sorted(mine / theirs for mine, theirs in zip(figure, to, strict=True))
    return Ratio(statistics.median(each), each[0], each[-1])


def spread(figure: Sequence[float]) -> str:
    return f"{min(figure):.1f} to {max(figure):.1f}"
