import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.plan import SqliteStore
from aua_runtime.state import Record, StateLost, StateUnusable
from aua_runtime.state.sqlite import Sqlite
from records import record, value


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def recorder(folder: Path, counted: Metrics | None = None) -> Sqlite:
    return Sqlite(SqliteStore(str(folder / "aua.db"), "normal"), counted or Metrics())


def rows(folder: Path, query: str = "SELECT count(*) FROM requests") -> list[tuple[object, ...]]:
    database = sqlite3.connect(folder / "aua.db")
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def test_a_record_is_there_when_its_acknowledgement_resolves(tmp_path: Path) -> None:
    async def test() -> None:
        path = tmp_path / "deep" / "aua.db"
        it = Sqlite(SqliteStore(str(path), "full"), Metrics())
        await it.record(record("one", calls=2, verdicts=1))
        assert rows(tmp_path / "deep", "SELECT number, id, mode FROM requests") == [(1, "one", "fanout")]
        assert rows(tmp_path / "deep", "SELECT request, position, cost_micro FROM usage") == [(1, 0, 900), (1, 1, 900)]
        assert rows(tmp_path / "deep", "SELECT request, verdict FROM verdicts") == [(1, "a")]
        assert rows(tmp_path / "deep", "SELECT request, field FROM routes") == [(1, "alpha")]
        assert rows(tmp_path / "deep", "PRAGMA journal_mode") == [("wal",)]
        await it.close()

    run(test)


def test_several_may_await_one_acknowledgement_and_one_may_give_up(tmp_path: Path) -> None:
    async def test() -> None:
        it = recorder(tmp_path)
        acknowledgement = it.record(record())

        async def wait() -> None:
            await acknowledgement

        first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
        first.cancel()
        await second
        await acknowledgement
        assert acknowledgement.done
        await it.close()

    run(test)


def test_records_that_wait_when_it_closes_are_kept_and_later_ones_are_not(tmp_path: Path) -> None:
    async def test() -> None:
        it = recorder(tmp_path)
        for _ in range(1000):
            it.record(record())
        closing = asyncio.create_task(it.close())
        await asyncio.sleep(0)
        late = it.record(record())
        await closing
        with pytest.raises(StateLost, match="closed"):
            await late

    run(test)
    assert rows(tmp_path) == [(1000,)]


def test_it_closes_when_nothing_was_ever_recorded(tmp_path: Path) -> None:
    async def test() -> None:
        await recorder(tmp_path).close()

    run(test)


def test_records_are_committed_in_groups(tmp_path: Path) -> None:
    async def test() -> None:
        counted = Metrics()
        it = recorder(tmp_path, counted)
        await asyncio.gather(*(it.record(record()) for _ in range(512)))
        assert value(counted, "aua_state_commit_seconds_count") <= 8
        assert value(counted, "aua_state_delay_seconds_count") == value(counted, "aua_state_commit_seconds_count")
        assert value(counted, "aua_state_rows_written_total") == 1024
        assert value(counted, "aua_state_rows_behind") == 0
        await it.close()

    run(test)


def test_a_lone_record_is_committed_within_the_bound(tmp_path: Path) -> None:
    async def test() -> None:
        counted = Metrics()
        it = recorder(tmp_path, counted)
        for _ in range(20):
            await it.record(record())
        assert value(counted, 'aua_state_delay_seconds_bucket{le="0.02"}') >= 10  # a busy machine is late now and then
        await it.close()

    run(test)


BAD: list[Record] = [
    (("too", "few"), [], []),
    (record()[0], [(0, "a", 1, None, 2**70, 1, 1.0, 1.0, 1.0, None)], []),
    ((None, *record()[0][1:]), [], []),
    (("lone surrogate \ud800", *record()[0][1:]), [], []),
    (record()[0], [(0, "a", 200, None, 1, 1, 1.0, 1.0, 1.0, None)] * 2, []),
]


@pytest.mark.parametrize("bad", BAD, ids=["columns", "range", "null", "text", "twice"])
def test_a_record_that_the_store_refuses_is_told_and_takes_no_other_along(tmp_path: Path, bad: Record) -> None:
    async def test() -> None:
        counted = Metrics()
        it = recorder(tmp_path, counted)
        before, refused, after = it.record(record("before")), it.record(bad), it.record(record("after"))
        await before
        with pytest.raises(StateLost):
            await refused
        await after
        assert it.healthy
        assert value(counted, "aua_state_rows_dropped_total") == 1 + len(bad[1]) + len(bad[2])
        await it.close()

    run(test)
    assert rows(tmp_path, "SELECT number, id FROM requests") == [(1, "before"), (3, "after")]
    assert rows(tmp_path, "SELECT request FROM usage") == [(1,), (3,)]


def test_when_too_many_rows_wait_more_are_lost_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aua_runtime.state.groups.ROWS_LIMIT", 4)

    async def test() -> None:
        counted = Metrics()
        it = recorder(tmp_path, counted)
        kept, lost = it.record(record(calls=2)), it.record(record())
        with pytest.raises(StateLost, match="too many"):
            await lost
        assert not it.healthy
        await kept
        assert it.healthy
        assert value(counted, metrics.STATE_ROWS_DROPPED.name) == 2
        await it.record(record())
        await it.close()

    run(test)


def test_while_another_process_holds_the_file_records_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aua_runtime.state.sqlite.BUSY_S", 0.05)

    async def test() -> None:
        it = recorder(tmp_path)
        other = sqlite3.connect(tmp_path / "aua.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        acknowledgement = it.record(record())
        await asyncio.sleep(0.3)  # several times as long as one attempt waits
        assert not acknowledgement.done
        other.execute("COMMIT")
        other.close()
        await acknowledgement
        await it.close()

    run(test)


def filled(it: Sqlite, pages: int) -> None:
    """Let the file have so many pages and no more, as a disk that is full; SQLite takes the present number where that is larger."""
    it._database.execute(f"PRAGMA max_page_count = {pages}")  # noqa: SLF001 - a limit holds for one connection


def test_while_the_disk_is_full_records_wait(tmp_path: Path) -> None:
    async def test() -> None:
        counted = Metrics()
        it = recorder(tmp_path, counted)
        await it.record(record())
        filled(it, 1)
        waiting = [it.record(record(f"request-{index}")) for index in range(300)]
        await asyncio.sleep(0.3)
        assert not waiting[-1].done
        filled(it, 100_000)
        for acknowledgement in waiting:
            await acknowledgement
        assert it.healthy
        await it.close()
        assert rows(tmp_path) == [(301,)]
        assert value(counted, metrics.STATE_ROWS_DROPPED.name) == 0

    run(test)


def test_closing_does_not_wait_for_a_disk_that_is_full(tmp_path: Path) -> None:
    async def test() -> None:
        it = recorder(tmp_path)
        filled(it, 1)
        waiting = [it.record(record(f"request-{index}")) for index in range(300)]
        await it.close()
        with pytest.raises(StateLost, match="full"):
            await waiting[-1]

    run(test)


def test_closing_does_not_wait_for_ever_for_a_file_that_another_process_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aua_runtime.state.sqlite.BUSY_S", 0.05)

    async def test() -> None:
        it = recorder(tmp_path)
        other = sqlite3.connect(tmp_path / "aua.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        acknowledgement = it.record(record())
        await it.close()
        with pytest.raises(StateLost, match="locked"):
            await acknowledgement
        assert not it.healthy
        other.close()

    run(test)


def test_the_log_goes_into_the_database_before_it_grows_without_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aua_runtime.state.sqlite.CHECKPOINT_GROUPS", 3)

    async def test() -> None:
        it = recorder(tmp_path)
        sizes = []
        for _ in range(30):
            await it.record(record())
            sizes.append((tmp_path / "aua.db-wal").stat().st_size)
        assert max(sizes) == sizes[5]
        assert (tmp_path / "aua.db").stat().st_size > 4096
        await it.close()

    run(test)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    async def test() -> None:
        with pytest.raises(StateUnusable, match="cannot be opened"):
            recorder(tmp_path / "file")

    run(test)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aua.db").write_text("not a database, but longer than the header of one is: " * 20)

    async def test() -> None:
        with pytest.raises(StateUnusable, match="cannot be opened"):
            recorder(tmp_path)

    run(test)


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        for name in ("one", "two"):
            it = recorder(tmp_path)
            await it.record(record(name))
            await it.close()

    run(test)
    assert rows(tmp_path, "SELECT number, id FROM requests") == [(1, "one"), (2, "two")]
