from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aua_compile.config.rules.fallback_cycle import cycles

GRAPHS = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=4).map(tuple))


@given(GRAPHS)
def test_a_cycle_is_found_where_there_is_one_and_only_there(graph: dict[str, tuple[str, ...]]) -> None:
    found = list(cycles(graph))
    for cycle in found:
        assert cycle[0] == cycle[-1]
        assert all(after in graph[before] for before, after in pairwise(cycle))
    assert bool(found) == _is_cyclic(graph)


def test_a_long_chain_costs_no_stack() -> None:
    chain = {str(number): (str(number + 1),) for number in range(50_000)}
    assert list(cycles(chain)) == []


def _is_cyclic(graph: dict[str, tuple[str, ...]]) -> bool:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False
