"""Most frames of a stream are alike but for the words they bring. Those are recognised by their bytes and pass without being parsed."""

from aua_runtime.sse import FRAME_MAX_BYTES

_KEY = b'"content"'
_OPENINGS = (b'"content":"', b'"content": "')
TRIES = 16
"""Frames in a row that may differ from the one before in more than words, until a stream counts as one whose frames always do."""


class Mould:
    """What stands before and after the words in the frames of one stream.

    It is taken from a frame that has been parsed. A frame with the same bytes around words that hold no quote, no backslash and nothing
    unprintable is then the same JSON with other words: such a string stands for itself (RFC 8259, section 7).
    """

    __slots__ = ("_after", "_before", "_between", "_tries")

    def __init__(self) -> None:
        self._before = b""
        self._after = b""
        self._between = ""
        self._tries = TRIES

    def take(self, frame: bytes, words: str) -> None:
        """Take the form of a frame in which nothing but `words`, the content of its only choice, can matter."""
        if not self._tries or frame.count(_KEY) != 1 or b"\n" in frame or b"\r" in frame:
            return
        for opening in _OPENINGS:
            start = frame.find(opening) + len(opening)
            if start >= len(opening):
                break
        else:
            return
        end = frame.find(b'"', start)
        if frame[start:end] != words.encode():
            return  # escaped: the mould of another frame may fit
        self._tries -= 1
        self._before = frame[:start]
        self._after = frame[end:] + b"\n\n"
        self._between = (self._after + self._before).decode()

    def words_of(self, data: bytes) -> str | None:
        r"""The words of one or more whole frames of this form, one after the other; None where `data` is anything else.

        >>> mould = Mould()
        >>> mould.take(b'data: {"choices":[{"delta":{"content":"Hi"}}]}', "Hi")
        >>> mould.words_of(b'data: {"choices":[{"delta":{"content":" you"}}]}\n\n' * 2)
        ' you you'
        >>> mould.words_of(b'data: {"choices":[{"delta":{"content":"\\n"}}]}\n\n')
        """
        before, after = self._before, self._after
        if (
            not before
            or not data.startswith(before)
            or not data.endswith(after)
            or not len(before) + len(after) <= len(data) < FRAME_MAX_BYTES
        ):
            return None
        try:
            words = data[len(before) : -len(after)].decode()
        except UnicodeDecodeError:
            return None
        if '"' in words:
            words = words.replace(self._between, "")
            if '"' in words:
                return None
        if "\\" in words or not words.isprintable():
            return None
        self._tries = TRIES
        return words
