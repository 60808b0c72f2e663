"""Takes lines off the event loop's hands: a thread writes them, so that who reads the log slowly, or not at all, holds up nobody."""

import os
import select
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from threading import Condition, Thread

from aua_runtime.contract.log_fields import LINE_BYTES

MOST_BYTES = 1 << 20
"""That wait; lines beyond are lost, counted, and their number is told once somebody reads again."""
CLOSE_S = 1.0
"""How long the end of the router waits for a reader."""


class Outlet:
    """Writes to a file descriptor. `lost` makes the line that tells of lines that were lost; `dropped` is how many there were in all."""

    def __init__(self, descriptor: int, lost: Callable[[int], bytes]) -> None:
        self._descriptor = descriptor
        self._lost = lost
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._missed = 0  # of those that were lost, what no line has told of yet
        self.dropped = 0
        self._writing = False
        self._changed = Condition()
        self._thread: Thread | None = None

    def put(self, lines: Sequence[bytes]) -> None:
        """Have whole lines written, in order. Never waits."""
        with self._changed:
            for line in lines:
                if self._bytes + len(line) > MOST_BYTES:
                    self._drop(1)
                else:
                    self._waiting.append(line)
                    self._bytes += len(line)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="log", daemon=True)  # a reader that sleeps must not keep us from ending
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Wait until all is written, or until it is plain that nobody reads."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._writing, CLOSE_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                lines = list(self._waiting)
                self._waiting.clear()
                self._writing = True
            for chunk in chunks(lines):
                unwritten = self._write(chunk)
                with self._changed:
                    self._bytes -= len(chunk)
                    self._drop(unwritten)
            with self._changed:
                missed = self._missed
            told = bool(missed) and not self._write(self._lost(missed))
            with self._changed:
                self._missed -= missed if told else 0
                self._writing = False
                self._changed.notify_all()

    def _drop(self, lines: int) -> None:
        self._missed += lines
        self.dropped += lines

    def _write(self, data: bytes) -> int:
        """How many of the lines were not written."""
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:  # somebody else made the descriptor so
                select.select([], [self._descriptor], [])
            except OSError:  # nobody will ever read it, or its disk is full
                return bytes(left).count(b"\n")
        return 0


def chunks(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Lines joined to pieces that a pipe takes whole, so that lines of several processes do not mix.

    >>> [len(each) for each in chunks([b"x" * 3000, b"y" * 1000, b"z" * 500])]
    [4000, 500]
    """
    held: list[bytes] = []
    size = 0
    for line in lines:
        if held and size + len(line) > LINE_BYTES:
            yield b"".join(held)
            held, size = [], 0
        held.append(line)
        size += len(line)
    if held:
        yield b"".join(held)
