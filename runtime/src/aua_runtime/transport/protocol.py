"""What the router needs of a transport; tests bring their own."""

from collections.abc import Callable, Mapping
from typing import Protocol

from aua_runtime.transport.address import Address
from aua_runtime.transport.outcomes import Wait


class Exchange(Protocol):
    """One response whose head has arrived."""

    status: int
    headers: Mapping[bytes, bytes]  # names in lower case

    @property
    def ended(self) -> bool:
        """Whether all of the response has been read."""

    async def read(self, seconds: float, wait: Wait) -> bytes:
        """The bytes that have come, or the next; empty at the end. TimedOut after `seconds`, Broken when cut off."""

    def tap(self, take: Callable[[bytes], bool], seconds: float) -> None:
        """From now on offer what comes to `take` while a `read` waits.

        What it takes is not read, and the wait begins anew, all waits together within `seconds`.
        """

    def close(self, *, ended: bool = False) -> None:
        """Give the connection back, or cut it off when the response has not ended: that is how a model server learns to stop.

        `ended` says that only the end of the transfer itself may still be missing; it is then waited for in the background.
        """


class Transport(Protocol):
    """Sends requests."""

    async def open(self, address: Address, head: bytes, body: bytes, *, connect_s: float, first_s: float) -> Exchange:
        """Send a request and wait for the head of its response, all in `first_s`. Unreachable, TimedOut or Broken when there is none."""

    def close(self) -> None:
        """Cut all connections."""
