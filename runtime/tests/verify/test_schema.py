import pytest
from aua_runtime.verify.schema import fits
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "", "a", "ab"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(["object", "array", "string", "boolean", "null", "number", "integer"])
SIZES = st.integers(0, 3)


def keywords(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    several = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "const": VALUES,
            "minimum": SIZES,
            "maximum": SIZES,
            "exclusiveMinimum": SIZES,
            "exclusiveMaximum": SIZES,
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            "minLength": SIZES,
            "maxLength": SIZES,
            "minItems": SIZES,
            "maxItems": SIZES,
            "uniqueItems": st.booleans(),
            "minProperties": SIZES,
            "maxProperties": SIZES,
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "additionalProperties": inner,
            "prefixItems": several,
            "items": inner,
            "anyOf": several,
            "oneOf": several,
            "allOf": several,
            "not": inner,
        },
    )


SCHEMAS = st.recursive(st.booleans(), keywords, max_leaves=6)


@given(VALUES, SCHEMAS)
def test_it_agrees_with_a_full_validator(value: object, schema: object) -> None:
    assert fits(value, schema) == Draft202012Validator(schema).is_valid(value)


def test_references_within_the_document_are_followed() -> None:
    schema = {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "array", "items": {"$ref": "#/$defs/a~1b"}}}}
    assert fits([[], [[]]], schema) is True
    assert fits([[1]], schema) is False


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"$ref": "#/nowhere"}, {"type": "x"}, {"required": 1}, {"minimum": "1"}, 7, None])
def test_nothing_is_said_about_a_schema_that_makes_no_sense(schema: object) -> None:
    assert fits(1 if schema != {"required": 1} else {}, schema) is None


def test_what_is_not_checked_is_no_failure() -> None:
    assert fits("x", {"pattern": "(a+)+$", "format": "date", "$ref": "https://example.org/x"}) is True
    assert fits({"a": 1}, {"patternProperties": {"a": {}}, "additionalProperties": False}) is True
