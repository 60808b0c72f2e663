"""Locked values: what a preset promises, and whether a stronger layer broke it."""

from collections.abc import Mapping
from typing import Any

from aua_compile.config import named
from aua_compile.config.declare import Block, Key, declared
from aua_compile.config.model import Config
from aua_compile.config.tree import Branch, Items, Leaf, Tree
from aua_compile.diagnostic import Diagnostic
from aua_compile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Lock:
    """The value at which a layer locked a key (None: its default), and that layer's file."""

    tree: Tree | None
    layer: str


def locked(tree: Branch, merged: Branch, layer: str) -> dict[str, Lock]:
    """The locks that a layer sets, by path, each at the value that the layers up to it give."""
    paths = tree.entries.get("locked")
    listed = paths.items if isinstance(paths, Items) else ()
    return {item.value: Lock(_at(merged, item.value), layer) for item in listed if isinstance(item, Leaf)}


def _at(tree: Tree | None, path: str) -> Tree | None:
    for part in path.split("."):
        tree = tree.entries.get(part) if isinstance(tree, Branch) else None
    return tree


def _key(path: str) -> tuple[Key, Any] | None:
    """The declaration and default of a dotted path through blocks."""
    block: type = Config
    for part in path.split(".")[:-1]:
        entry = declared(block).get(part)
        if entry is None or not isinstance(entry.key.kind, Block):
            return None
        block = entry.key.kind.type
    last = declared(block).get(path.rsplit(".", 1)[-1])
    return None if last is None else (last.key, last.default)


def _plain(tree: Tree | None, default: Any) -> Any:
    if isinstance(tree, Leaf):
        return tree.value
    if isinstance(tree, Items):
        return tuple(_plain(item, None) for item in tree.items)
    return default


def _as_safe(safer: Any, locked: Any, given: Any) -> bool:
    if safer == "higher":
        return bool(given >= locked)
    if safer == "lower":
        return bool(given <= locked)
    if safer == "more":
        return set(given) >= set(locked)
    return bool(given in (locked, safer))


def weakened(tree: Branch, locks: Mapping[str, Lock]) -> list[Diagnostic]:
    """A finding for each locked value that the final tree makes less safe; what cannot be locked is a rule's part."""
    findings = []
    for path, lock in locks.items():
        found = _key(path)
        if found is None or found[0].safer is None:
            continue
        key, default = found
        final = _at(tree, path)
        held, given = _plain(lock.tree, default), _plain(final, default)
        if final is not None and not _as_safe(key.safer, held, given):
            findings.append(named.weakened_lock(path, _yaml(held), _yaml(given), final.origin.span, f"`{lock.layer}`"))
    return findings


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(map(_yaml, value))}]" if isinstance(value, tuple) else str(value)
