"""How a command looks on what it writes to: whether in colour, how wide, and how one that takes long shows that it lives.

Commands of the compiler and of the runtime ask here. What goes into a file or a pipe is whole, without colour and without progress.
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, TypeVar

if TYPE_CHECKING:
    from threading import Event

T = TypeVar("T")

QUIET_S = 1.0
"""How long a command may take before it shows progress."""

CLEAR = "\r\x1b[K"
"""Takes away the line that the cursor is in."""


def takes_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether text for a stream is coloured: a terminal that can, unless somebody said otherwise.

    NO_COLOR (https://no-color.org) goes first, then FORCE_COLOR and CLICOLOR_FORCE, then CLICOLOR=0 and TERM=dumb.
    """
    if environment.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if said := environment.get(name):
            return said != "0"
    return stream.isatty() and environment.get("CLICOLOR") != "0" and environment.get("TERM") != "dumb"


def width_of(stream: TextIO, environment: Mapping[str, str]) -> int | None:
    """The columns of the terminal that a stream goes to; COLUMNS wins. None where it goes to no terminal: nothing is cut there."""
    return _columns_of(stream, environment) if stream.isatty() else None


def room_of(stream: TextIO, environment: Mapping[str, str], otherwise: int) -> int:
    """The columns for text that is wrapped, so that nothing is lost in a file either: COLUMNS, the terminal's, or `otherwise`."""
    return _columns_of(stream, environment) or otherwise


def _columns_of(stream: TextIO, environment: Mapping[str, str]) -> int | None:
    said = environment.get("COLUMNS", "")
    if said.isdigit() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def takes_progress(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a line that is taken away again may be shown: to a person at a terminal, not to what keeps a log."""
    return stream.isatty() and not environment.get("CI") and environment.get("TERM") != "dumb"


def progress(things: Sequence[T], doing: str, stream: TextIO | None = None) -> Iterator[T]:
    """Each of `things`; on a terminal (standard error) a line says how far it is, once it has taken a second."""
    stream = sys.stderr if stream is None else stream
    shows = takes_progress(stream, os.environ)
    began, shown = time.monotonic(), False
    try:
        for done, thing in enumerate(things):
            if shows and time.monotonic() - began > QUIET_S:
                shown = True
                stream.write(f"{CLEAR}{doing}: {done} of {len(things)}")
                stream.flush()
            yield thing
    finally:
        if shown:
            stream.write(CLEAR)
            stream.flush()


@contextmanager
def working(doing: str, stream: TextIO | None = None, *, shows: bool = True) -> Iterator[None]:
    """While what is inside runs: on a terminal (standard error) a line says what is done and for how long, once it has taken a second.

    What is inside writes nothing.
    """
    stream = sys.stderr if stream is None else stream
    if not (shows and takes_progress(stream, os.environ)):
        yield
        return
    from threading import Event, Thread

    ended = Event()
    line = Thread(target=_show, args=(doing, ended, stream), daemon=True)
    line.start()
    try:
        yield
    finally:
        ended.set()
        line.join()


def _show(doing: str, ended: "Event", stream: TextIO) -> None:
    began = time.monotonic()
    if ended.wait(QUIET_S):
        return
    room = room_of(stream, os.environ, 80) - len(" 1000 s") - 1  # a line that wraps could not be taken away
    while True:
        stream.write(f"{CLEAR}{doing[:room]} {time.monotonic() - began:.0f} s")
        stream.flush()
        if ended.wait(1.0):
            break
    stream.write(CLEAR)
    stream.flush()
