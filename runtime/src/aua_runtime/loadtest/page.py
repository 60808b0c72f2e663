"""A load as one HTML page with plots, which needs nothing else: no script, no font, no network."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from aua_runtime.loadtest.comparison import COMPARED, as_row, differences
from aua_runtime.loadtest.expect import figure
from aua_runtime.loadtest.plots import LAST_PERCENTILE, Series, curve, even, percentiles, scatter
from aua_runtime.loadtest.report import COLUMNS, OF_PART, TIMES, Report, in_words, of_parts, row, shown_figure, still_open
from aua_runtime.loadtest.sample import Sample

_STYLE = """
:root { color-scheme: light dark; }
:root { --ink: #1c2430; --soft: #5d6b7e; --line: #d9dfe7; --paper: #fff; --a: #2467c9; --b: #0f8a7e; --bad: #c22f3d; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #9aa7b8; --line: #333c49; --paper: #12161c; --a: #6ea4f5; --b: #4ec9b8; --bad: #f27580; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
body { max-width: 820px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; }
.no { color: var(--bad); font-weight: 600; }
svg { width: 100%; height: auto; }
.grid { stroke: var(--line); }
.mark { fill: var(--soft); font-size: 12px; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.a { fill: var(--a); stroke: var(--a); }
.b { fill: var(--b); stroke: var(--b); }
.bad { fill: var(--bad); stroke: var(--bad); }
circle { opacity: .55; stroke: none; }
.bad circle { opacity: .9; r: 2.8px; }
svg polyline { fill: none; stroke-width: 2; }
svg polyline.a, svg polyline.b, svg polyline.bad { fill: none; }
"""


def as_page(report: Report) -> str:
    """The report as one HTML page that needs nothing else."""
    summary, asked = report.summary, report.asked
    rows = [(TIMES[name], *row(getattr(summary, name))) for name in TIMES]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>Load on {escape(str(asked['url']))}</title><style>{_STYLE}</style>",
        f"<h1>Load on {escape(str(asked['url']))}</h1>",
        f"<p>{escape(in_words(report))}. Times count from when a request was due.</p>",
        f"<p class=no>The load was ended early: {escape(report.ended)}.</p>" if report.ended else "",
        f"<p class=no>{still_open(summary)}</p>" if summary.unfinished else "",
        "" if summary.kept_up else "<p class=no>The load itself was late: this machine could not send as much.</p>",
        _html_table(("", "requests", *COLUMNS), rows),
        f"<h2>Over time</h2>{_over_time(report.samples)}",
        f"<h2>Distribution</h2>{_distribution(report.samples)}",
        f"<h2>Between tokens</h2>{_between_tokens(report.samples)}",
        f"<h2>Requests each second</h2>{_each_second(report.samples)}",
    ]
    for title, of in (("field", summary.by_field), ("specialist", summary.by_specialist)):
        if of:
            parts.append(f"<h2>By {title}</h2>" + _html_table((title, *OF_PART), of_parts(of)))
    if summary.errors:
        parts.append(_html_table(("What went wrong", "requests"), [(name, str(count)) for name, count in summary.errors.items()]))
    if report.expectations:
        held = [(str(each), shown_figure(figure(summary, each.name)), "yes" if each.met(summary) else "NO") for each in report.expectations]
        parts.append(_html_table(("Expected", "measured", "met"), held))
    if report.before is not None:
        parts.append("<h2>Against the earlier load</h2>" + _html_table(COMPARED, map(as_row, differences(summary, report.before))))
    parts.append("<h2>Asked</h2>" + _html_table(("", ""), [(name, _said(value)) for name, value in asked.items()]))
    return "\n".join(part for part in parts if part) + "\n</html>\n"


def _html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td{_marked(cell)}>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _said(value: object) -> str:
    """What was asked for, as a person would write it."""
    if isinstance(value, dict):
        return ", ".join(f"{name}={weight:g}" for name, weight in value.items())
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _marked(cell: str) -> str:
    return ' class="no"' if cell == "NO" else ""


def _firsts(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    return [(sample.due_s, sample.first_s - sample.due_s) for sample in samples if sample.outcome == "ok" and sample.first_s is not None]


def _totals(samples: Sequence[Sample], *, answered: bool = True) -> list[tuple[float, float]]:
    return [
        (sample.due_s, sample.ended_s - sample.due_s)
        for sample in samples
        if (sample.outcome == "ok") is answered and sample.ended_s is not None
    ]


def _over_time(samples: Sequence[Sample]) -> str:
    series = [Series("whole answer", "a", _totals(samples)), Series(TIMES["ttft"], "b", _firsts(samples))]
    wrong = _totals(samples, answered=False)
    if wrong:
        series.append(Series("not answered", "bad", wrong))
    last = max((at for each in series for at, _ in each.points), default=1.0)
    return scatter("Times over the run", even("seconds after the start", last), even("seconds", _highest(series)), series)


def _distribution(samples: Sequence[Sample]) -> str:
    totals = [(0.0, after_s) for sample in samples if (after_s := sample.ended_after_s(0.0)) is not None]
    firsts = [(0.0, after_s) for sample in samples if (after_s := sample.first_after_s(0.0)) is not None]
    series = [_by_percentile(Series("whole answer", "a", totals)), _by_percentile(Series(TIMES["ttft"], "b", firsts))]
    return curve("Times by percentile", percentiles("requests"), even("seconds", _highest(series)), series)


def _between_tokens(samples: Sequence[Sample]) -> str:
    gaps = [(0.0, gap * 1e3) for sample in samples if sample.outcome == "ok" for gap in sample.gaps_s]
    within = _by_percentile(Series(TIMES["itl"], "a", gaps))
    return curve("Time between tokens by percentile", percentiles("gaps"), even("milliseconds", _highest([within])), [within])


def _by_percentile(series: Series) -> Series:
    """The values of points, each at its percentile, as far as the axis goes."""
    ordered = sorted(value for _, value in series.points)
    placed = [((rank + 0.5) / len(ordered), value) for rank, value in enumerate(ordered)]
    return Series(series.name, series.style, [point for point in placed if point[0] <= LAST_PERCENTILE])


def _highest(series: Sequence[Series]) -> float:
    return max((value for each in series for _, value in each.points), default=1.0)


def _each_second(samples: Sequence[Sample]) -> str:
    due = Counter(int(sample.due_s) for sample in samples)
    right = Counter(int(sample.ended_s) for sample in samples if sample.ended_s is not None and sample.outcome == "ok")
    wrong = Counter(int(sample.ended_s or sample.due_s) for sample in samples if sample.outcome != "ok")
    last = max((*due, *right, *wrong), default=0)

    def points(counts: Counter[int]) -> list[tuple[float, float]]:
        return [(float(second), float(counts[second])) for second in range(last + 1)]

    series = [Series("due", "b", points(due)), Series("answered", "a", points(right)), Series("went wrong", "bad", points(wrong))]
    return curve("Requests each second", even("seconds after the start", float(max(last, 1))), even("requests", _highest(series)), series)
