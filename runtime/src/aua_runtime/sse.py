"""Server-sent events as bytes: splitting a stream into frames wherever its chunks end, and reading and writing one frame.

The format is the WHATWG HTML standard's, section 9.2.6 "Interpreting an event stream".
"""

import re

import orjson

FRAME_MAX_BYTES = 1024 * 1024
"""Longest frame: a token's frame is under 1 kB, one with a whole tool call or many log-probabilities stays far below this."""

DONE = b"data: [DONE]\n\n"
HEARTBEAT = b": heartbeat\n\n"

_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))")
_LINE_END = re.compile(rb"\r\n|\n|\r")


class FrameTooLong(Exception):  # noqa: N818 - an outcome of a stream
    """A frame did not end within FRAME_MAX_BYTES."""


class Frames:
    """Collects bytes and gives whole frames, each without the blank line that ends it."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def whole(self, data: bytes) -> tuple[bytes, bytes]:
        r"""The frames that end in two line feeds now, as they came, and what follows them, for whoever needs not have them apart.

        Nothing is collected: `keep` the rest where the frames were of use, `feed` the same data where not.

        >>> Frames().whole(b"data: 1\n\ndata: 2\n\nda")
        (b'data: 1\n\ndata: 2\n\n', b'da')
        """
        buffer = self._rest + data if self._rest else data
        if buffer.endswith(b"\n\n"):
            return buffer, b""
        end = buffer.rfind(b"\n\n") + 2
        return (buffer[:end], buffer[end:]) if 1 < end >= len(buffer) - FRAME_MAX_BYTES else (b"", buffer)

    def keep(self, rest: bytes) -> None:
        """Wait for the end of the frame that `rest` begins."""
        self._rest = rest

    def feed(self, data: bytes) -> list[bytes]:
        r"""The frames that are complete now.

        >>> frames = Frames()
        >>> frames.feed(b"data: 1\n"), frames.feed(b"\ndata: 2\r\n\r\nda")
        ([], [b'data: 1', b'data: 2'])
        """
        buffer = self._rest + data if self._rest else data
        pieces = _BLANK_LINE.split(buffer) if b"\r" in buffer else buffer.split(b"\n\n")
        self._rest = pieces.pop()
        if len(self._rest) > FRAME_MAX_BYTES:
            raise FrameTooLong
        return [piece.lstrip(b"\r\n") for piece in pieces if piece.strip(b"\r\n")]

    def rest(self) -> bytes:
        """What came after the last blank line: a last frame that its sender did not end, or nothing."""
        return self._rest.strip(b"\r\n")


def data_of(frame: bytes) -> bytes:
    r"""The data of a frame; empty for comments.

    >>> data_of(b"event: x\ndata: 1\ndata:2"), data_of(b": still here")
    (b'1\n2', b'')
    """
    if frame.startswith(b"data: ") and b"\n" not in frame and b"\r" not in frame:
        return frame[6:]
    if frame.startswith(b":") and b"data:" not in frame:
        return b""
    found = [line[5:] for line in _LINE_END.split(frame) if line.startswith(b"data:")]
    return b"\n".join(line.removeprefix(b" ") for line in found)


def frame_of(data: object, event: str | None = None) -> bytes:
    """A frame that holds `data` as JSON, with the blank line that ends it."""
    body = b"data: " + orjson.dumps(data) + b"\n\n"
    return body if event is None else b"event: " + event.encode() + b"\n" + body
