"""Looks in a thread of its own, so that a router that does not answer holds up neither keys nor the screen."""

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

from aua_runtime.status.watch import Picture


class Looker:
    """Calls `look` again and again and keeps what it gave last. `seen` is called, in the thread, whenever there is something new."""

    def __init__(self, look: Callable[[], Picture], interval_s: float, seen: Callable[[], None]) -> None:
        self.interval_s = interval_s
        self.picture: Picture | None = None
        self.failure: BaseException | None = None
        self.since_s = time.monotonic()
        """When the look began that is under way."""
        self._look = look
        self._seen = seen
        self._sooner = Event()
        self._thread = Thread(target=self._run, daemon=True)  # it may hang in a server that never ends its answer

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def hurry(self) -> None:
        """Look now, and from now on as often as `interval_s` says."""
        self._sooner.set()

    def _run(self) -> None:
        try:
            while True:
                self.since_s = time.monotonic()
                self.picture = _kept(self._look(), self.picture)
                self._seen()
                self._sooner.wait(max(0.0, self.since_s + self.interval_s - time.monotonic()))
                self._sooner.clear()
        except BaseException as failure:  # noqa: BLE001 - raised again where the terminal is given back
            self.failure = failure
            self._seen()


def _kept(now: Picture, before: Picture | None) -> Picture:
    """A picture in which what was seen last stays while no router answers."""
    if now.reading is not None or before is None:
        return now
    return replace(before, routers=now.routers, restarts=())
