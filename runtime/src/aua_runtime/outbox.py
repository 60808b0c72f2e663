"""Writes of one turn of the event loop, made together at its end.

Each write wakes who reads. Made in between, it lets another process take the core in the middle of every request, and a piece of a stream
costs less than the system call that sends it. Measured at 16 connections: a tenth of the CPU per whole answer.
"""

import asyncio
from typing import Protocol


class Writer(Protocol):
    """What holds bytes back until the outbox is emptied."""

    def flush(self) -> None:
        """Write what waits, if it still waits."""


class Outbox:
    """Who has something to write. One event loop only."""

    __slots__ = ("_loop", "_writers")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._writers: list[Writer] = []

    def add(self, writer: Writer) -> None:
        writers = self._writers
        if not writers:
            self._loop.call_soon(self._empty)
        writers.append(writer)

    def _empty(self) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.flush()
