"""A report of costs as lines of text, for 80 columns."""

from collections.abc import Iterator, Sequence

from aua_runtime.contract.prices import MICRO, amount
from aua_runtime.cost.report import OfSpecialist, Report
from aua_runtime.top.amounts import duration, short

NAME_MAX = 16
EXACT_BELOW = 1000
"""Of an amount in the table of specialists; the first line and JSON are exact always."""


def lines(report: Report) -> Iterator[str]:
    """What it cost in all, by specialist, by field and by day."""
    since = f" since {report.since}" if report.since is not None else ""
    for_ = f" ({duration(report.seconds)})" if report.seconds is not None else ""
    calls = sum(one.calls for one in report.specialists)
    yield f"{amount(report.cost_micro)} {report.currency} for {_calls(calls)}{since}{for_}".replace("  ", " ")
    yield from (f"Prices {id_}" for id_ in report.prices if id_)
    if report.unpriced_calls:
        yield f"{_calls(report.unpriced_calls)} cost something nobody can say: no price, or no count of tokens"
    for currency, others in report.other_calls.items():
        yield f"{_calls(others, 'more ')} at prices in another currency: --currency {currency}"
    if report.specialists:
        yield ""
        yield from _table(_OF_SPECIALIST, [_row(one) for one in report.specialists])
        yield "/M: for a million tokens. est: as planned, engine full. idle: with all the rent"
    if report.fields:
        yield ""
        yield from _table(("field", "cost"), [(one.field, amount(one.cost_micro)) for one in report.fields])
    if report.days:
        yield ""
        days = [(one.day, str(one.calls), str(one.unpriced_calls), amount(one.cost_micro)) for one in report.days]
        yield from _table(("day (UTC)", "calls", "unpriced", "cost"), days)


def _calls(count: int, which: str = "") -> str:
    return f"{count} {which}{'call' if count == 1 else 'calls'}"


_OF_SPECIALIST = ("specialist", "calls", "no price", "read", "written", "cost", "est/M", "cost/M", "idle/M")


def _row(one: OfSpecialist) -> tuple[str, ...]:
    per_million = (one.estimated_per_million_micro, one.measured_per_million_micro, one.with_idle_per_million_micro)
    return (
        one.specialist if len(one.specialist) <= NAME_MAX else f"{one.specialist[: NAME_MAX - 1]}…",
        str(one.calls),
        str(one.unpriced_calls),
        short(one.prompt_tokens),
        short(one.completion_tokens),
        amount(one.cost_micro) if one.cost_micro < EXACT_BELOW * MICRO else f"{one.cost_micro // MICRO}",
        *("-" if micro is None else _per_million(micro) for micro in per_million),
    )


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as they must be; those of figures stand to the right."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        cells = [cell.ljust(wide) if column == 0 else cell.rjust(wide) for column, (cell, wide) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells).rstrip()


def _per_million(micro: int) -> str:
    """What a million tokens cost, short.

    >>> _per_million(215_000), _per_million(1_234_567_890_000)
    ('0.21', '1.2M')
    """
    return f"{micro // 10_000 / 100:.2f}" if micro < 10**9 else short(micro // MICRO)
