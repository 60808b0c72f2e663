"""Samples in the Prometheus text format, as the router's own `/metrics` and those of the engines write them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf

_LINE = re.compile(
    r'(?P<series>(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>(?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?) (?P<value>[^ #]+)(?: .*)?'
)
"""A time or an exemplar may follow the value."""
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample. `series` is its name with its labels, as they were written."""

    series: str
    labels: Mapping[str, str]
    value: float

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Whether it has these labels, among others."""
        return all(self.labels.get(name) == value for name, value in labels.items())


class Samples:
    """Samples by the name of their metric: one scrape, or what was made of several."""

    def __init__(self, by_name: Mapping[str, list[Sample]]) -> None:
        self.by_name = by_name
        self._by_label: dict[tuple[str, str], dict[str | None, list[Sample]]] = {}

    def of(self, name: str, **labels: str) -> Iterator[Sample]:
        """The samples of a series that have these labels. They are found by the first label: a plan may have a thousand specialists."""
        if not labels:
            return iter(self.by_name.get(name, ()))
        first = next(iter(labels))
        return (sample for sample in self._sorted(name, first).get(labels[first], ()) if sample.fits(labels))

    def _sorted(self, name: str, label: str) -> Mapping[str | None, list[Sample]]:
        found = self._by_label.get((name, label))
        if found is None:
            found = self._by_label[name, label] = {}
            for sample in self.by_name.get(name, ()):
                found.setdefault(sample.labels.get(label), []).append(sample)
        return found

    def total(self, name: str, **labels: str) -> float:
        """Their sum."""
        return sum(sample.value for sample in self.of(name, **labels))

    def totals(self, name: str, by: str, **labels: str) -> dict[str, float]:
        """Their sums by the value of one label, in the order in which the values first appear."""
        found: dict[str, float] = {}
        for sample in self.of(name, **labels):
            value = sample.labels.get(by, "")
            found[value] = found.get(value, 0.0) + sample.value
        return found

    def buckets(self, name: str, **labels: str) -> dict[float, float]:
        """How many observations of a histogram lie at or below each bound, over all series with these labels."""
        found: dict[float, float] = {}
        for sample in self.of(f"{name}_bucket", **labels):
            bound = inf if sample.labels["le"] == "+Inf" else float(sample.labels["le"])
            found[bound] = found.get(bound, 0.0) + sample.value
        return dict(sorted(found.items()))

    def mean(self, name: str, **labels: str) -> float | None:
        """The mean of what a histogram observed; None without any."""
        count = self.total(f"{name}_count", **labels)
        return self.total(f"{name}_sum", **labels) / count if count > 0 else None


def parsed(text: str) -> Samples:
    """One scrape. A line that is no sample is skipped."""
    by_name: dict[str, list[Sample]] = {}
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        value = _number(found["value"]) if found is not None else None
        if found is not None and value is not None:
            by_name.setdefault(found["name"], []).append(Sample(found["series"], _labels(found["labels"] or ""), value))
    return Samples(by_name)


def joined(scrapes: Iterable[Samples]) -> Samples:
    """Several scrapes as one."""
    by_name: dict[str, list[Sample]] = {}
    for scrape in scrapes:
        for name, samples in scrape.by_name.items():
            by_name.setdefault(name, []).extend(samples)
    return Samples(by_name)


@lru_cache(maxsize=65_536)  # the same labels come with every scrape
def _labels(text: str) -> Mapping[str, str]:
    return {name: _unescaped(value) if "\\" in value else value for name, value in _PAIR.findall(text)}


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


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
