"""What a state store kept of calls: their costs by day, specialist, field and prices. Only read; a router may write meanwhile."""

import asyncio
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aua_runtime.contract import labels
from aua_runtime.contract.errors import BACKEND_UNREACHABLE

DAY_S = 86400
UNKNOWN = "unknown"
"""The currency of costs that an earlier release kept without it."""

_QUERY = f"""SELECT {{day}} AS day, u.specialist, coalesce(r.field, '{labels.NONE}'), coalesce(u.prices, ''), count(*),
    sum(CASE WHEN u.cost_micro IS NULL AND coalesce(u.status, 200) = 200 AND coalesce(u.error, '') <> '{BACKEND_UNREACHABLE.name}'
        THEN 1 ELSE 0 END),
    sum(u.prompt_tokens), sum(u.completion_tokens), coalesce(sum(u.cost_micro), 0)
FROM {{schema}}usage u JOIN {{schema}}requests r ON r.number = u.request
WHERE r.at >= {{since}} GROUP BY 1, 2, 3, 4"""  # noqa: S608 - names of ours


class Unreadable(Exception):
    """The store cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Calls of one day to one specialist in one field, at one set of prices. A call is unpriced where nobody knows what it cost."""

    day: str
    specialist: str
    field: str
    prices: str
    calls: int
    unpriced_calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_micro: int

    @property
    def currency(self) -> str:
        """That of its prices."""
        return self.prices.partition("/")[0] or UNKNOWN


def of_file(path: str, since_s: float) -> list[Entry]:
    """The entries of a SQLite file. Unreadable where it is none of ours."""
    query = _QUERY.format(day=f"CAST(r.at / {DAY_S} AS INTEGER)", schema="", since="?")
    try:
        database = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)
        try:
            return _entries(database.execute(query, (since_s,)).fetchall())
        finally:
            database.close()
    except sqlite3.Error as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None


def of_database(dsn: str, since_s: float) -> list[Entry]:
    """The entries of a Postgres database. Unreadable where it is none of ours, or the driver is not installed."""
    try:
        import asyncpg  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        raise Unreadable("reading Postgres needs the package asyncpg, as `pip install aua-runtime[postgres]` brings it") from None
    query = _QUERY.format(day=f"floor(r.at / {DAY_S})::bigint", schema="aua.", since="$1")

    async def read() -> list[Any]:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return list(await connection.fetch(query, since_s))
        finally:
            await connection.close()

    try:
        return _entries(asyncio.run(read()))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unreadable(f"the database cannot be read: {type(error).__name__}") from None


def _entries(rows: Iterable[Any]) -> list[Entry]:
    return [
        Entry(datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat(), specialist, field, prices, *map(int, counts))
        for day, specialist, field, prices, *counts in rows
    ]
