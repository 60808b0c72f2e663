import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aua_runtime import settle
from aua_runtime.request import Request
from aua_runtime.settle import BEHIND_S, TOGETHER
from harness import Hand, Router, models, router, says, specialist, subject


def with_router(test: Callable[[Router], Awaitable[None]], folder: Path) -> None:
    async def inner() -> None:
        async with models(says("right")) as served:
            one = specialist("a", "alpha", served.url)
            async with router(Hand((subject("alpha", one),), (one,)), folder) as it:
                await test(it)

    asyncio.run(asyncio.wait_for(inner(), 20))


def utilities(folder: Path) -> list[float | None]:
    with sqlite3.connect(folder / "state" / "aua.db") as database:
        return [row[0] for row in database.execute("SELECT utility FROM requests ORDER BY number")]


def test_a_request_that_has_its_answer_is_scored_and_recorded_soon_after(tmp_path: Path) -> None:
    async def test(it: Router) -> None:
        await it.chat()
        for _ in range(100):
            await asyncio.sleep(BEHIND_S)
            if utilities(tmp_path):
                break
        assert [value is not None for value in utilities(tmp_path)] == [True]

    with_router(test, tmp_path)


def test_what_is_not_settled_when_the_router_stops_is_settled_then(tmp_path: Path) -> None:
    count = TOGETHER + 3

    async def test(it: Router) -> None:
        await asyncio.gather(*(it.chat() for _ in range(count)))

    with_router(test, tmp_path)
    assert len(utilities(tmp_path)) == count
    assert None not in utilities(tmp_path)


def test_a_request_that_cannot_be_settled_takes_no_other_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = settle.keep

    def torn(request: Request) -> None:
        if request.id == "odd":
            raise ZeroDivisionError
        keep(request)

    monkeypatch.setattr(settle, "keep", torn)

    async def test(it: Router) -> None:
        for name in ("one", "odd", "other"):
            await it.chat(headers={"x-request-id": name})
        failed = [line for line in map(json.loads, it.log.getvalue().splitlines()) if line["event"] == "internal_error"]
        assert [(line["request_id"], line["error"]) for line in failed] == [("odd", "ZeroDivisionError")]

    with_router(test, tmp_path)
    assert len(utilities(tmp_path)) == 2
