"""A reading as lines of text, no wider and no more than fit."""

from collections.abc import Iterator, Sequence

from aua_runtime.status.figures import Figures, Reading, Specialist

DIGEST_CHARACTERS = 12
_HEADS = ("specialist", "breaker", "open", "calls", "failed", "calls/s", "p95", "read", "written", "cost")
_NUMBERS_FROM = 2
"""The column from which on there are numbers, which stand to the right."""


def lines(reading: Reading, figures: Figures | None, width: int, height: int) -> list[str]:
    """The table. Specialists that do not fit are counted."""
    about = reading.about
    found = list(_opening(reading, figures))
    if figures is None:
        rows = [(name, str(state)) for name, state in about["breakers"].items()]
        found += ["", *_table(_HEADS[:2], rows), "", "Its metrics are told on the management listener only: --url http://HOST:8001"]
    else:
        found += ["", *_table(_HEADS, [_row(one) for one in figures.specialists])]
    if len(found) > height:
        left = len(found) - height + 1
        found = [*found[: height - 1], f"… and {left} more lines"]
    return [_cut(line, width) for line in found]


def _opening(reading: Reading, figures: Figures | None) -> Iterator[str]:
    about = reading.about
    up = f", up {duration(figures.up_s)}" if figures is not None and figures.up_s is not None else ""
    yield f"{about['deployment']}: {about['status']}{up}"
    yield f"plan {str(about['plan'])[:DIGEST_CHARACTERS]}, runtime {about['runtime']}, Python {about['python']}"
    state = "state is written" if about["state"] else "state is NOT written"
    if figures is None:
        yield state
        return
    yield f"{state}, {figures.rows_behind} rows wait, {figures.rows_dropped} lost"
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in figures.outcomes.items() if count)
    rate = f" ({figures.queries_per_s:.1f}/s)" if figures.queries_per_s is not None else ""
    yield f"{figures.queries} requests{rate}{': ' if outcomes else ''}{outcomes}"
    yield (
        f"{figures.in_flight} in flight, {figures.streams} streams; latency p50 {seconds(figures.latency_p50_s)},"
        f" p95 {seconds(figures.latency_p95_s)}"
    )


def _row(one: Specialist) -> tuple[str, ...]:
    return (
        one.name,
        one.breaker,
        str(one.in_flight),
        str(one.calls),
        str(one.failed),
        "-" if one.calls_per_s is None else f"{one.calls_per_s:.1f}",
        seconds(one.latency_p95_s),
        short(one.prompt_tokens),
        short(one.completion_tokens),
        "-" if one.cost_micro is None else f"{one.cost_micro / 1e6:.4f}",
    )


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        cells = [
            cell.rjust(wide) if column >= _NUMBERS_FROM else cell.ljust(wide)
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: max(0, width - 1)]}…"


def seconds(value: float | None) -> str:
    """A time as people read it.

    >>> seconds(0.0123), seconds(2.5), seconds(None)
    ('12 ms', '2.5 s', '-')
    """
    if value is None:
        return "-"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def duration(value: float) -> str:
    """A longer time.

    >>> duration(59), duration(3700), duration(200_000)
    ('59 s', '1 h 1 min', '2 d 7 h')
    """
    whole = int(value)
    if whole < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{whole} s"
    minutes, hours, days = whole // 60 % 60, whole // 3600 % 24, whole // 86400
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def short(count: int) -> str:
    """A count of tokens.

    >>> short(999), short(12_345), short(7_654_321)
    ('999', '12.3k', '7.7M')
    """
    if count < 1000:  # noqa: PLR2004 - from here on thousands
        return str(count)
    return f"{count / 1000:.1f}k" if count < 1_000_000 else f"{count / 1_000_000:.1f}M"  # noqa: PLR2004 - from here on millions
