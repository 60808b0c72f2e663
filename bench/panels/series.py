"""What a panel's queries find in Prometheus, with what Grafana fills in filled in here."""

import json
import re
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

STEPS = 120
"""Points of a series, as wide panels have them."""
RATE_INTERVAL_S = 15
"""What `$__rate_interval` stands for: Grafana takes at least four scrapes; so short a run wants smooth curves."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """What a query found under one legend. Points are seconds since 1970 and values; a query of now gives one."""

    name: str
    labels: dict[str, str]
    points: tuple[Point, ...]

    @property
    def last(self) -> float:
        return self.points[-1][1]


@dataclass(frozen=True, slots=True)
class Source:
    """A Prometheus, and the time that is looked at."""

    url: str
    start_s: float
    end_s: float

    def ask(self, panel: dict[str, Any]) -> list[Series]:
        """All series of a panel, in the order of its queries."""
        return [series for target in panel["targets"] for series in self._target(target)]

    def _target(self, target: dict[str, Any]) -> list[Series]:
        expr = filled(target["expr"])
        if target["instant"]:
            found = self._get("query", query=expr, time=self.end_s)
        else:
            step = max(1.0, (self.end_s - self.start_s) / STEPS)
            found = self._get("query_range", query=expr, start=self.start_s, end=self.end_s, step=step)
        return [_series(entry, target["legendFormat"]) for entry in found if _points(entry)]

    def _get(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        with urlopen(f"{self.url}/api/v1/{path}?{urlencode(parameters)}", timeout=30) as answer:
            result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return result


def filled(expr: str) -> str:
    """A query as Prometheus takes it: all values of every variable, and a window.

    >>> filled('rate(x{field=~"$field"}[$__rate_interval])')
    'rate(x{field=~".*"}[15s])'
    """
    return re.sub(r"\$(\w+)", lambda found: f"{RATE_INTERVAL_S}s" if found[1] == "__rate_interval" else ".*", expr)


def _points(entry: dict[str, Any]) -> tuple[Point, ...]:
    """The points of a result that are numbers: 0/0 is none."""
    given = entry["values"] if "values" in entry else [entry["value"]]
    return tuple((at, value) for at, text in given if isfinite(value := float(text)))


def _series(entry: dict[str, Any], legend: str) -> Series:
    labels = entry["metric"]
    if legend == "__auto":
        name = ", ".join(f"{key}={value}" for key, value in labels.items() if key != "__name__")
    else:
        name = re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), legend)
    return Series(name, labels, _points(entry))
