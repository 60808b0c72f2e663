"""Config against config, or a tier's facts against others: each value that differs, as an edit that can be made alone.

List entries are known by name, as everywhere.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import is_dataclass, replace
from typing import Any, TypeVar

from aua_compile.config.declare import Block, Kind, ListOf, MapOf, declared
from aua_compile.config.model import Config
from aua_compile.config.show import written
from aua_compile.frozen import dataclass
from aua_compile.registry.model import TierFacts


@dataclass(frozen=True, slots=True)
class Edit:
    """One value that differs: both values as one would write them (None: absent), and how to make the change.

    `path` is by name, in the newer config where it is in both; `former` is where it is in the older one.
    """

    path: str
    former: str
    before: Any
    after: Any
    make: "Callable[[Any], Any]"


Declared = TypeVar("Declared", Config, TierFacts)


def edits(before: Declared, after: Declared) -> Iterator[Edit]:
    """What turns one config into another, value by value, in the order of the language; `make` takes and gives a whole one."""
    kind: type = type(after)
    return _edits(before, after, Block(kind), "")


def _edits(was: Any, now: Any, kind: Kind, path: str) -> Iterator[Edit]:
    if was == now:
        return
    match kind:
        case Block() if is_dataclass(was) and is_dataclass(now):
            for name, key in declared(kind.type).items():
                inner = f"{path}.{name}" if path else name
                for edit in _edits(getattr(was, name), getattr(now, name), key.key.kind, inner):
                    yield replace(edit, make=_in_block(name, edit.make))
        case MapOf():
            yield from _of_entries(was, now, kind, kind.value, path)
        case ListOf(item=Block() as item) if "name" in declared(item.type):
            old, new = ({entry.name: entry for entry in listed} for listed in (was, now))
            yield from _of_entries(old, new, kind, item, path)
        case _:
            yield Edit(path, path, written(was, kind), written(now, kind), lambda _: now)


def _of_entries(was: Mapping[str, Any], now: Mapping[str, Any], kind: Kind, item: Kind, path: str) -> Iterator[Edit]:
    """The edits of a mapping, or of a list with its entries by name."""
    listed = isinstance(kind, ListOf)
    renamed = _renamed(was, now) if listed else {}
    for name, value in now.items():
        at, former = f"{path}.{name}", was.get(renamed.get(name, name))
        if former is None:
            yield Edit(at, at, None, written(value, item), _with(name, value, tuple(now), listed=listed))
            continue
        old_name = renamed.get(name, name)
        names, before_at = {name, old_name}, f"{path}.{old_name}"
        if name in renamed:
            yield Edit(f"{at}.name", f"{before_at}.name", old_name, name, _in_entry(names, _named(name), listed=listed))
            former = replace(former, name=name)
        for edit in _edits(former, value, item, at):
            yield replace(edit, former=before_at + edit.former[len(at) :], make=_in_entry(names, edit.make, listed=listed))
    for name, value in was.items():
        if name not in now and name not in renamed.values():
            yield Edit(f"{path}.{name}", f"{path}.{name}", written(value, item), None, _without(name, listed=listed))
    called = {old: new for new, old in renamed.items()}
    old = [called.get(name, name) for name in was if name in now or name in called]
    new = [name for name in now if name in old]
    if listed and old != new:
        yield Edit(path, path, old, new, lambda entries: tuple(sorted(entries, key=lambda entry: _place(entry.name, tuple(now)))))


def _renamed(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """New name -> old name of the entries that only changed it: more than half of all else that they say agrees."""
    found: dict[str, str] = {}
    for new, value in now.items():
        for old, former in was.items():
            if new not in was and old not in now and old not in found.values() and _are_alike(former, value):
                found[new] = old
                break
    return found


def _are_alike(former: Any, value: Any) -> bool:
    kind: type = type(value)
    said = [
        getattr(former, name) == getattr(value, name)
        for name, key in declared(kind).items()
        if name != "name" and (getattr(former, name) != key.default or getattr(value, name) != key.default)
    ]
    return 2 * said.count(True) > len(said)


def _place(name: str, order: tuple[str, ...]) -> int:
    return order.index(name) if name in order else len(order)


def _in_block(name: str, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda block: replace(block, **{name: make(getattr(block, name))})


def _in_entry(names: Container[str], make: Callable[[Any], Any], *, listed: bool) -> Callable[[Any], Any]:
    """Makes a change in the entry that has one of the names."""
    if listed:
        return lambda entries: tuple(make(entry) if entry.name in names else entry for entry in entries)
    return lambda entries: {key: make(entry) if key in names else entry for key, entry in entries.items()}


def _named(name: str) -> Callable[[Any], Any]:
    return lambda entry: replace(entry, name=name)


def _with(name: str, value: Any, order: tuple[str, ...], *, listed: bool) -> Callable[[Any], Any]:
    """Adds an entry: in a list before the first of those that follow it in `order`."""
    following = order[order.index(name) + 1 :]

    def make(entries: Any) -> Any:
        if not listed:
            return {**entries, name: value}
        at = next((index for index, entry in enumerate(entries) if entry.name in following), len(entries))
        return (*entries[:at], value, *entries[at:])

    return make


def _without(name: str, *, listed: bool) -> Callable[[Any], Any]:
    if listed:
        return lambda entries: tuple(entry for entry in entries if entry.name != name)
    return lambda entries: {key: entry for key, entry in entries.items() if key != name}
