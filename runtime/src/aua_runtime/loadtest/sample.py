"""What is known of one request of a load."""

import dataclasses
from dataclasses import dataclass

from aua_runtime.contract.errors import DEADLINE_EXCEEDED, SPECIALIST_TIMEOUT

UNFINISHED = "unfinished"
"""The outcome of a request that is still open, or was when the load was ended early: nobody knows what would have come of it."""

_WAITED = frozenset({"ok", UNFINISHED, SPECIALIST_TIMEOUT.name, DEADLINE_EXCEEDED.name})


@dataclass(slots=True)
class Sample:
    """Times are seconds after the load began; those that never came are None. `outcome` is `ok` or the code of what went wrong."""

    asked_field: str  # that the prompt was made for; empty where nobody knows
    due_s: float
    sent_s: float
    streamed: bool = False
    first_s: float | None = None  # the first content arrived
    ended_s: float | None = None
    gaps_s: list[float] = dataclasses.field(default_factory=list)  # between one piece of content and the next
    outcome: str = UNFINISHED
    status: int = 0
    field: str = ""
    specialist: str = ""
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def waited(self) -> bool:
        """Whether it was waited for: until its answer, or in vain. What was refused at once would make a slow server look fast."""
        return self.outcome in _WAITED or self.outcome.startswith("timeout_")

    def first_after_s(self, now_s: float) -> float | None:
        """How long after it was due its first token came; the time that it was waited for where none came. None where none was to come."""
        if not self.waited or (self.first_s is None and (self.outcome == "ok" or not self.streamed)):
            return None
        return (self.first_s if self.first_s is not None else self.ended_s or now_s) - self.due_s

    def ended_after_s(self, now_s: float) -> float | None:
        """How long after it was due it ended, or was still open; None where nobody waited for it."""
        return (self.ended_s if self.ended_s is not None else now_s) - self.due_s if self.waited else None

    @property
    def late_s(self) -> float:
        """How much later than due it was sent: the load's own delay, not the router's."""
        return self.sent_s - self.due_s
