"""A Config written out again as plain values in the words of the language, whole or one value of it."""

from dataclasses import is_dataclass
from typing import Any

from aua_compile.config.declare import Block, Data, Duration, Kind, ListOf, MapOf, Number, Share, Size, declared
from aua_compile.config.model import Config
from aua_compile.config.read import Bytes, Fraction
from aua_compile.config.units import written_duration, written_size


def written(value: Any, kind: Kind) -> Any:
    """A typed value as one would write it in YAML.

    >>> written(0.1, Duration()), written(4 * 2**20, Size()), written(2.0, Number())
    ('100ms', '4MiB', 2)
    """
    if value is None:
        return None
    match kind:
        case Duration():
            return written_duration(value)
        case Size():
            return written_size(value)
        case Share():
            return value.value if isinstance(value, Fraction) else written_size(value.value) if isinstance(value, Bytes) else value
        case ListOf():
            return [written(item, kind.item) for item in value]
        case MapOf():
            return {key: written(item, kind.value) for key, item in value.items()}
        case Block():
            return block(value)
        case Data():
            return free(value)
        case Number() if isinstance(value, float) and value.is_integer():
            return int(value)
        case _:
            return value


def free(value: Any) -> Any:
    """Data of the user's own shape as mappings and lists."""
    if isinstance(value, dict):
        return {key: free(item) for key, item in value.items()}
    return [free(item) for item in value] if isinstance(value, tuple) else value


def block(value: Any) -> dict[str, Any]:
    """A declared dataclass as a mapping; keys that are absent or at their empty default are left out."""
    made = {}
    kind: type = type(value)
    for name, entry in declared(kind).items():
        held = getattr(value, name)
        if held is None or (held in ((), {}) and not entry.required):
            continue
        plain = written(held, entry.key.kind)
        if plain != {} or not is_dataclass(held):
            made[name] = plain
    return made


def expanded(config: Config) -> dict[str, Any]:
    """The whole config as one document; compiling it gives the same plan."""
    return {key: value for key, value in block(config).items() if key not in {"extends", "locked"}}


def value_at(config: Config, path: str) -> tuple[bool, Any]:
    """Whether there is something at a path (list entries by name or index), and it as one would write it."""
    value: Any = block(config)
    defaults: Any = config
    for part in [part for part in path.replace("[", ".").replace("]", "").split(".") if part]:
        defaults = _step(defaults, part)
        value = _step(value, part)
        if value is None and defaults is None:
            return _declared_absent(path), None
    return True, value


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list | tuple):
        named = next(
            (item for item in value if (item.get("name") if isinstance(item, dict) else getattr(item, "name", None)) == part), None
        )
        if named is None and part.isdigit() and int(part) < len(value):
            return value[int(part)]
        return named
    return getattr(value, part, None)


def _declared_absent(path: str) -> bool:
    """An optional key that no layer gives is there, and empty."""
    from aua_compile.reference import declared_at

    entry = declared_at(path)
    return entry is not None and not entry.required
