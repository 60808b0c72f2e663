"""A model server that costs next to nothing: each answer is the same, whole or as a stream of events at a steady pace.

A process of its own: `python -m bench.backend` prints its port, then serves until it is ended. A request for a stream says in a field of
its own how it is to go: `"bench": "100/5"` is 100 events, 5 ms apart; 0 ms sends them all at once.
"""

import asyncio
import re

import uvloop

MARK = b"answered by the bench"
_TEXT = b"This text is " + MARK + b". " + b"It is as long as a short answer of a real model would be, and no two words of it matter. " * 7
WHOLE = (
    b'{"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"' + _TEXT + b'"},"logprobs":null,"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":80,"completion_tokens":120,"total_tokens":200}}'
)
"""1 kB, what a chat completion of a hundred tokens is."""
RESPONSE = b"HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(WHOLE) + WHOLE
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
_CHUNK = b'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":[%b]%b}\n\n'


def _chunked(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


ROLE = _chunked(_CHUNK % (b'{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}', b""))
CONTENT = _chunked(_CHUNK % (b'{"index":0,"delta":{"content":" matter"},"logprobs":null,"finish_reason":null}', b""))
END = (
    _chunked(_CHUNK % (b'{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}', b""))
    + _chunked(_CHUNK % (b"", b',"usage":{"prompt_tokens":80,"completion_tokens":120,"total_tokens":200}'))
    + _chunked(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


_PACE = re.compile(rb'"bench": ?"(\d+)/([\d.]+)"')


class Backend(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._rest = b""
        self._every_s = 0.0
        self._transport: asyncio.Transport | None = None
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's transport is one that can write

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - what the event loop passes
        self._transport = None

    def data_received(self, data: bytes) -> None:
        buffer = self._rest + data if self._rest else data
        while (head := buffer.find(b"\r\n\r\n")) >= 0:
            lines = buffer[:head].lower()
            at = lines.find(b"content-length:")
            length = int(lines[at + 15 : lines.find(b"\r", at) if b"\r" in lines[at:] else len(lines)]) if at >= 0 else 0
            if len(buffer) < head + 4 + length:
                break
            self._answer(buffer[head + 4 : head + 4 + length])
            buffer = buffer[head + 4 + length :]
        self._rest = buffer

    def _answer(self, body: bytes) -> None:
        assert self._transport is not None
        pace = _PACE.search(body)
        if pace is None:
            self._transport.write(RESPONSE)
            return
        events, self._every_s = int(pace[1]), float(pace[2]) / 1000
        if not self._every_s:
            self._transport.write(STREAM_HEAD + ROLE + CONTENT * events + END)
            return
        self._left = events
        self._transport.write(STREAM_HEAD + ROLE)
        asyncio.get_running_loop().call_later(self._every_s, self._next)

    def _next(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._left == 0:
            self._transport.write(END)
            return
        self._left -= 1
        self._transport.write(CONTENT)
        asyncio.get_running_loop().call_later(self._every_s, self._next)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Backend, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


if __name__ == "__main__":
    main()
