"""The router's log: one line per event on standard error, as JSON for machines or as text for people. Never keys, never URLs."""

import logging
import sys
from collections.abc import Callable
from typing import Any, TextIO

import orjson

from aua_runtime.contract.settings import LogLevel
from aua_runtime.plan import Logs

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Log:
    """Writes events at or above a level that a reload may change."""

    __slots__ = ("_json", "_stream", "_wall", "level", "prompts")

    def __init__(self, logs: Logs, level: LogLevel, wall: Callable[[], float], stream: TextIO | None = None) -> None:
        self._json = logs.format == "json"
        self._stream = stream or sys.stderr
        self._wall = wall
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

    def error(self, event: str, **facts: object) -> None:
        self._write("error", event, facts)

    def _write(self, level: str, event: str, facts: dict[str, Any]) -> None:
        if self._json:
            line = orjson.dumps({"at": round(self._wall(), 3), "level": level, "event": event, **facts}, default=str).decode()
        else:
            told = " ".join(f"{name}={orjson.dumps(value, default=str).decode()}" for name, value in facts.items())
            line = f"{level.upper():7} {event} {told}".rstrip()
        self._stream.write(line + "\n")
        self._stream.flush()
