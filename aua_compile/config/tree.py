"""A layer's values as a tree, each with its origin; and how one layer's tree lies over another's."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias, get_args

from aua_compile.config.declare import Block, Kind, ListOf, MapOf, declared
from aua_compile.frozen import dataclass
from aua_compile.span import Span

LayerName = Literal["registry", "tier", "preset", "book", "extends", "project", "env", "set"]
LAYERS: tuple[LayerName, ...] = get_args(LayerName)
"""Weakest first."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who said a value: the layer, the place, the key path as written there, and the value as written (shortened)."""

    layer: LayerName
    span: Span
    written: str
    text: str


Said: TypeAlias = Callable[[str], Origin]
"""Who said the value at a path such as `patches.0.merge`, so that a finding can point there."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value with its origin, and the origins it overrode, strongest first."""

    value: Any
    origin: Origin
    overridden: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """Values by key."""

    entries: "Mapping[str, Tree]"
    origin: Origin


@dataclass(frozen=True, slots=True)
class Items:
    """Values in order."""

    items: "tuple[Tree, ...]"
    origin: Origin
    overridden: tuple[Origin, ...] = ()


Tree: TypeAlias = Leaf | Branch | Items


def name_of(tree: Tree) -> str | None:
    """The value of a branch's `name`, by which entries of a list are known."""
    if isinstance(tree, Branch):
        name = tree.entries.get("name")
        if isinstance(name, Leaf):
            return str(name.value)
    return None


def merge(lower: Tree | None, upper: Tree, kind: Kind) -> Tree:
    """`upper` over `lower`: maps merge deeply, lists replace, and an entry of a list starts from the entry of the same name below."""
    if lower is None:
        return upper
    if isinstance(upper, Branch) and isinstance(lower, Branch) and isinstance(kind, Block | MapOf):
        entries = dict(lower.entries)
        for key, value in upper.entries.items():
            inner = declared(kind.type)[key].key.kind if isinstance(kind, Block) else kind.value
            entries[key] = merge(entries.get(key), value, inner)
        return Branch(entries, upper.origin)
    if isinstance(upper, Items) and isinstance(lower, Items) and isinstance(kind, ListOf):
        below = {name: item for item in lower.items if (name := name_of(item)) is not None}
        items = tuple(merge(below.get(name_of(item) or ""), item, kind.item) for item in upper.items)
        return Items(items, upper.origin, (lower.origin, *lower.overridden))
    if isinstance(upper, Leaf):
        chain = () if isinstance(lower, Branch) else (lower.origin, *lower.overridden)
        return replace(upper, overridden=chain)
    return upper
