"""Scrapes, one after another, as series in promtool's notation."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")


@dataclass(slots=True)
class Series:
    """Every series that was seen, with its values by the number of the scrape."""

    values: dict[str, dict[int, float]] = field(default_factory=dict)
    scrapes: int = 0

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
            yield name, " ".join(_tokens([values.get(number) for number in range(self.scrapes)]))


def _tokens(values: list[float | None]) -> Iterator[str]:
    at = 0
    before: float | None = None
    while at < len(values):
        value = values[at]
        if value is None:
            if before is not None:
                yield "stale"
                at += 1
            length = _length(values[at:], lambda one, _: one is None)
            if length:
                yield f"_x{length}"
            at, before = at + length, None
            continue
        step = following - value if at + 1 < len(values) and (following := values[at + 1]) is not None else 0.0
        length = _length(values[at + 1 :], lambda one, index, value=value, step=step: one is not None and one == value + step * (index + 1))
        yield f"{value!r}{step:+}x{length}" if length else repr(value)
        at, before = at + 1 + length, value


def _length(values: Iterable[float | None], holds) -> int:  # type: ignore[no-untyped-def]
    length = 0
    for index, value in enumerate(values):
        if not holds(value, index):
            break
        length += 1
    return length
