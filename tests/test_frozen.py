"""`aua_compile.frozen.dataclass` makes what `dataclasses.dataclass(frozen=True, slots=True)` makes."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from aua_compile.frozen import MANY, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A place."""

    x: int
    y: int = 2
    tags: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list, compare=True)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Standard:
    """A place."""

    x: int
    y: int = 2
    tags: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list, compare=True)


@dataclass(frozen=True, slots=True)
class Checked:
    """Has a condition of its own."""

    share: float

    def __post_init__(self) -> None:
        assert 0 <= self.share <= 1


@dataclass(frozen=True, slots=True)
class Empty:
    """Has no field."""


def test_it_is_a_dataclass_with_the_same_fields_slots_and_patterns() -> None:
    assert dataclasses.is_dataclass(Point)
    assert [(each.name, each.default) for each in dataclasses.fields(Point)] == [
        (each.name, each.default) for each in dataclasses.fields(Standard)
    ]
    assert Point.__slots__ == Standard.__slots__
    assert Point.__match_args__ == Standard.__match_args__


def test_it_shows_itself_alike() -> None:
    assert repr(Point(1, tags=("a",))) == repr(Standard(1, tags=("a",))).replace("Standard", "Point")


def test_defaults_are_fresh_and_values_are_taken_by_position_and_by_name() -> None:
    assert Point(1) == Point(x=1, y=2, tags=(), notes=[])
    assert Point(1).notes is not Point(1).notes


WRONG: tuple[Any, ...] = ([(), {}], [(1, 2, (), [], 5), {}], [(1,), {"x": 1}], [(1,), {"z": 1}], [(), {"y": 1}])


@pytest.mark.parametrize("before", [0, MANY + 1], ids=["first", "many"])
@pytest.mark.parametrize(("args", "kwargs"), WRONG)
def test_values_that_do_not_fit_the_fields_are_refused(args: Any, kwargs: Any, before: int) -> None:
    @dataclass(frozen=True, slots=True)
    class Fresh:
        x: int
        y: int = 2
        tags: tuple[str, ...] = ()
        notes: list[str] = field(default_factory=list)

    made = [Fresh(number) for number in range(before)]
    assert [each.x for each in made] == list(range(before))
    with pytest.raises(TypeError):
        Fresh(*args, **kwargs)


def test_records_of_equal_values_are_equal_and_of_other_classes_are_not() -> None:
    assert Point(1) == Point(1) != Point(2)
    assert Point(1) != Standard(1)  # type: ignore[comparison-overlap]
    assert Empty() == Empty()


def test_equal_records_have_equal_hashes() -> None:
    assert {Checked(0.5), Checked(0.5)} == {Checked(0.5)}
    with pytest.raises(TypeError):
        hash(Point(1))


def test_records_are_ordered_by_their_values_where_that_is_asked_for() -> None:
    assert sorted([Point(2), Point(1, 3), Point(1)]) == [Point(1), Point(1, 3), Point(2)]
    assert Point(1) < Point(2) <= Point(2) < Point(3) > Point(2) >= Point(2)
    with pytest.raises(TypeError):
        _ = Checked(0.1) < Checked(0.2)  # type: ignore[operator]


def test_nothing_of_a_record_can_be_changed() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del point.x


def test_a_changed_copy_is_made_with_replace() -> None:
    assert dataclasses.replace(Point(1), y=5) == Point(1, 5)


def test_a_record_survives_copying_and_pickling() -> None:
    point = Point(1, 5, ("a",), ["b"])
    assert pickle.loads(pickle.dumps(point)) == copy.deepcopy(point) == copy.copy(point) == point  # noqa: S301


def test_a_condition_is_checked_for_the_first_instance_and_for_the_next() -> None:
    for _ in range(MANY + 2):
        Checked(0.5)
        with pytest.raises(AssertionError):
            Checked(2.0)
