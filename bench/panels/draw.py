"""A dashboard as an SVG picture: each panel as it says itself, with its title, legend, unit, thresholds and words for states.

No copy of Grafana: colours and places are alike where that helps to judge a panel, and what Grafana would leave out is left out here.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from itertools import accumulate, pairwise
from math import ceil, floor, log10
from typing import Any

from bench.panels.series import Series
from bench.panels.units import said

COLUMN, LINE, GAP = 58, 32, 8
"""A grid cell in pixels, and what lies between panels."""
PALETTE = (
    "#73bf69",
    "#f2cc0c",
    "#8ab8ff",
    "#ff780a",
    "#f2495c",
    "#5794f2",
    "#b877d9",
    "#37872d",
    "#fade2a",
    "#447ebc",
    "#c15c17",
    "#ca95e5",
)
COLORS = {"green": "#56a64b", "orange": "#ff9830", "red": "#e02f44", "text": "#d8d9da", "blue": "#5794f2", "purple": "#b877d9"}
STYLE = (
    "text{font:12px sans-serif;fill:#c7d0d9}.title{font-size:13px;font-weight:bold;fill:#fff}.small{font-size:10px}.end{text-anchor:end}"
    ".middle{text-anchor:middle}.grid{stroke:#2c3235}.big{font-weight:bold;text-anchor:middle}"
)
MOST_LEGENDS = 14


class Box:
    """Where a panel's drawing lies, in pixels."""

    def __init__(self, x: float, y: float, width: float, height: float) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height

    def inside(self, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> "Box":
        return Box(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


Drawn = Iterator[str]


def page(dashboard: dict[str, Any], found: dict[int, list[Series]], start_s: float, end_s: float) -> str:
    """The whole page; `found` has the series of each panel by its id."""
    panels = dashboard["panels"]
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    width, height = 24 * COLUMN + GAP, bottom * LINE + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<style>{STYLE}</style><rect width="{width}" height="{height}" fill="#111217"/>',
        _text(GAP, 26, dashboard["title"], "title", size=18),
    ]
    for panel in panels:
        place = panel["gridPos"]
        box = Box(place["x"] * COLUMN + GAP, place["y"] * LINE + 40, place["w"] * COLUMN - GAP, place["h"] * LINE - GAP)
        if panel["type"] == "row":
            parts.append(_text(box.x, box.y + 18, panel["title"], "title", size=15))
        else:
            parts += _panel(panel, found[panel["id"]], box, (start_s, end_s))
    return "\n".join([*parts, "</svg>"])


def _panel(panel: dict[str, Any], series: list[Series], box: Box, span: tuple[float, float]) -> Drawn:
    defaults = panel["fieldConfig"]["defaults"]
    yield f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" fill="#181b1f" rx="3"/>'
    link = " ↗" if panel["links"] else ""
    yield _text(box.x + 8, box.y + 17, panel["title"] + link, "title", room=box.width - 16, tip=panel["description"])
    inner = box.inside(8, 26, 8, 8)
    if not series:
        yield _text(inner.x + inner.width / 2, inner.y + inner.height / 2, defaults.get("noValue", "No data"), "middle")
        return
    yield from _KINDS[panel["type"]](panel, series, inner, span)


# --- numbers of now


def _stat(panel: dict[str, Any], series: list[Series], box: Box, _: tuple[float, float]) -> Drawn:
    part = box.width / len(series)
    for index, one in enumerate(series):
        color = _color_of(panel, one.last)
        x = box.x + index * part
        if color != COLORS["text"]:
            yield f'<rect x="{x}" y="{box.y}" width="{part - 2}" height="{box.height}" fill="{color}" rx="3"/>'
        named = panel["options"]["textMode"] == "name"
        word = one.name if named else said(one.last, panel["fieldConfig"]["defaults"]["unit"])
        size = min(34.0, box.height * 0.5, 1.7 * part / max(1, len(word)))
        yield _text(x + part / 2, box.y + box.height * 0.55 + size / 3, word, "big", size=size, fill="#fff")
        if len(series) > 1:
            yield _text(x + part / 2, box.bottom - 4, one.name, "middle small", room=part)


def _bars(panel: dict[str, Any], series: list[Series], box: Box, _: tuple[float, float]) -> Drawn:
    defaults = panel["fieldConfig"]["defaults"]
    most = defaults.get("max") or max(one.last for one in series) or 1
    height = min(36.0, box.height / len(series))
    for index, one in enumerate(series):
        y = box.y + index * height
        whole, part = box.width - 190, (box.width - 190) * min(1.0, max(0.0, one.last) / most)
        yield _text(box.x + 100, y + height / 2 + 4, one.name, "end", room=100)
        yield f'<rect x="{box.x + 108}" y="{y + 4}" width="{whole}" height="{height - 8}" fill="#2c3235"/>'
        yield f'<rect x="{box.x + 108}" y="{y + 4}" width="{part:.1f}" height="{height - 8}" fill="{_color_of(panel, one.last)}"/>'
        yield _text(box.right, y + height / 2 + 4, said(one.last, defaults["unit"]), "end", fill=_color_of(panel, one.last))


def _table(_panel: dict[str, Any], series: list[Series], box: Box, _: tuple[float, float]) -> Drawn:
    names = [*sorted({name for one in series for name in one.labels if name != "__name__"}), "Value"]
    part = box.width / len(names)
    for column, name in enumerate(names):
        yield _text(box.x + column * part, box.y + 14, name, "small", fill="#6e9fff")
        for row, one in enumerate(series):
            value = f"{one.last:g}" if name == "Value" else one.labels.get(name, "")
            yield _text(box.x + column * part, box.y + 36 + 20 * row, value, room=part - 6)


# --- over time


def _lines(panel: dict[str, Any], series: list[Series], box: Box, span: tuple[float, float]) -> Drawn:
    defaults = panel["fieldConfig"]["defaults"]
    stacked = defaults["custom"]["stacking"]["mode"] == "normal"
    layers = _stacked(series) if stacked else [[(at, 0.0, value) for at, value in one.points] for one in series]
    highest = max((upper for layer in layers for _, _, upper in layer), default=0.0)
    lowest = min((lower if stacked else upper for layer in layers for _, lower, upper in layer), default=0.0)
    low = min(0.0, lowest) if "min" in defaults else lowest
    marks = _marks(low, defaults.get("max") or highest)
    rows = ceil(min(len(series), MOST_LEGENDS) / _per_row(box))
    plot = box.inside(66, 4, 4, 22 + 16 * rows)
    yield from _frame(plot, marks, defaults["unit"], span)

    def place(at: float, value: float) -> str:
        share = (value - marks[0]) / (marks[-1] - marks[0])
        return f"{plot.x + plot.width * (at - span[0]) / (span[1] - span[0]):.1f},{plot.bottom - plot.height * share:.1f}"

    for index, layer in enumerate(layers):
        color = PALETTE[index % len(PALETTE)]
        for piece in _unbroken(layer):
            upper = [place(at, top) for at, _, top in piece]
            if stacked:
                lower = [place(at, bottom) for at, bottom, _ in reversed(piece)]
                yield f'<polygon points="{" ".join(upper + lower)}" fill="{color}" fill-opacity="0.3"/>'
            yield f'<polyline points="{" ".join(upper)}" fill="none" stroke="{color}" stroke-width="1.5"/>'
    for step in defaults["thresholds"]["steps"][1:]:
        color = _threshold_color(step)
        if marks[0] <= step["value"] <= marks[-1]:
            y = place(span[0], step["value"]).split(",")[1]
            yield f'<line x1="{plot.x}" x2="{plot.right}" y1="{y}" y2="{y}" stroke="{color}" stroke-dasharray="8 5"/>'
        else:
            yield _text(plot.right, plot.y + 10, f"threshold {said(step['value'], defaults['unit'])} above", "end small", fill=color)
    yield from _legend(series, box, plot.bottom + 34)


def _states(panel: dict[str, Any], series: list[Series], box: Box, span: tuple[float, float]) -> Drawn:
    words = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    plot = box.inside(104, 0, 4, 40)
    height = plot.height / len(series)
    for index, one in enumerate(series):
        y = plot.y + index * height
        yield _text(plot.x - 8, y + height / 2 + 4, one.name, "end", room=104)
        step = (span[1] - span[0]) / max(1, len(one.points))
        for at, value in one.points:
            x = plot.x + plot.width * (at - span[0]) / (span[1] - span[0])
            wide = min(plot.width * step / (span[1] - span[0]) * 1.6, plot.right - x)
            color = COLORS[words[f"{value:g}"]["color"]]
            yield f'<rect x="{x:.1f}" y="{y + 3:.1f}" width="{max(0.0, wide):.1f}" height="{height - 6:.1f}" fill="{color}"/>'
    yield from _clock(plot, span)
    at = box.x
    for option in words.values():
        yield f'<rect x="{at}" y="{box.bottom - 11}" width="10" height="10" fill="{COLORS[option["color"]]}"/>'
        yield _text(at + 15, box.bottom - 2, option["text"], "small")
        at += 40 + 6 * len(option["text"])


def _heat(panel: dict[str, Any], series: list[Series], box: Box, span: tuple[float, float]) -> Drawn:
    rows = sorted(series, key=lambda one: float(one.labels["le"]))
    plot = box.inside(66, 4, 4, 22)
    below: dict[float, float] = {}
    cells = []
    for index, one in enumerate(rows):
        for at, value in one.points:
            cells.append((index, at, max(0.0, value - below.get(at, 0.0))))
            below[at] = value
    most = max((value for _, _, value in cells), default=0.0) or 1.0
    times = sorted({at for _, at, _ in cells})
    wide = plot.width / max(1, len(times))
    height = plot.height / len(rows)
    for index, at, value in cells:
        if value <= 0:
            continue
        x = plot.x + (plot.width - wide) * (at - span[0]) / (span[1] - span[0])
        heat = (value / most) ** 0.5
        color = f"rgb({int(60 + 195 * heat)},{int(40 + 110 * heat)},{int(20 + 20 * heat)})"
        y = plot.bottom - (index + 1) * height
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide + 0.3:.1f}" height="{height - 1:.1f}" fill="{color}"/>'
    for index, one in enumerate(rows):
        if index % 2 == len(rows) % 2 and one.labels["le"] != "+Inf":
            word = said(float(one.labels["le"]), panel["fieldConfig"]["defaults"]["unit"])
            yield _text(plot.x - 8, plot.bottom - (index + 1) * height + 4, f"≤ {word}", "end small")
    yield from _clock(plot, span)


_KINDS: dict[str, Callable[[dict[str, Any], list[Series], Box, tuple[float, float]], Drawn]] = {
    "stat": _stat,
    "bargauge": _bars,
    "table": _table,
    "timeseries": _lines,
    "state-timeline": _states,
    "heatmap": _heat,
}

# --- parts


def _stacked(series: Sequence[Series]) -> list[list[tuple[float, float, float]]]:
    """Each series upon those before it: time, lower and upper edge."""
    base: dict[float, float] = {}
    layers = []
    for one in series:
        layer = []
        for at, value in one.points:
            lower = base.get(at, 0.0)
            base[at] = lower + value
            layer.append((at, lower, lower + value))
        layers.append(layer)
    return layers


def _unbroken(layer: list[tuple[float, float, float]]) -> Iterator[list[tuple[float, float, float]]]:
    """A line in pieces: where points are missing it is interrupted."""
    if len(layer) < 3:
        yield layer
        return
    usual = sorted(after[0] - before[0] for before, after in pairwise(layer))[len(layer) // 2 - 1]
    breaks = [index + 1 for index, (before, after) in enumerate(pairwise(layer)) if after[0] - before[0] > 2.5 * usual]
    for start, end in zip([0, *breaks], [*breaks, len(layer)], strict=True):
        yield layer[start:end]


def _marks(low: float, high: float) -> list[float]:
    """Round values from below `low` to above `high`, about five."""
    room = (high - low) or 1.0
    power = 10.0 ** floor(log10(room / 4))
    step = next(power * digit for digit in (1, 2, 2.5, 5, 10) if power * digit >= room / 4 * (1 - 1e-9))
    first = floor(low / step)
    return list(accumulate([step] * (ceil((high or 1.0) / step - 1e-9) - first), initial=first * step))


def _frame(plot: Box, marks: Sequence[float], unit: str, span: tuple[float, float]) -> Drawn:
    for mark in marks:
        y = plot.bottom - plot.height * (mark - marks[0]) / (marks[-1] - marks[0])
        yield f'<line class="grid" x1="{plot.x}" x2="{plot.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(plot.x - 6, y + 4, said(mark, unit), "end small")
    yield from _clock(plot, span)


def _clock(plot: Box, span: tuple[float, float]) -> Drawn:
    parts = 4 if plot.width > 5 * COLUMN else 2
    for part in range(parts + 1):
        at = span[0] + (span[1] - span[0]) * part / parts
        style = "end small" if part == parts else "middle small"  # the last one would not fit
        yield _text(plot.x + plot.width * part / parts, plot.bottom + 15, time.strftime("%H:%M:%S", time.gmtime(at)), style)


def _per_row(box: Box) -> int:
    return max(1, int(box.width // 150))


def _legend(series: Sequence[Series], box: Box, top: float) -> Drawn:
    per_row = _per_row(box)
    for index, one in enumerate(series[:MOST_LEGENDS]):
        x, y = box.x + 150 * (index % per_row), top + 16 * (index // per_row)
        yield f'<rect x="{x}" y="{y - 6}" width="12" height="4" fill="{PALETTE[index % len(PALETTE)]}"/>'
        yield _text(x + 17, y, one.name, "small", room=130)


def _threshold_color(step: dict[str, Any]) -> str:
    """The colour of the line at a step: of what lies beyond it, or below where beyond is good."""
    return COLORS["red"] if step["color"] == "green" else COLORS[step["color"]]


def _color_of(panel: dict[str, Any], value: float) -> str:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return COLORS[[step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]]


def _text(x: float, y: float, words: str, style: str = "", *, size: float = 0, fill: str = "", room: float = 0, tip: str = "") -> str:
    """Words at a place; cut off where there is `room` for less."""
    letters = int(room / (6.4 if "small" in style else 7))
    shown = words if not room or len(words) <= letters else words[: max(1, letters - 1)] + "…"
    given = f"{f'font-size:{size:.0f}px;' if size else ''}{f'fill:{fill}' if fill else ''}"
    title = f"<title>{escape(tip)}</title>" if tip else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" style="{given}">{title}{escape(shown)}</text>'


def empty(dashboards: Iterable[tuple[dict[str, Any], dict[int, list[Series]]]]) -> Iterator[str]:
    """Panels without a series that do not say what has not happened."""
    for dashboard, found in dashboards:
        for panel in dashboard["panels"]:
            if panel["type"] != "row" and not found[panel["id"]] and "noValue" not in panel["fieldConfig"]["defaults"]:
                yield f"{dashboard['title']}: {panel['title']}"
