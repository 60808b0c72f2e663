"""Messages between an editor and the server: JSON-RPC 2.0 behind `Content-Length`, as the Language Server Protocol frames it."""

import json
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias

LONGEST_MESSAGE = 64 * 2**20
LONGEST_HEAD = 4096
_DIGITS_MAX = 12

Json: TypeAlias = dict[str, Any]

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
CANCELLED = -32800


@dataclass(frozen=True, slots=True)
class Broken:
    """A frame that holds no message, and how the protocol calls that."""

    code: int
    reason: str


class LostError(Exception):
    """The stream is no sequence of frames any more: where the next one begins cannot be known."""


class Wire:
    """Both directions of one connection."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading, self._writing = reading, writing

    def receive(self) -> Json | Broken | None:
        """The next message; None where the other side is gone."""
        length = self._length()
        if length is None:
            return None
        body = self._reading.read(length)
        if len(body) < length:
            return None
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            return Broken(PARSE_ERROR, f"this is no JSON: {type(error).__name__}")
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return Broken(INVALID_REQUEST, "a message is an object with `jsonrpc` 2.0")
        return message

    def _length(self) -> int | None:
        """The length that a frame's head tells."""
        length: int | None = None
        while line := self._reading.readline(LONGEST_HEAD):
            if not line.strip():
                if length is None:
                    raise LostError("a frame without Content-Length")
                return length
            name, colon, value = line.partition(b":")
            if not colon:
                raise LostError("a line that is no header")
            if name.strip().lower() == b"content-length":
                if not value.strip().isdigit() or len(value) > _DIGITS_MAX or int(value) > LONGEST_MESSAGE:
                    raise LostError("a Content-Length that is no length")
                length = int(value)
        return None

    def send(self, message: Json) -> None:
        """Send one message, all of it."""
        body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode("ascii")
        self._writing.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._writing.flush()
