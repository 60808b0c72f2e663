"""The leaves of a plan, from its types."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from aua_compile.plan.model import Plan
from aua_compile.provenance.leaf import Change, Leaf, Path, constant, entry_names

REFERENCES: Mapping[tuple[str, str], str] = {
    ("Field", "specialists"): "Specialist",
    ("Specialist", "field"): "Field",
    ("Specialist", "instance"): "Instance",
    ("Specialist", "fallback"): "Specialist",
    ("Instance", "start_after"): "Instance",
    ("Instance", "cache_volume"): "Volume",
    ("Fetch", "instance"): "Instance",
    ("Fetch", "volume"): "Volume",
    ("Router", "state_volume"): "Volume",
    ("LedgerEntry", "instance"): "Instance",
    ("LedgerEntry", "service"): "Specialist",
    ("Estimate", "specialist"): "Specialist",
}
"""Type and field -> the type of what is named there. With a name changed alone, a plan would speak of things that it lacks."""

CIRCULAR = frozenset({("Instance", "start_after")})
"""References that lead in a circle when another name stands there."""

POSSIBLE: Mapping[tuple[str, str], tuple[str, ...]] = {("Hardware", "vendor"): ("nvidia", "amd")}
"""Choices that can stand in for one another in a plan that is otherwise the same: devices are claimed of these vendors alone."""


def plan_leaves(plan: Plan) -> tuple[Leaf, ...]:
    """Every leaf, in the order of the declarations."""
    return tuple(_Walk(plan).value(plan, Plan, (), "", ("", "")))


class _Walk:
    """Walks a plan, knowing the names of all that can be referred to."""

    def __init__(self, plan: Plan) -> None:
        kinds: dict[str, tuple[Any, ...]] = {
            "Specialist": plan.specialists,
            "Field": plan.fields,
            "Instance": plan.instances,
            "Volume": plan.volumes,
        }
        self.names = {kind: tuple(item.name for item in items) for kind, items in kinds.items()}

    def value(self, value: Any, kind: Any, path: Path, name: str, owner: tuple[str, str]) -> Iterator[Leaf]:
        """The leaves of `value`, which the field `owner` (type, field) declares as a `kind`."""
        kind = _shape(value) if _bare(kind) is Any else _bare(kind)
        if isinstance(kind, UnionType):
            inner = next(part for part in get_args(kind) if part is not NoneType)
            yield from self._optional(value, inner, path, name, owner)
        elif is_dataclass(kind):
            for part in fields(value):
                below = f"{name}.{part.name}" if name else part.name
                yield from self.value(getattr(value, part.name), part.type, (*path, part.name), below, (type(value).__name__, part.name))
        elif get_origin(kind) is tuple:
            yield from self._items(value, get_args(kind)[0], path, name, owner)
        elif get_origin(kind) is Mapping:
            yield from self._entries(value, get_args(kind)[1], path, name, owner)
        else:
            yield self._leaf(value, kind, path, name, owner)

    def _optional(self, value: Any, kind: Any, path: Path, name: str, owner: tuple[str, str]) -> Iterator[Leaf]:
        if value is not None:
            inside = list(self.value(value, kind, path, name, owner))
            same = inside.pop(0) if inside[0].structural and inside[0].path == path else Leaf(path, name, value, (), structural=True)
            yield replace(same, changes=(*same.changes, constant(None)))
            yield from inside
            return
        sample = self._sample(kind, owner)
        if sample is not None:
            yield Leaf(path, name, None, (constant(sample),), structural=True)

    def _items(self, value: tuple[Any, ...], kind: Any, path: Path, name: str, owner: tuple[str, str]) -> Iterator[Leaf]:
        changes: list[Change] = []
        if len(value) > 1:
            changes.append(lambda items: items[::-1])
        if value:
            if getattr(kind, "__name__", "") not in self.names:  # what is named must stay
                changes.append(lambda items: items[:-1])
        elif (sample := self._sample(kind, owner)) is not None:
            changes.append(constant((sample,)))
        if changes:
            yield Leaf(path, name, value, tuple(changes), structural=True)
        for index, (item, called) in enumerate(zip(value, entry_names(value), strict=True)):
            yield from self.value(item, kind, (*path, index), f"{name}.{called}", owner)

    def _entries(self, value: Mapping[str, Any], kind: Any, path: Path, name: str, owner: tuple[str, str]) -> Iterator[Leaf]:
        yield Leaf(path, name, value, (_without_last if value else constant({"X": self._sample(kind, owner)}),), structural=True)
        for key, item in value.items():
            yield from self.value(item, kind, (*path, key), f"{name}.{key}", owner)

    def _leaf(self, value: Any, kind: Any, path: Path, name: str, owner: tuple[str, str]) -> Leaf:
        refers = REFERENCES.get(owner, "")
        if refers:
            others = tuple(constant(other) for other in self.names[refers] if other != value and owner not in CIRCULAR)
            return Leaf(path, name, value, others, structural=True, refers=refers)
        if get_origin(kind) is Literal:
            others = tuple(constant(other) for other in POSSIBLE.get(owner, get_args(kind)) if other != value)
            return Leaf(path, name, value, others, structural=True)
        if kind is NoneType:
            return Leaf(path, name, value, (constant("x1"),), structural=True)
        if kind is bool:
            return Leaf(path, name, value, (constant(not value),), structural=True)
        named = owner[0] if owner[1] == "name" and owner[0] in self.names else ""
        return Leaf(path, name, value, tuple(map(constant, other_scalars(value))), structural=False, named=named)

    def _sample(self, kind: Any, owner: tuple[str, str]) -> Any:
        """Some value of a kind; None where there can be none."""
        kind = str if _bare(kind) is Any else _bare(kind)
        if owner in REFERENCES:
            return None if owner in CIRCULAR else next(iter(self.names[REFERENCES[owner]]), None)
        if isinstance(kind, UnionType):
            return None
        if is_dataclass(kind):
            parts = {part.name: self._sample(part.type, (str(getattr(kind, "__name__", "")), part.name)) for part in fields(kind)}
            return kind(**parts) if isinstance(kind, type) else None
        if get_origin(kind) is Literal:
            return get_args(kind)[0]
        return () if get_origin(kind) is tuple else {} if get_origin(kind) is Mapping else {str: "x1", int: 1, float: 1.0, bool: True}[kind]


def _bare(kind: Any) -> Any:
    """A type without what its declaration says of changes to it."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _shape(value: Any) -> Any:
    """The kind of data of the user's own shape, as patches hold it."""
    if isinstance(value, Mapping):
        return Mapping[str, Any]
    return tuple[Any, ...] if isinstance(value, tuple | list) else type(value)


def _without_last(entries: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(list(entries.items())[:-1])


def other_scalars(value: str | float) -> tuple[Any, ...]:
    """Other texts or numbers that stand where `value` stands.

    >>> other_scalars(8000), other_scalars("http://swe:9001"), other_scalars("two words")
    ((8001, 16003), ('http://swe:9002', 'http://swex:9001'), ('twox wordsx',))
    """
    if isinstance(value, int):
        return (value + 1, 2 * value + 3)
    if isinstance(value, float):
        return (value * 1.25 or 0.5, value * 0.5 or 2.0)
    if re.search(r"\s", value):
        return (re.sub(r"(\S+)", r"\1x", value),)
    found = [_successor(value)]
    if "://" in value:
        found.append(re.sub(r"(://[^:/]*)", r"\1x", value))
    elif "/" in value:
        found.append(re.sub(r"([^/]+)", r"\1x", value))
    return tuple(found)


def _successor(text: str) -> str:
    """A number at the end is another one, so that addresses and digests stay what they are; else there is a letter more."""
    if text[-1:].isdigit():
        return f"{text[:-1]}{(int(text[-1]) + 1) % 10}"
    return text + ("X" if text.isupper() else "x")
