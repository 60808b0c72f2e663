"""Whether a value fits a JSON Schema, for the keywords that decide most: a bounded walk of our own over both.

Checked are type, enum, const, the bounds of numbers, strings, lists and objects, properties, additionalProperties, items, prefixItems,
uniqueItems, anyOf, oneOf, allOf, not, and `$ref` within the document. Not checked, so never a failure: `pattern` and `patternProperties`
(a client's expression could make Python's backtracking matcher run for years), `format` (an annotation by default since draft 2019-09),
`$ref` to elsewhere (nothing is fetched), and the `unevaluated*` and `dependent*` families. A library that checks these is no smaller than
the whole runtime. JSON Schema: draft 2020-12, "Validation".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

STEPS_MAX = 20_000
DEPTH_MAX = 60


class Unbounded(Exception):
    """A bound was reached before the question was decided."""


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer()),
}


def fits(value: Any, schema: Any) -> bool | None:
    """Whether a value parsed from JSON fits a schema; None where that is beyond the bounds or the schema makes no sense.

    >>> fits({"n": 1}, {"properties": {"n": {"type": "string"}}})
    False
    """
    try:
        return _Walk(schema).fits(value, schema, 0)
    except (Unbounded, TypeError, ValueError, AttributeError, KeyError, OverflowError):
        return None


@dataclass(slots=True)
class _Walk:
    document: Any
    steps: int = STEPS_MAX

    def fits(self, value: Any, schema: Any, depth: int) -> bool:
        self.steps -= 1
        if self.steps < 0 or depth > DEPTH_MAX:
            raise Unbounded
        if isinstance(schema, bool):
            return schema
        if "$ref" in schema and not self.fits(value, self._referred(schema["$ref"]), depth + 1):
            return False
        return (
            self._is_of_type(value, schema)
            and self._is_listed(value, schema)
            and self._in_bounds(value, schema)
            and self._parts_fit(value, schema, depth)
            and self._combined(value, schema, depth)
        )

    def _referred(self, reference: str) -> Any:
        if not reference.startswith("#"):
            return True
        target = self.document
        for part in reference[1:].split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            target = target[int(key)] if isinstance(target, list) else target[key]
        return target

    def _is_of_type(self, value: Any, schema: Mapping[str, Any]) -> bool:
        allowed = schema.get("type")
        if allowed is None:
            return True
        return any(_TYPES[name](value) for name in ([allowed] if isinstance(allowed, str) else allowed))

    def _is_listed(self, value: Any, schema: Mapping[str, Any]) -> bool:
        if "const" in schema and not self._same(value, schema["const"]):
            return False
        return "enum" not in schema or any(self._same(value, one) for one in schema["enum"])

    def _same(self, one: Any, other: Any) -> bool:
        """Equality as JSON has it: `true` is not 1, and 1 is 1.0."""
        self.steps -= 1
        if self.steps < 0:
            raise Unbounded
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        if isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(self._same(a, b) for a, b in zip(one, other, strict=True))
        if isinstance(one, dict) and isinstance(other, dict):
            return one.keys() == other.keys() and all(self._same(item, other[key]) for key, item in one.items())
        return bool(one == other)

    def _in_bounds(self, value: Any, schema: Mapping[str, Any]) -> bool:
        if _TYPES["number"](value):
            return _number_in_bounds(value, schema)
        kind = "Length" if isinstance(value, str) else "Items" if isinstance(value, list) else "Properties"
        if not isinstance(value, str | list | dict):
            return True
        return bool(schema.get(f"min{kind}", 0) <= len(value) <= schema.get(f"max{kind}", len(value)))

    def _parts_fit(self, value: Any, schema: Mapping[str, Any], depth: int) -> bool:
        if isinstance(value, dict):
            return self._members_fit(value, schema, depth)
        return not isinstance(value, list) or self._items_fit(value, schema, depth)

    def _members_fit(self, value: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> bool:
        if any(name not in value for name in schema.get("required", ())):
            return False
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties", True) if "patternProperties" not in schema else True
        return all(self.fits(item, properties.get(name, others), depth + 1) for name, item in value.items())

    def _items_fit(self, value: list[Any], schema: Mapping[str, Any], depth: int) -> bool:
        first = schema.get("prefixItems", ())
        others = schema.get("items", True)
        if isinstance(others, list):  # before draft 2020-12
            first, others = others, schema.get("additionalItems", True)
        if not all(self.fits(item, first[index] if index < len(first) else others, depth + 1) for index, item in enumerate(value)):
            return False
        if schema.get("uniqueItems") is True:
            return not any(self._same(item, other) for index, item in enumerate(value) for other in value[:index])
        return True

    def _combined(self, value: Any, schema: Mapping[str, Any], depth: int) -> bool:
        if not all(self.fits(value, part, depth + 1) for part in schema.get("allOf", ())):
            return False
        if "anyOf" in schema and not any(self.fits(value, part, depth + 1) for part in schema["anyOf"]):
            return False
        if "oneOf" in schema and sum(self.fits(value, part, depth + 1) for part in schema["oneOf"]) != 1:
            return False
        return "not" not in schema or not self.fits(value, schema["not"], depth + 1)


def _number_in_bounds(value: float, schema: Mapping[str, Any]) -> bool:
    if value < schema.get("minimum", value) or value > schema.get("maximum", value):
        return False
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        return False
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        return False
    step = schema.get("multipleOf")
    return step is None or (Fraction(str(value)) / Fraction(str(step))).denominator == 1
