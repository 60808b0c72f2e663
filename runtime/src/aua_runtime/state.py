"""What happened, kept in SQLite: one thread writes, in groups, so that a request never waits for the disk. For Postgres see `postgres`.

A row is committed at most 20 ms or 256 rows after it was recorded. `record` gives a future that resolves at the commit: that is the
acknowledgement. Questions and answers are not stored.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Literal, NamedTuple, Protocol

from aua_runtime.contract import labels, metrics
from aua_runtime.contract.errors import INTERNAL, Failure
from aua_runtime.metrics import Metrics
from aua_runtime.plan import SqliteStore
from aua_runtime.request import Request

GROUP_ROWS = 256
GROUP_S = 0.020
"""A group is committed when it has this many rows, or this long after its first row."""
ROWS_LIMIT = 65536
"""Rows that may wait while the disk stalls, about 20 MB; beyond them rows are dropped and counted."""
SCHEMA_VERSION = 1
MODEL_CHARACTERS = 100
"""Of the model name that a client asked for."""

ColumnType = Literal["text", "real", "integer"]

TABLES: Mapping[str, tuple[tuple[str, ColumnType, bool], ...]] = {
    "requests": (
        ("id", "text", True),
        ("trace_id", "text", True),
        ("session_id", "text", True),
        ("at", "real", True),  # seconds since 1970
        ("dialect", "text", True),
        ("stream", "integer", True),
        ("model", "text", True),
        ("outcome", "text", True),
        ("error", "text", False),
        ("finish_reason", "text", False),
        ("specialist", "text", False),
        ("duration_s", "real", True),
        ("first_token_s", "real", False),
        ("utility", "real", False),
        ("efficacy", "real", False),
        ("confidence", "real", False),
        ("curiosity", "real", False),
        ("plan", "text", True),
    ),
    "routes": (
        ("request_id", "text", True),
        ("mode", "text", True),
        ("reason", "text", True),
        ("field", "text", True),
        ("probability", "real", True),
        ("specialists", "text", True),
    ),
    "verdicts": (
        ("request_id", "text", True),
        ("position", "integer", True),
        ("verdict", "text", True),
        ("confidence", "real", True),
        ("basis", "text", True),
        ("usable", "integer", True),
    ),
    "usage": (
        ("request_id", "text", True),
        ("position", "integer", True),
        ("specialist", "text", True),
        ("status", "integer", False),
        ("error", "text", False),
        ("prompt_tokens", "integer", True),
        ("completion_tokens", "integer", True),
        ("started_s", "real", True),
        ("duration_s", "real", False),
        ("first_token_s", "real", False),
    ),
}
"""Columns by table: name, type, whether each row has a value. Both stores make their tables of this. A request id is not unique: clients
choose it."""

INDEXES = (("requests", "at"), ("routes", "request_id"), ("verdicts", "request_id"), ("usage", "request_id"))


class Row(NamedTuple):
    """A row to be: its table and the values in the order of its columns."""

    table: str
    values: tuple[Any, ...]


class Recorder(Protocol):
    """Keeps rows."""

    def record(self, rows: list[Row]) -> "asyncio.Future[None]":
        """Keep rows; the future resolves when they are committed, or holds why they are lost."""

    @property
    def healthy(self) -> bool:
        """Whether the latest commit went well."""

    async def close(self) -> None:
        """Commit what waits, then stop."""


class StateLost(Exception):  # noqa: N818 - an outcome that the log and the readiness probe tell
    """Rows were not kept."""


class StateUnusable(Exception):  # noqa: N818 - told to the operator at start
    """The state file cannot be opened, or was written by another schema."""


class Sqlite:
    """The recorder for one process. Made on the event loop; its thread starts at once."""

    def __init__(self, store: SqliteStore, counted: Metrics) -> None:
        self._loop = asyncio.get_running_loop()
        self._metrics = counted
        self._queue: SimpleQueue[tuple[list[Row], asyncio.Future[None]] | None] = SimpleQueue()
        self._waiting = 0
        self.healthy = True
        self._database = _opened(store)
        self._thread = Thread(target=self._write, name="aua-state", daemon=True)
        self._thread.start()
        counted.set(metrics.STATE_ROWS_LIMIT, ROWS_LIMIT)

    def record(self, rows: list[Row]) -> "asyncio.Future[None]":
        """As in `Recorder`."""
        future: asyncio.Future[None] = self._loop.create_future()
        future.add_done_callback(retrieved)
        if self._waiting + len(rows) > ROWS_LIMIT:
            self._metrics.count(metrics.STATE_ROWS_DROPPED, by=len(rows))
            future.set_exception(StateLost("too many rows wait"))
            return future
        self._waiting += len(rows)
        self._metrics.set(metrics.STATE_ROWS_BEHIND, self._waiting)
        self._queue.put((rows, future))
        return future

    async def close(self) -> None:
        """As in `Recorder`."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- the writer's thread

    def _write(self) -> None:
        going = True
        while going:
            group = []
            first = self._queue.get()
            going = first is not None
            if first is not None:
                group.append(first)
                rows = len(first[0])
                until_s = time.monotonic() + GROUP_S
                while rows < GROUP_ROWS and (left_s := until_s - time.monotonic()) > 0:
                    try:
                        following = self._queue.get(timeout=left_s)
                    except Empty:
                        break
                    if following is None:
                        going = False
                        break
                    group.append(following)
                    rows += len(following[0])
                self._commit(group)
        self._database.close()

    def _commit(self, group: "list[tuple[list[Row], asyncio.Future[None]]]") -> None:
        started_s = time.perf_counter()
        error: Exception | None = None
        try:
            with self._database:
                for rows, _ in group:
                    for row in rows:
                        marks = ",".join("?" * len(row.values))
                        self._database.execute(f"INSERT INTO {row.table} VALUES ({marks})", row.values)  # noqa: S608 - a name of ours
        except (sqlite3.Error, OverflowError) as failure:
            if len(group) > 1:  # one request's rows must not take those of others along
                for one in group:
                    self._commit([one])
                return
            error = failure
        took_s = time.perf_counter() - started_s
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._committed, group, error, took_s)

    # --- back on the event loop

    def _committed(self, group: "list[tuple[list[Row], asyncio.Future[None]]]", error: Exception | None, took_s: float) -> None:
        rows = sum(len(rows) for rows, _ in group)
        self._waiting -= rows
        self.healthy = error is None
        self._metrics.set(metrics.STATE_ROWS_BEHIND, self._waiting)
        self._metrics.observe(metrics.STATE_COMMIT, took_s)
        self._metrics.count(metrics.STATE_ROWS_WRITTEN if error is None else metrics.STATE_ROWS_DROPPED, by=rows)
        for _, future in group:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(StateLost(str(error)))


def retrieved(future: "asyncio.Future[None]") -> None:
    """Losses are counted and fail the readiness probe; a future that nobody awaits need not say so again."""
    if not future.cancelled():
        future.exception()


def _opened(store: SqliteStore) -> sqlite3.Connection:
    try:
        Path(store.path).parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(store.path, check_same_thread=False, isolation_level="IMMEDIATE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {store.durability.upper()}")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            database.executescript(f"BEGIN IMMEDIATE; {_made_tables()} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    except (OSError, sqlite3.Error) as error:
        raise StateUnusable(f"the state file {store.path} cannot be opened: {error}") from None
    if version not in {0, SCHEMA_VERSION}:
        database.close()
        raise StateUnusable(f"the state file {store.path} has schema {version}, this router writes {SCHEMA_VERSION}")
    return database


def _made_tables() -> str:
    made = []
    for table, columns in TABLES.items():
        told = ", ".join(f"{name} {kind.upper()}" + (" NOT NULL" if always else "") for name, kind, always in columns)
        made.append(f"CREATE TABLE {table} ({told}) STRICT;")
    made += [f"CREATE INDEX {table}_by_{column} ON {table} ({column});" for table, column in INDEXES]
    return " ".join(made)


# --- what is kept of a request


_CLIENT_FAULTS = frozenset({"invalid_request_error", "authentication_error", "permission_error", "not_found_error"})
"""Classes of failure that a client mends; the others count against the service."""


@contextmanager
def recorded(request: Request) -> Iterator[None]:
    """Whatever becomes of the request inside, it is counted and recorded once it is over."""
    counted = request.services.metrics
    counted.count(metrics.IN_FLIGHT)
    try:
        yield
    except Failure as failure:
        request.outcome = "rejected" if failure.code.type in _CLIENT_FAULTS else "failed"
        request.error = failure.code.name
        raise
    except asyncio.CancelledError:
        request.outcome = "cancelled"
        raise
    except BaseException:
        request.error = INTERNAL.name
        raise
    finally:
        counted.count(metrics.IN_FLIGHT, by=-1)
        _count(request)
        request.services.recorder.record(rows_of(request))


def _count(request: Request) -> None:
    counted = request.services.metrics
    route, answer = request.route, request.answer
    field = route.field_name if route is not None else labels.NONE
    mode = route.mode if route is not None else labels.NONE
    specialist = answer.specialist.name if answer is not None and answer.specialist is not None else labels.NONE
    counted.count(metrics.QUERIES, field, specialist, mode, request.outcome)
    if request.outcome != "cancelled":
        ended_s = request.answered_s if request.answered_s is not None else request.services.clock()
        counted.observe(metrics.QUERY_LATENCY, ended_s - request.received_s, field, mode)


def rows_of(request: Request) -> list[Row]:
    """The rows that a finished request leaves. Times of calls count from when the request came."""
    services = request.services
    ended_s = request.answered_s if request.answered_s is not None else services.clock()
    duration_s = ended_s - request.received_s
    answer, route = request.answer, request.route
    score = answer.score if answer is not None else None
    rows = [
        Row(
            "requests",
            (
                request.id,
                request.trace_id,
                request.session_id,
                services.wall() - (services.clock() - request.received_s),
                request.dialect,
                int(request.stream),
                request.model[:MODEL_CHARACTERS].replace("\0", ""),  # what a client typed; Postgres takes no NUL
                request.outcome,
                request.error,
                answer.finish_reason if answer is not None else None,
                answer.specialist.name if answer is not None and answer.specialist is not None else None,
                duration_s,
                request.first_byte_s - request.received_s if request.first_byte_s is not None else None,
                score.utility if score is not None else None,
                score.efficacy if score is not None else None,
                score.confidence if score is not None else None,
                score.curiosity if score is not None else None,
                services.plan_digest,
            ),
        )
    ]
    if route is not None:
        names = ",".join(specialist.name for specialist in route.specialists)
        rows.append(Row("routes", (request.id, route.mode, route.reason, route.field_name, route.probability, names)))
    rows += [
        Row("verdicts", (request.id, position, verdict.word, verdict.confidence, verdict.by, int(verdict.usable)))
        for position, verdict in enumerate(request.verdicts)
    ]
    rows += [
        Row(
            "usage",
            (
                request.id,
                position,
                call.specialist,
                call.status,
                call.error,
                call.prompt_tokens,
                call.completion_tokens,
                call.started_s - request.received_s,
                call.ended_s - call.started_s if call.ended_s is not None else None,
                call.first_token_s - call.started_s if call.first_token_s is not None else None,
            ),
        )
        for position, call in enumerate(request.calls)
    ]
    return rows
