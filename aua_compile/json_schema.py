"""JSON Schemas (draft 2020-12) of everything that is declared with `Key`: configs, presets, tiers and registry files.

Made by `make schemas` and committed under schemas/; nothing that compiles imports this module.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aua_compile.config.declare import (
    DURATION_UNITS_S,
    SIZE_UNITS_BYTES,
    Block,
    Boolean,
    Choice,
    Data,
    Declared,
    Duration,
    Integer,
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
from aua_compile.config.show import written
from aua_compile.json_patch import OPERATIONS, POINTER

DIALECT = "https://json-schema.org/draft/2020-12/schema"


NEW_CONFIG = {
    "label": "aua config",
    "description": "The lines that every config begins with.",
    "body": {"config_version": '"1.0"', "project": {"name": "${1:shop}"}, "preset": "${2:coding}", "tier": "${3:single-4090}"},
}
"""What an editor writes into an empty config."""


def schema(
    block: type,
    title: str,
    *,
    extensions: bool = False,
    layer: Sequence[str] | None = None,
    snippets: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The schema of a document whose root has the keys of `block`. `snippets` are offered in an empty one.

    `extensions` allows `x-*` keys at the root. `layer` is for documents that others complete: it names the keys that are required at the
    root all the same, and no key below is.
    """
    blocks: dict[str, Any] = {}
    root = _block(block, blocks)
    if layer is not None:
        for part in (root, *blocks.values()):
            part.pop("required", None)
        if layer:
            root["required"] = list(layer)
    if extensions:
        root["patternProperties"] = {"^x-": {}}
    if snippets:
        root["defaultSnippets"] = list(snippets)
    return {"$schema": DIALECT, "title": title, "description": _first_line(block), **root, "$defs": dict(sorted(blocks.items()))}


def _first_line(block: type) -> str:
    return (block.__doc__ or "").strip().split("\n", 1)[0]


def _block(block: type, blocks: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _property(entry, blocks) for name, entry in declared(block).items()}
    required = [name for name, entry in declared(block).items() if entry.required]
    made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        made["required"] = required
    return made


def _property(entry: Declared, blocks: dict[str, Any]) -> dict[str, Any]:
    made = _kind(entry.key.kind, blocks)
    if not entry.required and entry.default is None:
        made = {"anyOf": [made, {"type": "null"}]}
    made["description"] = _described(entry)
    if "`" in made["description"]:
        made["markdownDescription"] = made["description"]
    default = _default(entry)
    if default is not None:
        made["default"] = default
    if entry.key.example is not None:
        made["examples"] = [entry.key.example]
    return made


def _snippets(block: type) -> dict[str, Any]:
    """What an editor writes for a new mapping with required keys, in the words of VS Code's YAML extension."""
    needed = [name for name, inner in declared(block).items() if inner.required]
    if not needed:
        return {}
    body = {name: f"${number}" for number, name in enumerate(needed, 1)}
    return {"defaultSnippets": [{"label": block.__name__.lower(), "description": f"with {', '.join(needed)}", "body": body}]}


def _described(entry: Declared) -> str:
    key = entry.key
    parts = [key.doc]
    if key.higher:
        parts.append(f"Higher: {key.higher}.")
    if key.lower:
        parts.append(f"Lower: {key.lower}.")
    return " ".join(parts)


def _default(entry: Declared) -> Any:
    """The default as one would write it; None where there is none that is one value."""
    if entry.required or entry.default is None:
        return None
    return None if isinstance(entry.key.kind, Block) else written(entry.default, entry.key.kind)


def _kind(kind: Kind, blocks: dict[str, Any]) -> dict[str, Any]:
    match kind:
        case Text():
            return {"type": "string"} if kind.lines else {"type": "string", "pattern": r"^[^\n]*$"}
        case Pattern():
            return {"type": "string", "pattern": f"^(?:{_portable(kind.regex.pattern)})$"}
        case Integer():
            return _without_none({"type": "integer", "minimum": kind.minimum, "maximum": kind.maximum})
        case Number():
            return _without_none({"type": "number", "minimum": kind.minimum, "maximum": kind.maximum, "exclusiveMinimum": kind.above})
        case Boolean():
            return {"type": "boolean"}
        case Choice():
            return {"enum": list(kind.options)}
        case Duration():
            return {"type": "string", "pattern": rf"^[0-9]+(\.[0-9]+)? *({'|'.join(DURATION_UNITS_S)})$"}
        case Size():
            return _size()
        case Share():
            return {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, _size()]}
        case ListOf():
            item = _kind(kind.item, blocks)
            many: dict[str, Any] = {"type": "array", "items": item, "maxItems": kind.maximum}
            if kind.minimum:
                many["minItems"] = kind.minimum
            return {"anyOf": [item, many]} if kind.single else many
        case MapOf():
            names = {"pattern": f"^(?:{_portable(kind.keys.regex.pattern)})$"}
            return {"type": "object", "propertyNames": names, "additionalProperties": _kind(kind.value, blocks)}
        case Block():
            return _reference(kind, blocks)
        case Data():
            return {"type": "array", "items": _operation()} if kind.of == "operations" else {"type": "object"}


def _operation() -> dict[str, Any]:
    """An operation of a JSON Patch: what each one needs besides `op` and `path`, and nothing else."""
    pointer = {"type": "string", "pattern": f"^{POINTER}$"}
    known: dict[str, Any] = {"from": pointer, "value": {}}
    return {
        "oneOf": [
            {
                "type": "object",
                "properties": {"op": {"const": op}, "path": pointer, **{key: known[key] for key in sorted(needs)}},
                "required": ["op", "path", *sorted(needs)],
                "additionalProperties": False,
            }
            for op, needs in OPERATIONS.items()
        ]
    }


def _size() -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^[0-9]+(\.[0-9]+)? *({'|'.join(SIZE_UNITS_BYTES)})$"}


def _portable(pattern: str) -> str:
    """A Python pattern as ECMA 262 reads it; ours use nothing else that differs."""
    return pattern.replace(r"\w", "[A-Za-z0-9_]").replace("[[A-Za-z0-9_]", "[A-Za-z0-9_")


def _reference(kind: Block, blocks: dict[str, Any]) -> dict[str, Any]:
    name = kind.type.__name__
    if name not in blocks:
        blocks[name] = {}
        blocks[name] = {"description": _first_line(kind.type), **_block(kind.type, blocks), **_snippets(kind.type)}
    whole = {"$ref": f"#/$defs/{name}"}
    if not kind.shorthand:
        return whole
    return {"anyOf": [_kind(declared(kind.type)[kind.shorthand].key.kind, blocks), whole]}


def _without_none(made: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if value is not None}
