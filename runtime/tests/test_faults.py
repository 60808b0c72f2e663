"""Every fault of a model server against every way of asking: what comes of each stands in `faults.csv`; docs/faults.md says why."""

import asyncio
import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest
from aua_runtime.breaker import BreakerLimits
from aua_runtime.contract.labels import BREAKER_STATES
from aua_runtime.plan import Retries, Specialist
from aua_runtime.request import Request
from aua_runtime.route import Route
from faults import FAULTS, NO_NAME, Fault, Server, Wire, full_backlog, nothing_listens, serving
from harness import (
    DEFAULT_SETTINGS,
    STREAM,
    Hand,
    back,
    chunk,
    completion,
    held,
    loop_factory,
    request_bytes,
    router,
    specialist,
    subject,
    unchunked,
)

TABLE = Path(__file__).parent / "faults.csv"
GRACE_S = 0.25
"""How long after the deadline an answer may take at most."""
SAID, OTHER = "An answer.", "From the other."

CLIENTS = {
    "whole": ("w",),
    "stream": ("s",),
    "whole with fallback": ("wf",),
    "stream with fallback": ("sf",),
    "fan-out, one faulty": ("f", "good"),
    "fan-out, both faulty": ("g", "h"),
}
"""The ways of asking, and the specialists that each asks; all but `good` are faulty, and no way shares one with another."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of the table. See docs/faults.md for what each column holds."""

    fault: str
    client: str
    status: str
    code: str
    told: str
    by: str
    retry_after: str
    calls: str
    ended: str
    reached: str
    breaker: str
    outcome: str
    tokens: str


COLUMNS = tuple(field.name for field in fields(Cell))


def table() -> list[Cell]:
    with TABLE.open(newline="") as file:
        return [Cell(**line) for line in csv.DictReader(file)]


class Matrix(Hand):
    """Routes by the model's name alone: a specialist's own answers; `f` and `g` are compared with a second one."""

    def routed(self, request: Request) -> Route:
        names = next((names for names in CLIENTS.values() if names[0] == request.model), ("good",))
        asked = tuple(one for name in names for one in self.specialists if one.name == name)
        mode = "fanout" if len(asked) > 1 else "single"
        return Route(mode, "pinned_specialist", self.fields[0], asked, {})


def made(fault: Fault, url: str, good: str) -> Matrix:
    """One repeat, and a breaker that opens at the second failure in a row."""
    found: list[Specialist] = []
    for names in CLIENTS.values():
        for name in names:
            of_fault = name != "good"
            more: dict[str, Any] = {"timeouts": fault.timeouts} if of_fault else {}
            if name in {"wf", "sf"}:
                more["fallback"] = ("good",)
            retries, breaker = Retries(1, 0.001, 0.01, 1.0), BreakerLimits(2, 60.0, 1)
            found.append(specialist(name, "alpha", url if of_fault else good, retries=retries, breaker=breaker, **more))
    return Matrix((subject("alpha", *found),), tuple(found))


# --- a client


@dataclass(slots=True)
class Got:
    """What a client saw of one cell."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool  # whether the response ended as HTTP asks
    seconds: float


async def asked(port: int, client: str, request_id: str) -> Got:
    loop = asyncio.get_running_loop()
    body = {
        "model": CLIENTS.get(client, ("good",))[0],
        "messages": [{"role": "user", "content": "x"}],
        "stream": client.startswith("stream"),
    }
    started_s = loop.time()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_bytes("POST", "/v1/chat/completions", body, {"connection": "close", "x-request-id": request_id}))
    parts = []
    try:
        async with asyncio.timeout(10):
            while part := await reader.read(1 << 20):
                parts.append(part)
    finally:
        seconds = loop.time() - started_s
        writer.transport.abort()
    data = b"".join(parts)
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    body_bytes, whole = (
        unchunked(rest) if headers.get("transfer-encoding") == "chunked" else (rest, len(rest) == int(headers["content-length"]))
    )
    return Got(int(lines[0].split(" ")[1]), headers, body_bytes, whole, seconds)


def told(got: Got) -> tuple[str, str]:
    """What the client was told, in short, and the code of the error in it."""
    if not got.whole:
        return "cut off", ""
    if got.headers["content-type"] == "application/json":
        data = json.loads(got.body)
        return ("error", data["error"]["code"]) if "error" in data else ("answer", "")
    shown: list[str] = []
    code = ""
    for frame in filter(None, got.body.split(b"\n\n")):
        data = json.loads(frame[6:]) if frame.startswith(b"data: {") else None
        if frame == b"data: [DONE]":
            shown.append("DONE")
        elif data is None:
            shown.append("nonsense" if frame.startswith(b"data") else "comment")
        elif "error" in data:
            shown.append("error event")
            code = data["error"]["code"]
        else:
            assert "usage" not in data, "usage that the client did not ask for"
            shown.append("words")
    return ", ".join(dict.fromkeys(shown)) + (" twice" if shown.count("DONE") > 1 else ""), code


def words(got: Got) -> str:
    """The text of an answer, of a stream or of a whole one."""
    if got.headers["content-type"] == "application/json":
        data = json.loads(got.body)
        return "" if "error" in data else str(data["choices"][0]["message"].get("content") or "")
    found = [json.loads(frame[6:]) for frame in got.body.split(b"\n\n") if frame.startswith(b"data: {")]
    return "".join(choice["delta"].get("content") or "" for data in found for choice in data.get("choices", ()) if choice)


# --- what must come back to where it was


@contextmanager
def address_of(fault: Fault, server: Server) -> Iterator[str]:
    with ExitStack() as stack:
        match fault.place:
            case "server":
                yield server.url
            case "nothing listens":
                yield stack.enter_context(nothing_listens())
            case "full backlog":
                yield stack.enter_context(full_backlog())
            case "no name":
                yield NO_NAME


class Beat:
    """How long the loop has kept its callers waiting: a busy machine must not be taken for a slow router."""

    def __init__(self) -> None:
        self.late_s = 0.0
        self._task = asyncio.get_running_loop().create_task(self._beat())

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + 0.01
            await asyncio.sleep(0.01)
            self.late_s += max(0.0, loop.time() - due_s - 0.002)

    def stop(self) -> None:
        self._task.cancel()


# --- the matrix


async def measured(fault: Fault, folder: Path) -> tuple[list[Cell], list[str]]:
    """Every cell of a fault as it is, and what is wrong with any cell whatever the table says."""
    wrong: list[str] = []
    made_of: dict[str, tuple[Got, str, list[str]]] = {}
    settings = replace(DEFAULT_SETTINGS, routing=replace(DEFAULT_SETTINGS.routing, deadline_s=fault.deadline_s))

    async def other(wire: Wire) -> None:
        if wire.stream:
            await wire.frames(chunk({"content": OTHER}), *STREAM[3:])
            await wire.end()
        else:
            await wire.whole(completion(OTHER))

    async with serving(fault.script or other) as server, serving(other) as good:
        with address_of(fault, server) as url:
            async with router(made(fault, url, good.url), folder, settings=settings) as it:
                beat = Beat()
                await asked(it.port, "good", "first")  # opens what stays open, such as the files of the state
                await good.settle()
                await asyncio.sleep(0.05)
                base = held()
                for client, names in CLIENTS.items():
                    if fault.streams_only and not client.startswith("stream"):
                        continue
                    if fault.warm:
                        await asked(it.port, client, f"warm {client}")
                        await asyncio.sleep(0.03)
                    server.asked.clear()
                    beat.late_s = 0.0
                    got = await asked(it.port, client, client.translate(ID))
                    if got.seconds > fault.deadline_s + GRACE_S + beat.late_s:
                        wrong.append(f"{client}: took {got.seconds:.3f} s; the loop itself was late by {beat.late_s:.3f} s")
                    reached = len(server.asked)
                    await server.settle()
                    await good.settle()
                    samples, left = await back(it, base)
                    if left:
                        wrong.append(f"{client}: {left}")
                    breakers = sorted({breaker(samples, name) for name in names if name != "good"})
                    made_of[client] = got, " ".join(breakers), [str(reached)]
                    wrong += [f"{client}: {secret!r} is told" for secret in (b"127.0.0.1", b"invalid:", b"169.254") if secret in got.body]
                    if told(got)[0].endswith(("answer", "DONE")) and words(got) not in {SAID, OTHER, ""}:
                        wrong.append(f"{client}: the words {words(got)[:80]!r} are nobody's")
                beat.stop()
    cells = []
    with closing(sqlite3.connect(folder / "state" / "aua.db")) as database:
        for client, (got, breakers_told, (reached_told,)) in made_of.items():
            number, outcome, error = database.execute(
                "SELECT number, outcome, error FROM requests WHERE id = ?", (client.translate(ID),)
            ).fetchone()
            calls = database.execute(
                "SELECT error, prompt_tokens, completion_tokens FROM usage WHERE request = ? AND specialist != 'good' ORDER BY position",
                (number,),
            ).fetchall()
            shown, code = told(got)
            if (error or "") != code:
                wrong.append(f"{client}: the client heard {code!r}, the state says {error!r}")
            by = got.headers.get("x-aua-specialist", "")
            cells.append(
                Cell(
                    fault=fault.name,
                    client=client,
                    status=str(got.status),
                    code=code.removeprefix("AUA_"),
                    told=shown,
                    by={"": "", "good": "good"}.get(by, "faulty"),
                    retry_after=got.headers.get("retry-after", ""),
                    calls=str(len(calls)),
                    ended=" ".join(sorted({(call[0] or "ok").removeprefix("AUA_") for call in calls})),
                    reached=reached_told,
                    breaker=breakers_told,
                    outcome=outcome,
                    tokens=f"{sum(call[1] for call in calls)}+{sum(call[2] for call in calls)}",
                )
            )
    return cells, wrong


ID = {ord(" "): "-", ord(","): None}
"""How a way of asking becomes a request id."""


def breaker(samples: dict[str, float], name: str) -> str:
    """What a specialist's breaker learned, and whether it opened."""
    up = samples.get(f'aua_specialist_up{{specialist="{name}"}}')
    is_open = samples[f'aua_breaker_state{{specialist="{name}"}}'] == BREAKER_STATES.index("open")
    return {None: "none", 0.0: "failure", 1.0: "success"}[up] + (", open" if is_open else "")


def fits(cell: Cell, expected: Cell) -> bool:
    """`either` stands for whichever of two good answers the scores prefer; a date's distance is told within two seconds."""
    if expected.by == "either" and cell.by in {"faulty", "good"}:
        cell = replace(cell, by="either")
    if expected.retry_after == "60" and cell.retry_after in {"59", "60", "61"}:
        cell = replace(cell, retry_after="60")
    return cell == expected


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_what_comes_of_a_fault_is_what_the_table_says(fault: Fault, tmp_path: Path) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        cells, wrong = runner.run(measured(fault, tmp_path))
    expected = [cell for cell in table() if cell.fault == fault.name]
    assert wrong == []
    assert [cell.client for cell in cells] == [cell.client for cell in expected]
    differ = [
        f"{cell.client}: {name} is {getattr(cell, name)!r}, not {getattr(asked, name)!r}"
        for cell, asked in zip(cells, expected, strict=True)
        if not fits(cell, asked)
        for name in COLUMNS
        if getattr(cell, name) != getattr(asked, name)
    ]
    assert differ == []


def test_the_table_has_every_fault_once_for_each_way_of_asking() -> None:
    lines = [(cell.fault, cell.client) for cell in table()]
    assert lines == [
        (fault.name, client) for fault in FAULTS for client in CLIENTS if not fault.streams_only or client.startswith("stream")
    ]
