"""Processes that record until they are killed, and what is found in their file afterwards."""

import asyncio
import json
import math
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Self

from aua_runtime.metrics import Metrics
from aua_runtime.plan import SqliteStore
from aua_runtime.state import Acknowledgement
from aua_runtime.state.sqlite import Sqlite
from records import record

CALLS, VERDICTS = 2, 1
ROWS = 1 + CALLS + VERDICTS
TICK_S = 0.001
RECORDS_A_TICK = 4
"""About 4,000 requests a second, 16,000 rows: twice what one router does."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the records of one process. Records are numbered from 0 in the order in which they were made."""

    sent: int
    acknowledged: frozenset[int]
    kept: tuple[int, ...]  # in the order of their rows
    torn: int  # that lack calls or verdicts, or have too many

    @property
    def missing_rows(self) -> int:
        """Rows that were recorded and are not there."""
        return (self.sent - len(set(self.kept))) * ROWS

    def faults(self) -> Iterator[str]:
        """What must never be."""
        lost = self.acknowledged - set(self.kept)
        if lost:
            yield f"{len(lost)} acknowledged records are missing, {min(lost)} the first"
        if len(set(self.kept)) != len(self.kept):
            yield "records are there twice"
        if self.torn:
            yield f"{self.torn} records are torn"
        if list(self.kept) != list(range(len(self.kept))):
            yield "what is missing is not the end"
        if len(self.kept) > self.sent:
            yield "records are there that were never made"


class Nursery:
    """Starts processes quickly: a process that has imported everything forks them. All they tell comes through one pipe, in whole lines."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._in.close()
        self._process.wait(10)
        self._out.close()

    def together(self, path: Path, names: list[str], *, kill_after_s: float | None, seconds: float = 60.0) -> dict[str, Found]:
        """Run processes that write to one file at once; kill all of them so long after each has begun to record, or let them end."""
        self._in.write(json.dumps([str(path), seconds, names]).encode() + b"\n")
        processes: list[int] = []
        sent = dict.fromkeys(names, 0)
        acknowledged: dict[str, set[int]] = {name: set() for name in names}
        kill_at_s = math.inf
        rest = b""
        while True:
            left_s = None if kill_at_s == math.inf else max(0.0, kill_at_s - time.monotonic())
            if select.select([self._out], [], [], left_s)[0]:
                *lines, rest = (rest + os.read(self._out.fileno(), 65536)).split(b"\n")
                for line in lines:
                    name, word, number = line.decode().split(" ")
                    match word:
                        case "process":
                            processes.append(int(number))
                        case "sent":
                            sent[name] = int(number)
                        case "acknowledged":
                            acknowledged[name].add(int(number))
                        case _:
                            kept = _kept(path, names)
                            return {name: Found(sent[name], frozenset(acknowledged[name]), *kept[name]) for name in names}
            if kill_after_s is not None and all(sent.values()):
                kill_at_s, kill_after_s = time.monotonic() + kill_after_s, None
            if time.monotonic() >= kill_at_s:
                for process in processes:
                    os.kill(process, signal.SIGKILL)
                kill_at_s = math.inf


def _nurse() -> None:
    """The process that forks."""
    for line in sys.stdin:
        path, seconds, names = json.loads(line)
        processes = []
        for name in names:
            process = os.fork()
            if process == 0:
                asyncio.run(_write(path, name, seconds))
                os._exit(0)
            _tell(name, "process", process)
            processes.append(process)
        for process in processes:
            os.waitpid(process, 0)
        _tell("-", "end", 0)


def _tell(name: str, word: str, number: int) -> None:
    os.write(1, f"{name} {word} {number}\n".encode())


async def _write(path: str, name: str, seconds: float) -> None:
    """Record, and tell what is recorded and what is acknowledged, until killed or for some seconds."""
    recorder = Sqlite(SqliteStore(path, "normal"), Metrics())
    until_s = time.monotonic() + seconds
    waiting: set[asyncio.Task[None]] = set()
    for first in count(0, RECORDS_A_TICK):
        if time.monotonic() > until_s:
            break
        _tell(name, "sent", first + RECORDS_A_TICK)
        made = [
            recorder.record(record(f"{name}-{number}", calls=CALLS, verdicts=VERDICTS)) for number in range(first, first + RECORDS_A_TICK)
        ]
        task = asyncio.create_task(_acknowledged(name, first, made))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
        await asyncio.sleep(TICK_S)
    await asyncio.gather(*waiting)
    await recorder.close()


async def _acknowledged(name: str, first: int, made: list[Acknowledgement]) -> None:
    for number, acknowledgement in enumerate(made, first):
        await acknowledgement
        _tell(name, "acknowledged", number)


def _kept(path: Path, names: list[str]) -> dict[str, tuple[tuple[int, ...], int]]:
    database = sqlite3.connect(path)
    with suppress(sqlite3.OperationalError):  # killed before there were tables
        return {name: _kept_of(database, name) for name in names}
    database.close()
    return dict.fromkeys(names, ((), 0))


def _kept_of(database: sqlite3.Connection, name: str) -> tuple[tuple[int, ...], int]:
    first = database.execute("SELECT min(number) FROM requests WHERE id = ?", (f"{name}-0",)).fetchone()[0]
    rows = database.execute(
        "SELECT id, (SELECT count(*) FROM usage WHERE request = number), (SELECT count(*) FROM verdicts WHERE request = number)"
        " FROM requests WHERE number >= ? AND id LIKE ? ORDER BY number",
        (first, f"{name}-%"),
    ).fetchall()
    return tuple(int(one.rpartition("-")[2]) for one, _, _ in rows), sum(
        (calls, decided) != (CALLS, VERDICTS) for _, calls, decided in rows
    )


def killed(folder: Path, kills: int, *, writers: int = 1, seed: int = 0, longest_s: float = 0.25) -> Iterator[Found]:
    """Kill the writers of one file at random moments, again and again; the file stays."""
    random = Random(seed)
    with Nursery() as nursery:
        for turn in range(kills):
            names = [f"{turn}-{writer}" for writer in range(writers)]
            yield from nursery.together(folder / "aua.db", names, kill_after_s=random.uniform(0.0, longest_s)).values()


if __name__ == "__main__":
    _nurse()
