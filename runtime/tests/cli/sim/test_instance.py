from random import Random

import pytest
from aua_runtime.cli.sim.instance import instance_of
from aua_runtime.verify.schema import fits
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

SCALARS = st.one_of(
    st.builds(lambda low, size: {"type": "integer", "minimum": low, "maximum": low + size}, st.integers(-99, 99), st.integers(0, 9)),
    st.builds(lambda low, size: {"type": "number", "exclusiveMinimum": low, "maximum": low + size}, st.integers(-9, 9), st.integers(1, 9)),
    st.builds(lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more}, st.integers(0, 40), st.integers(0, 9)),
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({"enum": ["x", 1, None]}),
    st.just({"const": [1]}),
    st.just({"type": ["string", "null"]}),
    st.just({"type": "integer", "multipleOf": 7, "minimum": 10}),
)


def grown(inner: st.SearchStrategy[dict[str, object]]) -> st.SearchStrategy[dict[str, object]]:
    properties = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    return st.one_of(
        properties.map(
            lambda found: {"type": "object", "properties": found, "required": [*found], "additionalProperties": False},
        ),
        st.builds(lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)),
        st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches}),
        st.builds(lambda one: {"allOf": [one]}, properties.map(lambda found: {"type": "object", "properties": found})),
        inner.map(lambda one: {"$ref": "#/$defs/it", "$defs": {"it": one}} if "$defs" not in str(one) else one),
    )


@given(st.recursive(SCALARS, grown, max_leaves=8), st.integers(0, 99))
def test_what_is_drawn_fits_the_schema(schema: dict[str, object], seed: int) -> None:
    if "$ref" in str(schema) and "$ref" not in schema:
        return  # its definitions are not at the document's root
    value = instance_of(schema, Random(seed))
    assert Draft202012Validator(schema).is_valid(value)
    assert fits(value, schema) is True


@pytest.mark.parametrize("schema", [None, True, 7, {"$ref": "#"}, {"properties": {"a": {"$ref": "#"}}, "required": ["a"]}, {"type": "odd"}])
def test_a_schema_without_end_or_sense_has_an_end(schema: object) -> None:
    instance_of(schema, Random(0))
