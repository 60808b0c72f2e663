"""What is known of one request of a load."""

import dataclasses
from dataclasses import dataclass

UNFINISHED = "unfinished"
"""The outcome of a request that was cut off when the load was ended early: nobody knows what would have come of it."""


@dataclass(slots=True)
class Sample:
    """Times are seconds after the load began; those that never came are None. `outcome` is `ok` or the code of what went wrong."""

    asked_field: str  # that the prompt was made for; empty where nobody knows
    due_s: float
    sent_s: float
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
    def late_s(self) -> float:
        """How much later than due it was sent: the load's own delay, not the router's."""
        return self.sent_s - self.due_s
