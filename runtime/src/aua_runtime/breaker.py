"""A circuit breaker per specialist, and the budget that keeps retries from becoming the load. Both take the clock from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

BreakerState = Literal["closed", "open", "half_open"]

RESERVE = 3.0
"""Retries that a quiet specialist may use before its share of calls allows one, and the most that it can save up."""


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """Opens after `threshold` failures in a row; after `recovery_s` lets at most `half_open_max` probes through."""

    threshold: int
    recovery_s: float
    half_open_max: int


class Breaker:
    """Counts failures in a row. Each call asks `admit` and then says exactly once how it went: `succeed`, `fail` or `release`."""

    __slots__ = ("_clock", "_failures", "_limits", "_opened_s", "_probes")

    def __init__(self, limits: BreakerLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._failures = 0
        self._opened_s: float | None = None
        self._probes = 0

    @property
    def state(self) -> BreakerState:
        """`half_open` once the recovery time has passed, until a probe succeeds."""
        if self._opened_s is None:
            return "closed"
        return "half_open" if self._clock() - self._opened_s >= self._limits.recovery_s else "open"

    def admit(self) -> bool:
        """Whether a call may go out now."""
        match self.state:
            case "closed":
                return True
            case "half_open" if self._probes < self._limits.half_open_max:
                self._probes += 1
                return True
            case _:
                return False

    def succeed(self) -> None:
        """The server answered, if only to say that the request is wrong."""
        self._failures = 0
        self._opened_s = None
        self._probes = 0

    def fail(self) -> None:
        """The server did not answer, or said that it cannot."""
        self._failures += 1
        self._probes = max(0, self._probes - 1)
        if self._opened_s is not None or self._failures >= self._limits.threshold:
            self._opened_s = self._clock()

    def release(self) -> None:
        """The call was given up by its client: it says nothing about the server."""
        self._probes = max(0, self._probes - 1)


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
