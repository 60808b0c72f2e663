"""Plots of a load as SVG, without scripts or fonts from elsewhere. Colours come from the page's style sheet."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 290
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 44
LETTER = 7.2
"""Width of a letter of a legend, generously."""
MOST_POINTS = 3000
"""Of one series; more would make the page heavy and look the same."""

LAST_PERCENTILE = 0.999
"""Where an axis of percentiles ends."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """Points under a name; `style` is a class of the style sheet."""

    name: str
    style: str
    points: Points


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` as they lie along an axis, and where its marks are."""

    label: str
    low: float
    high: float
    marks: tuple[tuple[float, str], ...]
    place: Callable[[float], float] = lambda value: value

    def share(self, value: float) -> float:
        """Where a value lies, from 0 to 1."""
        low, high = self.place(self.low), self.place(self.high)
        return (self.place(value) - low) / (high - low)


def even(label: str, high: float) -> Axis:
    """An axis from 0, marked at round numbers."""
    step = _round_step(max(high, 1e-9) / 5)
    top = step * math.ceil(max(high, 1e-9) / step)
    return Axis(label, 0.0, top, tuple((step * index, f"{step * index:g}") for index in range(round(top / step) + 1)))


def percentiles(of: str) -> Axis:
    """An axis on which each nine is as wide as the one before."""
    marks = ((0.0, "0"), (0.5, "50"), (0.9, "90"), (0.99, "99"), (LAST_PERCENTILE, "99.9"))
    return Axis(f"percentile of {of}", 0.0, LAST_PERCENTILE, marks, lambda share: -math.log10(1 - min(share, 0.9999)))


def scatter(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Each request as a dot."""
    return _plot(title, x, y, [f'<g class="{each.style}">{"".join(_dots(x, y, each.points))}</g>' for each in series], series)


def curve(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Each series as a line."""
    drawn = [f'<polyline class="{each.style}" points="{" ".join(_places(x, y, each.points))}"/>' for each in series if each.points]
    return _plot(title, x, y, drawn, series)


def _dots(x: Axis, y: Axis, points: Points) -> Iterator[str]:
    return (f'<circle cx="{_x(x, at):.1f}" cy="{_y(y, value):.1f}" r="1.6"/>' for at, value in _thinned(points))


def _places(x: Axis, y: Axis, points: Points) -> Iterator[str]:
    return (f"{_x(x, at):.1f},{_y(y, value):.1f}" for at, value in _thinned(points))


def _plot(title: str, x: Axis, y: Axis, drawn: Iterable[str], series: Sequence[Series]) -> str:
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}"><title>{title}</title>']
    for value, label in y.marks:
        at = _y(y, value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text class="mark end" x="{LEFT - 8}" y="{at + 4:.1f}">{label}</text>')
    for value, label in x.marks:
        parts.append(f'<text class="mark middle" x="{_x(x, value):.1f}" y="{HEIGHT - BOTTOM + 18}">{label}</text>')
    parts.append(f'<text class="mark middle" x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}">{x.label}</text>')
    parts.append(f'<text class="mark middle" transform="rotate(-90 14 {HEIGHT / 2:.0f})" x="14" y="{HEIGHT / 2:.0f}">{y.label}</text>')
    parts.extend(drawn)
    at = float(LEFT)
    for each in series:
        parts.append(f'<rect class="{each.style}" x="{at:.0f}" y="8" width="10" height="10"/>')
        parts.append(f'<text class="mark" x="{at + 16:.0f}" y="17">{each.name}</text>')
        at += 40 + LETTER * len(each.name)
    return "".join([*parts, "</svg>"])


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM)


def _thinned(points: Points) -> Points:
    """At most MOST_POINTS, evenly taken, the last always among them."""
    if len(points) <= MOST_POINTS:
        return points
    step = len(points) / (MOST_POINTS - 1)
    return [*(points[int(index * step)] for index in range(MOST_POINTS - 1)), points[-1]]


def _round_step(value: float) -> float:
    """The least of 1, 2, 5 and their powers of ten that is not below `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= value * (1 - 1e-9))
