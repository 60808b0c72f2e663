"""Routers that are killed while clients ask them, and what their file holds afterwards. As a program: such a router; it tells its port."""

import asyncio
import contextlib
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

from harness import ask, models, router, says, two_fields

CLIENTS = 16
SETTLED_S = 0.5
"""An answer that came so long before the kill is recorded, also on a busy machine."""
ROWS = 2
"""Of a request with one call."""


@dataclass(frozen=True, slots=True)
class Left:
    """One killed router: which answers its clients got and when, and which its file has."""

    answered: dict[str, float]
    kept: list[str]
    torn: int
    killed_s: float

    @property
    def missing_rows(self) -> int:
        """Rows of answers that clients got and the file lacks."""
        return len(self.answered.keys() - set(self.kept)) * ROWS

    def faults(self) -> Iterator[str]:
        """What must never be."""
        lost = [name for name, at_s in self.answered.items() if at_s < self.killed_s - SETTLED_S and name not in set(self.kept)]
        if lost:
            yield f"{len(lost)} answers are not recorded after {SETTLED_S} s"
        if len(set(self.kept)) != len(self.kept):
            yield "requests are there twice"
        if self.torn:
            yield f"{self.torn} requests are torn"


async def killed(folder: Path, turn: int, after_s: float) -> Left:
    """Start a router on a folder, ask it from all sides, kill it."""
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, str(folder), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    answered: dict[str, float] = {}

    async def client(number: int) -> None:
        for question in count():
            name = f"{turn}-{number}-{question}"
            reply = await ask(port, "POST", "/v1/chat/completions", BODY, {"x-request-id": name})
            assert reply.status == 200
            answered[name] = time.monotonic()

    clients = [asyncio.create_task(client(number)) for number in range(CLIENTS)]
    await asyncio.sleep(after_s)
    process.kill()
    killed_s = time.monotonic()
    await process.wait()
    for one in clients:
        one.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    with closing(sqlite3.connect(folder / "state" / "aua.db")) as database:
        rows = database.execute(
            "SELECT id, mode IS NOT NULL, (SELECT count(*) FROM usage WHERE request = number) FROM requests WHERE id LIKE ?", (f"{turn}-%",)
        ).fetchall()
    return Left(answered, [row[0] for row in rows], sum((traced, calls) != (1, 1) for _, traced, calls in rows), killed_s)


def kills(folder: Path, times: int, *, seed: int = 0) -> Iterator[Left]:
    """Kill routers one after the other; the file stays."""
    random = Random(seed)
    for turn in range(times):
        yield asyncio.run(killed(folder, turn, random.uniform(0.6, 1.2)))


BODY = {"model": "aua", "messages": [{"role": "user", "content": "alpha"}]}


async def serve(folder: Path) -> None:
    async with models(says()) as alpha, models(says()) as beta, router(two_fields(alpha, beta), folder) as it:
        print(it.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Path(sys.argv[1])))
