"""Bytes that no client library sends: each has its status, none gets a 500, none hangs, and the connection is right afterwards.

What is refused follows RFC 9110 and RFC 9112; where they leave a choice, the router closes.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from aua_runtime.plan import Limits
from harness import Router, Wire, completion, models, router, streams, two_fields

ANSWER_S = 5.0
"""Bound of each wait for a response. Every case answers at once unless something is broken."""
LIMITS = Limits(body_bytes=100_000, header_bytes=8_000, connections=50, streams=10)

After = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Case:
    """Raw bytes, the statuses of the responses to them in order, and whether the connection serves another request afterwards."""

    name: str
    sent: bytes
    statuses: tuple[int, ...]
    after: After = "closed"


HOST = b"Host: 127.0.0.1\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n"
CHAT = {"model": "aua", "messages": [{"role": "user", "content": "alpha"}]}


def get(target: bytes = b"/health/live", *lines: bytes, method: bytes = b"GET", host: bytes = HOST, version: bytes = b"1.1") -> bytes:
    return method + b" " + target + b" HTTP/" + version + b"\r\n" + host + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def post(
    body: bytes, *lines: bytes, path: bytes = b"/v1/chat/completions", length: bytes | None = None, media: bytes = b"application/json"
) -> bytes:
    size = b"Content-Length: %b\r\n" % (length if length is not None else b"%d" % len(body))
    head = b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Type: " + media + b"\r\n" + size
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def chunked(*parts: bytes, coding: bytes = b"chunked") -> bytes:
    """A chat whose body is exactly these bytes, announced as chunked."""
    head = (
        b"POST /v1/chat/completions HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nTransfer-Encoding: " + coding + b"\r\n\r\n"
    )
    return head + b"".join(parts)


def piece(data: bytes, extension: bytes = b"") -> bytes:
    return b"%x%b\r\n%b\r\n" % (len(data), extension, data)


def chat(**more: object) -> bytes:
    return json.dumps({**CHAT, **more}).encode()


def chat_with(text: bytes) -> bytes:
    """A chat with an unknown key whose value is exactly these bytes."""
    return chat()[:-1] + b', "unknown": ' + text + b"}"


END = b"0\r\n\r\n"

REQUEST_LINES = (
    Case("plain", LIVE, (200,), "open"),
    Case("unknown method", get(method=b"BREW"), (400,)),
    Case("lower-case method", get(method=b"get"), (400,)),
    Case("method with a line feed", get(method=b"G\nET"), (400,)),
    Case("method that is known and not ours", get(method=b"PATCH"), (405,), "open"),
    Case("TRACE is not answered with what was sent", get(method=b"TRACE"), (405,), "open"),
    Case("CONNECT", b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + HOST + b"\r\n", (404,)),
    Case("HEAD", get(method=b"HEAD"), (200,), "open"),
    Case("HEAD of what is not there", get(b"/nothing", method=b"HEAD"), (404,), "open"),
    Case("HEAD where only POST is", get(b"/v1/chat/completions", method=b"HEAD"), (405,), "open"),
    Case("OPTIONS that is no preflight", get(method=b"OPTIONS"), (405,), "open"),
    Case("OPTIONS of the server", get(b"*", method=b"OPTIONS"), (404,), "open"),
    Case("asterisk with another method", get(b"*"), (404,), "open"),
    Case("absolute form", get(b"http://127.0.0.1/health/live"), (200,), "open"),
    Case("absolute form that names another host than Host does", get(b"http://evil.example/health/live"), (421,), "open"),
    Case(
        "absolute form with a foreign Host beside it", get(b"http://127.0.0.1/health/live", host=b"Host: evil.example\r\n"), (200,), "open"
    ),
    Case("authority form", get(b"127.0.0.1:80"), (400,)),
    Case("target without a slash", get(b"health/live"), (400,)),
    Case("empty target", b"GET  HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    Case("target with a space", get(b"/health/live extra"), (400,)),
    Case("target with a NUL", get(b"/health/\x00live"), (400,)),
    Case("target with an encoded NUL", get(b"/health/live%00"), (404,), "open"),
    Case("target with bytes that are not ASCII", get(b"/health/\xff\xfe"), (400,)),
    Case("target with broken escapes", get(b"/health/%zz%"), (404,), "open"),
    Case("target with escapes that are not UTF-8", get(b"/health/%ff%fe"), (404,), "open"),
    Case("target that climbs", get(b"/health/../../etc/passwd"), (404,), "open"),
    Case("target with an escaped slash", get(b"/health%2Flive"), (200,), "open"),
    Case("target with a query", get(b"/health/live?a=%00&b"), (200,), "open"),
    Case("target with a fragment", get(b"/health/live#x"), (404,), "open"),
    Case("target longer than a head may be", get(b"/" + b"a" * 20_000), (431,)),
    Case("version 1.0 closes", get(version=b"1.0"), (200,)),
    Case("version 1.0 needs no Host", get(version=b"1.0", host=b""), (200,)),
    Case("version 0.9", b"GET /health/live\r\n\r\n", (505,)),
    Case("version 2.0", get(version=b"2.0"), (505,)),
    Case("version 1.9", get(version=b"1.9"), (400,)),
    Case("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,)),
    Case("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), (400,)),
    Case("nothing but NULs", bytes(512), (400,)),
    Case("words", b"hello router, are you there?\r\n\r\n", (400,)),
    Case("empty lines before a request", b"\r\n\r\n" + LIVE, (200,), "open"),
)

HEADERS = (
    Case("no Host", get(host=b""), (400,), "open"),
    Case("two Hosts", get(host=HOST + HOST), (400,)),
    Case("two Hosts that differ", get(host=HOST + b"Host: evil.example\r\n"), (400,)),
    Case("foreign Host", get(host=b"Host: evil.example\r\n"), (421,), "open"),
    Case("Host with a user", get(host=b"Host: 127.0.0.1@evil.example\r\n"), (400,), "open"),
    Case("Host with a path", get(host=b"Host: 127.0.0.1/evil.example\r\n"), (400,), "open"),
    Case("Host with a space", get(host=b"Host: 127.0.0.1 evil.example\r\n"), (400,), "open"),
    Case("Host with a port that is none", get(host=b"Host: 127.0.0.1:port\r\n"), (400,), "open"),
    Case("Host with an address of version 6", get(host=b"Host: [::1]:80\r\n"), (200,), "open"),
    Case("Host with half an address of version 6", get(host=b"Host: [::1\r\n"), (400,), "open"),
    Case("empty Host", get(host=b"Host:\r\n"), (400,), "open"),
    Case("folded header", get(b"/health/live", b"X-Folded: one", b" two"), (400,)),
    Case("space before the colon", get(b"/health/live", b"X-Spaced : one"), (400,)),
    Case("header without a colon", get(b"/health/live", b"X-Alone"), (400,)),
    Case("header without a name", get(b"/health/live", b": one"), (400,)),
    Case("header with a NUL", get(b"/health/live", b"X-Nul: o\x00ne"), (400,)),
    Case("header with a lone carriage return", get(b"/health/live", b"X-Return: o\rne"), (400,)),
    Case("header with bytes that are not ASCII", get(b"/health/live", b"X-Bytes: \xff\xfe"), (200,), "open"),
    Case("header name with bytes that are not ASCII", get(b"/health/live", b"X-\xff: one"), (400,)),
    Case("one header larger than a head may be", get(b"/health/live", b"X-Large: " + b"a" * 20_000), (431,)),
    Case("more headers than a head may hold", get(b"/health/live", *[b"X-%d: 1" % number for number in range(2_000)]), (431,)),
    Case("lines that end in a line feed only", LIVE.replace(b"\r\n", b"\n"), (400,)),
    Case("h2c upgrade is not taken", get(b"/health/live", b"Connection: Upgrade", b"Upgrade: h2c", b"HTTP2-Settings: AAMA"), (200,)),
    Case(
        "websocket is not taken",
        get(b"/health/live", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: AAAA"),
        (200,),
    ),
    Case("ids with control characters are replaced", get(b"/health/live", b"X-Request-Id: a b\tc", b"traceparent: 00-zz"), (200,), "open"),
    Case("an id that is too long is replaced", get(b"/health/live", b"X-Request-Id: " + b"a" * 4_000), (200,), "open"),
    Case("close is honoured", get(b"/health/live", b"Connection: close"), (200,)),
)

FRAMING = (
    Case("length and chunks at once", post(piece(chat()) + END, b"Transfer-Encoding: chunked"), (400,)),
    Case("two lengths that differ", post(chat(), b"Content-Length: 3"), (400,)),
    Case("two lengths that agree", post(chat(), b"Content-Length: %d" % len(chat())), (400,)),
    Case("a list of lengths", post(chat(), length=b"%d, %d" % (len(chat()), len(chat()))), (400,)),
    Case("negative length", post(chat(), length=b"-1"), (400,)),
    Case("length with a sign", post(chat(), length=b"+5"), (400,)),
    Case("length in hex", post(chat(), length=b"0x10"), (400,)),
    Case("length with words", post(chat(), length=b"5 bytes"), (400,)),
    Case("empty length", post(chat(), length=b""), (400,)),
    Case("length beyond 64 bits", post(chat(), length=b"99999999999999999999999"), (400,)),
    Case("length beyond the bound", post(chat(), length=b"9999999999"), (413,)),
    Case("length with zeros before it", post(chat(), length=b"000%d" % len(chat())), (200,), "open"),
    Case("unknown coding", chunked(piece(chat()), END, coding=b"xchunked"), (400,)),
    Case("chunked that is not last", chunked(piece(chat()), END, coding=b"chunked, identity"), (400,)),
    Case("chunked twice", chunked(piece(chat()), END, coding=b"chunked, chunked"), (400,)),
    Case("gzip before chunked", chunked(piece(b"\x1f\x8b"), END, coding=b"gzip, chunked"), (400,)),
    Case("chunks", chunked(piece(chat()[:9]), piece(chat()[9:]), END), (200,), "open"),
    Case("chunks with small extensions", chunked(piece(chat(), b";name=value"), END), (200,), "open"),
    Case("chunks with a trailer", chunked(piece(chat()), b"0\r\nX-Trailer: one\r\n\r\n"), (200,), "open"),
    Case("chunk size of words", chunked(b"zz\r\n"), (400,)),
    Case("negative chunk size", chunked(b"-1\r\n"), (400,)),
    Case("chunk size with 0x", chunked(b"0x5\r\nhello\r\n", END), (400,)),
    Case("chunk size beyond 64 bits", chunked(b"fffffffffffffffff\r\n"), (400,)),
    Case("chunk that is longer than it says", chunked(b"2\r\nhello\r\n", END), (400,)),
    Case("empty chunk size", chunked(b"\r\nhello\r\n"), (400,)),
    Case("chunk that ends in a line feed only", chunked(b"2\nhi\n0\n\n"), (400,)),
    Case("more than a body may hold in chunks", chunked(*[piece(b"[" * 10_000)] * 11), (413,)),
    Case("an extension longer than a head may be", chunked(b"5;" + b"a" * 1_000_000 + b"\r\nhello\r\n", END), (400,)),
    Case("a trailer longer than a head may be", chunked(piece(chat()), b"0\r\nX-Trailer: " + b"a" * 1_000_000 + b"\r\n\r\n"), (400,)),
    Case(
        "more trailers than a head may hold",
        chunked(piece(chat()), b"0\r\n", *[b"X-%d: 1\r\n" % n for n in range(100_000)], b"\r\n"),
        (400,),
    ),
    Case("no body where one is needed", get(b"/v1/chat/completions", b"Content-Type: application/json", method=b"POST"), (400,), "open"),
    Case("a body where none is needed", get(b"/health/live", b"Content-Length: 5") + b"hello", (200,), "open"),
    Case("a body for HEAD", get(b"/health/live", b"Content-Length: 5", method=b"HEAD") + b"hello", (200,), "open"),
    Case("Expect: 100-continue", post(chat(), b"Expect: 100-continue"), (100, 200), "open"),
    Case("another expectation", post(chat(), b"Expect: a-pony"), (200,), "open"),
    Case("two at once", LIVE + LIVE, (200, 200), "open"),
    Case("three at once, one of them refused", LIVE + get(b"/nothing") + LIVE, (200, 404, 200), "open"),
    Case("a question and what follows it", post(chat()) + LIVE, (200, 200), "open"),
    Case("what follows a refused body", post(b"{") + LIVE, (400, 200), "open"),
    Case("what follows a refused media type", post(chat(), media=b"text/plain") + LIVE, (415, 200), "open"),
    Case("what follows a path that is not there", post(chat(), path=b"/nothing") + LIVE, (404, 200), "open"),
    Case("rubbish after a request", LIVE + b"\x00\x01\x02", (200, 400)),
    Case("more after the last", get(b"/health/live", b"Connection: close") + LIVE, (200,)),
)

BODIES = (
    Case("a question", post(chat()), (200,), "open"),
    Case("a stream", post(chat(stream=True)), (200,), "open"),
    Case("an empty body", post(b""), (400,), "open"),
    Case("white space", post(b" \r\n\t "), (400,), "open"),
    Case("half a document", post(chat()[:-1]), (400,), "open"),
    Case("two documents", post(chat() + chat()), (400,), "open"),
    Case("a byte order mark", post(b"\xef\xbb\xbf" + chat()), (400,), "open"),
    Case("UTF-16", post(chat().decode().encode("utf-16")), (400,), "open"),
    Case("bytes that are not UTF-8", post(chat().replace(b"alpha", b"\xff\xfe\xfa")), (400,), "open"),
    Case("UTF-8 of a surrogate", post(chat().replace(b"alpha", b"\xed\xa0\x80")), (400,), "open"),
    Case("a lone surrogate", post(chat().replace(b"alpha", b"\\ud800")), (400,), "open"),
    Case("a pair of surrogates", post(chat().replace(b"alpha", b"\\ud83d\\ude00")), (200,), "open"),
    Case("an escaped NUL", post(chat().replace(b"alpha", b"alpha\\u0000")), (200,), "open"),
    Case("a NUL", post(chat().replace(b"alpha", b"alpha\x00")), (400,), "open"),
    Case("a number beyond a double", post(chat_with(b"1e400")), (400,), "open"),
    Case("a number of 5000 digits", post(chat_with(b"9" * 5_000)), (400,), "open"),
    Case("a number beyond 64 bits", post(chat_with(b"18446744073709551616")), (200,), "open"),
    Case("a small number", post(chat_with(b"1e-7")), (200,), "open"),
    Case("not a number", post(chat_with(b"NaN")), (400,), "open"),
    Case("10,000 lists", post(chat_with(b"[" * 10_000 + b"]" * 10_000)), (400,), "open"),
    Case("10,000 lists that stay open", post(b"[" * 10_000), (400,), "open"),
    Case("10,000 objects", post(chat_with(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)), (400,), "open"),
    Case("500 lists", post(chat_with(b"[" * 500 + b"]" * 500)), (200,), "open"),
    Case("500 lists in a message", post(chat().replace(b'"alpha"', b"[" * 500 + b"]" * 500)), (200,), "open"),
    Case("the same key twice", post(chat_with(b'1, "unknown": 2')), (200,), "open"),
    Case("the model twice", post(chat_with(b'1, "model": "b"')), (200,), "open"),
    Case("messages twice, the last of them wrong", post(chat_with(b'1, "messages": 7')), (400,), "open"),
    Case("a list", post(b"[]"), (400,), "open"),
    Case("a string", post(b'"hello"'), (400,), "open"),
    Case("null", post(b"null"), (400,), "open"),
    Case("an unknown model", post(chat(model="none")), (404,), "open"),
    Case("a model that is null", post(chat(model=None)), (400,), "open"),
    Case("an empty key", post(chat_with(b'1, "": 2')), (200,), "open"),
    Case("a session of 999 characters", post(json.dumps({"query": "x", "session_id": "a" * 999}).encode(), path=b"/query"), (200,), "open"),
    Case("a session that is not ASCII", post(json.dumps({"query": "x", "session_id": "\u00e9"}).encode(), path=b"/query"), (200,), "open"),
    Case("a session of emoji", post(json.dumps({"query": "x", "session_id": "\U0001f600"}).encode(), path=b"/query"), (200,), "open"),
    Case("plain text", post(chat(), media=b"text/plain"), (415,), "open"),
    Case("a form", post(b"a=b", media=b"application/x-www-form-urlencoded"), (415,), "open"),
    Case("several parts", post(b"--x--", media=b"multipart/form-data; boundary=x"), (415,), "open"),
    Case("JSON by another name", post(chat(), media=b"application/vnd.api+json"), (200,), "open"),
    Case("JSON with a character set", post(chat(), media=b"Application/JSON; charset=utf-8"), (200,), "open"),
    Case("an encoded body", post(chat(), b"Content-Encoding: gzip"), (415,), "open"),
)


async def response(reader: asyncio.StreamReader, *, bodiless: bool) -> int:
    """Read one response to its end and give its status. Every response says where it ends."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    if bodiless or status in {100, 204}:
        return status
    if fields.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    else:
        await reader.readexactly(int(fields["content-length"]))
    return status


async def judged(case: Case, port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(ANSWER_S):
            writer.write(case.sent)
            bodiless = case.sent.startswith(b"HEAD ")
            found = tuple([await response(reader, bodiless=bodiless) for _ in case.statuses])
            assert found == case.statuses
            if case.after == "open":
                writer.write(LIVE)
                assert await response(reader, bodiless=False) == 200
            else:
                assert await reader.read() == b""
    finally:
        writer.close()


async def answers(wire: Wire) -> None:
    await (streams()(wire) if wire.seen.body.get("stream") else wire.whole(completion()))


def with_router(test: Callable[[Router], Awaitable[None]], tmp_path: Path) -> None:
    async def inner() -> None:
        async with (
            models(answers) as alpha,
            models(answers) as beta,
            router(two_fields(alpha, beta), tmp_path, limits=LIMITS) as it,
        ):
            await test(it)

    asyncio.run(asyncio.wait_for(inner(), 60))


@pytest.mark.parametrize("cases", [REQUEST_LINES, HEADERS, FRAMING, BODIES], ids=["request lines", "headers", "framing", "bodies"])
def test_each_raw_request_gets_its_status_and_leaves_the_connection_as_it_should(cases: tuple[Case, ...], tmp_path: Path) -> None:
    wrong = []

    async def test(it: Router) -> None:
        for case in cases:
            try:
                await judged(case, it.port)
            except (AssertionError, TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
                wrong.append(f"{case.name}: {type(error).__name__} {str(error).splitlines()[:2]}")
        assert "internal_error" not in it.log.getvalue()

    with_router(test, tmp_path)
    assert not wrong, "\n".join(wrong)
