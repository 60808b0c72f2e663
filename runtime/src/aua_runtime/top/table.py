"""A table on a screen: which columns fit, in which order its rows stand, which of them are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from aua_runtime.top.lines import Line, Span, Style, cut, line

GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Where not all fit, those with the largest `rank` are left out first. The first column of a table is its name."""

    title: str
    rank: int
    left: bool = False  # where its text stands


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows, and the value that it is sorted by."""

    text: str
    order: float | str
    style: Style = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, and the words by which the row is found besides its name."""

    cells: tuple[Cell, ...]
    words: tuple[str, ...] = ()

    def has(self, text: str) -> bool:
        """Whether the row is about something of this name."""
        return any(text in word for word in (self.cells[0].text.lower(), *map(str.lower, self.words)))


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `note` stands where it has no rows."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """The column that a table is sorted by, and whether large values come first."""

    column: str
    falling: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What of a table is to be seen."""

    order: Order | None = None
    first: int = 0
    filter: str = ""
    focused: bool = False


def rows_of(table: Table, window: Window) -> list[Row]:
    """The rows that are to be seen, in their order."""
    rows = [row for row in table.rows if row.has(window.filter.lower())]
    titles = [column.title for column in table.columns]
    if window.order is not None and window.order.column in titles:
        at = titles.index(window.order.column)
        rows.sort(key=lambda row: _rank(row.cells[at].order), reverse=window.order.falling)
    return rows


def _rank(value: float | str) -> tuple[float, str]:
    return (0.0, value.lower()) if isinstance(value, str) else (float(value), "")


def drawn(table: Table, window: Window, width: int, height: int) -> list[Line]:
    """The head and as many rows as fit; where some do not, the last line says how many."""
    if height < 1:
        return []
    rows = rows_of(table, window)
    widths = _widths(table, window, rows)
    shown = _fitting(table, widths, width)
    found = [cut(_head(table, window, shown, widths), width)]
    if not rows:
        note = f"nothing named `{window.filter}`" if window.filter and table.rows else table.note
        return [*found, cut(line(Span(note, "dim")), width)][:height]
    room = height - 1
    first = min(window.first, max(0, len(rows) - max(1, room)))
    left = len(rows) - first - room
    kept = rows[first : first + room - (1 if left > 0 and room > 1 else 0)]
    found += [cut(_row(table, row, shown, widths), width) for row in kept]
    if left > 0 and room > 1:
        found.append(cut(line(Span(f"… {left + 1} more", "dim")), width))
    return found


def _widths(table: Table, window: Window, rows: Sequence[Row]) -> list[int]:
    return [max([len(_title(column, window)), *(len(row.cells[at].text) for row in rows)]) for at, column in enumerate(table.columns)]


def _title(column: Column, window: Window) -> str:
    """With a mark where the table is sorted by it."""
    if window.order is None or window.order.column != column.title:
        return column.title
    return column.title + ("▼" if window.order.falling else "▲")


def _fitting(table: Table, widths: Sequence[int], width: int) -> list[int]:
    """The columns that fit together, in their order; at least the first."""
    kept: list[int] = []
    used = -len(GAP)
    for at in sorted(range(len(widths)), key=lambda at: (table.columns[at].rank, at)):
        if not kept or used + len(GAP) + widths[at] <= width:
            kept.append(at)
            used += len(GAP) + widths[at]
    return sorted(kept)


def _head(table: Table, window: Window, shown: Sequence[int], widths: Sequence[int]) -> Line:
    parts = []
    for at in shown:
        text = _title(table.columns[at], window)
        parts.append(text.ljust(widths[at]) if table.columns[at].left else text.rjust(widths[at]))
    return line(Span(GAP.join(parts), "focus" if window.focused else "head"))


def _row(table: Table, row: Row, shown: Sequence[int], widths: Sequence[int]) -> Line:
    spans: list[Span] = []
    for at in shown:
        cell = row.cells[at]
        text = cell.text.ljust(widths[at]) if table.columns[at].left else cell.text.rjust(widths[at])
        spans += [Span(GAP), Span(text, cell.style)] if spans else [Span(text, cell.style)]
    return tuple(spans)


def needed(table: Table, window: Window) -> int:
    """How many lines a table would like to have."""
    return 1 + max(1, len(rows_of(table, window)))
