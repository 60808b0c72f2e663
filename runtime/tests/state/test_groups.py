import asyncio

from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.state.groups import GROUP_ROWS, Backlog, Group


def test_rows_that_wait_behind_a_commit_that_does_not_end_are_told() -> None:
    async def behind() -> list[float]:
        counted, given = Metrics(), list[Group]()
        backlog = Backlog(counted, given.append)
        found = []
        for rows in (GROUP_ROWS, 1000):
            for _ in range(rows):
                backlog.record(((), (), ()))
            found.append(counted.series(metrics.STATE_ROWS_BEHIND).value)
        backlog.written(given[0], 0.1)
        found.append(counted.series(metrics.STATE_ROWS_BEHIND).value)
        return found

    assert asyncio.run(behind()) == [GROUP_ROWS, GROUP_ROWS + 1000, 1000]
