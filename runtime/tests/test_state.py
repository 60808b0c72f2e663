import asyncio
import sqlite3
from pathlib import Path

import pytest
from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.plan import SqliteStore
from aua_runtime.state import Row, Sqlite, StateLost, StateUnusable

ROW = Row("routes", ("r", "single", "pinned_field", "alpha", 1.0, "a"))


def test_a_row_is_there_when_its_future_resolves(tmp_path: Path) -> None:
    async def test() -> None:
        path = tmp_path / "deep" / "aua.db"
        recorder = Sqlite(SqliteStore(str(path), "full"), Metrics())
        await asyncio.wait_for(recorder.record([ROW]), 2)
        database = sqlite3.connect(path)
        assert database.execute("SELECT count(*) FROM routes").fetchone() == (1,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        database.close()
        await recorder.close()

    asyncio.run(test())


def test_rows_that_wait_when_it_closes_are_kept(tmp_path: Path) -> None:
    async def test() -> None:
        recorder = Sqlite(SqliteStore(str(tmp_path / "aua.db"), "normal"), Metrics())
        for _ in range(1000):
            recorder.record([ROW, ROW])
        await recorder.close()

    asyncio.run(test())
    database = sqlite3.connect(tmp_path / "aua.db")
    assert database.execute("SELECT count(*) FROM routes").fetchone() == (2000,)
    database.close()


def test_rows_are_committed_in_groups(tmp_path: Path) -> None:
    async def test() -> None:
        counted = Metrics()
        recorder = Sqlite(SqliteStore(str(tmp_path / "aua.db"), "normal"), counted)
        await asyncio.gather(*(recorder.record([ROW]) for _ in range(512)))
        commits = next(line for line in counted.text().decode().splitlines() if line.startswith("aua_state_commit_seconds_count"))
        assert int(commits.split()[1]) <= 4
        await recorder.close()

    asyncio.run(test())


@pytest.mark.parametrize("bad", [Row("routes", ("too", "few")), Row("usage", ("r", 2**70, "a", 1, None, 1, 1, 1.0, 1.0, 1.0))])
def test_rows_that_the_store_refuses_are_told_and_take_no_others_along(tmp_path: Path, bad: Row) -> None:
    async def test() -> None:
        recorder = Sqlite(SqliteStore(str(tmp_path / "aua.db"), "normal"), Metrics())
        before, refused, after = recorder.record([ROW]), recorder.record([ROW, bad]), recorder.record([ROW])
        await before
        with pytest.raises(StateLost):
            await refused
        await after
        assert recorder.healthy
        await recorder.close()

    asyncio.run(test())
    database = sqlite3.connect(tmp_path / "aua.db")
    assert database.execute("SELECT count(*) FROM routes").fetchone() == (2,)
    database.close()


def test_when_too_many_rows_wait_more_are_lost_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aua_runtime.state.ROWS_LIMIT", 2)

    async def test() -> None:
        counted = Metrics()
        recorder = Sqlite(SqliteStore(str(tmp_path / "aua.db"), "normal"), counted)
        kept, lost = recorder.record([ROW, ROW]), recorder.record([ROW])
        with pytest.raises(StateLost):
            await lost
        await kept
        assert f"{metrics.STATE_ROWS_DROPPED.name} 1" in counted.text().decode()
        await recorder.close()

    asyncio.run(test())


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    async def test() -> None:
        with pytest.raises(StateUnusable, match="cannot be opened"):
            Sqlite(SqliteStore(str(tmp_path / "file" / "aua.db"), "normal"), Metrics())

    asyncio.run(test())


def test_rows_survive_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        for _ in range(2):
            recorder = Sqlite(SqliteStore(str(tmp_path / "aua.db"), "normal"), Metrics())
            await recorder.record([ROW])
            await recorder.close()

    asyncio.run(test())
    database = sqlite3.connect(tmp_path / "aua.db")
    assert database.execute("SELECT count(*) FROM routes").fetchone() == (2,)
    database.close()
