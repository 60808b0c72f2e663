"""Records on their way to a store: gathered into groups, handed over one group at a time, acknowledged when their group is committed.

All of it runs on the event loop. A store gets a group, keeps it, and tells with `written` what became of it.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from typing import Any

from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics

GROUP_ROWS = 112
GROUP_S = 0.010
"""A group goes to the store when it has this many rows, or this long after its first record. The next gathers while it is committed, so
that with what waits to be settled at most 256 rows or 20 ms are not yet on disk, unless a commit takes longer than gathering does."""
ROWS_LIMIT = 65536
"""Rows that may wait while the store stalls, about 20 MB; beyond them records are dropped and counted."""

Values = tuple[Any, ...]
Record = tuple[Values, Sequence[Values], Sequence[Values]]
"""What one request leaves: its row, the rows of its calls, the rows of its verdicts, each in the order of `schema`'s columns."""


class StateLost(Exception):
    """A record was not kept."""


class Group:
    """Records that are committed together. `lost` says why a record, by its position, was not kept."""

    __slots__ = ("awaited", "done", "lost", "records", "rows", "since_s")

    def __init__(self, since_s: float) -> None:
        self.records: list[Record] = []
        self.rows = 0
        self.since_s = since_s  # when it began, on the event loop's clock
        self.done = False
        self.lost: dict[int, str] = {}
        self.awaited: list[asyncio.Future[None]] = []


class Acknowledgement:
    """Resolves when its record is committed, and raises StateLost when it cannot be. Costs nothing until somebody awaits it."""

    __slots__ = ("_group", "_position")

    def __init__(self, group: Group, position: int) -> None:
        self._group = group
        self._position = position

    @property
    def done(self) -> bool:
        """Whether it is known what became of the record."""
        return self._group.done

    def __await__(self) -> Generator[Any, None, None]:
        group = self._group
        if not group.done:
            future = asyncio.get_running_loop().create_future()
            group.awaited.append(future)
            yield from future
        reason = group.lost.get(self._position)
        if reason is not None:
            raise StateLost(reason)


class Backlog:
    """What waits for a store. `write` hands it a group; it gets no other before it has called `written`."""

    def __init__(self, counted: Metrics, write: Callable[[Group], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._metrics = counted
        self._write = write
        self._gathering: Group | None = None
        self._writing: Group | None = None
        self._room = ROWS_LIMIT  # of the group that gathers
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self.healthy = True
        self._behind = counted.series(metrics.STATE_ROWS_BEHIND)
        counted.set(metrics.STATE_ROWS_LIMIT, ROWS_LIMIT)

    def record(self, record: Record) -> Acknowledgement:
        """Keep a record."""
        rows = 1 + len(record[1]) + len(record[2])
        group = self._gathering
        if group is not None:
            rows += group.rows
        if rows > self._room:
            return self._dropped(_rows(record))
        if group is None:
            group = self._began()
        group.rows = rows
        records = group.records
        records.append(record)
        if self._writing is not None:
            self._behind.value = self._writing.rows + rows  # the store may take its time: nobody else tells meanwhile
        elif rows >= GROUP_ROWS:
            self._hand_over(group)
        return Acknowledgement(group, len(records) - 1)

    def written(self, group: Group, took_s: float) -> None:
        """The store is done with a group: `group.lost` says what it did not keep. A store that keeps nothing of a group is not healthy."""
        lost = sum(_rows(group.records[position]) for position in group.lost)
        counted = self._metrics
        counted.observe(metrics.STATE_COMMIT, took_s)
        counted.observe(metrics.STATE_DELAY, self._loop.time() - group.since_s)
        counted.count(metrics.STATE_ROWS_WRITTEN, by=group.rows - lost)
        if lost:
            counted.count(metrics.STATE_ROWS_DROPPED, by=lost)
        self.healthy = len(group.lost) < len(group.records)
        group.done = True
        for future in group.awaited:
            if not future.done():
                future.set_result(None)
        self._writing = None
        self._room = 0 if self._closed else ROWS_LIMIT
        following = self._gathering
        self._behind.value = following.rows if following is not None else 0
        if following is None:
            self._idle.set()
        elif self._closed or following.rows >= GROUP_ROWS or self._timer is None:
            self._hand_over(following)

    async def drained(self) -> None:
        """Take no more records, and wait until those that came are dealt with."""
        self._closed = True
        self._room = 0
        if self._gathering is not None and self._writing is None:
            self._hand_over(self._gathering)
        await self._idle.wait()

    def _began(self) -> Group:
        group = self._gathering = Group(self._loop.time())
        self._idle.clear()
        self._timer = self._loop.call_later(GROUP_S, self._due)
        return group

    def _due(self) -> None:
        self._timer = None
        if self._writing is None and self._gathering is not None:
            self._hand_over(self._gathering)

    def _hand_over(self, group: Group) -> None:
        self._writing = group
        self._gathering = None
        self._room = 0 if self._closed else ROWS_LIMIT - group.rows
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._behind.value = group.rows
        self._write(group)

    def _dropped(self, rows: int) -> Acknowledgement:
        self._metrics.count(metrics.STATE_ROWS_DROPPED, by=rows)
        self.healthy = False
        group = Group(0.0)
        group.done = True
        group.lost[0] = "the store is closed" if self._closed else "too many rows wait"
        return Acknowledgement(group, 0)


def _rows(record: Record) -> int:
    return 1 + len(record[1]) + len(record[2])
