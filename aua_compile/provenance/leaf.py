"""A leaf: one value of a plan, a config or a registry entry, with other values that could stand in its place."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from aua_compile.frozen import dataclass

Step: TypeAlias = str | int
Path: TypeAlias = tuple[Step, ...]
Change: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value at `path`, called `name` (list entries by name). Each of `changes` makes another value of it.

    A `structural` leaf decides what there is (a switch, a choice, something optional, how long a list is); the others only what is said.
    `named` is the kind of thing whose name it is, `refers` the kind of thing that it names.
    """

    path: Path
    name: str
    value: Any
    changes: tuple[Change, ...]
    structural: bool
    named: str = ""
    refers: str = ""

    def __eq__(self, other: object) -> bool:
        """Leaves of one tree are told apart by where they are; their changes are functions, which compare as nothing useful."""
        same = isinstance(other, Leaf) and (self.path, self.name, self.structural) == (other.path, other.name, other.structural)
        return self is other or same

    def __hash__(self) -> int:
        return hash(self.path)


Changes: TypeAlias = Mapping[Leaf, int]
"""What an experiment changes: leaf -> which of its changes."""


def constant(value: Any) -> Change:
    """The change to `value`, whatever was there."""
    return lambda _: value


def changed(tree: Any, changes: Changes, leaves: Iterable[Leaf]) -> Any:
    """`tree` with each leaf of `changes` changed. What refers to a renamed thing follows, unless it is changed itself."""
    by_path = {leaf.path: leaf.changes[which] for leaf, which in changes.items()}
    renamed = {(leaf.named, leaf.value): leaf.changes[which](leaf.value) for leaf, which in changes.items() if leaf.named}
    if renamed:
        for leaf in leaves:
            if leaf.refers and leaf.path not in by_path and (following := _renamed(leaf.value, leaf.refers, renamed)) != leaf.value:
                by_path[leaf.path] = constant(following)
    return _rebuilt(tree, by_path)


def _renamed(value: Any, kind: str, names: Mapping[tuple[str, Any], Any]) -> Any:
    """A reference, or a list of them, by the names that things have now."""
    return tuple(names.get((kind, item), item) for item in value) if isinstance(value, tuple) else names.get((kind, value), value)


def held(tree: Any, path: Path) -> Any:
    """What is at `path`. A LookupError or an AttributeError says that there is nothing."""
    for step in path:
        tree = _at(tree, step)
    return tree


def _rebuilt(value: Any, changes: Mapping[Path, Change]) -> Any:
    """What is inside is changed first, then the whole."""
    inside: dict[Step, dict[Path, Change]] = {}
    for path, change in changes.items():
        if path:
            inside.setdefault(path[0], {})[path[1:]] = change
    if inside:
        value = _with(value, {step: _rebuilt(_at(value, step), inner) for step, inner in inside.items()})
    own = changes.get(())
    return value if own is None else own(value)


def _at(value: Any, step: Step) -> Any:
    return getattr(value, step) if isinstance(step, str) and not isinstance(value, Mapping) else value[step]


def _with(value: Any, parts: Mapping[Any, Any]) -> Any:
    if isinstance(value, Mapping):
        return {**value, **parts}
    if isinstance(value, tuple):
        return tuple(parts.get(index, item) for index, item in enumerate(value))
    return replace(value, **parts)


def entry_names(items: Iterable[Any]) -> list[str]:
    """What the entries of a list are called: by what identifies them where that is unambiguous, else by number."""
    items = tuple(items)
    for identity in ("name", "specialist", "use", "service"):
        names = [getattr(item, identity, None) for item in items]
        if all(isinstance(name, str) and name for name in names) and len({*names}) == len(names):
            return [str(name) for name in names]
    return [str(index) for index in range(len(items))]
