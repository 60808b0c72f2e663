"""RFC 7396: what merging makes, and that it can be undone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.json_patch import equal
from aua_compile.merge_patch import idle_removals, merged, unmet

LEAVES = st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2) | st.lists(st.integers(0, 2), max_size=2)
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.dictionaries(st.text("abc", max_size=1), inner, max_size=3), max_leaves=8).filter(
    lambda value: isinstance(value, dict)
)


def inverse(before: Any, after: Any) -> Any:
    """The merge patch that makes `before` of `after`; neither holds null."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return before
    gone: dict[str, Any] = dict.fromkeys(after.keys() - before.keys())
    changed = {key: value for key, value in before.items() if key not in after or not equal(value, after[key])}
    return gone | {key: inverse(value, after[key]) if key in after else value for key, value in changed.items()}


@pytest.mark.parametrize(
    ("document", "patch", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": None}, {}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [1, 2]}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": 3}}, {"a": {"c": 2, "d": 3}}),
        ({}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": [{"b": None}]}, {}, {"a": [{"b": None}]}),
        ({}, {"a": [None]}, {"a": [None]}),
        ([1, 2], {"a": 1}, {"a": 1}),
        ({"a": 1}, [1], [1]),
    ],
)
def test_merging_makes_the_document_that_the_standard_says(document: Any, patch: Any, expected: Any) -> None:
    assert merged(document, patch) == expected


@given(DOCUMENTS, DOCUMENTS)
def test_a_merge_and_its_inverse_leave_the_document(document: dict[str, Any], patch: dict[str, Any]) -> None:
    after = merged(document, patch)
    assert equal(merged(after, inverse(document, after)), document)


@given(DOCUMENTS, DOCUMENTS)
def test_merging_twice_is_merging_once(document: dict[str, Any], patch: dict[str, Any]) -> None:
    assert equal(merged(merged(document, patch), patch), merged(document, patch))


@given(DOCUMENTS, DOCUMENTS)
def test_what_was_merged_is_met_and_keys_that_it_does_not_name_stay(document: dict[str, Any], patch: dict[str, Any]) -> None:
    after = merged(document, patch)
    assert list(unmet(after, patch)) == []
    assert all(equal(after[key], value) for key, value in document.items() if key not in patch)


@given(DOCUMENTS, DOCUMENTS)
def test_what_is_unmet_is_where_merging_would_change_something(document: dict[str, Any], patch: dict[str, Any]) -> None:
    if list(unmet(document, patch)):
        assert not equal(merged(document, patch), document)


def test_null_that_removes_nothing_is_told() -> None:
    assert list(idle_removals({"a": {"b": 1}, "c": 1}, {"a": {"b": None, "x": None}, "c": None, "d": {"e": None}})) == [
        ("a", "x"),
        ("d", "e"),
    ]
