"""The router's log: one line per event on standard error, as JSON for machines or as text for people. Never keys, never URLs."""

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any, TextIO

import orjson

from aua_runtime.contract.settings import LogLevel
from aua_runtime.plan import Logs

BEHIND_S = 0.02
"""Lines of what went well are written together, at most so long after the first: a system call for each costs more than making it."""
BEHIND_LINES = 64

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Log:
    """Writes events at or above a level that a reload may change. Warnings and errors are written at once, with all lines before them."""

    __slots__ = ("_json", "_lines", "_stream", "_wall", "level", "prompts")

    def __init__(self, logs: Logs, level: LogLevel, wall: Callable[[], float], stream: TextIO | None = None) -> None:
        self._json = logs.format == "json"
        self._stream = stream or sys.stderr
        self._wall = wall
        self._lines: list[bytes] = []
        self.prompts = logs.prompts
        self.level = LEVELS[level]

    def debug(self, event: str, **facts: object) -> None:
        if self.level <= logging.DEBUG:
            self._write("debug", event, facts)

    def info(self, event: str, **facts: object) -> None:
        if self.level <= logging.INFO:
            self._write("info", event, facts)

    def warning(self, event: str, **facts: object) -> None:
        if self.level <= logging.WARNING:
            self._write("warning", event, facts)
            self.flush()

    def error(self, event: str, **facts: object) -> None:
        self._write("error", event, facts)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._stream.write(b"".join(lines).decode())
            self._stream.flush()

    def _write(self, level: str, event: str, facts: dict[str, Any]) -> None:
        if self._json:
            told = orjson.dumps(facts, default=str, option=orjson.OPT_APPEND_NEWLINE)
            line = b'{"at":%.3f,"level":"%b","event":"%b"%b%b' % (
                self._wall(),
                level.encode(),
                event.encode(),
                b"," if facts else b"",
                told[1:],
            )
        else:
            words = " ".join(f"{name}={orjson.dumps(value, default=str).decode()}" for name, value in facts.items())
            line = f"{level.upper():7} {event} {words}".rstrip().encode() + b"\n"
        lines = self._lines
        lines.append(line)
        if len(lines) == 1:
            try:
                asyncio.get_running_loop().call_later(BEHIND_S, self.flush)
            except RuntimeError:  # before the router runs, and after
                self.flush()
        elif len(lines) >= BEHIND_LINES:
            self.flush()
