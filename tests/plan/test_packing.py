from hypothesis import given, settings
from hypothesis import strategies as st

from aua_compile.plan import packing
from aua_compile.plan.packing import Item, Order, Place, Size
from tests.plan import exact


def pack(items: list[Item], free_gib: list[float], order: Order = "tight", *, alone: bool = False) -> tuple[Place, ...] | None:
    return packing.pack(items, free_gib, order, alone=alone).places


def single(name: str, gib: float) -> Item:
    return Item(name, (Size(1, gib),))


def test_items_that_only_fit_in_one_way_find_it() -> None:
    items = [single("a", 4), single("b", 4), single("c", 3), single("d", 3), single("e", 3), single("f", 3)]
    places = pack(items, [10.0, 10.0])
    assert places is not None  # 4 + 3 + 3 on each, which filling up in order of size misses


def test_a_tight_packing_fills_one_device_and_a_spread_one_both() -> None:
    items = [single("a", 2), single("b", 2)]
    tight, spread = pack(items, [8.0, 8.0]), pack(items, [8.0, 8.0], "spread")
    assert tight is not None
    assert spread is not None
    assert tight[0].devices == tight[1].devices
    assert spread[0].devices != spread[1].devices


def test_an_item_takes_more_devices_where_one_is_too_small() -> None:
    items = [Item("big", (Size(1, 12), Size(2, 7))), single("small", 3)]
    assert pack(items, [8.0, 8.0]) is None
    assert pack(items, [10.0, 10.0]) is not None


def test_alone_means_that_nothing_else_lies_on_the_devices_of_a_split_item() -> None:
    items = [Item("split", (Size(2, 2),)), single("one", 1)]
    assert pack(items, [8.0, 8.0]) is not None
    assert pack(items, [8.0, 8.0], alone=True) is None
    places = pack(items, [8.0, 8.0, 8.0], alone=True)
    assert places is not None
    assert not set(places[0].devices) & set(places[1].devices)


def test_fixed_devices_are_kept_even_alone() -> None:
    items = [Item("pinned", (Size(2, 2),), (1, 2)), single("one", 7)]
    assert pack(items, [8.0, 8.0, 8.0], alone=True) == (Place(Size(2, 2), (1, 2)), Place(Size(1, 7), (0,)))
    assert pack([Item("pinned", (Size(1, 2),), (5,))], [8.0]) is None


def test_nothing_and_an_impossible_item() -> None:
    assert pack([], [1.0]) == ()
    assert pack([Item("none", ())], [1.0]) is None


def test_more_items_than_python_recurses_are_packed() -> None:
    places = pack([single(f"i{index}", 1) for index in range(2000)], [8.0] * 250)
    assert places is not None
    assert {len([place for place in places if place.devices == (device,)]) for device in range(250)} == {8}


def test_an_empty_device_is_not_like_one_in_use_where_a_split_item_wants_it_alone() -> None:
    items = [single("a", 0.5), single("b", 1.5), single("c", 2.0), single("d", 2.0), Item("e", (Size(3, 0.5),))]
    places = pack(items, [0.5, 0.5, 2.0, 6.0], alone=True)
    assert places is not None
    assert places[4].devices == (0, 1, 2)


SIZES = st.lists(st.floats(0.5, 6), min_size=1, max_size=8)


@given(SIZES, st.integers(1, 4))
def test_a_packing_overfills_no_device(sizes: list[float], count: int) -> None:
    items = [single(f"i{index}", gib) for index, gib in enumerate(sizes)]
    places = pack(items, [8.0] * count)
    for device in range(count):
        assert places is None or sum(place.size.gib for place in places if device in place.devices) <= 8.0 + 1e-9


@given(SIZES, st.integers(1, 3), st.randoms())
def test_the_order_of_the_items_decides_nothing(sizes: list[float], count: int, random: object) -> None:
    items = [single(f"i{index}", gib) for index, gib in enumerate(sizes)]
    shuffled = items.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert (pack(items, [8.0] * count) is None) == (pack(shuffled, [8.0] * count) is None)


MIXED = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(1, 3), st.integers(1, 16)), min_size=1, max_size=3),  # sizes: devices, half GiB of each
        st.one_of(st.none(), st.none(), st.sets(st.integers(0, 3), min_size=1, max_size=2)),  # fixed devices
    ),
    min_size=1,
    max_size=5,
)


@given(
    mixed=MIXED, free=st.lists(st.integers(1, 20), min_size=1, max_size=4), alone=st.booleans(), order=st.sampled_from(["tight", "spread"])
)
@settings(max_examples=300)
def test_a_packing_is_found_exactly_where_there_is_one(
    mixed: list[tuple[list[tuple[int, int]], set[int] | None]], free: list[int], *, alone: bool, order: Order
) -> None:
    items = [
        Item(f"i{index}", tuple(Size(devices, halves / 2) for devices, halves in sizes), tuple(sorted(fixed)) if fixed else None)
        for index, (sizes, fixed) in enumerate(mixed)
    ]
    free_gib = [halves / 2 for halves in free]
    assert (pack(items, free_gib, order, alone=alone) is not None) == exact.fits(items, free_gib, alone=alone)


def test_an_item_goes_to_devices_of_the_kind_that_its_size_is_for() -> None:
    small, large = range(2), range(2, 4)
    items = [Item("a", (Size(1, 20, 0, small), Size(1, 24, 1, large))), Item("b", (Size(2, 30, 0, large),))]
    places = pack(items, [23.0, 23.0, 79.0, 79.0])
    assert places is not None
    assert places[0].devices[0] in small
    assert places[1].devices == (2, 3)
    assert pack([Item("a", (Size(1, 30, 0, small),))], [23.0, 23.0, 79.0, 79.0]) is None


KINDS = st.lists(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 16), st.booleans()), min_size=1, max_size=4), min_size=1, max_size=5)


@given(
    kinds=KINDS,
    rooms=st.tuples(st.integers(2, 20), st.integers(2, 20)),
    counts=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    alone=st.booleans(),
    order=st.sampled_from(["tight", "spread"]),
)
@settings(max_examples=300)
def test_on_two_kinds_of_devices_a_packing_is_found_exactly_where_there_is_one(
    kinds: list[list[tuple[int, int, bool]]], rooms: tuple[int, int], counts: tuple[int, int], *, alone: bool, order: Order
) -> None:
    ranges = (range(counts[0]), range(counts[0], sum(counts)))
    items = [
        Item(f"i{index}", tuple(Size(devices, halves / 2, 0, ranges[second]) for devices, halves, second in sizes))
        for index, sizes in enumerate(kinds)
    ]
    free_gib = [rooms[0] / 2] * counts[0] + [rooms[1] / 2] * counts[1]
    assert (pack(items, free_gib, order, alone=alone) is not None) == exact.fits(items, free_gib, alone=alone)


def test_of_two_sizes_on_as_many_devices_the_smaller_is_enough() -> None:
    items = [single("a", 0.5), Item("b", (Size(1, 1.0), Size(1, 0.5))), single("c", 7.0)]
    assert pack(items, [8.0], alone=True) is not None
