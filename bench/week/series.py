"""Scrapes, one after another, as series in promtool's notation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, takewhile

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")


@dataclass(slots=True)
class Series:
    """Every series that was seen, with its values by the number of the scrape."""

    values: dict[str, dict[int, float]] = field(default_factory=dict)
    scrapes: int = 0
    gaps: set[int] = field(default_factory=set)  # scrapes that Prometheus itself missed: it sets no marker then

    def add(self, name: str, value: float) -> None:
        """A sample of the present scrape."""
        self.values.setdefault(name, {})[self.scrapes] = value

    def exposed(self, text: str, labels: str) -> None:
        """All samples of an exposition, with the labels that the scrape adds."""
        for line in text.splitlines():
            if not line.startswith("#") and (found := _SAMPLE.fullmatch(line)):
                name, own, value = found.groups()
                self.add(f"{name}{{{labels}{',' + own if own else ''}}}", float(value))

    def written(self) -> Iterator[tuple[str, str]]:
        """Each series and its values; one that was not there any more ends with a marker, as Prometheus sets it."""
        for name, values in self.values.items():
            yield name, " ".join(_tokens([values.get(number) for number in range(self.scrapes)], self.gaps))


def _tokens(values: list[float | None], gaps: set[int]) -> Iterator[str]:
    """One token for each stretch in which a series is away or goes on by the same step."""
    at, was_there = 0, False
    while at < len(values):
        value = values[at]
        if value is None:
            if was_there and at not in gaps:
                yield "stale"
                at += 1
            length = sum(1 for _ in takewhile(lambda one: one is None, values[at:]))
            if length:
                yield f"_x{length}"
            at, was_there = at + length, False
            continue
        following = values[at + 1] if at + 1 < len(values) else None
        step = 0.0 if following is None else following - value
        line = (value + step * number for number in count(1))
        length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(values[at + 1 :], line, strict=False)))
        yield f"{value!r}{step:+}x{length}" if length else repr(value)
        at, was_there = at + 1 + length, True
