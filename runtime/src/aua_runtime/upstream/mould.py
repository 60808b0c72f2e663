"""Most frames of a stream are alike but for the words they bring. Those are recognised by their bytes and pass without being parsed."""

from aua_runtime.sse import FRAME_MAX_BYTES

TRIES = 16
"""Frames in a row that may differ from the one before in more than words, until a stream counts as one whose frames always do."""


class Mould:
    """What stands before and after the words in the frames of one stream.

    It is taken from a frame that has been parsed. A frame with the same bytes around words that hold no quote, no backslash and nothing
    unprintable is then the same JSON with other words: such a string stands for itself (RFC 8259, section 7).
    """

    __slots__ = ("_after", "_before", "_tries")

    def __init__(self) -> None:
        self._before = b""
        self._after = b""
        self._tries = TRIES

    def take(self, frame: bytes, key: bytes, words: str) -> None:
        """Take the form of a frame in which nothing but `words`, the value of `key`, can matter."""
        name = b'"' + key + b'"'
        if not self._tries or frame.count(name) != 1 or b"\n" in frame or b"\r" in frame:
            return
        colon = frame.find(name) + len(name)
        start = colon + (3 if frame.startswith(b': "', colon) else 2)
        if frame[colon:start] not in {b':"', b': "'}:
            return
        end = frame.find(b'"', start)
        if frame[start:end] != words.encode():
            return  # escaped: the mould of another frame may fit
        self._tries -= 1
        self._before = frame[:start]
        self._after = frame[end:] + b"\n\n"

    def fits(self, buffer: bytes, at: int) -> bool:
        """Whether the frame that begins there may be of this form."""
        return bool(self._before) and buffer.startswith(self._before, at)

    def words_in(self, buffer: bytes, at: int) -> tuple[str, int]:
        r"""The words of the whole frames of this form that follow each other from `at`, and where these frames end.

        >>> mould = Mould()
        >>> mould.take(b'data: {"choices":[{"delta":{"content":"Hi"}}]}', b"content", "Hi")
        >>> mould.words_in(b'data: {"choices":[{"delta":{"content":" you"}}]}\n\n' * 2 + b"data: [DONE]", 0)
        (' you you', 96)
        >>> mould.words_in(b'data: {"choices":[{"delta":{"content":"\\n"}}]}\n\n', 0)
        ('', 0)
        """
        before, after = self._before, self._after
        found = []
        while before and buffer.startswith(before, at):
            start = at + len(before)
            stop = buffer.find(after, start, start + FRAME_MAX_BYTES)
            if stop < 0:
                break
            try:
                words = buffer[start:stop].decode()
            except UnicodeDecodeError:
                break
            if '"' in words or "\\" in words or not words.isprintable():
                break
            found.append(words)
            at = stop + len(after)
        if found:
            self._tries = TRIES
        return "".join(found), at
