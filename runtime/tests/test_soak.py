"""Everything at once: clients that hurry, dawdle and leave, against servers with every fault. No answer is lost and none invented."""

import asyncio
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aua_runtime.breaker import BreakerLimits
from aua_runtime.plan import Limits, Retries, Timeouts
from faults import DONE, FAULTS, STREAM, TEXT, Wire, serving
from harness import Hand, back, chunk, completion, held, loop_factory, metrics_of, request_bytes, router, specialist, subject, unchunked
from test_faults import table

CLIENTS = 200
TURNS = 4
"""Questions of each client, one after another on one connection."""
IDLE = 56
"""Connections that are open and ask nothing."""
PATIENCE_S = 20.0
"""No answer takes longer, on however busy a machine; the router's deadline is 2 s."""

ANSWERED = {cell.fault for cell in table() if cell.by in {"faulty", "either"} and cell.status == "200" and not cell.code}
"""Faults that give an answer all the same, which is nobody's in particular."""
DEAR = ("oversize", "full speed", "drips", "without end", "beyond the deadline", "huge")
"""Faults that would take all of the machine, or are waits that others show as well."""
BROKEN = [
    fault
    for fault in FAULTS
    if fault.script is not None and not fault.warm and fault.name not in ANSWERED and not any(word in fault.name for word in DEAR)
]


@dataclass(slots=True)
class Said:
    """What the servers sent, by the nonce of the question."""

    whole: dict[str, set[str]] = field(default_factory=dict)
    begun: dict[str, set[str]] = field(default_factory=dict)
    asked: int = 0


def answering(name: str, said: Said, chance: random.Random) -> Callable[[Wire], Any]:
    """A server that gives a sound answer in one of the ways that servers do, or does something wrong."""

    async def script(wire: Wire) -> None:
        nonce = wire.question.split()[-1]
        said.asked += 1
        if chance.random() < 0.4:
            said.begun.setdefault(nonce, set()).add(TEXT)
            faulty = chance.choice([fault for fault in BROKEN if wire.stream or not fault.streams_only]).script
            assert faulty is not None
            await faulty(wire)
            return
        text = f"{name} {said.asked} says to {nonce}: " + "word " * chance.randrange(1, 60)
        said.begun.setdefault(nonce, set()).add(text)
        said.whole.setdefault(nonce, set()).add(text)
        if chance.random() < 0.3:
            await asyncio.sleep(chance.random() * 0.05)
        if not wire.stream:
            await wire.whole(completion(text))
            return
        frames = [STREAM[0], *(chunk({"content": word + " "}) for word in text.split(" ")[:-1]), *STREAM[3:5]]
        data = b"".join(frames) + (DONE if chance.random() < 0.8 else b"")
        await wire.frames()
        at = 0
        while at < len(data):
            size = chance.randrange(1, 900)
            await wire.chunk(data[at : at + size])
            at += size
            if chance.random() < 0.1:
                await asyncio.sleep(0.001)
        await wire.end()
        if chance.random() < 0.2:
            wire.close()

    return script


# --- clients


@dataclass(slots=True)
class Heard:
    """What one client got for one question; `left` where it did not wait for it."""

    nonce: str
    left: bool = False
    status: int = 0
    code: str = ""
    words: str = ""
    ended: bool = False  # a whole document, or `[DONE]`


async def read_reply(reader: asyncio.StreamReader, heard: Heard, *, slow: bool) -> None:
    """One response on a connection that is kept."""

    async def more(size: int) -> bytes:
        parts = []
        while size:
            part = await reader.read(min(size, 64 if slow else size))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
            if slow:
                await asyncio.sleep(0.002)
        return b"".join(parts)

    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    heard.status = int(head.split(" ")[1])
    assert f"x-request-id: {heard.nonce}\r\n" in head
    if "transfer-encoding: chunked" in head:
        body = b""
        while True:
            line = await reader.readuntil(b"\r\n")
            size = int(line, 16)
            body += line + await more(size + 2)
            if not size:
                break
        data, whole = unchunked(body)
        assert whole
        hear_stream(data, heard)
        return
    document = json.loads(await more(int(head.partition("content-length: ")[2].partition("\r\n")[0])))
    if heard.status == 200:
        heard.words, heard.ended = document["choices"][0]["message"]["content"], True
    else:
        heard.code = document["error"]["code"]


def hear_stream(data: bytes, heard: Heard) -> None:
    frames = [frame for frame in data.split(b"\n\n") if frame and not frame.startswith(b":")]
    for frame in frames:
        if frame == DONE.strip():
            heard.ended = True
            continue
        told = json.loads(frame.removeprefix(b"data: "))
        if "error" in told:
            heard.code = told["error"]["code"]
        assert "usage" not in told
        first = [choice for choice in told.get("choices", ()) if not choice.get("index")]
        heard.words += "".join(choice["delta"].get("content") or "" for choice in first)
    assert heard.ended != bool(heard.code), "either an end or an error"
    assert frames.count(DONE.strip()) == heard.ended


async def client(number: int, port: int, chance: random.Random) -> list[Heard]:
    """Asks one question after another; sometimes it reads slowly, sometimes it leaves and comes back on another connection."""
    heard: list[Heard] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for turn in range(TURNS):
        one = Heard(f"n-{number}-{turn}")
        heard.append(one)
        question = f"{chance.choice(('alpha', 'beta', 'alpha and beta'))} {one.nonce}"
        body = {"model": "aua", "messages": [{"role": "user", "content": question}], "stream": chance.random() < 0.6}
        writer.write(request_bytes("POST", "/v1/chat/completions", body, {"x-request-id": one.nonce}))
        if chance.random() < 0.2:
            one.left = True
            await asyncio.sleep(chance.random() * 0.1)
            writer.transport.abort()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        async with asyncio.timeout(PATIENCE_S):
            await read_reply(reader, one, slow=chance.random() < 0.1)
    writer.close()
    return heard


# --- the soak


async def soaked(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    said = Said()
    async with serving(answering("a", said, chance)) as alpha, serving(answering("b", said, chance)) as beta:
        more: dict[str, Any] = {
            "timeouts": Timeouts(connect_s=2.0, first_token_s=0.5, idle_s=0.5, total_s=1.0),
            "retries": Retries(1, 0.001, 0.01, 1.0),
            "breaker": BreakerLimits(1_000_000, 1.0, 1),
        }
        a = specialist("a", "alpha", alpha.url, fallback=("b",), **more)
        b = specialist("b", "beta", beta.url, **more)
        limits = Limits(body_bytes=10_000, header_bytes=4_000, connections=CLIENTS * 2, streams=CLIENTS * 2)
        async with router(Hand((subject("alpha", a), subject("beta", b)), (a, b)), folder, limits=limits) as it:
            await client(-1, it.port, random.Random(0))  # opens what stays open
            for server in (alpha, beta):
                await server.settle()
            await asyncio.sleep(0.1)
            said.asked, before, base = 0, await metrics_of(it), held()
            idle = [await asyncio.open_connection("127.0.0.1", it.port) for _ in range(IDLE)]
            heard = await asyncio.gather(*(client(number, it.port, random.Random(seed + number)) for number in range(CLIENTS)))
            for _, writer in idle:
                writer.close()
            for server in (alpha, beta):
                await server.settle()
            samples, left = await back(it, base)
            assert left == ""
            check_answers([one for each in heard for one in each], said)
        check_records(
            [one for each in heard for one in each], folder, {name: value - before.get(name, 0.0) for name, value in samples.items()}
        )


def check_answers(heard: list[Heard], said: Said) -> None:
    """Each is what a server sent for that very question: the whole of it, or where the client was told of an error the beginning."""
    waited = [one for one in heard if not one.left]
    for one in waited:
        if one.ended:
            assert one.words in said.whole.get(one.nonce, ()), (one, said.begun.get(one.nonce))
        elif one.status == 200:
            assert not one.words or any(text.startswith(one.words) for text in said.begun[one.nonce])
        else:
            assert one.code.startswith("AUA_")
    assert not [one for one in waited if one.code == "AUA_INTERNAL"]
    assert sum(one.ended for one in waited) > len(waited) / 4, "most of the servers' answers are sound"
    assert sum(bool(one.code) for one in waited) > len(waited) / 50, "and some are not"


def check_records(heard: list[Heard], folder: Path, counted: dict[str, float]) -> None:
    """The state holds each question once as its client saw it, and the metrics are the sums of the state."""
    with closing(sqlite3.connect(folder / "state" / "aua.db")) as database:
        rows = {row[0]: row[1:] for row in database.execute("SELECT id, outcome, error, number FROM requests WHERE id NOT LIKE 'n--1-%'")}
        first = min(row[2] for row in rows.values())
        assert len(rows) == database.execute("SELECT count(*) FROM requests WHERE id NOT LIKE 'n--1-%'").fetchone()[0]
        calls, prompt, written = database.execute(
            "SELECT count(*), sum(prompt_tokens), sum(completion_tokens) FROM usage WHERE request >= ?", (first,)
        ).fetchone()
    for one in heard:
        if not one.left:
            failed = "rejected" if one.code == "AUA_REQUEST_INVALID" else "failed"
            assert rows[one.nonce][:2] == (("answered", None) if one.ended else (failed, one.code)), one
    outcomes = Counter(row[0] for row in rows.values())
    assert outcomes == Counter({key: int(value) for key, value in sums(counted, "aua_query_total", "outcome").items() if value})
    ended, given_up, read, wrote = (
        sum(sums(counted, f"aua_{name}_total", "specialist").values())
        for name in ("upstream_calls", "upstream_cancelled", "prompt_tokens", "completion_tokens")
    )
    assert (calls, prompt, written) == (ended + given_up, read, wrote)


def sums(samples: dict[str, float], name: str, label: str) -> Counter[str]:
    """The sums of a metric by one of its labels."""
    found: Counter[str] = Counter()
    for sample, value in samples.items():
        if sample.startswith(name + "{"):
            found[sample.partition(f'{label}="')[2].partition('"')[0]] += value
    return found


@pytest.mark.parametrize("seed", [1])
def test_under_every_fault_at_once_each_answer_is_what_a_server_sent_for_that_question(tmp_path: Path, seed: int) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(asyncio.wait_for(soaked(tmp_path, seed), 120))
