"""RFC 6901 and 6902: what each operation does, what it needs, and what it does not touch."""

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aua_compile.json_patch import POINTER, NowhereError, UnequalError, applied, equal, mistake, pointer, value_at

LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text("ab/~", max_size=3)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~", max_size=3), inner, max_size=3))
DOCUMENTS = st.dictionaries(st.text("ab/~-0", max_size=3), VALUES, max_size=4)


def places(value: Any, steps: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every path in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [steps, *(place for step, held in inner for place in places(held, (*steps, str(step))))]


def patch(document: Any, *operations: dict[str, Any]) -> Any:
    for operation in operations:
        assert mistake(operation) is None, mistake(operation)
        document = applied(document, operation)
    return document


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        ({"a": 1}, {"op": "add", "path": "/b", "value": [2]}, {"a": 1, "b": [2]}),
        ({"a": 1}, {"op": "add", "path": "/a", "value": None}, {"a": None}),
        ([1, 3], {"op": "add", "path": "/1", "value": 2}, [1, 2, 3]),
        ([1], {"op": "add", "path": "/1", "value": 2}, [1, 2]),
        ([1], {"op": "add", "path": "/-", "value": 2}, [1, 2]),
        ([1], {"op": "add", "path": "/-", "value": [2]}, [1, [2]]),
        ({"a": 1}, {"op": "add", "path": "", "value": {"b": 2}}, {"b": 2}),
        ({"a": {"b": 1}}, {"op": "add", "path": "/a/", "value": 2}, {"a": {"b": 1, "": 2}}),
        ({"a": 1, "b": 2}, {"op": "remove", "path": "/a"}, {"b": 2}),
        ([1, 2, 3], {"op": "remove", "path": "/1"}, [1, 3]),
        ({"a": {"b": 1}}, {"op": "replace", "path": "/a/b", "value": {"c": 2}}, {"a": {"b": {"c": 2}}}),
        ([1, 2], {"op": "replace", "path": "/0", "value": 9}, [9, 2]),
        ({"a": 1}, {"op": "replace", "path": "", "value": {"b": 2}}, {"b": 2}),
        ({"a": {"x": 1}, "b": {}}, {"op": "move", "from": "/a/x", "path": "/b/y"}, {"a": {}, "b": {"y": 1}}),
        ([1, 2, 3], {"op": "move", "from": "/0", "path": "/2"}, [2, 3, 1]),
        ({"a": 1}, {"op": "move", "from": "/a", "path": "/a"}, {"a": 1}),
        ({"a": {"x": 1}}, {"op": "copy", "from": "/a", "path": "/b"}, {"a": {"x": 1}, "b": {"x": 1}}),
        ({"a": [1]}, {"op": "copy", "from": "/a/0", "path": "/a/-"}, {"a": [1, 1]}),
        ({"a/b": {"m~n": 1}}, {"op": "replace", "path": "/a~1b/m~0n", "value": 2}, {"a/b": {"m~n": 2}}),
        ({"~1": 1}, {"op": "remove", "path": "/~01"}, {}),
        ({"0": 1}, {"op": "replace", "path": "/0", "value": 2}, {"0": 2}),
        ({"a": 1.0}, {"op": "test", "path": "/a", "value": 1}, {"a": 1.0}),
        ({"a": [{"b": None}]}, {"op": "test", "path": "/a/0", "value": {"b": None}}, {"a": [{"b": None}]}),
    ],
)
def test_an_operation_makes_the_document_that_the_standard_says(document: Any, operation: dict[str, Any], expected: Any) -> None:
    before = copy.deepcopy(document)
    assert patch(document, operation) == expected
    assert document == before, "what is given stays as it is"


@pytest.mark.parametrize(
    ("document", "operation", "at"),
    [
        ({"a": 1}, {"op": "remove", "path": "/b"}, "/b"),
        ({"a": 1}, {"op": "replace", "path": "/b", "value": 2}, "/b"),
        ({"a": 1}, {"op": "add", "path": "/b/c", "value": 2}, "/b"),
        ({"a": 1}, {"op": "add", "path": "/a/c", "value": 2}, "/a/c"),
        ([1], {"op": "add", "path": "/2", "value": 2}, "/2"),
        ([1], {"op": "add", "path": "/01", "value": 2}, "/01"),
        ([1], {"op": "remove", "path": "/-"}, "/-"),
        ([1], {"op": "remove", "path": "/1"}, "/1"),
        ([1], {"op": "replace", "path": "/-1", "value": 2}, "/-1"),
        ({"a": 1}, {"op": "test", "path": "/b", "value": None}, "/b"),
        ({"a": 1}, {"op": "move", "from": "/b", "path": "/c"}, "/b"),
        ({"a": 1}, {"op": "copy", "from": "/b", "path": "/c"}, "/b"),
    ],
)
def test_a_path_that_leads_to_nothing_is_told_with_its_first_missing_step(document: Any, operation: dict[str, Any], at: str) -> None:
    with pytest.raises(NowhereError) as nowhere:
        patch(document, operation)
    assert nowhere.value.pointer == at
    assert nowhere.value.key == ("from" if operation["op"] in {"move", "copy"} else "path")


@pytest.mark.parametrize(("held", "wanted"), [(1, True), (0, False), ("1", 1), ([1], [1, 2]), ({"a": 1}, {}), (None, 0), ({}, [])])
def test_a_test_of_another_value_fails(held: object, wanted: object) -> None:
    with pytest.raises(UnequalError) as unequal:
        patch({"a": held}, {"op": "test", "path": "/a", "value": wanted})
    assert unequal.value.found == held


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        ({"path": "/a"}, "op"),
        ({"op": "set", "path": "/a"}, "op"),
        ({"op": ["add"], "path": "/a"}, "op"),
        ({"op": "add", "path": "/a"}, ""),
        ({"op": "add", "value": 1}, ""),
        ({"op": "move", "path": "/a"}, ""),
        ({"op": "remove", "path": "/a", "value": 1}, "value"),
        ({"op": "add", "path": "/a", "value": 1, "from": "/b"}, "from"),
        ({"op": "remove", "path": "a"}, "path"),
        ({"op": "remove", "path": "/a~2"}, "path"),
        ({"op": "remove", "path": 1}, "path"),
        ({"op": "remove", "path": ""}, "path"),
        ({"op": "move", "from": "b", "path": "/a"}, "from"),
        ({"op": "move", "from": "/a", "path": "/a/b"}, "path"),
        ({"op": "move", "from": "", "path": "/a"}, "path"),
    ],
)
def test_an_operation_that_cannot_be_carried_out_says_which_key_is_wrong(operation: dict[str, Any], key: str) -> None:
    found = mistake(operation)
    assert found is not None
    assert found[0] == key


@given(DOCUMENTS, st.data())
def test_a_pointer_leads_where_its_steps_do(document: dict[str, Any], data: st.DataObject) -> None:
    steps = data.draw(st.sampled_from(places(document)))
    assert re.fullmatch(POINTER, pointer(steps))
    patch(document, {"op": "test", "path": pointer(steps), "value": value_at(document, steps)})


@given(DOCUMENTS, VALUES, st.data())
def test_replacing_back_undoes_a_replacement(document: dict[str, Any], value: object, data: st.DataObject) -> None:
    steps = data.draw(st.sampled_from(places(document)))
    before = copy.deepcopy(document)
    there = {"op": "replace", "path": pointer(steps), "value": value}
    back = {"op": "replace", "path": pointer(steps), "value": value_at(document, steps)}
    assert equal(patch(document, there, back), before)
    assert document == before


@given(DOCUMENTS, VALUES, st.data())
def test_removing_undoes_an_addition(document: dict[str, Any], value: object, data: st.DataObject) -> None:
    holders = [steps for steps in places(document) if isinstance(value_at(document, steps), dict | list)]
    steps = data.draw(st.sampled_from(holders))
    new = "new" if isinstance(value_at(document, steps), dict) else "0"
    at = pointer((*steps, new))
    assert equal(patch(document, {"op": "add", "path": at, "value": value}, {"op": "remove", "path": at}), document)
