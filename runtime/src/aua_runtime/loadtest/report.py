"""A load told: as data, and as Markdown; page.py has the page with plots."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aua_runtime.loadtest.comparison import COMPARED, as_row, differences
from aua_runtime.loadtest.expect import Expectation, figure
from aua_runtime.loadtest.sample import Sample
from aua_runtime.loadtest.summary import Part, Spread, Summary

SCHEMA_VERSION = 1
TIMES = {"ttft": "time to first token", "itl": "between tokens", "total": "whole answer", "late": "sent later than due"}
COLUMNS = ("p50", "p90", "p95", "p99", "max")
OF_PART = ("answered", *(f"{what} {share}" for what in ("first token", "whole") for share in ("p50", "p95", "p99")))


@dataclass(frozen=True, slots=True)
class Report:
    """A load: what was asked for, what came of it, what it was held to and compared with. `ended` says why it ended early."""

    asked: Mapping[str, Any]
    summary: Summary
    expectations: tuple[Expectation, ...]
    samples: Sequence[Sample]
    before: Mapping[str, float | None] | None = None
    ended: str = ""

    @property
    def failed(self) -> tuple[Expectation, ...]:
        """The expectations that were not met."""
        return tuple(each for each in self.expectations if not each.met(self.summary))


@dataclass(frozen=True, slots=True)
class Held:
    """An expectation, what was measured, and whether that meets it."""

    expected: str
    measured: float | None
    met: bool


def as_data(report: Report) -> dict[str, Any]:
    """The report without its samples. Times are seconds."""
    held = [Held(str(each), figure(report.summary, each.name), each.met(report.summary)) for each in report.expectations]
    return {
        "schema_version": SCHEMA_VERSION,
        "asked": dict(report.asked),
        "ended": report.ended,
        "kept_up": report.summary.kept_up,
        **asdict(report.summary),
        "expectations": list(map(asdict, held)),
        "compared": [asdict(each) for each in differences(report.summary, report.before)] if report.before is not None else None,
    }


def as_markdown(report: Report) -> str:
    """The report for a terminal, a review comment or a file."""
    summary = report.summary
    lines = [
        f"{in_words(report)}.",
        "",
        *_table(("", "requests", *COLUMNS), [(TIMES[name], *row(getattr(summary, name))) for name in TIMES]),
        "",
        f"Tokens: {summary.tokens_in} in, {summary.tokens_out} out ({summary.tokens_out_per_s:.1f}/s).",
    ]
    if summary.errors:
        lines += ["", *_table(("what went wrong", "requests"), [(name, str(count)) for name, count in summary.errors.items()])]
    for title, parts in (("field", summary.by_field), ("specialist", summary.by_specialist)):
        if parts:
            lines += ["", *_table((title, *OF_PART), of_parts(parts))]
    if report.expectations:
        rows = [(str(each), shown_figure(figure(summary, each.name)), "yes" if each.met(summary) else "NO") for each in report.expectations]
        lines += ["", *_table(("expected", "measured", "met"), rows)]
    if report.before is not None:
        lines += ["", *_table(COMPARED, [as_row(each) for each in differences(summary, report.before)])]
    lines += ["", f"The load was ended early: {report.ended}."] if report.ended else []
    lines += ["", still_open(summary)] if summary.unfinished else []
    if not summary.kept_up:
        lines += ["", "The load itself was late: this machine could not send as much. The times above count that delay too."]
    return "\n".join(lines) + "\n"


def in_words(report: Report) -> str:
    """What was sent and what came of it."""
    summary, asked = report.summary, report.asked
    sent = f"{summary.requests} requests in {summary.duration_s:.1f} s, {asked['rate_per_s']:g}/s {asked['process']} at {asked['url']}"
    return f"{sent}: {summary.answered} answered ({summary.answered_per_s:.2f}/s), {summary.error_share:.2%} went wrong"


def still_open(summary: Summary) -> str:
    """What is to be known of times where requests were cut off."""
    return f"{summary.unfinished} requests were still open: the times count them with as long as they had waited."


def row(spread: Spread) -> tuple[str, ...]:
    """A row of a table of times."""
    return (str(spread.count), *(_seconds(getattr(spread, name)) for name in COLUMNS))


def of_parts(parts: Mapping[str, Part]) -> list[tuple[str, ...]]:
    """Rows of a table of fields or specialists."""
    shares = ("p50", "p95", "p99")
    return [
        (name, str(part.answered), *(_seconds(getattr(spread, share)) for spread in (part.ttft, part.total) for share in shares))
        for name, part in parts.items()
    ]


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def shown_figure(value: float | None) -> str:
    """A figure to four digits."""
    return "-" if value is None else f"{value:.4g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    listed = [tuple(cell.replace("|", "\\|") for cell in row) for row in (head, *rows)]
    widths = [max(len(row[column]) for row in listed) for column in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in listed]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines
