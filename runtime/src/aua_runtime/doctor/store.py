"""The state store: the SQLite library and file, or the Postgres database; whether this release can write there."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from aua_runtime.doctor.subject import Finding, Patient
from aua_runtime.state.library import wal_reset_defect
from aua_runtime.state.migrations import Applied, StateUnusable, pending
from aua_runtime.state.schema import POSTGRES, SQLITE

STRICT_SINCE = (3, 37, 0)
"""The tables are STRICT (sqlite.org/stricttables.html)."""
CONNECT_S = 5.0


def check(patient: Patient) -> Iterator[Finding]:
    """A relative path counts from the folder in which this runs, as it does for the router."""
    state = patient.plan["state"]
    if state["backend"] == "postgres":
        yield _postgres(patient, state["dsn_env"])
        return
    yield _library(sqlite3.sqlite_version_info)
    yield _file(Path(state["path"]))


def _library(version: tuple[int, ...]) -> Finding:
    told = ".".join(map(str, version))
    major, minor, patch = version[:3]
    if (major, minor, patch) < STRICT_SINCE:
        return Finding("state", "sqlite", "error", f"SQLite {told} is too old; 3.37 is the oldest that the router can use.")
    defect = wal_reset_defect((major, minor, patch))
    return Finding("state", "sqlite", "ok", f"SQLite {told}") if defect is None else Finding("state", "sqlite", "warning", f"{defect}.")


def _file(path: Path) -> Finding:
    told = str(path)
    if not path.exists():
        folder = next(place for place in path.absolute().parents if place.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            return Finding("state", told, "error", f"The file cannot be made: {folder} is not a folder that can be written to.")
        return Finding("state", told, "ok", "not there yet; it can be made")
    if not os.access(path, os.W_OK) or not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        return Finding("state", told, "error", "The file or its folder cannot be written to.")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=CONNECT_S)) as database:
            left = len(pending(SQLITE, _history(database), f"the state file {path}"))
    except sqlite3.Error as error:
        return Finding("state", told, "error", f"The file cannot be read: {error}.")
    except StateUnusable as error:
        return Finding("state", told, "error", f"{str(error)[0].upper()}{str(error)[1:]}.")
    return Finding("state", told, "ok", "up to date" if not left else f"the router will apply {left} migrations when it starts")


def _history(database: sqlite3.Connection) -> list[Applied]:
    """As `aua_runtime.state.sqlite` reads it, without writing."""
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "migrations" in tables:
        return [Applied(*row) for row in database.execute("SELECT number, name, checksum FROM migrations")]
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, 1}:
        raise StateUnusable(f"the file has `user_version` {version} and no history: another program made it")
    first = SQLITE[0]
    return [Applied(first.number, first.name, first.checksum)] if version == 1 else []


def _postgres(patient: Patient, variable: str) -> Finding:
    dsn = patient.environment.get(variable, "").strip()
    if not dsn:
        return Finding("state", "postgres", "skipped", f"Without {variable} the database cannot be asked.")
    if find_spec("asyncpg") is None:
        return Finding("state", "postgres", "error", "`asyncpg` is not installed; state in Postgres needs it.")
    try:
        left = asyncio.run(_pending(dsn))
    except StateUnusable as error:
        return Finding("state", "postgres", "error", f"{str(error)[0].upper()}{str(error)[1:]}.")
    except Exception as error:  # noqa: BLE001 - whatever a driver raises for an address or a server; its text may hold the address
        return Finding("state", "postgres", "error", f"The database cannot be used: {type(error).__name__}.")
    return Finding("state", "postgres", "ok", "up to date" if not left else f"the router will apply {left} migrations when it starts")


async def _pending(dsn: str) -> int:
    import asyncpg  # type: ignore[import-untyped,unused-ignore]  # optional, and without types

    connection = await asyncpg.connect(dsn, timeout=CONNECT_S)
    try:
        if await connection.fetchval("SELECT to_regclass('aua.migrations') IS NOT NULL"):
            history = [Applied(*row) for row in await connection.fetch("SELECT number, name, checksum FROM aua.migrations")]
        else:
            first = POSTGRES[0]
            old = await connection.fetchval("SELECT to_regclass('aua.schema_version') IS NOT NULL")
            history = [Applied(first.number, first.name, first.checksum)] if old else []
        return len(pending(POSTGRES, history, "the state database"))
    finally:
        await connection.close()
