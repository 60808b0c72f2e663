"""Which requests are recorded: those of a caller that records, of the others a share, and of all at most so many a second."""

from collections.abc import Callable

from aua_runtime.contract.settings import TracingSettings

SAMPLED = 0b01
RANDOM_DIGITS = 14
"""Of a trace id, the last: 56 bits that are random where any of it is (W3C Trace Context 2, section "Random Trace ID Flag")."""


class Sampler:
    """Decides. The bound on requests per second is kept by each process, with a second's worth to spend at once."""

    __slots__ = ("_at_s", "_clock", "_left")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at_s = float("-inf")
        self._left = 0.0

    def records(self, trace_id: str, caller_records: bool | None, settings: TracingSettings) -> bool:  # noqa: FBT001 - None: no caller said
        """Whether a request is recorded. Routers with the same settings decide alike on the same trace, within the bound."""
        if caller_records is None or not settings.trust_caller:
            wanted = int(trace_id[-RANDOM_DIGITS:], 16) < settings.sample_ratio * 16**RANDOM_DIGITS
        else:
            wanted = caller_records
        return wanted and self._spends(settings.max_per_s)

    def _spends(self, per_s: float) -> bool:
        now_s = self._clock()
        self._left = min(per_s, self._left + (now_s - self._at_s) * per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
