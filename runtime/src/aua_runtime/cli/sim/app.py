"""The simulator as an ASGI application: OpenAI's chat completions, completions and embeddings, whole and streamed, and its failures."""

import asyncio
import base64
import hashlib
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from math import sqrt
from random import Random
from struct import pack
from typing import Any

import orjson

from aua_runtime.cli.sim.answers import Drawn, drawn
from aua_runtime.cli.sim.engine import Engine, Machine
from aua_runtime.cli.sim.profile import Simulation
from aua_runtime.exposition import CONTENT_TYPES

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

MARK = "simulated"
DIMENSIONS = 64
"""Of an embedding."""


class App:
    """Answers `/health`, `/v1/models`, `/v1/chat/completions`, `/v1/completions` and `/v1/embeddings`; with a machine `/metrics`."""

    def __init__(self, models: tuple[str, ...], simulation: Simulation, machine: Machine | None = None) -> None:
        self._models = models or (MARK,)
        self._simulation = simulation
        self._engine = Engine(machine, self._models[0], time.monotonic) if machine is not None else None
        self._count = 0

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        match scope["method"], scope["path"]:
            case "GET", "/health":
                await _document(send, 200, {"status": "ok", "simulated": True})
            case "GET", "/v1/models":
                listed = [{"id": name, "object": "model", "created": 0, "owned_by": MARK} for name in self._models]
                await _document(send, 200, {"object": "list", "data": listed})
            case "GET", "/metrics" if self._engine is not None:
                await _text(send, self._engine.text())
            case "POST", "/v1/chat/completions":
                await self._answered(receive, send, _Chat)
            case "POST", "/v1/completions":
                await self._answered(receive, send, _Text)
            case "POST", "/v1/embeddings":
                await self._embedded(receive, send)
            case _:
                await _refused(send, 404, "There is no such route.", "not_found_error")

    async def _answered(self, receive: Receive, send: Send, shape: "type[_Chat | _Text]") -> None:
        self._count += 1
        fault = self._simulation.faults.drawn(Random(f"{self._simulation.seed}:{self._count}"))
        try:
            body = orjson.loads(await _body(receive))
            chat = shape.chat(body)
            answer = drawn(chat, self._simulation)
        except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError, IndexError):
            await _refused(send, 400, f"The body is not a {shape.word} request.", "invalid_request_error")
            return
        if fault == "too_many":
            await _refused(send, 429, "Too many requests; this is simulated.", "rate_limit_error", [(b"retry-after", b"1")])
        elif fault == "failed":
            await _refused(send, 500, "The server failed; this is simulated.", "server_error")
        else:
            made = shape(body, answer, self._count)
            sent = partial(_streamed if body.get("stream") else _whole, send, made, cut=fault == "cut")
            if self._engine is None:
                await sent(None)
                return
            async with self._engine.seat(orjson.dumps(chat["messages"]).decode(), answer.prompt_tokens) as seat:
                await sent(seat.wrote)

    async def _embedded(self, receive: Receive, send: Send) -> None:
        self._count += 1
        try:
            body = orjson.loads(await _body(receive))
            given = body["input"]
            texts = [given] if isinstance(given, str) or (given and isinstance(given[0], int)) else list(given)
            vectors = [_embedding(text) for text in texts]
        except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError):
            await _refused(send, 400, "The body is not an embeddings request.", "invalid_request_error")
            return
        shown: list[Any] = vectors
        if body.get("encoding_format") == "base64":
            shown = [base64.b64encode(pack(f"<{len(vector)}f", *vector)).decode() for vector in vectors]
        tokens = sum(max(1, len(text) // 4) for text in texts)
        data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(shown)]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        await _document(send, 200, {"object": "list", "data": data, "model": f"{body.get('model', MARK)} ({MARK})", "usage": usage})


class _Chat:
    """The shape of chat completions."""

    word = "chat"

    def __init__(self, body: dict[str, Any], answer: Drawn, count: int) -> None:
        self.body = body
        self.answer = answer
        self._head = {
            "id": f"chatcmpl-{MARK}-{count}",
            "created": 0,
            "model": f"{body.get('model', MARK)} ({MARK})",
            "system_fingerprint": MARK,
        }

    @staticmethod
    def chat(body: dict[str, Any]) -> dict[str, Any]:
        return body

    def whole(self) -> dict[str, Any]:
        answer = self.answer
        message: dict[str, Any] = {"role": "assistant", "content": answer.text if not answer.calls else None, "refusal": None}
        if answer.calls:
            message["tool_calls"] = [_call(call) for call in answer.calls]
        choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason, "logprobs": self._logprobs(0, len(answer.tokens))}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": answer.usage}

    def _logprobs(self, start: int, end: int) -> dict[str, Any] | None:
        if not self.body.get("logprobs"):
            return None
        pairs = zip(self.answer.tokens[start:end], self.answer.log_probabilities[start:end], strict=True)
        return {"content": [_token(token, value) for token, value in pairs], "refusal": None}

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None, more: dict[str, Any] | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, **(more or {})}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}

    def first(self) -> list[dict[str, Any]]:
        called = [self._chunk({"tool_calls": [{"index": index, **_call(call)}]}) for index, call in enumerate(self.answer.calls)]
        return [self._chunk({"role": "assistant", "content": None if called else ""}), *called]

    def piece(self, index: int) -> dict[str, Any]:
        logprobs = self._logprobs(index, index + 1)
        return self._chunk({"content": self.answer.tokens[index]}, more={"logprobs": logprobs} if logprobs else None)

    def last(self) -> list[dict[str, Any]]:
        ended = [self._chunk({}, self.answer.finish_reason)]
        if (self.body.get("stream_options") or {}).get("include_usage"):
            ended.append({**self._head, "object": "chat.completion.chunk", "choices": [], "usage": self.answer.usage})
        return ended


class _Text:
    """The shape of completions, the older API."""

    word = "completion"

    def __init__(self, body: dict[str, Any], answer: Drawn, count: int) -> None:
        self.body = body
        self.answer = answer
        self._head = {
            "id": f"cmpl-{MARK}-{count}",
            "object": "text_completion",
            "created": 0,
            "model": f"{body.get('model', MARK)} ({MARK})",
            "system_fingerprint": MARK,
        }

    @staticmethod
    def chat(body: dict[str, Any]) -> dict[str, Any]:
        prompt = body["prompt"]
        text = prompt if isinstance(prompt, str) else orjson.dumps(prompt).decode()
        limits: dict[str, Any] = {key: body[key] for key in ("max_tokens", "model") if key in body}
        return {"messages": [{"role": "user", "content": text}], **limits}

    def _choice(self, text: str, start: int, end: int, finish_reason: str | None) -> dict[str, Any]:
        logprobs = None
        if self.body.get("logprobs") is not None and end > start:
            values = list(self.answer.log_probabilities[start:end])
            logprobs = {"tokens": list(self.answer.tokens[start:end]), "token_logprobs": values, "top_logprobs": None, "text_offset": []}
        choice = {"index": 0, "text": text, "finish_reason": finish_reason, "logprobs": logprobs}
        return {**self._head, "choices": [choice]}

    def whole(self) -> dict[str, Any]:
        answer = self.answer
        return {**self._choice(answer.text, 0, len(answer.tokens), answer.finish_reason), "usage": answer.usage}

    def first(self) -> list[dict[str, Any]]:
        return []

    def piece(self, index: int) -> dict[str, Any]:
        return self._choice(self.answer.tokens[index], index, index + 1, None)

    def last(self) -> list[dict[str, Any]]:
        ended = [self._choice("", 0, 0, self.answer.finish_reason)]
        if (self.body.get("stream_options") or {}).get("include_usage"):
            ended.append({**self._head, "choices": [], "usage": self.answer.usage})
        return ended


Wrote = Callable[[], Awaitable[None]] | None
"""Told of each token of an answer when it is there, where an engine is simulated."""


async def _whole(send: Send, made: _Chat | _Text, wrote: Wrote, *, cut: bool) -> None:
    if wrote is None:
        await asyncio.sleep(made.answer.first_token_s + sum(made.answer.gaps_s))
    else:
        await asyncio.sleep(made.answer.first_token_s)
        for gap_s in made.answer.gaps_s:
            await wrote()
            await asyncio.sleep(gap_s)
    body = orjson.dumps(made.whole())
    await send({"type": "http.response.start", "status": 200, "headers": _headers(body)})
    if cut:  # returning now makes the server close the connection in the middle of the body
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        return
    await send({"type": "http.response.body", "body": body})


async def _streamed(send: Send, made: _Chat | _Text, wrote: Wrote, *, cut: bool) -> None:
    async def frame(data: object, *, more: bool = True) -> None:
        text = data if isinstance(data, bytes) else orjson.dumps(data)
        await send({"type": "http.response.body", "body": b"data: " + text + b"\n\n", "more_body": more})

    answer = made.answer
    await asyncio.sleep(answer.first_token_s)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    for data in made.first():
        await frame(data)
    for index, gap_s in enumerate(answer.gaps_s):
        if cut and index > len(answer.gaps_s) // 2:
            return
        if wrote is not None:
            await wrote()
        await frame(made.piece(index))
        await asyncio.sleep(gap_s)
    for data in made.last():
        await frame(data)
    await frame(b"[DONE]", more=False)


def _call(call: Any) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _token(token: str, log_probability: float) -> dict[str, Any]:
    return {"token": token, "logprob": log_probability, "bytes": list(token.encode()), "top_logprobs": []}


def _embedding(text: str | list[int]) -> list[float]:
    """A vector of length one: each word adds to the place that its digest names, so that texts that share words are near."""
    words = re.findall(r"\w+", text.lower()) if isinstance(text, str) else [str(token) for token in text]
    vector = [0.0] * DIMENSIONS
    for word in words or [""]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[digest[0] % DIMENSIONS] += 1.0 if digest[1] & 1 else -1.0
    length = sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _headers(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]


async def _refused(send: Send, status: int, message: str, kind: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    await _document(send, status, {"error": {"message": message, "type": kind, "param": None, "code": None}}, headers)


async def _text(send: Send, body: bytes) -> None:
    headers = [(b"content-type", CONTENT_TYPES["prometheus"].encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _document(send: Send, status: int, data: object, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    body = orjson.dumps(data)
    await send({"type": "http.response.start", "status": status, "headers": _headers(body) + (headers or [])})
    await send({"type": "http.response.body", "body": body})


def run(host: str, port: int, models: tuple[str, ...], simulation: Simulation, machine: Machine | None) -> int:
    """Serve until SIGTERM or SIGINT. The first line on standard output tells the address."""
    try:
        asyncio.run(_run(host, port, App(models, simulation, machine)))
    except OSError as error:
        print(f"Nothing can listen on {host} port {port}: {error.strerror}.", file=sys.stderr)
        return 4
    return 0


async def _run(host: str, port: int, app: App) -> None:
    import logging

    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    from uvicorn.server import ServerState

    logging.getLogger("uvicorn.error").disabled = True  # a cut answer is meant
    config = Config(app=app, ws="none", lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: HttpToolsProtocol(config, state, {}), host, port)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    print(f"A simulated model server answers at http://{host}:{server.sockets[0].getsockname()[1]}", flush=True)
    await stopping.wait()
    server.close()
    for task in tuple(state.tasks):
        task.cancel()
