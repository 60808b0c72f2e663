"""The SQLite store: one thread writes, a group at a time, so that no request waits for the disk. Several processes may share a file."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from aua_runtime.metrics import Metrics
from aua_runtime.plan import SqliteStore
from aua_runtime.state.groups import Acknowledgement, Backlog, Group, Record
from aua_runtime.state.migrations import Applied, Migration, StateUnusable, pending
from aua_runtime.state.schema import CALL, REQUEST, SQLITE, VERDICT

BUSY_S = 5.0
"""How long one attempt waits while another process writes."""
RETRY_S = 0.2
"""Between attempts while the disk is full."""
CHECKPOINT_GROUPS = 200
"""After so many commits the log goes into the database: 1 to 8 MB, as SQLite's own 1,000 pages."""
CHECKPOINT_BUSY_S = 1.0
"""A reader that holds an old snapshot delays a checkpoint at most this long; the rest of the log waits for the next one."""
BATCHES = (64, 32, 16, 8, 4, 2, 1)
"""Rows that one statement inserts, so that a group takes as few statements as its size has binary digits. A statement gives the
interpreter's lock away once, whatever its size, and getting it back from a busy event loop costs both threads more than the insert."""

_WIDTHS = {"requests": 1 + len(REQUEST), "usage": 1 + len(CALL), "verdicts": 1 + len(VERDICT)}
_HISTORY = """CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at REAL NOT NULL
) STRICT"""
_REFUSALS = (sqlite3.Error, OverflowError, ValueError)
"""What a statement raises for a row that the store does not take; the last two come from values that SQLite has no form for."""


def _inserts(table: str, width: int) -> tuple[tuple[int, str], ...]:
    """For each batch how many values it has and the statement that inserts them."""
    row = f"({','.join('?' * width)})"
    return tuple((rows * width, f"INSERT INTO {table} VALUES {','.join([row] * rows)}") for rows in BATCHES)  # noqa: S608 - a name of ours


sqlite3.register_adapter(type(None), dict[None, None]().get)
"""What to bind for None: None, as `get` answers. Where nothing is registered, each None is looked up anew in several places, which takes
longer than all else about a row."""

_INSERTS = {table: _inserts(table, width) for table, width in _WIDTHS.items()}


class Sqlite:
    """The recorder of one process. Made on the event loop; its thread starts at once."""

    def __init__(self, store: SqliteStore, counted: Metrics) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Group | None] = SimpleQueue()
        self._backlog = Backlog(counted, self._queue.put)
        self._groups = 0
        self._closing = False
        self._database = opened(store)
        self._thread = Thread(target=self._run, name="aua-state", daemon=True)
        self._thread.start()

    @property
    def healthy(self) -> bool:
        """As in `Recorder`."""
        return self._backlog.healthy

    def record(self, record: Record) -> Acknowledgement:
        """As in `Recorder`."""
        return self._backlog.record(record)

    async def close(self) -> None:
        """As in `Recorder`."""
        self._closing = True
        await self._backlog.drained()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- the writer's thread

    def _run(self) -> None:
        while (group := self._queue.get()) is not None:
            started_s = time.perf_counter()
            self._keep(group)
            with suppress(RuntimeError):  # the loop was closed without `close`
                self._loop.call_soon_threadsafe(self._backlog.written, group, time.perf_counter() - started_s)
            self._checkpoint()
        self._database.close()

    def _keep(self, group: Group) -> None:
        """Commit a group; `group.lost` says what was refused."""
        reason = self._reason(self._insert_together, group)
        if reason is not None:
            reason = self._reason(self._insert_singly, group)
        if reason is not None:
            group.lost = dict.fromkeys(range(len(group.records)), reason)

    def _reason(self, insert: Callable[[Group], None], group: Group) -> str | None:
        """Commit a group; why it was refused, or None. What may pass is waited for, however long it takes, unless closing."""
        while True:
            try:
                self._commit(insert, group)
            except _REFUSALS as error:
                if self._closing or not _may_pass(error):
                    return str(error)
                time.sleep(RETRY_S)
            else:
                return None

    def _commit(self, insert: Callable[[Group], None], group: Group) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            insert(group)
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # a full disk has ended it already
                self._database.execute("ROLLBACK")
            raise

    def _insert_together(self, group: Group) -> None:
        number = self._next_number()
        requests: list[Any] = []
        usage: list[Any] = []
        verdicts: list[Any] = []
        for request, calls, decided in group.records:
            requests.append(number)
            requests += request
            for call in calls:
                usage.append(number)
                usage += call
            for verdict in decided:
                verdicts.append(number)
                verdicts += verdict
            number += 1
        self._insert("requests", requests)
        self._insert("usage", usage)
        self._insert("verdicts", verdicts)

    def _insert_singly(self, group: Group) -> None:
        """One request's rows must not take those of others along."""
        number = self._next_number()
        execute = self._database.execute
        group.lost = {}
        for position, (request, calls, verdicts) in enumerate(group.records):
            execute("SAVEPOINT one")
            try:
                self._insert("requests", [number, *request])
                for call in calls:
                    self._insert("usage", [number, *call])
                for verdict in verdicts:
                    self._insert("verdicts", [number, *verdict])
            except _REFUSALS as error:
                if _may_pass(error) or not self._database.in_transaction:
                    raise
                execute("ROLLBACK TO one")
                group.lost[position] = str(error)
            execute("RELEASE one")
            number += 1

    def _insert(self, table: str, values: list[Any]) -> None:
        """Insert rows that lie in `values` one after the other."""
        at, end = 0, len(values)
        for size, statement in _INSERTS[table]:
            while end - at >= size:
                self._database.execute(statement, values[at : at + size])
                at += size
        if at != end:
            raise ValueError(f"values of {table} do not fill its columns")

    def _next_number(self) -> int:
        """The number of the next request; the write lock keeps it ours."""
        last = self._database.execute("SELECT max(number) FROM requests").fetchone()[0]
        return int(last or 0) + 1

    def _checkpoint(self) -> None:
        """Move the log into the database now and then, with the write lock held, which SQLite's own automatic checkpoints do not take.

        So no process commits meanwhile, and the WAL-reset defect (see `library`) cannot strike among routers.
        """
        self._groups += 1
        if self._groups < CHECKPOINT_GROUPS:
            return
        self._groups = 0
        with suppress(sqlite3.Error):  # a full disk is told by the next commit
            self._database.execute(f"PRAGMA busy_timeout = {round(CHECKPOINT_BUSY_S * 1000)}")
            self._database.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
            self._database.execute(f"PRAGMA busy_timeout = {round(BUSY_S * 1000)}")


def _is_busy(error: sqlite3.Error) -> bool:
    return _kind(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _may_pass(error: Exception) -> bool:
    """Whether the same rows may be taken later: another process writes, or the disk is full or away."""
    passing = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
    return isinstance(error, sqlite3.Error) and _kind(error) in passing


def _kind(error: sqlite3.Error) -> int:
    """The primary result code, without what SQLite adds to it; 0 for an error of the driver's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def opened(store: SqliteStore, *, migrations: Sequence[Migration] = SQLITE) -> sqlite3.Connection:
    """The file, with its tables as this release has them. StateUnusable when it cannot be opened or another release has changed it."""
    try:
        Path(store.path).parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(store.path, timeout=BUSY_S, check_same_thread=False, isolation_level=None)
        try:
            _prepare(database, store, migrations)
        except BaseException:
            database.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise StateUnusable(f"the state file {store.path} cannot be opened: {error}") from None
    return database


def _prepare(database: sqlite3.Connection, store: SqliteStore, migrations: Sequence[Migration]) -> None:
    _use_log(database)
    database.execute(f"PRAGMA synchronous = {store.durability.upper()}")
    database.execute("PRAGMA wal_autocheckpoint = 0")
    database.execute("BEGIN IMMEDIATE")
    try:
        for migration in pending(migrations, _history(database), f"the state file {store.path}"):
            for statement in migration.statements:
                database.execute(statement)
            _note(database, migration)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _use_log(database: sqlite3.Connection) -> None:
    """Switch to WAL mode. Processes that start together disturb each other here without the busy timeout being asked."""
    until_s = time.monotonic() + BUSY_S
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until_s:
                raise
            time.sleep(0.01)
        else:
            return


def _history(database: sqlite3.Connection) -> list[Applied]:
    """What was applied to the file. Files of the first release say only `user_version` 1, which was migration 1."""
    version = database.execute("PRAGMA user_version").fetchone()[0]
    known = database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").fetchone()
    database.execute(_HISTORY)
    if known is None and version == 1:
        _note(database, SQLITE[0])
    elif known is None and version != 0:
        raise StateUnusable(f"the file has `user_version` {version} and no history: another program made it")
    return [Applied(*row) for row in database.execute("SELECT number, name, checksum FROM migrations ORDER BY number")]


def _note(database: sqlite3.Connection, migration: Migration) -> None:
    """Remember a migration; `user_version` tells routers of the first release that the file is not theirs any more."""
    row = (migration.number, migration.name, migration.checksum, round(time.time(), 3))
    database.execute("INSERT INTO migrations VALUES (?, ?, ?, ?)", row)
    database.execute(f"PRAGMA user_version = {migration.number}")
