import pytest
from aua_runtime import server
from aua_runtime.log import Log
from aua_runtime.plan import Logs, PostgresStore, SqliteStore
from aua_runtime.state.library import wal_reset_defect


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 6), (3, 51, 0), (3, 51, 2)])
def test_libraries_before_the_fix_have_the_defect(version: tuple[int, int, int]) -> None:
    told = wal_reset_defect(version)
    assert told is not None
    assert told.startswith(f"SQLite {'.'.join(map(str, version))} has the WAL-reset defect")


@pytest.mark.parametrize("version", [(3, 6, 23), (3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 52, 0), (3, 53, 1), (4, 0, 0)])
def test_libraries_with_the_fix_and_those_without_a_log_do_not(version: tuple[int, int, int]) -> None:
    assert wal_reset_defect(version) is None


@pytest.mark.parametrize(
    ("store", "version", "told"),
    [
        (SqliteStore("aua.db", "normal"), (3, 51, 2), 1),
        (SqliteStore("aua.db", "normal"), (3, 51, 3), 0),
        (PostgresStore("DSN", "normal"), (3, 51, 2), 0),
    ],
)
def test_a_router_says_once_that_its_library_has_the_defect(
    monkeypatch: pytest.MonkeyPatch, store: SqliteStore | PostgresStore, version: tuple[int, int, int], told: int
) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", version)
    lines: list[bytes] = []
    log = Log(Logs("json", prompts=False), "warning", lambda: 0.0, write=lines.extend)
    server._note_library(store, log)  # noqa: SLF001 - the process that calls it at its start cannot be given another library
    log.flush()
    assert b"".join(lines).count(b'"event":"sqlite_defect"') == told
