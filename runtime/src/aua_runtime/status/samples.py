"""Samples in the Prometheus text format, as the router's own `/metrics` writes them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a series."""

    labels: Mapping[str, str]
    value: float

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether it has these labels, among others."""
        return all(self.labels.get(name) == value for name, value in labels.items())


class Samples:
    """One scrape."""

    def __init__(self, text: str) -> None:
        self._by_name: dict[str, list[Sample]] = {}
        for line in text.splitlines():
            found = _LINE.fullmatch(line)
            if found is not None:
                name, labels, value = found.groups()
                self._by_name.setdefault(name, []).append(Sample(dict(_PAIR.findall(labels or "")), float(value)))

    def of(self, name: str, **labels: str) -> Iterator[Sample]:
        """The samples of a series that have these labels."""
        return (sample for sample in self._by_name.get(name, ()) if sample.fits(labels))

    def total(self, name: str, **labels: str) -> float:
        """Their sum."""
        return sum(sample.value for sample in self.of(name, **labels))

    def buckets(self, name: str, **labels: str) -> dict[float, float]:
        """How many observations of a histogram lie at or below each bound, over all series with these labels."""
        found: dict[float, float] = {}
        for sample in self.of(f"{name}_bucket", **labels):
            bound = inf if sample.labels["le"] == "+Inf" else float(sample.labels["le"])
            found[bound] = found.get(bound, 0.0) + sample.value
        return dict(sorted(found.items()))


def quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """The value below which this share of observations lies, taking them for evenly spread in their bucket; None without any.

    As Prometheus' `histogram_quantile`: beyond the last finite bound it is that bound.

    >>> quantile(0.5, {1.0: 0.0, 2.0: 4.0, float("inf"): 4.0})
    1.5
    """
    count = max(buckets.values(), default=0.0)
    if count <= 0:
        return None
    below, under = 0.0, 0.0
    for bound, upto in buckets.items():
        if upto >= share * count:
            return below if bound == inf else below + (bound - below) * (share * count - under) / (upto - under)
        below, under = bound, upto
    return below
