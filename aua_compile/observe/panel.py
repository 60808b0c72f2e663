"""A dashboard and its panels as data, without the form in which Grafana stores them."""

from typing import Literal

from aua_compile.frozen import dataclass

Kind = Literal["stat", "lines", "stack", "states", "table"]
Unit = Literal["short", "reqps", "percentunit", "s", "none", "dateTimeFromNow", "cps"]

FIELD, SPECIALIST = "field", "specialist"


@dataclass(frozen=True, slots=True)
class Query:
    """A query and what its series are called: `{{field}}` is replaced by a label's value."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `bad_from` is the value from which it is red, `bad_below` the one below which; `alert` watches the same value.

    `width` is in twenty-fourths of the page. `maximum` bounds the axis of shares.
    """

    title: str
    description: str
    kind: Kind
    unit: Unit
    queries: tuple[Query, ...]
    width: int = 12
    bad_from: float | None = None
    bad_below: float | None = None
    maximum: float | None = None
    alert: str | None = None


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
