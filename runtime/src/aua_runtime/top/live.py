"""The loop of the screen: wait for keys, signals or something new, and show what came of it."""

import os
import signal
import sys
import time
from dataclasses import dataclass

from aua_runtime.looks import takes_colour
from aua_runtime.status.watch import Picture, Watch
from aua_runtime.top.ansi import Screen
from aua_runtime.top.lines import Line, line
from aua_runtime.top.looker import Looker
from aua_runtime.top.page import page
from aua_runtime.top.sections import tables
from aua_runtime.top.terminal import ENDING, Gone, Terminal
from aua_runtime.top.view import View, pressed

TICK_S = 1.0
"""How often the screen says for how long no answer has come."""
LATE_S = 2.0
"""From when on it does."""


def live(watch: Watch, interval_s: float) -> int:
    """Show what is watched until a key or a signal ends it; the exit code. A signal other than Ctrl-C ends the program as it would have."""
    ended_by: signal.Signals | None = None
    try:
        with Terminal() as terminal:
            looker = Looker(watch.look, interval_s, terminal.wake)
            looker.start()
            ended_by = _Session(terminal, looker, Screen(colour=takes_colour(sys.stdout, os.environ)), View(interval_s)).run()
    except Gone:
        return 0
    if ended_by in {signal.SIGTERM, signal.SIGHUP}:
        sys.stdout.flush()
        signal.signal(ended_by, signal.SIG_DFL)
        os.kill(os.getpid(), ended_by)
    return 0


@dataclass(slots=True)
class _Session:
    terminal: Terminal
    looker: Looker
    screen: Screen
    view: View
    _frozen: Picture | None = None  # what shows while paused

    def run(self) -> signal.Signals | None:
        """Until it is ended; the signal that did so, None for a key."""
        while True:
            if self.looker.failure is not None:
                raise self.looker.failure
            self._show()
            for event in self.terminal.events(TICK_S):
                if isinstance(event, str):
                    self._press(event)
                elif event in ENDING:
                    return event
                elif event == signal.SIGTSTP:
                    self.terminal.stop()
                    self.screen.forget()
                elif event == signal.SIGCONT:
                    self.terminal.resume()
                    self.screen.forget()
            if self.view.ended:
                return None

    def _press(self, key: str) -> None:
        if key == "redraw":
            self.screen.forget()
        picture = self._picture()
        before, self.view = self.view, pressed(self.view, key, tables(picture) if picture is not None else ())
        if self.view.paused and not before.paused:
            self._frozen = self.looker.picture
        if self.view.interval_s != before.interval_s:
            self.looker.interval_s = self.view.interval_s
            self.looker.hurry()

    def _picture(self) -> Picture | None:
        return self._frozen if self.view.paused and self._frozen is not None else self.looker.picture

    def _show(self) -> None:
        width, height = self.terminal.size()
        asking_s = time.monotonic() - self.looker.since_s - self.view.interval_s
        picture = self._picture()
        lines: list[Line] = (
            page(picture, self.view, width, height, asking_s=asking_s if asking_s > LATE_S else 0.0)
            if picture is not None
            else [line(f"Asking for {max(0.0, asking_s + self.view.interval_s):.0f} s; q ends it."[:width])]
        )
        written = self.screen.update(lines, width, height)
        if written:
            self.terminal.write(written)
