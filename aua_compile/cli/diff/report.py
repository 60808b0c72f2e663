"""What `aua diff` says, as data: the form of `--json`, and what text and Markdown are made from. `schemas/diff.json` describes it."""

from collections.abc import Mapping
from typing import Any, Literal

from aua_compile.cli.diff.sides import Side
from aua_compile.config.declare import Apply, Change
from aua_compile.config.tree import LayerName, Origin
from aua_compile.frozen import dataclass
from aua_compile.plan.causes import Cause, Via
from aua_compile.plan.changes import Diff, Difference, Kind
from aua_compile.plan.digest import plan_digest
from aua_compile.plan.direction import Direction
from aua_compile.plan.figures import Figure, figures

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class SideSaid:
    """One side: as the user named it, what it is, and the digest of its plan."""

    label: str
    kind: Literal["config", "plan"]
    plan_digest: str


@dataclass(frozen=True, slots=True)
class Place:
    """Who said a value: the layer, the file, and where in it."""

    layer: LayerName
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Reason:
    """A change of the config: both values as written (null: absent), and who said them (null: the built-in default, or nobody).

    `via` is `direct` for what the user's own files or options say, else `preset`, `tier`, `lock` or the text `file` that was changed.
    """

    path: str
    before: Any
    after: Any
    said_before: Place | None
    said_after: Place | None
    via: Via


@dataclass(frozen=True, slots=True)
class Changed:
    """A value of the plan that differs: its path by name, both values (null: absent), what the change is, how it is applied and by whom.

    `security` is set where `what` is security. `because` is the path of a rename that it follows from. What is `derived` says again what
    another change says. `causes` are places in the report's list of causes; empty where they are not known.
    """

    path: str
    kind: Kind
    before: Any
    after: Any
    what: Change
    how: Apply
    services: tuple[str, ...]
    security: Direction | None
    because: str
    derived: bool
    causes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Strictest:
    """The strictest class among the changes, and the path of the first change that has it."""

    what: Change
    what_path: str
    how: Apply
    how_path: str


@dataclass(frozen=True, slots=True)
class Action:
    """What has to be done to a service, or by hand."""

    how: Apply
    service: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole comparison. `changes` is empty exactly when both plan digests are equal; `told` is what differs only in what people read.

    `origins_known` is false where a side is a plan, which does not say where its values come from.
    """

    schema_version: str
    old: SideSaid
    new: SideSaid
    changes: tuple[Changed, ...]
    told: tuple[Changed, ...]
    causes: tuple[Reason, ...]
    origins_known: bool
    figures: tuple[Figure, ...]
    actions: tuple[Action, ...]
    strictest: Strictest | None
    security: Direction | None


def report(old: Side, new: Side, found: Diff, causes: Mapping[str, tuple[Cause, ...]]) -> Report:
    """The comparison of two sides. `causes` are those of each difference, by its path."""
    by_path = {cause.path: cause for several in causes.values() for cause in several}
    places = {path: index for index, path in enumerate(by_path)}

    def changed(difference: Difference) -> Changed:
        numbers = tuple(places[cause.path] for cause in causes.get(difference.path, ()))
        return Changed(**{name: getattr(difference, name) for name in Difference.__slots__}, causes=numbers)

    return Report(
        schema_version=SCHEMA_VERSION,
        old=_side(old),
        new=_side(new),
        changes=tuple(map(changed, found.changes)),
        told=tuple(map(changed, found.told)),
        causes=tuple(map(_reason, by_path.values())),
        origins_known=old.resolved is not None and new.resolved is not None,
        figures=figures(old.plan, new.plan, found.renamed),
        actions=tuple(Action(how, service) for how, service in found.actions),
        strictest=_strictest(found),
        security=found.security,
    )


def _side(side: Side) -> SideSaid:
    return SideSaid(side.label, side.kind, plan_digest(side.plan))


def _strictest(found: Diff) -> Strictest | None:
    if found.what is None or found.how is None:
        return None
    return Strictest(found.what.what, found.what.path, found.how.how, found.how.path)


def _reason(cause: Cause) -> Reason:
    return Reason(cause.path, cause.before, cause.after, _place(cause.said_before), _place(cause.said_after), cause.via)


def _place(origin: Origin | None) -> Place | None:
    if origin is None:
        return None
    return Place(origin.layer, origin.span.file, origin.span.line, origin.span.column)
