"""What happened, kept in Postgres: the same rows as in SQLite, for several routers at once. Needs asyncpg.

While the database cannot be reached rows wait, up to the same limit, and are written when it is back; what the database refuses is lost
and counted. Tables lie in a schema of their own, `aua`.
"""

import asyncio
from collections.abc import Mapping
from importlib import import_module
from time import perf_counter
from typing import Any

from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.plan import PostgresStore
from aua_runtime.services import Misconfigured
from aua_runtime.state import (
    GROUP_ROWS,
    GROUP_S,
    INDEXES,
    ROWS_LIMIT,
    SCHEMA_VERSION,
    TABLES,
    ColumnType,
    Row,
    StateLost,
    StateUnusable,
    retrieved,
)

CONNECT_S = 10.0
WRITE_S = 30.0
RETRY_S = 1.0
"""Between attempts to reach a database that is away."""
_LOCK = 0x617561  # "aua": routers that start together make the tables one after the other

_TYPES: Mapping[ColumnType, str] = {"text": "text", "real": "double precision", "integer": "bigint"}

Group = list[tuple[list[Row], "asyncio.Future[None]"]]


class Postgres:
    """The recorder for one process. `opened` makes it."""

    def __init__(self, store: PostgresStore, dsn: str, counted: Metrics) -> None:
        self._asyncpg: Any = _driver()
        self._dsn = dsn
        self._settings = {"synchronous_commit": "on" if store.durability == "full" else "off", "application_name": "aua-router"}
        self._metrics = counted
        self._queue: asyncio.Queue[tuple[list[Row], asyncio.Future[None]] | None] = asyncio.Queue()
        self._waiting = 0
        self._closing = False
        self._connection: Any = None
        self._writer: asyncio.Task[None] | None = None
        self.healthy = True
        counted.set(metrics.STATE_ROWS_LIMIT, ROWS_LIMIT)

    async def start(self) -> None:
        """Connect, make the tables where they are missing, and begin to write. StateUnusable when that fails."""
        try:
            await self._connect()
            await self._prepare()
        except (OSError, TimeoutError, ValueError, self._asyncpg.PostgresError, self._asyncpg.InterfaceError) as error:
            raise StateUnusable(f"the state database cannot be used: {type(error).__name__}") from None
        self._writer = asyncio.create_task(self._write())

    def record(self, rows: list[Row]) -> "asyncio.Future[None]":
        """As in `Recorder`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.add_done_callback(retrieved)
        if self._waiting + len(rows) > ROWS_LIMIT:
            self._metrics.count(metrics.STATE_ROWS_DROPPED, by=len(rows))
            self.healthy = False
            future.set_exception(StateLost("too many rows wait"))
            return future
        self._waiting += len(rows)
        self._metrics.set(metrics.STATE_ROWS_BEHIND, self._waiting)
        self._queue.put_nowait((rows, future))
        return future

    async def close(self) -> None:
        """As in `Recorder`; a database that is away is not waited for."""
        self._closing = True
        self._queue.put_nowait(None)
        if self._writer is not None:
            await self._writer
        if self._connection is not None:
            await self._connection.close()

    async def _connect(self) -> None:
        self._connection = await self._asyncpg.connect(
            self._dsn, timeout=CONNECT_S, command_timeout=WRITE_S, server_settings=self._settings
        )

    async def _prepare(self) -> None:
        """Make schema and tables once, whoever comes first."""
        connection = self._connection
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute("CREATE SCHEMA IF NOT EXISTS aua")
            await connection.execute("CREATE TABLE IF NOT EXISTS aua.schema_version (version bigint NOT NULL)")
            version = await connection.fetchval("SELECT version FROM aua.schema_version")
            if version is None:
                for statement in _made_tables():
                    await connection.execute(statement)
                await connection.execute("INSERT INTO aua.schema_version VALUES ($1)", SCHEMA_VERSION)
            elif version != SCHEMA_VERSION:
                raise StateUnusable(f"the state database has schema {version}, this router writes {SCHEMA_VERSION}")

    async def _write(self) -> None:
        while (first := await self._queue.get()) is not None:
            group: Group = [first]
            rows = len(first[0])
            loop = asyncio.get_running_loop()
            until_s = loop.time() + GROUP_S
            ends = False
            while rows < GROUP_ROWS and not ends and (left_s := until_s - loop.time()) > 0:
                try:
                    following = await asyncio.wait_for(self._queue.get(), left_s)
                except TimeoutError:
                    break
                if following is None:
                    ends = True
                else:
                    group.append(following)
                    rows += len(following[0])
            await self._commit(group, rows)
            if ends:
                return

    async def _commit(self, group: Group, rows: int) -> None:
        """Write a group, again and again while the database is away; give it up when the database refuses it, or when closing."""
        refused: str | None = None
        while True:
            started_s = perf_counter()
            try:
                if self._connection is None or self._connection.is_closed():
                    await self._connect()
                await self._insert(group)
                break
            except (OSError, TimeoutError, self._asyncpg.InterfaceError, self._asyncpg.PostgresError) as error:
                refused = type(error).__name__
                if self._closing or not _is_away(error):
                    break
            refused = None
            await asyncio.sleep(RETRY_S)
        if refused is not None and not self._closing and len(group) > 1:  # one request's rows must not take those of others along
            for one in group:
                await self._commit([one], len(one[0]))
            return
        self._waiting -= rows
        self.healthy = refused is None
        self._metrics.set(metrics.STATE_ROWS_BEHIND, self._waiting)
        self._metrics.observe(metrics.STATE_COMMIT, perf_counter() - started_s)
        self._metrics.count(metrics.STATE_ROWS_WRITTEN if refused is None else metrics.STATE_ROWS_DROPPED, by=rows)
        for _, future in group:
            if future.done():
                continue
            if refused is None:
                future.set_result(None)
            else:
                future.set_exception(StateLost(refused))

    async def _insert(self, group: Group) -> None:
        by_table: dict[str, list[tuple[Any, ...]]] = {}
        for rows, _ in group:
            for row in rows:
                by_table.setdefault(row.table, []).append(row.values)
        async with self._connection.transaction():
            for table, values in by_table.items():
                marks = ", ".join(f"${number}" for number in range(1, len(TABLES[table]) + 1))
                await self._connection.executemany(f"INSERT INTO aua.{table} VALUES ({marks})", values)  # noqa: S608 - names of ours


def _is_away(error: BaseException) -> bool:
    """Whether the database may be back later: no connection (class 08), no resources (53), being stopped or started (57P).

    Classes of error codes: PostgreSQL documentation, appendix A.
    """
    if isinstance(error, ValueError):
        return False  # a value that the driver cannot send
    code = getattr(error, "sqlstate", None)
    return code is None or str(code).startswith(("08", "53", "57P"))


def _driver() -> Any:
    try:
        return import_module("asyncpg")
    except ImportError:
        raise Misconfigured("state in Postgres needs the package asyncpg") from None


def _made_tables() -> list[str]:
    made = []
    for table, columns in TABLES.items():
        told = ", ".join(f"{name} {_TYPES[kind]}" + (" NOT NULL" if always else "") for name, kind, always in columns)
        made.append(f"CREATE TABLE aua.{table} ({told})")
    return made + [f"CREATE INDEX {table}_by_{column} ON aua.{table} ({column})" for table, column in INDEXES]


async def opened(store: PostgresStore, dsn: str, counted: Metrics) -> Postgres:
    """A recorder that writes. Misconfigured without asyncpg, StateUnusable when the database cannot be used."""
    recorder = Postgres(store, dsn, counted)
    await recorder.start()
    return recorder
