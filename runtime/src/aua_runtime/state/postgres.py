"""The Postgres store: the same tables as in SQLite, in a schema `aua` of their own, for several routers at once. Needs asyncpg.

While the database cannot be reached records wait, up to the same limit, and are written when it is back; what the database refuses is
lost and counted. A group that is sent again, because its first answer was lost with the connection, leaves each row once.

A request's number comes from a sequence before its rows are sent. That the number is taken then means one of two things: the rows are
there, or a server that crashed has gone back in its sequence, as it may without `synchronous_commit`, and gave the number out twice.
"""

import asyncio
from importlib import import_module
from time import perf_counter, time
from typing import Any

from aua_runtime.metrics import Metrics
from aua_runtime.plan import PostgresStore
from aua_runtime.services import Misconfigured
from aua_runtime.state.groups import Acknowledgement, Backlog, Group, Record, Values
from aua_runtime.state.migrations import Applied, Migration, StateUnusable, pending
from aua_runtime.state.schema import CALL, POSTGRES, REQUEST, VERDICT

CONNECT_S = 10.0
WRITE_S = 30.0
RETRY_S = 1.0
"""Between attempts to reach a database that is away."""
_LOCK = 0x617561  # "aua": routers that start together make the tables one after the other

_HISTORY = """CREATE TABLE IF NOT EXISTS aua.migrations (
    number bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at double precision NOT NULL
)"""


def _insert(table: str, width: int) -> str:
    marks = ", ".join(f"${number}" for number in range(1, width + 1))
    return f"INSERT INTO aua.{table} VALUES ({marks})"  # noqa: S608 - a name of ours


_REQUESTS = _insert("requests", 1 + len(REQUEST))
_USAGE = _insert("usage", 1 + len(CALL))
_VERDICTS = _insert("verdicts", 1 + len(VERDICT))
_IS_THERE = "SELECT EXISTS (SELECT FROM aua.requests WHERE number = $1 AND id = $2 AND at = $3)"
_ID, _AT = REQUEST.index("id"), REQUEST.index("at")
_NUMBERS = "SELECT nextval('aua.numbers') FROM generate_series(1, $1)"


class Postgres:
    """The recorder of one process. `opened` makes it."""

    def __init__(self, store: PostgresStore, dsn: str, counted: Metrics) -> None:
        self._asyncpg: Any = _driver()
        self._dsn = dsn
        self._settings = {"synchronous_commit": "on" if store.durability == "full" else "off", "application_name": "aua-router"}
        self._groups: asyncio.Queue[Group | None] = asyncio.Queue()
        self._backlog = Backlog(counted, self._groups.put_nowait)
        self._closing = False
        self._connection: Any = None
        self._writer: asyncio.Task[None] | None = None
        driver = self._asyncpg
        self._away = (OSError, TimeoutError, driver.InterfaceError, driver.InternalClientError, driver.PostgresError)

    @property
    def healthy(self) -> bool:
        """As in `Recorder`."""
        return self._backlog.healthy

    async def start(self, migrations: tuple[Migration, ...] = POSTGRES) -> None:
        """Connect, bring the tables up to date, and begin to write. StateUnusable when that fails."""
        try:
            await self._connect()
            try:
                await self._prepare(migrations)
            except BaseException:
                self._connection.terminate()
                raise
        except (*self._away, ValueError) as error:
            raise StateUnusable(f"the state database cannot be used: {type(error).__name__}") from None
        self._writer = asyncio.create_task(self._write())

    def record(self, record: Record) -> Acknowledgement:
        """As in `Recorder`."""
        return self._backlog.record(record)

    async def close(self) -> None:
        """As in `Recorder`; a database that is away is not waited for."""
        self._closing = True
        if self._writer is not None:
            await self._backlog.drained()
            self._groups.put_nowait(None)
            await self._writer
        if self._connection is not None:
            await self._connection.close()

    async def _connect(self) -> None:
        self._connection = await self._asyncpg.connect(
            self._dsn, timeout=CONNECT_S, command_timeout=WRITE_S, server_settings=self._settings
        )

    async def _prepare(self, migrations: tuple[Migration, ...]) -> None:
        """Bring schema and tables up to date, whoever comes first; the others wait and find it done."""
        connection = self._connection
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await connection.execute("CREATE SCHEMA IF NOT EXISTS aua")
            for migration in pending(migrations, await self._history(), "the state database"):
                for statement in migration.statements:
                    await connection.execute(statement)
                await self._note(migration)

    async def _history(self) -> list[Applied]:
        """What was applied to the database. The first release kept only a version, which was 1."""
        connection = self._connection
        known = await connection.fetchval("SELECT to_regclass('aua.migrations') IS NOT NULL")
        first = await connection.fetchval("SELECT to_regclass('aua.schema_version') IS NOT NULL")
        await connection.execute(_HISTORY)
        if first and not known:
            await self._note(POSTGRES[0])
            await connection.execute("DROP TABLE aua.schema_version")
        found = await connection.fetch("SELECT number, name, checksum FROM aua.migrations ORDER BY number")
        return [Applied(*row) for row in found]

    async def _note(self, migration: Migration) -> None:
        row = (migration.number, migration.name, migration.checksum, round(time(), 3))
        await self._connection.execute("INSERT INTO aua.migrations VALUES ($1, $2, $3, $4)", *row)

    async def _write(self) -> None:
        while (group := await self._groups.get()) is not None:
            started_s = perf_counter()
            await self._keep(group)
            self._backlog.written(group, perf_counter() - started_s)

    async def _keep(self, group: Group) -> None:
        """Write a group, again and again while the database is away; `group.lost` says what it refused."""
        numbers: list[int] = []
        positions = tuple(range(len(group.records)))
        reason = await self._reason(group, positions, numbers)
        if reason is None:
            return
        if self._closing or len(positions) == 1:
            group.lost = dict.fromkeys(positions, reason)
            return
        for position in positions:  # one request's rows must not take those of others along
            refused = await self._reason(group, (position,), numbers)
            if refused is not None:
                group.lost[position] = refused

    async def _reason(self, group: Group, positions: tuple[int, ...], numbers: list[int]) -> str | None:
        """Write some records of a group; why the database refused them, or None. A database that is away is waited for, unless closing."""
        while True:
            try:
                if self._connection is None or self._connection.is_closed():
                    await self._connect()
                await self._send(group, positions, numbers)
            except self._away as error:
                if not _is_away(error):
                    return type(error).__name__
                self._cut()
                if self._closing:
                    return type(error).__name__
                await asyncio.sleep(RETRY_S)
            else:
                return None

    def _cut(self) -> None:
        """Give a connection up that broke off: the driver may take it for open, in the middle of what it last sent."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _send(self, group: Group, positions: tuple[int, ...], numbers: list[int]) -> None:
        """Write some records of a group under its numbers, or under new ones where these belong to others by now."""
        while True:
            if not numbers:
                numbers += [row[0] for row in await self._connection.fetch(_NUMBERS, len(group.records))]
            try:
                await self._insert(group, positions, numbers)
            except self._asyncpg.UniqueViolationError as error:
                if error.constraint_name != "request_number":
                    raise
                if await self._is_there(group, positions[0], numbers):
                    return
                numbers.clear()
            else:
                return

    async def _is_there(self, group: Group, position: int, numbers: list[int]) -> bool:
        """Whether a record, and with it all that was sent together with it, was committed."""
        request = group.records[position][0]
        return bool(await self._connection.fetchval(_IS_THERE, numbers[position], request[_ID], request[_AT]))

    async def _insert(self, group: Group, positions: tuple[int, ...], numbers: list[int]) -> None:
        requests: list[Values] = []
        usage: list[Values] = []
        verdicts: list[Values] = []
        for position in positions:
            number = numbers[position]
            request, calls, decided = group.records[position]
            requests.append((number, *request))
            usage += [(number, *call) for call in calls]
            verdicts += [(number, *verdict) for verdict in decided]
        async with self._connection.transaction():
            for statement, rows in ((_REQUESTS, requests), (_USAGE, usage), (_VERDICTS, verdicts)):
                if rows:
                    await self._connection.executemany(statement, rows)


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


async def opened(store: PostgresStore, dsn: str, counted: Metrics) -> Postgres:
    """A recorder that writes. Misconfigured without asyncpg, StateUnusable when the database cannot be used."""
    recorder = Postgres(store, dsn, counted)
    await recorder.start()
    return recorder
