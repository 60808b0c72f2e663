"""State in a real Postgres, started for these tests from the binaries that `AUA_POSTGRES_BIN` or PATH names, or Debian's."""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aua_runtime import postgres
from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.plan import PostgresStore
from aua_runtime.postgres import Postgres, opened
from aua_runtime.state import Row, StateLost, StateUnusable

STORE = PostgresStore("DSN", "full")
ROW = Row("routes", ("r", "single", "pinned_field", "alpha", 1.0, "a"))


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


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


async def rows(recorder: Postgres) -> int:
    return int(await recorder._connection.fetchval("SELECT count(*) FROM aua.routes"))  # noqa: SLF001 - looks where nobody else does


def test_rows_are_there_when_their_futures_resolve_and_after_a_restart(server: Server) -> None:
    async def test() -> None:
        recorder = await opened(STORE, server.dsn, Metrics())
        before = await rows(recorder)
        await asyncio.gather(*(recorder.record([ROW]) for _ in range(600)))
        assert await rows(recorder) == before + 600
        await recorder.close()
        again = await opened(STORE, server.dsn, Metrics())
        assert await rows(again) == before + 600
        await again.close()

    run(test)


def test_routers_that_start_together_make_the_tables_once(server: Server) -> None:
    async def test() -> None:
        recorders = await asyncio.gather(*(opened(STORE, server.dsn, Metrics()) for _ in range(4)))
        await asyncio.gather(*(recorder.record([ROW]) for recorder in recorders))
        for recorder in recorders:
            await recorder.close()

    run(test)


@pytest.mark.parametrize("bad", [None, "nul \0", 7, 2**70])
def test_rows_that_the_database_refuses_are_told_and_take_no_others_along(server: Server, bad: object) -> None:
    async def test() -> None:
        recorder = await opened(STORE, server.dsn, Metrics())
        before, refused, after = (
            recorder.record([ROW]),
            recorder.record([Row("routes", ("r", bad, "x", "y", 1.0, "a"))]),
            recorder.record([ROW]),
        )
        await before
        with pytest.raises(StateLost):
            await refused
        await after
        assert recorder.healthy
        await recorder.close()

    run(test)


def test_while_the_database_is_away_rows_wait(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "RETRY_S", 0.05)

    async def test() -> None:
        counted = Metrics()
        recorder = await opened(STORE, server.dsn, counted)
        before = await rows(recorder)
        await asyncio.to_thread(server.stop)
        waiting = [recorder.record([ROW]) for _ in range(3)]
        await asyncio.sleep(0.2)
        assert not any(future.done() for future in waiting)
        await asyncio.to_thread(server.start)
        await asyncio.wait_for(asyncio.gather(*waiting), 10)
        assert await rows(recorder) == before + 3
        assert f"{metrics.STATE_ROWS_DROPPED.name} 0" in counted.text().decode()
        await recorder.close()

    run(test)


def test_closing_does_not_wait_for_a_database_that_is_away(server: Server) -> None:
    async def test() -> None:
        recorder = await opened(STORE, server.dsn, Metrics())
        await asyncio.to_thread(server.stop)
        lost = recorder.record([ROW])
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
