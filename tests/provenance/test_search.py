"""The search finds what moves a thing, whatever that is, and never names anything else."""

from hypothesis import given
from hypothesis import strategies as st

from aua_compile.provenance.leaf import Changes, Leaf, constant
from aua_compile.provenance.search import grouped, movers

LEAVES = tuple(Leaf((index,), str(index), index, (constant(-1), constant(-2)), structural=index % 3 == 0) for index in range(60))
GROUPS = grouped(LEAVES, lambda leaf: leaf.path[0] % 7)
SOME = st.sets(st.sampled_from(range(60)), max_size=6)


@given(SOME, SOME, SOME)
def test_every_mover_is_found_and_nothing_else(moving: set[int], likely: set[int], breaking: set[int]) -> None:
    def moves(changes: Changes) -> bool | None:
        if any(leaf.value in breaking - moving for leaf in changes):
            return None
        return any(leaf.value in moving for leaf in changes)

    found = movers(GROUPS, [LEAVES[index] for index in likely], moves, 1000)
    assert {leaf.value for leaf in found.leaves} == moving
    assert not found.unsure


def test_one_mover_among_many_takes_few_experiments() -> None:
    asked = 0

    def moves(changes: Changes) -> bool:
        nonlocal asked
        asked += 1
        return LEAVES[41] in changes

    assert movers(GROUPS, (), moves, 100).leaves == (LEAVES[41],)
    assert asked < 45


def test_what_was_not_looked_into_is_told() -> None:
    found = movers(GROUPS, (), lambda _: True, 5)
    assert {leaf for group in found.unsure for leaf in group} | {*found.leaves} == {*LEAVES}
