"""`sim`: a model server that only pretends. It speaks OpenAI's shapes, streams, counts tokens, and says in every answer what it is.

The same seed and the same question give the same answer with the same timing, whatever else is asked.
"""

import asyncio
import hashlib
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

MARK = "simulated"
_OPENING = "This answer is simulated: no model has read the question."
_FILLING = "a pretended token follows another until the length drawn for this answer is reached and then it ends as real ones do"


@dataclass(frozen=True, slots=True)
class Simulation:
    """How it pretends: mean seconds to the first token and between tokens, mean length in tokens."""

    seed: int = 0
    first_token_s: float = 0.03
    token_s: float = 0.005
    tokens: int = 60


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One answer, drawn before it is sent."""

    tokens: tuple[str, ...]
    first_token_s: float
    gaps_s: tuple[float, ...]
    log_probabilities: tuple[float, ...]
    finish_reason: str
    prompt_tokens: int


def drawn(body: dict[str, Any], simulation: Simulation) -> _Drawn:
    """The answer to a chat request. One that asks for a schema with an enumerated verdict gets such a verdict."""
    question = orjson.dumps([body.get("model"), body.get("messages")], option=orjson.OPT_SORT_KEYS)
    random = Random(hashlib.sha256(question + str(simulation.seed).encode()).digest())  # noqa: S311 - pretending, not hiding
    text = _verdict(body, random) or _prose(random, simulation)
    tokens = [word if index == 0 else f" {word}" for index, word in enumerate(text.split(" "))]
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    cut = isinstance(limit, int) and 0 < limit < len(tokens)
    kept = tuple(tokens[:limit]) if cut else tuple(tokens)
    return _Drawn(
        tokens=kept,
        first_token_s=simulation.first_token_s * random.uniform(0.5, 1.5),
        gaps_s=tuple(simulation.token_s * random.uniform(0.5, 1.5) for _ in kept),
        log_probabilities=tuple(-random.expovariate(8) for _ in kept),
        finish_reason="length" if cut else "stop",
        prompt_tokens=max(1, len(question) // 4),
    )


def _prose(random: Random, simulation: Simulation) -> str:
    words = _OPENING.split()
    filling = _FILLING.split()
    opening = len(words)
    for position in range(round(simulation.tokens * random.uniform(0.5, 1.5)) - opening):
        words.append(filling[position % len(filling)])
    return " ".join(words)


def _verdict(body: dict[str, Any], random: Random) -> str | None:
    try:
        words = body["response_format"]["json_schema"]["schema"]["properties"]["verdict"]["enum"]
    except (KeyError, TypeError):
        return None
    chosen = random.choice([word for word in words if word != "neither"] or words)
    return orjson.dumps({"verdict": chosen, "confidence": 0.9, "reason": "This verdict is simulated."}).decode()


class App:
    """The ASGI application: `/health`, `/v1/models`, `/v1/chat/completions`."""

    def __init__(self, models: tuple[str, ...], simulation: Simulation) -> None:
        self._models = models or (MARK,)
        self._simulation = simulation
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
            case "POST", "/v1/chat/completions":
                await self._chat(receive, send)
            case _:
                await _document(send, 404, {"error": {"message": "There is no such route.", "type": "not_found_error"}})

    async def _chat(self, receive: Receive, send: Send) -> None:
        try:
            body = orjson.loads(await _body(receive))
            answer = drawn(body, self._simulation)
        except (orjson.JSONDecodeError, AttributeError, TypeError):
            await _document(send, 400, {"error": {"message": "The body is not a chat request.", "type": "invalid_request_error"}})
            return
        self._count += 1
        head = {
            "id": f"chatcmpl-{MARK}-{self._count}",
            "created": 0,
            "model": f"{body.get('model', MARK)} ({MARK})",
            "system_fingerprint": MARK,
        }
        usage = {
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": len(answer.tokens),
            "total_tokens": answer.prompt_tokens + len(answer.tokens),
        }
        if body.get("stream"):
            await _stream(send, body, answer, head, usage)
            return
        await asyncio.sleep(answer.first_token_s + sum(answer.gaps_s))
        message = {"role": "assistant", "content": "".join(answer.tokens)}
        choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason, "logprobs": None}
        if body.get("logprobs"):
            choice["logprobs"] = {"content": [_token(*pair) for pair in zip(answer.tokens, answer.log_probabilities, strict=True)]}
        await _document(send, 200, {**head, "object": "chat.completion", "choices": [choice], "usage": usage})


async def _stream(send: Send, body: dict[str, Any], answer: _Drawn, head: dict[str, Any], usage: dict[str, int]) -> None:
    async def frame(data: object, *, more: bool = True) -> None:
        text = data if isinstance(data, bytes) else orjson.dumps(data)
        await send({"type": "http.response.body", "body": b"data: " + text + b"\n\n", "more_body": more})

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**head, "object": "chat.completion.chunk", "choices": [choice]}

    await asyncio.sleep(answer.first_token_s)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await frame(chunk({"role": "assistant", "content": ""}))
    for token, gap_s in zip(answer.tokens, answer.gaps_s, strict=True):
        await frame(chunk({"content": token}))
        await asyncio.sleep(gap_s)
    await frame(chunk({}, answer.finish_reason))
    if (body.get("stream_options") or {}).get("include_usage"):
        await frame({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    await frame(b"[DONE]", more=False)


def _token(token: str, log_probability: float) -> dict[str, Any]:
    return {"token": token, "logprob": log_probability, "bytes": list(token.encode()), "top_logprobs": []}


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _document(send: Send, status: int, data: object) -> None:
    body = orjson.dumps(data)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def run(host: str, port: int, models: tuple[str, ...], simulation: Simulation) -> int:
    """Serve until SIGTERM or SIGINT. The first line on standard output tells the address."""
    try:
        asyncio.run(_run(host, port, App(models, simulation)))
    except OSError as error:
        print(f"Nothing can listen on {host} port {port}: {error.strerror}.", file=sys.stderr)
        return 4
    return 0


async def _run(host: str, port: int, app: App) -> None:
    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    from uvicorn.server import ServerState

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
