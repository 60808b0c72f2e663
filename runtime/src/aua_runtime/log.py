"""The router's log: lines of `contract.log_fields`, as JSON for machines or as text for people.

What a line may hold is decided here, field by field, by the field's kind: what is not of that kind is written as `other`.
"""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from aua_runtime.contract import errors, labels, log_fields, routes
from aua_runtime.contract.log_fields import BURST_S, LINE_BYTES, TEXT_CHARACTERS, Kind, LogEvent
from aua_runtime.contract.settings import LogLevel
from aua_runtime.outlet import Outlet
from aua_runtime.plan import Deployment, Logs

BEHIND_S = 0.02
"""Lines of what went well are written together, at most so long after the first: handing over each costs more than making it."""
BEHIND_LINES = 64

LEVELS: Mapping[str, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
AT_ONCE = LEVELS["warning"]

_OTHER = "other"
_NUMBERS = frozenset({int, float, bool})
ID_CHARACTERS = 128
_ID = re.compile(rf"[A-Za-z0-9._:-]{{1,{ID_CHARACTERS}}}")
_ADDRESS = re.compile(r"[0-9A-Fa-f.:]{2,45}")
_PLACE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,80}(?::[0-9]{1,7})?")
_WORD = re.compile(r"[A-Za-z0-9._:/-]+")
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u06dd\u070f\u180e\u0600-\u0605\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""What JSON lets pass and a terminal acts upon: control characters above ASCII, marks of direction and joining, ends of lines."""

FIXED_NAMES = frozenset(
    {
        *(event.name for event in log_fields.EVENTS),
        *(endpoint.path for endpoint in routes.ENDPOINTS),
        *(code.name for code in errors.CODES),
        *(*labels.MODES, *labels.OUTCOMES, *labels.VERDICTS, *labels.RELOAD_OUTCOMES, *labels.SPAN_OUTCOMES),
        *(labels.GENERAL, labels.CANCELLED, "mend", "rolling_restart"),
    }
)
"""Values of fields of the kind `name`, besides the names of the plan."""

_COLOURS = {"debug": "2", "info": "32", "warning": "33", "error": "1;31"}


def names_of(deployment: Deployment) -> frozenset[str]:
    """The names of a plan that its log may show."""
    return FIXED_NAMES | {field.name for field in deployment.fields} | {specialist.name for specialist in deployment.specialists}


_Alike = tuple[LogEvent, tuple[tuple[str, str], ...]]


class _Shape(NamedTuple):
    """What is the same on every line of an event."""

    opening: bytes
    kinds: Mapping[str, Kind]


class Log:
    """Writes events at or above a level that a reload may change; a warning or an error at once, with all lines before it.

    Of events with a `burst`, lines that are alike are counted once there are too many, and told in one line.
    """

    def __init__(
        self,
        logs: Logs,
        level: LogLevel,
        wall: Callable[[], float],
        *,
        names: frozenset[str] = FIXED_NAMES,
        worker: int | None = None,
        write: Callable[[Sequence[bytes]], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._json = logs.format == "json" or (logs.format == "auto" and not sys.stderr.isatty())
        self._colour = not self._json and sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
        self._wall = wall
        self._clock = clock
        self._names = names
        self._worker = worker
        self._lines: list[bytes] = []
        self._alike: dict[_Alike, tuple[float, int]] = {}
        self._now_ms, self._stamp = -1, b""
        self._second, self._up_to_second = -1, b""
        self._outlet = Outlet(2, self._lost) if write is None else None
        self._write = self._outlet.put if self._outlet is not None else write
        self._shapes = {event.name: self._shape(event) for event in log_fields.EVENTS}
        self.prompts = logs.prompts
        self.level = LEVELS[level]

    def wants(self, event: LogEvent) -> bool:
        """Whether lines of this event are written at all now."""
        return self.level <= LEVELS[event.level]

    def tell(self, event: LogEvent, facts: Mapping[str, object] = MappingProxyType({})) -> None:
        """Write a line; facts that are None are left out."""
        level = LEVELS[event.level]
        if level < self.level or (event.burst is not None and self._too_many(event, facts)):
            return
        self._lines.append(self._line(event, facts))
        if level >= AT_ONCE or len(self._lines) >= BEHIND_LINES:
            self.flush()
        elif len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_later(BEHIND_S, self.flush)
            except RuntimeError:  # before the router runs, and after
                self.flush()

    @property
    def dropped(self) -> int:
        """How many lines were lost, because nobody reads them or they cannot be written."""
        return self._outlet.dropped if self._outlet is not None else 0

    def flush(self) -> None:
        """Hand over what waits."""
        if self._lines and self._write is not None:
            lines, self._lines = self._lines, []
            self._write(lines)

    def close(self) -> None:
        """Tell what was counted, and wait a moment for all of it to be written."""
        for key in list(self._alike):
            self._told(key)
        self.flush()
        if self._outlet is not None:
            self._outlet.close()

    def _shape(self, event: LogEvent) -> _Shape:
        worker = f',"worker":{self._worker}' if self._worker is not None else ""
        opening = f'","level":"{event.level}","event":"{event.name}","message":"{event.message}"{worker}'
        return _Shape(opening.encode(), {field.name: field.kind for field in event.fields})

    def _shown(self, kinds: Mapping[str, Kind], facts: Mapping[str, Any]) -> dict[str, Any]:
        """What may be shown of facts. The kinds that most lines have come first: this is done for every request."""
        names, shown = self._names, {}
        for name, value in facts.items():
            if value is None:
                continue
            kind = kinds[name]
            if kind == "name":
                shown[name] = value if value in names else _OTHER
            elif kind == "id":  # digits and letters need no regular expression, which costs four times as much
                plain = value.isalnum() and value.isascii() and len(value) <= ID_CHARACTERS
                shown[name] = value if plain or _ID.fullmatch(value) else _OTHER
            elif kind == "number":
                shown[name] = value if type(value) in _NUMBERS else None
            else:
                shown[name] = _RARE[kind](value)
        return shown

    def _line(self, event: LogEvent, facts: Mapping[str, Any]) -> bytes:
        opening, kinds = self._shapes[event.name]
        shown = self._shown(kinds, facts)
        line = self._written(event, opening, shown)
        if len(line) > LINE_BYTES:
            longest = max((name for name in shown if isinstance(shown[name], str)), key=lambda name: len(shown[name]))
            if "cut" in kinds:
                shown["cut"] = True
            while len(line) > LINE_BYTES:  # escapes make it longer than its characters, by how much is known once it is written
                shown[longest] = shown[longest][: int(len(shown[longest]) * 0.9 * LINE_BYTES / len(line))]
                line = self._written(event, opening, shown)
        return line

    def _written(self, event: LogEvent, opening: bytes, shown: Mapping[str, Any]) -> bytes:
        if self._json:
            facts = _visible(orjson.dumps(shown))
            return b"".join((b'{"timestamp":"', self._time(), opening, b"," if shown else b"", facts[1:], b"\n"))
        kinds = self._shapes[event.name].kinds
        words = " ".join(f"{name}={_worded(shown[name])}" for name in sorted(shown, key=lambda name: kinds[name] == "id"))
        level = f"{event.level.upper():7}"
        if self._colour:
            level, words = f"\x1b[{_COLOURS[event.level]}m{level}\x1b[0m", f"\x1b[2m{words}\x1b[0m"
        worker = f" [{self._worker}]" if self._worker is not None else ""
        return f"{self._time().decode()[11:]}{worker} {level} {event.message} {words}".rstrip().encode() + b"\n"

    def _time(self) -> bytes:
        """RFC 3339 in UTC, to the millisecond. Lines come together: those of a millisecond share it."""
        now_ms = int(self._wall() * 1000)
        if now_ms != self._now_ms:
            second, ms = divmod(now_ms, 1000)
            if second != self._second:
                self._second, self._up_to_second = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
            self._now_ms, self._stamp = now_ms, b"%b.%03dZ" % (self._up_to_second, ms)
        return self._stamp

    def _too_many(self, event: LogEvent, facts: Mapping[str, Any]) -> bool:
        """Whether a line is left out, because there were so many alike."""
        alike = self._shown(self._shapes[event.name].kinds, {name: value for name, value in facts.items() if name in _ALIKE})
        key = event, tuple(alike.items())
        now_s = self._clock()
        since_s, count = self._alike.get(key, (now_s, 0))
        if now_s - since_s >= BURST_S:
            self._told(key)
            since_s, count = now_s, 0
        self._alike[key] = since_s, count + 1
        if count + 1 == (event.burst or 0) + 1:
            with suppress(RuntimeError):  # without a loop it is told with the next one, or at the end
                asyncio.get_running_loop().call_later(max(0.0, since_s + BURST_S - now_s), self._told, key)
        return count >= (event.burst or 0)

    def _told(self, key: _Alike) -> None:
        """Tell how many lines were left out."""
        event, alike = key
        _, count = self._alike.pop(key, (0.0, 0))
        if count > (event.burst or 0):
            self.tell(log_fields.REPEATED, {"of": event.name, **dict(alike), "times": count - (event.burst or 0)})

    def _lost(self, count: int) -> bytes:
        """A line for the outlet's thread, which may not touch what the event loop uses."""
        return self._line(log_fields.LINES_LOST, {"times": count})


_ALIKE = frozenset(field.name for field in log_fields.REPEATED.fields)
"""Lines that have the same of these are alike."""


@lru_cache(maxsize=1024)  # clients come again
def _address(value: str) -> str:
    return value if _ADDRESS.fullmatch(value) else _OTHER


def _place(value: str) -> str:
    return value if _PLACE.fullmatch(value) else _OTHER


def _text(value: object) -> str:
    return _whole("; ".join(map(str, value)) if isinstance(value, tuple) else value)[:TEXT_CHARACTERS]


def _whole(value: object) -> str:
    """A text that can be written: half a pair of surrogates cannot."""
    return str(value).encode("utf-8", "replace").decode()


_RARE: Mapping[Kind, Callable[[Any], object]] = {
    "address": _address,
    "place": _place,
    "truth": bool,
    "text": _text,
    "content": _whole,
}
"""Kind -> what of a value may be shown."""


def _worded(value: object) -> str:
    """A value for people: without quotes where it is one word."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else _visible(orjson.dumps(value)).decode()


def _visible(data: bytes) -> bytes:
    """JSON in which nothing is left that a terminal acts upon."""
    return data if data.isascii() and b"\x7f" not in data else _UNSEEN.sub(_escaped, data.decode()).encode()


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def place_of(error: BaseException) -> str | None:
    """The place of a failure of ours, without any of the values that were there."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace is not None else None
