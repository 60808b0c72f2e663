"""The leaves of a config or a registry entry, from its declarations; each key's own two values to try come first."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from aua_compile.config.declare import (
    Block,
    Boolean,
    Choice,
    Declared,
    Duration,
    Integer,
    Key,
    Kind,
    ListOf,
    MapOf,
    Number,
    Pattern,
    Share,
    Size,
    Text,
    declared,
)
from aua_compile.config.read import Bytes, Fraction, read_value
from aua_compile.config.tree import Branch, Items, Tree
from aua_compile.config.tree import Leaf as Read
from aua_compile.document import parse
from aua_compile.provenance.leaf import Change, Leaf, Path, constant, entry_names
from aua_compile.provenance.plan_leaves import other_scalars
from aua_compile.render import to_yaml
from aua_compile.source import Source

REFERENCES: Mapping[tuple[str, str], str] = {
    ("Specialist", "fallback"): "Specialist",
    ("Arbiter", "fallback"): "Specialist",
    ("Specialist", "field"): "FieldUse",
    ("Safety", "high_risk_fields"): "FieldUse",
}
"""Block and key -> the block of what is named there."""

UNSAID = frozenset({"source", "sources", "verified", "why", "accelerator", "vendor"})
"""Keys of registry entries that say how something is known, or which other entry is meant: what is known are other keys."""


def declared_leaves(value: Any, block: type, path: Path = (), name: str = "") -> tuple[Leaf, ...]:
    """Every key of a declared value that lies at `path` and is called `name`; absent keys too."""
    return tuple(_block(value, block, path, name))


def _block(value: Any, block: type, path: Path, name: str) -> Iterator[Leaf]:
    for key, entry in declared(block).items():
        if key not in UNSAID:
            held, below = getattr(value, key), f"{name}.{key}" if name else key
            yield from _value(held, entry.key.kind, (*path, key), below, block.__name__, entry)


def _value(value: Any, kind: Kind, path: Path, name: str, owner: str, entry: Declared) -> Iterator[Leaf]:
    match kind:
        case Block():
            if value is None:
                yield from _absent(kind.type, path, name)
            else:
                yield from _block(value, kind.type, path, name)
        case ListOf(item=Block()):
            if len(value or ()) > 1:
                yield Leaf(path, name, value, (lambda items: items[::-1],), structural=True)
            for index, (item, called) in enumerate(zip(value or (), entry_names(value or ()), strict=True)):
                yield from _value(item, kind.item, (*path, index), f"{name}.{called}", owner, entry)
        case MapOf(value=Block()):
            for key, item in value.items():
                yield from _value(item, kind.value, (*path, key), f"{name}.{key}", owner, entry)
        case _:
            yield _leaf(value, kind, path, name, owner, entry)


def _absent(block: type, path: Path, name: str) -> Iterator[Leaf]:
    """The keys of a block that no layer gives, where one of them can be given alone."""
    if all(not entry.required for entry in declared(block).values()):
        for key, entry in declared(block).items():
            if not isinstance(entry.key.kind, Block):
                others = (constant(replace(block(), **{key: other})) for other in tried(None, entry.key, entry.key.kind))
                yield Leaf(path, f"{name}.{key}", None, tuple(others), structural=True)


def _leaf(value: Any, kind: Kind, path: Path, name: str, owner: str, entry: Declared) -> Leaf:
    key = path[-1] if isinstance(path[-1], str) else ""
    refers = REFERENCES.get((owner, key), "")
    named = owner if key == "name" and owner in REFERENCES.values() else ""
    changes: list[Change] = [constant(other) for other in tried(value, entry.key, kind)]
    if value is not None and entry.default is None and not entry.required:
        changes.append(constant(None))
    structural = value is None or isinstance(kind, Boolean | Choice | ListOf | MapOf) or bool(refers)
    return Leaf(path, name, value, tuple(changes), structural=structural, named=named, refers=refers)


def tried(value: Any, key: Key, kind: Kind) -> list[Any]:
    """Other values of a key: those that its declaration names, then near ones of its kind, within its bounds."""
    own = [typed(each, kind) for each in key.differ or ()]
    found: list[Any] = []
    for other in [*own, *_near(value, kind)]:
        if other is not None and other != value and other not in found:
            found.append(other)
    return found


def typed(written: Any, kind: Kind) -> Any:
    """A value as one would write it, as the config holds it; None where the kind does not take it."""
    document = parse(Source("tried", to_yaml({"v": written}))).value
    tree = None if document is None else read_value(document.root.entries[0].value, kind, "v", "set").value
    return None if tree is None else _plain(tree)


def _plain(tree: Tree) -> Any:
    match tree:
        case Read():
            return tree.value
        case Items():
            return tuple(map(_plain, tree.items))
        case Branch():
            return {key: _plain(item) for key, item in tree.entries.items()}


def _near(value: Any, kind: Kind) -> Iterator[Any]:
    """Values beside `value`, of its kind."""
    low: float | None
    high: float | None
    match kind:
        case Boolean():
            yield not value
        case Choice():
            yield from kind.options
        case Integer() | Size() if value is not None:
            low, high = (kind.minimum, kind.maximum) if isinstance(kind, Integer) else (kind.minimum_bytes, kind.maximum_bytes)
            yield from _within((value + 1, value - 1, 2 * value, value // 2), low, high)
        case Number() | Duration() if value is not None:
            low, high = (kind.minimum, kind.maximum) if isinstance(kind, Number) else (kind.minimum_s, kind.maximum_s)
            yield from _within((value * 0.9, value * 1.25, value / 2, value * 2), low, high)
        case Share() if isinstance(value, Fraction):
            yield from (Fraction(value.value * 0.9), Fraction(min(1.0, value.value * 1.1)))
        case Share() if isinstance(value, Bytes):
            yield from (Bytes(value.value * 9 // 10), Bytes(value.value * 11 // 10))
        case Text() if isinstance(value, str):
            yield from other_scalars(value) if value else ("text",)
        case Pattern() if isinstance(value, str):
            yield from (other for other in other_scalars(value) if kind.regex.fullmatch(str(other)))
        case ListOf() if value:
            yield from (value[1:], value[:-1], value[::-1]) if len(value) > max(1, kind.minimum) else (() if kind.minimum else value[1:],)
        case MapOf() if value:
            yield dict(list(value.items())[:-1])
        case _:
            return


def _within(values: tuple[Any, ...], low: float | None, high: float | None) -> Iterator[Any]:
    yield from (value for value in values if (low is None or value >= low) and (high is None or value <= high))
