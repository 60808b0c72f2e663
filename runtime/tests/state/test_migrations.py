"""Which migrations a store needs, and what they make of files that earlier releases wrote (`data/state_1.sql` is a dump of such a one)."""

import asyncio
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from aua_runtime.metrics import Metrics
from aua_runtime.plan import SqliteStore
from aua_runtime.state import StateUnusable
from aua_runtime.state.migrations import Applied, Migration, pending
from aua_runtime.state.schema import CALL, POSTGRES, REQUEST, SQLITE, VERDICT
from aua_runtime.state.sqlite import Sqlite, opened
from records import record

FIRST = (Path(__file__).parent.parent / "data" / "state_1.sql").read_text(encoding="utf-8")
RELEASED = {
    "sqlite": {
        1: "4434ab63e86abf7de54855d8b9477657fd7e5185260a42497264a52890e754bf",
        2: "4fb6bf27ca309c92a30c945c7ea370847c1ef01c0fe484dfc3a30997575b75f4",
        3: "8ef9502e2acc9f1527949e47e561b1760281ff156c6c82866ce9865a92598415",
        4: "9e415a7c017cb5e739a32e2cf90205e6ac03e3ee821f25f7cef2377e8c3b043a",
    },
    "postgres": {
        1: "02bd6aa777082a2ae12e90822272e52048b402b64f703d2ef03b2fc2e07f0b16",
        2: "14029e02b968e607ade7e24616bc69bb942192c17b0277cb81c26159707d8bf0",
        3: "bba1ca8a732c3bd58677e1ed9026e79ffc8b7820e837219ed4aba1a3c9374bbc",
        4: "0c8b2b89b74e7dd583acb014e994ed782efeebabe4759c67df05da23bb6c8d78",
    },
}
"""Checksums of what has been released: a change of any is a change of what lies on users' disks."""


def applied(*migrations: Migration) -> list[Applied]:
    return [Applied(one.number, one.name, one.checksum) for one in migrations]


def first_file(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.executescript(FIRST)
    return database


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    database = sqlite3.connect(path)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


@pytest.mark.parametrize(("store", "migrations"), [("sqlite", SQLITE), ("postgres", POSTGRES)])
def test_a_released_migration_is_never_edited(store: str, migrations: tuple[Migration, ...]) -> None:
    assert [one.number for one in migrations] == list(range(1, len(migrations) + 1))
    assert {one.number: one.checksum for one in migrations} == RELEASED[store]


def test_an_empty_store_needs_all_and_a_full_one_none() -> None:
    assert pending(SQLITE, [], "it") == SQLITE
    assert pending(SQLITE, applied(*SQLITE[:1]), "it") == SQLITE[1:]
    assert pending(SQLITE, applied(*reversed(SQLITE)), "it") == ()


def test_a_changed_checksum_is_refused() -> None:
    with pytest.raises(StateUnusable, match=r"it was made by another migration 1 \(first tables\)"):
        pending(SQLITE, [Applied(1, "first tables", "0" * 64)], "it")


def test_a_later_release_is_refused() -> None:
    later = Migration(len(SQLITE) + 1, "something new", ("SELECT 1",))
    with pytest.raises(StateUnusable, match=r"migration 5 \(something new\), which a later release made; this one knows 4"):
        pending(SQLITE, applied(*SQLITE, later), "it")


def test_a_gap_is_refused() -> None:
    with pytest.raises(StateUnusable, match=r"it lacks migration 1 \(first tables\) but has 2"):
        pending(SQLITE, applied(*SQLITE[1:]), "it")


def test_the_tables_have_the_columns_that_the_writer_fills(tmp_path: Path) -> None:
    opened(SqliteStore(str(tmp_path / "aua.db"), "normal")).close()
    columns = {
        table: tuple(name for (name,) in rows(tmp_path / "aua.db", f"SELECT name FROM pragma_table_info('{table}')"))
        for table in ("requests", "usage", "verdicts")
    }
    assert columns == {"requests": ("number", *REQUEST), "usage": ("request", *CALL), "verdicts": ("request", *VERDICT)}


def test_a_file_of_the_first_release_is_brought_up_without_loss(tmp_path: Path) -> None:
    path = tmp_path / "aua.db"
    before = first_file(path)
    old = {
        table: before.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() for table in ("requests", "routes", "verdicts", "usage")
    }
    before.close()
    opened(SqliteStore(str(path), "normal")).close()

    shared = ", ".join(REQUEST[:18])
    assert rows(path, f"SELECT {shared} FROM requests ORDER BY number") == old["requests"]
    joined = "JOIN requests ON requests.number = request"
    assert rows(path, f"SELECT id, r.mode, r.reason, r.field, r.probability, r.specialists FROM routes r {joined}") == old["routes"]
    shared = ", ".join(f"u.{name}" for name in CALL if name not in {"cost_micro", "cached_tokens", "prices"})
    assert rows(path, f"SELECT id, {shared} FROM usage u {joined} ORDER BY request, u.position") == old["usage"]
    shared = ", ".join(f"v.{name}" for name in VERDICT[:-1])
    assert rows(path, f"SELECT id, {shared} FROM verdicts v {joined} ORDER BY request, v.position") == old["verdicts"]
    assert rows(path, "SELECT count(cost_micro) FROM usage") == rows(path, "SELECT count(payment) FROM verdicts") == [(0,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    history = rows(path, "SELECT number, name, checksum FROM migrations")
    assert history == [(one.number, one.name, one.checksum) for one in SQLITE]
    assert {name for (name,) in rows(path, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")} == {
        *("requests", "usage", "verdicts", "routes", "migrations")
    }


def test_of_requests_that_shared_an_id_the_kth_has_the_kth_rows(tmp_path: Path) -> None:
    first_file(tmp_path / "aua.db").close()
    opened(SqliteStore(str(tmp_path / "aua.db"), "normal")).close()
    query = "SELECT (SELECT count(*) FROM usage WHERE request = number), (SELECT count(*) FROM verdicts WHERE request = number)"
    assert rows(tmp_path / "aua.db", f"{query} FROM requests WHERE id = 'again' ORDER BY number") == [(1, 2), (2, 0)]


def test_recording_goes_on_after_the_last_number_of_an_old_file(tmp_path: Path) -> None:
    first_file(tmp_path / "aua.db").close()

    async def test() -> None:
        recorder = Sqlite(SqliteStore(str(tmp_path / "aua.db"), "normal"), Metrics())
        await recorder.record(record("new"))
        await recorder.close()

    asyncio.run(test())
    assert rows(tmp_path / "aua.db", "SELECT number, id FROM requests ORDER BY number DESC LIMIT 1") == [(13, "new")]


def test_a_router_of_the_first_release_will_not_write_to_a_newer_file(tmp_path: Path) -> None:
    """It wrote only where `user_version` was 0 or 1."""
    opened(SqliteStore(str(tmp_path / "aua.db"), "normal")).close()
    assert rows(tmp_path / "aua.db", "PRAGMA user_version") == [(len(SQLITE),)]


def test_a_file_that_another_program_made_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "aua.db")
    database.execute("CREATE TABLE theirs (a)")
    database.execute("PRAGMA user_version = 7")
    database.close()
    with pytest.raises(StateUnusable, match="another program"):
        opened(SqliteStore(str(tmp_path / "aua.db"), "normal"))
    assert rows(tmp_path / "aua.db", "SELECT name FROM sqlite_schema") == [("theirs",)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    first_file(tmp_path / "aua.db").close()
    before = sorted(sqlite3.connect(tmp_path / "aua.db").iterdump())
    broken = (*SQLITE, Migration(3, "broken", ("CREATE TABLE half (a)", "INSERT INTO nowhere VALUES (1)")))
    with pytest.raises(StateUnusable, match="nowhere"):
        opened(SqliteStore(str(tmp_path / "aua.db"), "normal"), migrations=broken)
    assert sorted(sqlite3.connect(tmp_path / "aua.db").iterdump()) == before


KILLED = """
import os, signal, sys
from aua_runtime.plan import SqliteStore
from aua_runtime.state import sqlite

place = int(sys.argv[2])
connect = sqlite.sqlite3.connect

class Connection(sqlite.sqlite3.Connection):
    count = 0

    def execute(self, sql, *values):
        Connection.count += 1
        if Connection.count == place:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(sql, *values)

sqlite.sqlite3.connect = lambda *args, **more: connect(*args, **more, factory=Connection)
sqlite.opened(SqliteStore(sys.argv[1], "normal")).close()
print(Connection.count)
"""


def test_a_process_killed_before_any_statement_of_a_migration_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    template = tmp_path / "first.db"
    first_file(template).close()
    (tmp_path / "script.py").write_text(KILLED)

    def outcome(place: int) -> tuple[int, str]:
        path = tmp_path / f"{place}.db"
        shutil.copy(template, path)
        done = subprocess.run([sys.executable, tmp_path / "script.py", path, str(place)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    code, told = outcome(0)
    assert code == 0, told
    new = content(tmp_path / "0.db")
    old = content(template)
    statements = int(told)
    assert statements > 20
    for place in range(1, statements + 1, 3):
        assert outcome(place)[0] == -signal.SIGKILL
        assert content(tmp_path / f"{place}.db") in (old, new)
        opened(SqliteStore(str(tmp_path / f"{place}.db"), "normal")).close()
        assert content(tmp_path / f"{place}.db") == new


def content(path: Path) -> list[str]:
    """Everything in a file but when it was migrated."""
    database = sqlite3.connect(path)
    try:
        return [re.sub(r"(?<=',)[0-9.]+(?=\);$)", "when", line) for line in database.iterdump()]
    finally:
        database.close()


def test_processes_that_start_together_make_the_tables_once(tmp_path: Path) -> None:
    script = "import sys\nfrom aua_runtime.plan import SqliteStore\nfrom aua_runtime.state.sqlite import opened\n"
    script += "sys.stdin.read(1)\nopened(SqliteStore(sys.argv[1], 'normal')).close()\n"
    path = tmp_path / "aua.db"
    first_file(path).close()
    starting = [subprocess.Popen([sys.executable, "-c", script, path], stdin=subprocess.PIPE) for _ in range(4)]
    for process in starting:
        assert process.stdin is not None
        process.stdin.write(b"g")
        process.stdin.flush()
    for process in starting:
        process.communicate(timeout=20)
    assert [process.returncode for process in starting] == [0, 0, 0, 0]
    assert rows(path, "SELECT number FROM migrations") == [(1,), (2,), (3,), (4,)]
