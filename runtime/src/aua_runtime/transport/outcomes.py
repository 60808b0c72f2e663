"""How a call ends that has no answer."""

from typing import Literal

Wait = Literal["connect", "first_token", "idle", "total"]


class Unreachable(Exception):  # noqa: N818 - outcomes of a call
    """No connection: refused, unknown name, forbidden address, failed handshake."""


class TimedOut(Exception):  # noqa: N818 - an outcome of a call
    """A wait reached its bound."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(wait)
        self.wait = wait


class Broken(Exception):  # noqa: N818 - an outcome of a call
    """The connection ended or turned into nonsense; `received` says whether any byte of the response had come."""

    def __init__(self, message: str, *, received: bool) -> None:
        super().__init__(message)
        self.received = received
