"""State in a real Postgres, started for these tests from the binaries that `AUA_POSTGRES_BIN` or PATH names, or Debian's."""

import asyncio
import contextlib
import importlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.plan import PostgresStore
from aua_runtime.state import Record, StateLost, StateUnusable, postgres
from aua_runtime.state.migrations import Migration
from aua_runtime.state.postgres import Postgres, opened
from aua_runtime.state.schema import POSTGRES
from records import record, value

STORE = PostgresStore("DSN", "full")
FIRST = (Path(__file__).parent.parent / "data" / "state_1.sql").read_text(encoding="utf-8")


def _absent(what: str) -> None:
    if os.environ.get("AUA_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{what} is required (AUA_REQUIRE_TOOLS=1) and not installed")
    pytest.skip(f"{what} is not installed")


class Server:
    """A Postgres of our own on a Unix socket, that can be stopped and started."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        # Postgres refuses to run as root, so root lends it another user.
        self._user = {"user": "postgres"} if os.geteuid() == 0 else {}
        self.dsn = f"postgres://aua@/postgres?host={folder}"

    def _run(self, *command: str) -> None:
        path = str(self._binaries / command[0])
        subprocess.run([path, *command[1:]], check=True, capture_output=True, cwd=self._folder, timeout=30, **self._user)

    def make(self) -> None:
        self._run("initdb", "-D", "data", "-U", "aua", "-A", "trust", "--no-sync")

    def start(self) -> None:
        self._run(
            "pg_ctl", "-D", "data", "-w", "-l", "log", "-o", f"-c listen_addresses= -c unix_socket_directories={self._folder}", "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def kill(self) -> None:
        """End the server and all its processes as a power cut of the program would: nothing is said, nothing is written."""
        first = int((self._folder / "data" / "postmaster.pid").read_text().split("\n")[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for process in (first, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(Path(f"/proc/{process}").exists() and _runs(process) for process in (first, *map(int, children))):
            time.sleep(0.01)
        for lock in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
            (self._folder / lock).unlink()  # where nobody reaps the dead, the holder seems to live


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if importlib.util.find_spec("asyncpg") is None:
        _absent("the Python module `asyncpg`")
    debian = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None)
    found = os.environ.get("AUA_POSTGRES_BIN") or shutil.which("postgres") or debian
    if found is None:
        _absent("the command `postgres`")
    binary = Path(str(found)).resolve()
    binaries = binary if binary.is_dir() else binary.parent
    with tempfile.TemporaryDirectory(prefix="aua-pg-") as folder:  # short: a socket's path has at most 107 characters
        if os.geteuid() == 0:
            try:
                os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
            except KeyError:
                pytest.skip("Postgres does not run as root, and there is no user `postgres`")
        it = Server(binaries, Path(folder))
        it.make()
        it.start()
        yield it
        with contextlib.suppress(subprocess.CalledProcessError):
            it.stop()


@pytest.fixture(autouse=True)
def _empty(server: Server) -> None:
    async def drop() -> None:
        connection = await asyncpg().connect(server.dsn)
        await connection.execute("DROP SCHEMA IF EXISTS aua CASCADE")
        await connection.close()

    asyncio.run(drop())


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


async def query(recorder: Postgres, text: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await recorder._connection.fetch(text)]  # noqa: SLF001 - looks where nobody else does


async def count(recorder: Postgres) -> int:
    return int(await recorder._connection.fetchval("SELECT count(*) FROM aua.requests"))  # noqa: SLF001 - as above


def test_records_are_there_when_acknowledged_and_after_a_restart(server: Server) -> None:
    async def test() -> None:
        recorder = await opened(STORE, server.dsn, Metrics())
        await asyncio.gather(*(recorder.record(record("pg", calls=2, verdicts=1)) for _ in range(600)))
        assert await count(recorder) == 600
        assert await query(recorder, "SELECT count(*), sum(cost_micro) FROM aua.usage") == [(1200, 1200 * 900)]
        assert await query(recorder, "SELECT DISTINCT verdict FROM aua.verdicts") == [("a",)]
        assert await query(recorder, "SELECT DISTINCT field FROM aua.routes") == [("alpha",)]
        await recorder.close()
        again = await opened(STORE, server.dsn, Metrics())
        assert await count(again) == 600
        await again.close()

    run(test)


def test_routers_that_start_together_make_the_tables_once(server: Server) -> None:
    async def test() -> None:
        recorders = await asyncio.gather(*(opened(STORE, server.dsn, Metrics()) for _ in range(4)))
        await asyncio.gather(*(recorder.record(record()) for recorder in recorders for _ in range(50)))
        assert await query(recorders[0], "SELECT count(*), count(DISTINCT number) FROM aua.requests") == [(200, 200)]
        assert await query(recorders[0], "SELECT number FROM aua.migrations ORDER BY 1") == [(1,), (2,), (3,), (4,)]
        for recorder in recorders:
            await recorder.close()

    run(test)


def test_a_database_of_the_first_release_is_brought_up_without_loss(server: Server) -> None:
    async def test() -> None:
        connection = await asyncpg().connect(server.dsn, server_settings={"search_path": "aua"})
        await connection.execute(
            "CREATE SCHEMA aua; CREATE TABLE aua.schema_version (version bigint); INSERT INTO schema_version VALUES (1)"
        )
        for statement in POSTGRES[0].statements:
            await connection.execute(statement)
        for line in FIRST.splitlines():
            if line.startswith("INSERT"):
                await connection.execute(line)
        tables = ("requests", "routes", "verdicts", "usage")
        old = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
        requests = [tuple(row) for row in await connection.fetch("SELECT * FROM requests ORDER BY at")]
        routes = [tuple(row) for row in await connection.fetch("SELECT * FROM routes ORDER BY probability")]
        await connection.close()

        recorder = await opened(STORE, server.dsn, Metrics())
        assert [(await query(recorder, f"SELECT count(*) FROM aua.{table}"))[0][0] for table in tables] == old
        assert [row[1:19] for row in await query(recorder, "SELECT * FROM aua.requests ORDER BY number")] == requests
        found = await query(recorder, "SELECT r.id, t.* FROM aua.routes t JOIN aua.requests r ON number = request ORDER BY t.probability")
        assert [(row[0], *row[2:]) for row in found] == routes
        assert (
            await query(recorder, "SELECT r.id, count(*) FROM aua.usage JOIN aua.requests r ON number = request GROUP BY number, r.id")
            != []
        )
        await recorder.record(record("new"))
        assert await query(recorder, "SELECT id FROM aua.requests ORDER BY number DESC LIMIT 1") == [("new",)]
        await recorder.close()

    run(test)


def test_a_database_that_a_later_release_changed_is_refused_and_left_alone(server: Server) -> None:
    async def test() -> None:
        later = Postgres(STORE, server.dsn, Metrics())
        await later.start((*POSTGRES, Migration(5, "something new", ("CREATE TABLE aua.newer (a int)",))))
        await later.close()
        with pytest.raises(StateUnusable, match=r"migration 5 \(something new\), which a later release made"):
            await opened(STORE, server.dsn, Metrics())

    run(test)


def test_a_migration_that_fails_leaves_the_database_as_it_was(server: Server) -> None:
    async def test() -> None:
        broken = Postgres(STORE, server.dsn, Metrics())
        with pytest.raises(StateUnusable):
            await broken.start((*POSTGRES, Migration(3, "broken", ("CREATE TABLE aua.half (a int)", "INSERT INTO aua.nowhere VALUES (1)"))))
        connection = await asyncpg().connect(server.dsn)
        assert await connection.fetchval("SELECT to_regnamespace('aua') IS NULL")
        await connection.close()

    run(test)


def refused_record(bad: object) -> Record:
    row = list(record()[0])
    row[6] = bad
    return tuple(row), [], []


@pytest.mark.parametrize("bad", [None, "nul \0", 7])
def test_a_record_that_the_database_refuses_is_told_and_takes_no_other_along(server: Server, bad: object) -> None:
    async def test() -> None:
        recorder = await opened(STORE, server.dsn, Metrics())
        good, refused, another = recorder.record(record()), recorder.record(refused_record(bad)), recorder.record(record())
        await good
        with pytest.raises(StateLost):
            await refused
        await another
        assert recorder.healthy
        assert await count(recorder) == 2
        await recorder.close()

    run(test)


def test_while_the_database_is_away_records_wait(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "RETRY_S", 0.05)

    async def test() -> None:
        counted = Metrics()
        recorder = await opened(STORE, server.dsn, counted)
        await asyncio.to_thread(server.stop)
        waiting = [recorder.record(record()) for _ in range(3)]
        await asyncio.sleep(0.2)
        assert not any(acknowledgement.done for acknowledgement in waiting)
        await asyncio.to_thread(server.start)
        await asyncio.wait_for(asyncio.gather(*waiting), 10)
        assert await count(recorder) == 3
        assert value(counted, metrics.STATE_ROWS_DROPPED.name) == 0
        await recorder.close()

    run(test)


def test_an_answer_to_a_commit_that_is_lost_with_the_connection_leaves_each_row_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "RETRY_S", 0.01)

    async def test() -> None:
        recorder = await opened(STORE, server.dsn, Metrics())
        insert = recorder._insert  # noqa: SLF001 - the moment between a commit and its answer is not to be had otherwise
        answers = iter([False, False, True])

        async def answered(*given: Any) -> None:
            await insert(*given)
            if not next(answers):
                recorder._connection.terminate()  # noqa: SLF001 - as above
                raise ConnectionResetError

        monkeypatch.setattr(recorder, "_insert", answered)
        await recorder.record(record(calls=2, verdicts=2))
        assert await count(recorder) == 1
        await recorder.close()

    run(test)


def test_numbers_that_a_crashed_server_gives_out_twice_cost_no_record(server: Server) -> None:
    async def test() -> None:
        recorder = await opened(STORE, server.dsn, Metrics())
        await asyncio.gather(*(recorder.record(record(f"first-{position}", calls=2)) for position in range(5)))
        await query(recorder, "SELECT setval('aua.numbers', 3, false)")
        await asyncio.gather(*(recorder.record(record(f"second-{position}", calls=2)) for position in range(5)))
        names = {str(row[0]) for row in await query(recorder, "SELECT id FROM aua.requests")}
        assert names == {f"{time}-{position}" for time in ("first", "second") for position in range(5)}
        assert await query(recorder, "SELECT count(*) FROM aua.usage") == [(20,)]
        await recorder.close()

    run(test)


def test_a_key_that_somebody_else_made_and_a_record_breaks_costs_that_record_alone(server: Server) -> None:
    async def test() -> None:
        counted = Metrics()
        recorder = await opened(STORE, server.dsn, counted)
        await query(recorder, "CREATE UNIQUE INDEX once ON aua.requests (id)")
        await recorder.record(record("same"))
        again, other = recorder.record(record("same")), recorder.record(record("other"))
        with pytest.raises(StateLost, match="UniqueViolationError"):
            await again
        await other
        assert await count(recorder) == 2
        assert value(counted, metrics.STATE_ROWS_DROPPED.name) == 2  # the request and its call
        await recorder.close()

    run(test)


@pytest.mark.parametrize("durability", ["full", "normal"])
def test_what_is_acknowledged_is_there_after_the_server_was_killed_as_the_durability_says(
    server: Server, durability: Literal["full", "normal"], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`full`: all of it. `normal`: all but what was acknowledged in the last moments, at most three times `wal_writer_delay` (200 ms)."""
    monkeypatch.setattr(postgres, "RETRY_S", 0.05)

    async def test() -> None:
        recorder = await opened(PostgresStore("DSN", durability), server.dsn, Metrics())
        acknowledged: list[tuple[str, float]] = []
        sent: list[str] = []

        async def client(number: int) -> None:
            for turn in itertools.count():
                name = f"{number}-{turn}"
                sent.append(name)
                await recorder.record(record(name, calls=2))
                acknowledged.append((name, time.monotonic()))

        clients = [asyncio.create_task(client(number)) for number in range(16)]
        await asyncio.sleep(1.0)
        killed_s = time.monotonic()
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(0.1)  # until answers that were on their way have come
        before = list(acknowledged)
        await asyncio.to_thread(server.start)
        await asyncio.sleep(0.3)
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        await recorder.close()

        again = await opened(STORE, server.dsn, Metrics())
        found = [row[0] for row in await query(again, "SELECT id FROM aua.requests")]
        torn = "SELECT request FROM aua.usage RIGHT JOIN aua.requests ON request = number GROUP BY request, number HAVING count(*) <> 2"
        assert await query(again, torn) == []
        await again.close()
        assert len(before) > 30
        assert len(acknowledged) > len(before)  # it went on after the restart
        assert len(found) == len(set(found))
        assert set(found) <= set(sent)
        certain = {name for name, at_s in before if durability == "full" or at_s < killed_s - 0.6}
        assert certain <= set(found)
        assert {name for name, _ in acknowledged[len(before) :]} <= set(found)

    run(test)


def test_closing_does_not_wait_for_a_database_that_is_away(server: Server) -> None:
    async def test() -> None:
        recorder = await opened(STORE, server.dsn, Metrics())
        await asyncio.to_thread(server.stop)
        lost = recorder.record(record())
        await asyncio.wait_for(recorder.close(), 5)
        with pytest.raises(StateLost):
            await lost
        await asyncio.to_thread(server.start)

    run(test)


def test_a_database_that_cannot_be_reached_is_told_without_its_address(server: Server) -> None:
    async def test() -> None:
        with pytest.raises(StateUnusable) as refused:
            await opened(STORE, server.dsn + "/nowhere", Metrics())
        assert "nowhere" not in str(refused.value)

    run(test)


def asyncpg() -> Any:
    return importlib.import_module("asyncpg")
