"""What happened: kept in SQLite, or in Postgres for several routers at once. Questions and answers are not stored.

A record is committed at most 20 ms or 256 rows after it was made. `Recorder.record` gives something to await that resolves at the commit:
that is the acknowledgement.
"""

from typing import Protocol

from aua_runtime.state.groups import Acknowledgement, Record, StateLost
from aua_runtime.state.migrations import StateUnusable
from aua_runtime.state.recording import recorded

__all__ = ["Acknowledgement", "Record", "Recorder", "StateLost", "StateUnusable", "recorded"]


class Recorder(Protocol):
    """Keeps records."""

    def record(self, record: Record) -> Acknowledgement:
        """Keep a record; the acknowledgement resolves when it is committed, or raises StateLost with the reason why it is not."""

    @property
    def healthy(self) -> bool:
        """Whether the latest commit went well, and nothing was lost since."""

    async def close(self) -> None:
        """Commit what waits, then stop."""
