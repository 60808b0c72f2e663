"""A value that fits a JSON Schema, as far as one can be found by looking: for structured output and the arguments of tools."""

from collections.abc import Mapping
from math import ceil
from random import Random
from typing import Any

DEPTH_MAX = 24
_WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")


def instance_of(schema: Any, random: Random) -> Any:
    """A value drawn for a schema. What only excludes (`not`, `pattern`, the other branches of `oneOf`) is not sought to be met."""
    return _made(schema, schema, random, 0)


def _made(schema: Any, document: Any, random: Random, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > DEPTH_MAX:
        return None
    schema = _whole(schema, document, depth)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return random.choice(schema["enum"])
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            rest = {name: value for name, value in schema.items() if name != key}
            branch = schema[key][0]
            return _made({**rest, **branch} if isinstance(branch, dict) else rest, document, random, depth + 1)
    match _kind(schema):
        case "object":
            return _object(schema, document, random, depth)
        case "array":
            return _array(schema, document, random, depth)
        case "string":
            return _string(schema, random)
        case "integer":
            return _integer(schema, random)
        case "number":
            low, high = _bounds(schema)
            return float(_integer(schema, random)) if ceil(low) <= high else (low + high) / 2
        case "boolean":
            return random.random() < 0.5  # noqa: PLR2004 - a coin
        case _:
            return None


def _whole(schema: Mapping[str, Any], document: Any, depth: int) -> dict[str, Any]:
    """A schema with what `$ref` and `allOf` add to it."""
    found = dict(schema)
    for _ in range(DEPTH_MAX - depth):
        reference = found.pop("$ref", None)
        if not isinstance(reference, str) or not reference.startswith("#"):
            break
        target = document
        for part in reference[1:].split("/")[1:]:
            target = target.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(target, dict) else {}
        found = {**(target if isinstance(target, dict) else {}), **found}
    for part in found.pop("allOf", ()):
        if isinstance(part, dict):
            properties = {**found.get("properties", {}), **part.get("properties", {})}
            required = [*found.get("required", ()), *part.get("required", ())]
            found = {**found, **part, **({"properties": properties} if properties else {}), **({"required": required} if required else {})}
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    given = schema.get("type")
    if isinstance(given, list):
        return str(given[0]) if given else "null"
    if isinstance(given, str):
        return given
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _object(schema: Mapping[str, Any], document: Any, random: Random, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    wanted = [*schema.get("required", ()), *(properties if depth < DEPTH_MAX // 4 else ())]
    made = {name: _made(properties.get(name, {}), document, random, depth + 1) for name in dict.fromkeys(wanted)}
    for index in range(schema.get("minProperties", 0) - len(made)):
        made[f"more_{index}"] = _made(schema.get("additionalProperties", {}), document, random, depth + 1)
    return made


def _array(schema: Mapping[str, Any], document: Any, random: Random, depth: int) -> list[Any]:
    first = schema.get("prefixItems", ())
    least = schema.get("minItems", 1 if depth < DEPTH_MAX // 4 else 0)
    count = min(max(least, len(first)), schema.get("maxItems", max(least, len(first))), 64)
    items = schema.get("items", {})
    made: list[Any] = []
    for index in range(count):
        value = _made(first[index] if index < len(first) else items, document, random, depth + 1)
        if schema.get("uniqueItems") and value in made and isinstance(value, str | int):
            value = f"{value}{index}" if isinstance(value, str) else value + index
        made.append(value)
    return made


def _string(schema: Mapping[str, Any], random: Random) -> str:
    text = str(random.choice(_WORDS))
    least, most = schema.get("minLength", 0), schema.get("maxLength", 4096)
    while len(text) < min(least, 4096):
        text += " " + random.choice(_WORDS)
    return text[: max(most, 0)]


def _bounds(schema: Mapping[str, Any]) -> tuple[float, float]:
    low = max(schema.get("minimum", -(10**9)), schema.get("exclusiveMinimum", -(10**9)))
    high = min(schema.get("maximum", 10**9), schema.get("exclusiveMaximum", 10**9))
    if low == -(10**9):
        low = min(1, high)
    return low, high


def _integer(schema: Mapping[str, Any], random: Random) -> int:
    low, high = _bounds(schema)
    step = schema.get("multipleOf", 1)
    step = step if isinstance(step, int) and step > 0 else 1
    first = ceil((low + (low == schema.get("exclusiveMinimum"))) / step)
    last = (high - (high == schema.get("exclusiveMaximum"))) // step
    return int(step * random.randint(first, max(first, int(min(last, first + 98)))))
