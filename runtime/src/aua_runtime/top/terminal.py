"""The terminal while the screen is ours: no echo, a screen of its own, and everything as it was once we leave it, however that happens."""

import os
import select
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self

from aua_runtime.top.ansi import BEGIN, END
from aua_runtime.top.keys import Keys

ESCAPE_S = 0.05
"""How long to wait for what may follow an escape."""
_CAUGHT = (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Gone(Exception):
    """There is no terminal any more."""


class Terminal:
    """`with Terminal() as it:` - then `write`, and `events` until something happens."""

    def __init__(self) -> None:
        self._keys = Keys()
        self._reads = sys.stdin.isatty()
        self._in = sys.stdin.fileno() if self._reads else -1
        self._before: list[Any] | None = None
        self._handlers: dict[signal.Signals, Any] = {}
        self._signals: list[signal.Signals] = []
        self._wakes, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._wakes, False)

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in _CAUGHT:
            self._handlers[number] = signal.signal(number, self._caught)
        self._take()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._leave()
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._wakes)
        os.close(self._wake)

    def _caught(self, number: int, _: FrameType | None) -> None:
        self._signals.append(signal.Signals(number))

    def _take(self) -> None:
        if self._reads:
            self._before = termios.tcgetattr(self._in)
            tty.setcbreak(self._in)
        self.write(BEGIN)

    def _leave(self) -> None:
        with suppress(Gone, termios.error):  # nobody may be left who could see it
            self.write(END)
            if self._before is not None:
                termios.tcsetattr(self._in, termios.TCSANOW, self._before)
        self._before = None

    def size(self) -> tuple[int, int]:
        """Columns and lines, as the terminal says now."""
        try:
            found = os.get_terminal_size(sys.stdout.fileno())
        except OSError:
            found = shutil.get_terminal_size()
        return found.columns or 80, found.lines or 24

    def write(self, text: str) -> None:
        """Write all of it now. Gone where nobody reads it."""
        data = memoryview(text.encode("utf-8", "replace"))
        try:
            while data:
                data = data[os.write(sys.stdout.fileno(), data) :]
        except OSError:
            raise Gone from None

    def wake(self) -> None:
        """End a wait, from another thread."""
        with suppress(OSError):  # it is full, or closed: no wait is left to end
            os.write(self._wake, b"\0")

    def events(self, timeout_s: float) -> Iterator[str | signal.Signals]:
        """Keys and signals once there are some, or nothing when the time is over or somebody wakes us."""
        watched = [self._wakes, *([self._in] if self._reads else [])]
        ready, _, _ = select.select(watched, [], [], ESCAPE_S if self._keys.unsure else max(0.0, timeout_s))
        if self._wakes in ready:
            os.read(self._wakes, 4096)
        if self._reads and self._in in ready:
            yield from self._keys.take(self._read())
        elif self._keys.unsure and not ready:
            yield from self._keys.settle()
        while self._signals:
            yield self._signals.pop(0)

    def _read(self) -> bytes:
        try:
            data = os.read(self._in, 1024)
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        return data

    def stop(self) -> None:
        """Let the shell have the terminal, as Ctrl-Z asks, until it lets us go on."""
        self._leave()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._caught)
        self._signals = [number for number in self._signals if number != signal.SIGCONT]
        self._take()

    def resume(self) -> None:
        """Take the terminal again after we were stopped without being asked, whatever others made of it meanwhile."""
        if self._before is not None:
            termios.tcsetattr(self._in, termios.TCSANOW, self._before)
        self._take()


def can_draw(environment: Mapping[str, str]) -> bool:
    """Whether standard output is a terminal that understands more than lines of text."""
    return sys.stdout.isatty() and environment.get("TERM", "dumb") not in {"", "dumb", "unknown"}
