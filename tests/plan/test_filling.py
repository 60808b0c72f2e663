from hypothesis import given
from hypothesis import strategies as st

from aua_compile.plan.filling import Filler
from aua_compile.plan.packing import Item, Place, Size
from tests.plan import exact

SMALL, LARGE = range(3), range(3, 5)
ROOMS = (10.0, 10.0, 10.0, 20.0, 20.0)


def filled(items: list[Item], *, alone: bool = True) -> tuple[Place, ...] | None:
    return Filler(ROOMS, (SMALL, LARGE), alone=alone).places(items)


def items(*sizes: tuple[Size, ...], each: int = 1) -> list[Item]:
    return [Item(f"{kind}-{copy}", size) for kind, size in enumerate(sizes) for copy in range(each)]


def test_like_items_fill_like_devices_in_the_same_way() -> None:
    big, small = (Size(1, 6.0, 0, SMALL),), (Size(1, 4.0, 0, SMALL),)
    places = filled(items(big, small, each=3))
    assert places is not None
    assert sorted(device for place in places[:3] for device in place.devices) == [0, 1, 2]
    assert [place.devices for place in places[:3]] == [place.devices for place in places[3:]]


def test_an_item_too_large_for_one_device_gets_several_to_itself() -> None:
    wide, narrow = (Size(2, 7.0, 0, SMALL), Size(1, 30.0, 1, LARGE)), (Size(1, 2.0, 0, SMALL),)
    places = filled([Item("wide", wide), Item("narrow", narrow)])
    assert places is not None
    assert len(places[0].devices) == 2
    assert not set(places[0].devices) & set(places[1].devices)


def test_named_devices_are_kept() -> None:
    places = filled([Item("named", (Size(1, 3.0, 0, LARGE),), (4,)), *items((Size(1, 17.0, 0, LARGE),), each=2)])
    assert places is not None
    assert places[0].devices == (4,)
    assert filled([Item("named", (Size(1, 3.0, 0, LARGE),), (0,))]) is None


def test_more_than_there_is_fits_nowhere() -> None:
    assert filled(items((Size(1, 9.0, 0, SMALL),), each=4)) is None
    assert filled(items((Size(1, 21.0, 0, LARGE),))) is None


KINDS = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 24), st.integers(1, 40), st.integers(1, 3)), min_size=1, max_size=4)


@given(kinds=KINDS, alone=st.booleans())
def test_whatever_is_found_fits(kinds: list[tuple[int, int, int, int]], *, alone: bool) -> None:
    asked = []
    for kind, (devices, small, large, copies) in enumerate(kinds):
        sizes = (Size(devices, small / 2, 0, SMALL), Size(1, large / 2, 1, LARGE))
        asked += [Item(f"{kind}-{copy}", sizes) for copy in range(copies)]
    places = filled(asked, alone=alone)
    if places is None:
        return
    put = [Item(item.name, (place.size,), place.devices) for item, place in zip(asked, places, strict=True)]
    assert exact.fits(put, ROOMS)
    if alone:
        for at, place in enumerate(places):
            if len(place.devices) > 1:
                assert all(not set(place.devices) & set(other.devices) for index, other in enumerate(places) if index != at)
