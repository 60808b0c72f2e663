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


class FrameTooLong(Exception):
    """A frame did not end within FRAME_MAX_BYTES."""


class Frames:
    """Collects bytes and gives whole frames, each without the blank line that ends it. What lies before `at` in `buffer` has been given."""

    __slots__ = ("_returns", "at", "buffer")

    def __init__(self) -> None:
        self.buffer = b""
        self.at = 0
        self._returns = False  # whether a line may end in something else than a line feed

    def add(self, data: bytes) -> None:
        self.buffer = self.buffer[self.at :] + data if self.at < len(self.buffer) else data
        self.at = 0
        self._returns = b"\r" in self.buffer

    def next(self) -> bytes | None:
        r"""The next frame that is complete; None when all have been given.

        >>> frames = Frames()
        >>> frames.add(b"data: 1\n\ndata: 2\r\n\r\nda")
        >>> frames.next(), frames.next(), frames.next()
        (b'data: 1', b'data: 2', None)
        """
        while True:
            start = self.at
            if self._returns:
                blank = _BLANK_LINE.search(self.buffer, start)
                stop, self.at = blank.span() if blank is not None else (-1, start)
            else:
                stop = self.buffer.find(b"\n\n", start)
                self.at = stop + 2 if stop >= 0 else start
            if stop < 0:
                if len(self.buffer) - start > FRAME_MAX_BYTES:
                    raise FrameTooLong
                return None
            if frame := self.buffer[start:stop].strip(b"\r\n"):
                return frame

    def rest(self) -> bytes:
        """Give also what came after the last blank line: a last frame that its sender did not end, or nothing."""
        frame = self.buffer[self.at :].strip(b"\r\n")
        self.at = len(self.buffer)
        return frame


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
