"""The measurement of the scoring: its judge knows right answers from wrong ones, and its statistic is what it says."""

from random import Random

import pytest
from aua_runtime.cli.sim.tasks import tasks
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.__main__ import auc
from bench.scoring.judge import right

FAMILIES = sorted({task.family for task in tasks()})


@pytest.mark.parametrize("family", FAMILIES)
def test_the_judge_tells_right_answers_from_wrong_ones(family: str) -> None:
    for task in tasks():
        if task.family == family:
            for seed in range(12):
                assert right(task, task.right(Random(seed))), task.question
                assert not right(task, task.wrong(Random(seed))), task.question


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=30))
def test_the_auc_is_the_share_of_pairs_in_order(values: list[tuple[int, bool]]) -> None:
    pairs = [(good, bad) for good, is_good in values if is_good for bad, is_bad in values if not is_bad]
    found = auc((float(value), positive) for value, positive in values)
    if not pairs:
        assert found is None
    else:
        assert found == pytest.approx(sum((good > bad) + (good == bad) / 2 for good, bad in pairs) / len(pairs))
