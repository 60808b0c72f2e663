"""How a call ends that has no answer."""

from typing import Literal

Wait = Literal["connect", "first_token", "idle", "total"]


class Unreachable(Exception):
    """No connection: refused, unknown name, forbidden address, failed handshake."""


class TimedOut(Exception):
    """A wait reached its bound."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(wait)
        self.wait = wait


class Broken(Exception):
    """The connection ended or turned into nonsense; `received` says whether any byte of the response had come."""

    def __init__(self, message: str, *, received: bool) -> None:
        super().__init__(message)
        self.received = received
