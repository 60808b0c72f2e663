"""A circuit breaker per server, and the budget that keeps retries from becoming the load. Both take the clock from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

BreakerState = Literal["closed", "open", "half_open"]

RESERVE = 3.0
"""Retries that a quiet specialist may use before its share of calls allows one, and the most that it can save up."""


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """Opens after `threshold` failures in a row, or when of the last `window` calls a share of `failing_share` failed or was slow.

    A call is slow that took more than `slow_share` of the time it may take. A `window` of 0 looks at failures in a row alone. After
    `recovery_s` at most `half_open_max` probes are let through.
    """

    threshold: int
    recovery_s: float
    half_open_max: int
    window: int = 0
    failing_share: float = 1.0
    slow_share: float = 1.0


class Breaker:
    """Each call asks `admit` for the period it belongs to, and then says exactly once how it went: `succeed`, `fail` or `release`.

    A period ends whenever the breaker opens, lets probes through, or closes. What a call of an earlier period says is not heard: those
    that were under way when it opened would close it again, or open it for longer.
    """

    __slots__ = ("_bad", "_clock", "_failures", "_mask", "_opened_s", "_period", "_probes", "_recent", "_seen", "limits")

    def __init__(self, limits: BreakerLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._period = 1
        self._failures = 0
        self._recent = 0  # one bit per call of the window, 1 for bad ones; the latest is the lowest
        self._seen = 0
        self._mask = (1 << limits.window) - 1
        self._bad = limits.window * limits.failing_share  # from so many on it opens
        self._opened_s: float | None = None
        self._probes: int | None = None  # under way; None before the first

    @property
    def state(self) -> BreakerState:
        """`half_open` once the recovery time has passed, until a probe succeeds."""
        if self._opened_s is None:
            return "closed"
        return "half_open" if self._clock() - self._opened_s >= self.limits.recovery_s else "open"

    def admit(self) -> int:
        """The period that a call belongs to which may go out now; 0 if none may."""
        if self._opened_s is None:
            return self._period
        if self.state == "open":
            return 0
        if self._probes is None:
            self._period += 1
            self._probes = 0
        if self._probes >= self.limits.half_open_max:
            return 0
        self._probes += 1
        return self._period

    def succeed(self, period: int, *, slow: bool = False) -> None:
        """The server answered, if only to say that the request is wrong."""
        if period != self._period:
            return
        if self._opened_s is None:
            self._failures = 0
            if self._mask:
                self._note(bad=slow)
        elif slow:
            self._open()
        else:
            self._opened_s = None
            self._begin()

    def fail(self, period: int) -> None:
        """The server did not answer, or said that it cannot."""
        if period != self._period:
            return
        self._failures += 1
        if self._opened_s is not None or self._failures >= self.limits.threshold:
            self._open()
        elif self._mask:
            self._note(bad=True)

    def release(self, period: int) -> None:
        """The call was given up by its client: it says nothing about the server."""
        if period == self._period and self._probes:
            self._probes -= 1

    def _note(self, *, bad: bool) -> None:
        self._recent = (self._recent << 1 | bad) & self._mask
        self._seen += 1
        if bad and self._seen >= self.limits.window and self._recent.bit_count() >= self._bad:
            self._open()

    def _open(self) -> None:
        self._opened_s = self._clock()
        self._begin()

    def _begin(self) -> None:
        self._period += 1
        self._failures = 0
        self._recent = 0
        self._seen = 0
        self._probes = None


class RetryBudget:
    """Each call earns `share` of a retry; each retry costs one. An outage then adds at most that share to the load.

    After "Handling Overload" in Google's Site Reliability Engineering (2016), section "Deciding to Retry".
    """

    __slots__ = ("_saved", "_share")

    def __init__(self, share: float) -> None:
        self._share = share
        self._saved = RESERVE if share else 0.0

    def earn(self) -> None:
        self._saved = min(RESERVE, self._saved + self._share)

    def spend(self) -> bool:
        """Take one retry if there is one."""
        if self._saved < 1:
            return False
        self._saved -= 1
        return True
