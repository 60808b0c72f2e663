"""Figures that are rounded so that what is shown still sums."""

from collections.abc import Sequence
from math import floor


def apportioned(values: Sequence[float], whole: int) -> list[int]:
    """`whole` divided as the values are, in whole parts that sum to it: the method of largest remainders (Hamilton, 1792).

    >>> apportioned([1, 1, 1], 10)
    [4, 3, 3]
    """
    total = sum(values)
    if total <= 0:
        return [0] * len(values)
    exact = [value * whole / total for value in values]
    parts = [floor(share) for share in exact]
    by_remainder = sorted(range(len(values)), key=lambda index: parts[index] - exact[index])
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return parts
