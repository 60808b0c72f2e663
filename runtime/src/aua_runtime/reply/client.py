"""One request's way back to its client, whichever words it speaks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from aua_runtime.contract.errors import Failure
from aua_runtime.request import Answer, Request

if TYPE_CHECKING:
    from aua_runtime.upstream.stream import Piece


class Client(Protocol):
    """One request's way back to its client."""

    started: bool

    async def begin(self, request: Request, answer: Answer | None) -> None:
        """Send the head of a stream; `answer` names the specialist where it is known already."""

    async def relay(self, request: Request, pieces: "list[Piece]") -> None:
        """Pass on frames of a specialist's stream."""

    def offer(self, frames: bytes) -> bool:
        """Send frames now; False, and nothing is sent, where the client has yet to read what went before."""

    async def frames(self, frames: bytes) -> None:
        """Send frames once the client is ready."""

    def words(self, frames: bytes, words: str) -> bytes:
        """Frames of a specialist that hold nothing but `words`, in the client's dialect."""

    async def heartbeat(self) -> None:
        """Show that the stream is alive."""

    async def event(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell what happens meanwhile, where the client's dialect has words for it."""

    async def relayed(self, request: Request, answer: Answer) -> None:
        """End a relayed stream, or send the specialist's whole body as it is."""

    async def decided(self, request: Request, answer: Answer) -> None:
        """Send an answer that was withheld until now."""

    async def fail(self, failure: Failure, trace_id: str, more: str) -> None:
        """Say that there is no answer: as a status, with `more` headers, while nothing was sent, else as an event, without a false end."""
