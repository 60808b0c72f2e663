"""JSON Patch (RFC 6902) and JSON Pointer (RFC 6901) on plain data: mappings, lists, texts, numbers, truth values and null.

Nothing here changes what it is given: each function returns the data that the patch makes of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aua_compile.frozen import dataclass

OPERATIONS: Mapping[str, frozenset[str]] = {
    "add": frozenset({"value"}),
    "copy": frozenset({"from"}),
    "move": frozenset({"from"}),
    "remove": frozenset(),
    "replace": frozenset({"value"}),
    "test": frozenset({"value"}),
}
"""Operation -> what it needs besides `op` and `path`."""

POINTER = r"(/([^~/]|~[01])*)*"
"""A JSON Pointer (RFC 6901): nothing for the whole document, or steps that begin with `/`, in which `~1` is `/` and `~0` is `~`."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_END = "-"


class NowhereError(Exception):
    """A pointer leads to nothing. `pointer` is the part of it that is not there, `known` what stands there instead."""

    def __init__(self, key: str, pointer: str, known: Sequence[str], why: str) -> None:
        super().__init__(why)
        self.key = key
        self.pointer = pointer
        self.known = known
        self.why = why


class UnequalError(Exception):
    """A value is not the expected one. `pointer` says where; `found` is what is there."""

    def __init__(self, pointer: str, expected: Any, found: Any) -> None:
        super().__init__(pointer)
        self.pointer = pointer
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class _At:
    """A place in a document: the mapping or list that holds it and the step into that, and which key of the operation named it."""

    steps: tuple[str, ...]
    key: str


def mistake(operation: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with an operation by itself: the key to point at and why; None where nothing is."""
    op = operation.get("op")
    if not isinstance(op, str) or op not in OPERATIONS:
        return "op", f"`op` must be one of {', '.join(f'`{name}`' for name in OPERATIONS)}"
    needed = {"op", "path"} | OPERATIONS[op]
    if missing := sorted(needed - operation.keys()):
        return "", f"`{op}` needs `{missing[0]}`"
    if more := sorted(operation.keys() - needed):
        return more[0], f"`{op}` does not take `{more[0]}`"
    for key in ("path", "from"):
        pointer = operation.get(key, "")
        if not isinstance(pointer, str) or not re.fullmatch(POINTER, pointer):
            return key, f"`{key}` must be a JSON Pointer such as `/services/router/restart`"
    if op == "remove" and operation["path"] == "":
        return "path", "the whole document cannot be removed"
    if op == "move" and f"{operation['path']}/".startswith(f"{operation['from']}/") and operation["path"] != operation["from"]:
        return "path", "nothing can be moved into itself"
    return None


def applied(document: Any, operation: Mapping[str, Any]) -> Any:
    """The document after one sound operation. Raises NowhereError, or UnequalError where a `test` fails."""
    path = _At(_steps(operation["path"]), "path")
    match operation["op"]:
        case "add":
            return _added(document, path, operation["value"])
        case "remove":
            return _removed(document, path)
        case "replace":
            value_at(document, path.steps)
            return _changed(document, path, lambda holder, step: _set(holder, step, operation["value"]))
        case "move":
            source = _At(_steps(operation["from"]), "from")
            value = value_at(document, source.steps, "from")
            return document if source.steps == path.steps else _added(_removed(document, source), path, value)
        case "copy":
            return _added(document, path, value_at(document, _steps(operation["from"]), "from"))
        case _:
            found = value_at(document, path.steps)
            if not equal(found, operation["value"]):
                raise UnequalError(operation["path"], operation["value"], found)
            return document


def equal(one: Any, other: Any) -> bool:
    """Equality as JSON has it: `1` and `1.0` are one number, `true` is none."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def pointer(steps: Sequence[str]) -> str:
    """The JSON Pointer of a path.

    >>> pointer(["metadata", "labels", "a/b"])
    '/metadata/labels/a~1b'
    """
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def value_at(document: Any, steps: Sequence[str], key: str = "path") -> Any:
    """The value at a path. Raises NowhereError, which names `key`."""
    for depth, step in enumerate(steps):
        document = _inner(document, step, _At(tuple(steps[: depth + 1]), key))
    return document


def _steps(text: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def _inner(holder: Any, step: str, at: _At) -> Any:
    if isinstance(holder, Mapping):
        if step in holder:
            return holder[step]
        raise NowhereError(at.key, pointer(at.steps), list(holder), "there is no such key")
    if isinstance(holder, list | tuple):
        return holder[_index(holder, step, at, len(holder) - 1)]
    raise NowhereError(at.key, pointer(at.steps), (), "a single value stands above it")


def _index(holder: Sequence[Any], step: str, at: _At, last: int) -> int:
    if _INDEX.fullmatch(step) and int(step) <= last:
        return int(step)
    why = f"the list there has {len(holder)} entries" if _INDEX.fullmatch(step) else "a list stands there, whose entries have numbers"
    raise NowhereError(at.key, pointer(at.steps), (), why)


def _changed(document: Any, at: _At, change: Callable[[Any, str], Any], depth: int = 0) -> Any:
    """The document in which `change` was made to the holder of a place; what lies beside the path is shared."""
    if not at.steps:
        return change({"": document}, "")[""]
    step = at.steps[depth]
    if depth == len(at.steps) - 1:
        return change(document, step)
    here = _At(at.steps[: depth + 1], at.key)
    return _set(document, step, _changed(_inner(document, step, here), at, change, depth + 1))


def _set(holder: Any, step: str, value: Any) -> Any:
    """`holder` with another value at a step that is there."""
    if isinstance(holder, Mapping):
        return {**holder, step: value}
    return [*holder[: int(step)], value, *holder[int(step) + 1 :]]


def _added(document: Any, at: _At, value: Any) -> Any:
    def add(holder: Any, step: str) -> Any:
        if isinstance(holder, Mapping):
            return {**holder, step: value}
        if isinstance(holder, list | tuple):
            index = len(holder) if step == _END else _index(holder, step, at, len(holder))
            return [*holder[:index], value, *holder[index:]]
        raise NowhereError(at.key, pointer(at.steps), (), "a single value stands above it")

    return _changed(document, at, add)


def _removed(document: Any, at: _At) -> Any:
    def remove(holder: Any, step: str) -> Any:
        _inner(holder, step, at)
        if isinstance(holder, Mapping):
            return {key: value for key, value in holder.items() if key != step}
        return [*holder[: int(step)], *holder[int(step) + 1 :]]

    return _changed(document, at, remove)
