"""A dashboard and its panels as data, without the form in which Grafana stores them."""

from typing import Literal

from aua_compile.frozen import dataclass

Kind = Literal["stat", "name", "lines", "stack", "states", "table", "heat", "bars"]
Unit = Literal["short", "reqps", "percentunit", "s", "none", "dateTimeFromNow", "cps", "bytes"]
Color = Literal["green", "orange", "red"]

FIELD, SPECIALIST, SERVICE = "field", "specialist", "service"


@dataclass(frozen=True, slots=True)
class Query:
    """A query and what its series are called: `{{field}}` is replaced by a label's value."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. From `bad_from` on, or below `bad_below`, it is red, from `warn_from` orange; `alert` watches the same value.

    `width` is in twenty-fourths of the page. `maximum` bounds the axis of shares. `states` are the words for the values from 0 on, with
    their colours. `until` says what has not happened yet where the panel is empty; without it there is always something to show under load.
    """

    title: str
    description: str
    kind: Kind
    unit: Unit
    queries: tuple[Query, ...]
    width: int = 12
    warn_from: float | None = None
    bad_from: float | None = None
    bad_below: float | None = None
    maximum: float | None = None
    alert: str | None = None
    states: tuple[tuple[str, Color], ...] = ()
    until: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a common heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page. `variables` are the labels by which a reader can narrow it."""

    name: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[str, ...] = ()
