"""What a person wants to see of the figures, and how keys change that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aua_runtime.top.table import Order, Table, Window, rows_of

INTERVALS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
PAGE = 10

HELP = (
    ("q", "quit"),
    ("p, space", "pause the picture; what is counted goes on"),
    ("tab, ← →", "go to the next table"),
    ("↑ ↓ page up/down", "move through its rows"),
    ("s S", "sort it by the next, the previous column"),
    ("r", "turn its order around"),
    ("u", "its rows unsorted, as the plan has them"),
    ("enter", "this table alone, on the whole screen"),
    ("/ or f", "show only rows about a field or specialist; escape ends it"),
    ("+ -", "look more, less often"),
    ("? or h", "this page"),
)


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at. `interval_s` is the time between looks."""

    interval_s: float
    focus: str = "specialists"
    paused: bool = False
    help: bool = False
    alone: bool = False  # the focused table on the whole screen
    typing: bool = False  # the filter
    filter: str = ""
    orders: Mapping[str, Order] = field(default_factory=dict)
    firsts: Mapping[str, int] = field(default_factory=dict)
    ended: bool = False

    def window(self, table: Table) -> Window:
        """What is to be seen of a table."""
        return Window(self.orders.get(table.name), self.firsts.get(table.name, 0), self.filter, focused=table.name == self.focus)


def pressed(view: View, key: str, tables: Sequence[Table]) -> View:
    """The view after a key. One that means nothing changes nothing."""
    if key == "quit":
        return replace(view, ended=True)
    if view.typing:
        return _typed(view, key)
    if view.help:
        return replace(view, help=False) if key != "q" else replace(view, ended=True)
    change = _KEYS.get(key)
    if change is not None:
        return change(view)
    table = next((table for table in tables if table.name == view.focus), tables[0] if tables else None)
    return view if table is None else _in_table(view, key, table, tables)


_KEYS: Mapping[str, Callable[[View], View]] = {
    "q": lambda view: replace(view, ended=True),
    "p": lambda view: replace(view, paused=not view.paused),
    " ": lambda view: replace(view, paused=not view.paused),
    "?": lambda view: replace(view, help=True),
    "h": lambda view: replace(view, help=True),
    "/": lambda view: replace(view, typing=True, firsts={}),
    "f": lambda view: replace(view, typing=True, firsts={}),
    "enter": lambda view: replace(view, alone=not view.alone),
    "escape": lambda view: replace(view, filter="", alone=False),
    "+": lambda view: replace(view, interval_s=max((each for each in INTERVALS_S if each < view.interval_s), default=view.interval_s)),
    "-": lambda view: replace(view, interval_s=min((each for each in INTERVALS_S if each > view.interval_s), default=view.interval_s)),
}


def _typed(view: View, key: str) -> View:
    match key:
        case "enter":
            return replace(view, typing=False)
        case "escape":
            return replace(view, typing=False, filter="")
        case "backspace":
            return replace(view, filter=view.filter[:-1])
        case "clear":
            return replace(view, filter="")
    return replace(view, filter=(view.filter + key)[:40]) if len(key) == 1 else view


def _in_table(view: View, key: str, table: Table, tables: Sequence[Table]) -> View:
    order = view.orders.get(table.name)
    match key:
        case "tab" | "right":
            return replace(view, focus=_next(tables, table, 1))
        case "back tab" | "left":
            return replace(view, focus=_next(tables, table, -1))
        case "s" | "S":
            return _ordered(view, table, _sorted_by(table, order, 1 if key == "s" else -1))
        case "r":
            return _ordered(view, table, replace(order, falling=not order.falling) if order is not None else _sorted_by(table, None, 1))
        case "u":
            return replace(view, orders={name: kept for name, kept in view.orders.items() if name != table.name})
    rows = len(rows_of(table, view.window(table)))
    at = view.firsts.get(table.name, 0)
    moves = {"up": at - 1, "down": at + 1, "page up": at - PAGE, "page down": at + PAGE, "home": 0, "end": rows}
    if key not in moves:
        return view
    return replace(view, firsts={**view.firsts, table.name: max(0, min(moves[key], rows - 1))})


def _next(tables: Sequence[Table], table: Table, by: int) -> str:
    return tables[(tables.index(table) + by) % len(tables)].name


def _ordered(view: View, table: Table, order: Order) -> View:
    return replace(view, orders={**view.orders, table.name: order}, firsts={**view.firsts, table.name: 0})


def _sorted_by(table: Table, order: Order | None, by: int) -> Order:
    """The next column to sort by: names from A on, numbers from the largest on."""
    titled = [column for column in table.columns if column.title]
    titles = [column.title for column in titled]
    at = (titles.index(order.column) + by) % len(titles) if order is not None and order.column in titles else 0
    return Order(titles[at], falling=not titled[at].left)
