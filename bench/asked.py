"""Requests that a real router has answered, with the model server of its tests: what measures one stage alone runs it on them."""

import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from aua_runtime.contract.prices import TokenPrice, prices
from aua_runtime.request import Request

from bench.page import ROOT

sys.path.insert(0, str(ROOT / "runtime" / "tests"))

from harness import DEFAULT_SETTINGS, Hand, models, router, says, specialist, subject  # found by the line above

FIELD = "general"
NAME = "general-7b"


@dataclass(slots=True)
class Keeping(Hand):
    """A deployment that keeps each request."""

    kept: list[Request] = field(default_factory=list)

    async def answered(self, request: Request) -> None:
        self.kept.append(request)
        await Hand.answered(self, request)


@asynccontextmanager
async def asked(questions: Iterable[str], folder: Path) -> AsyncIterator[list[Request]]:
    """A request for each question, answered, scored and recorded, while the router in `folder` runs; it logs as little as the bench's."""
    settings = replace(DEFAULT_SETTINGS, log_level="warning", prices=prices("USD", "bench@1", {NAME: TokenPrice(2_500_000, 10_000_000, 0)}))
    async with models(says("An answer of a few words.")) as served:
        one = specialist(NAME, FIELD, served.url)
        keeping = Keeping((subject(FIELD, one),), (one,))
        async with router(keeping, folder, settings=settings) as running:
            for question in questions:
                await running.chat(question)
            running.running.services.settling.settle()
            for request in keeping.kept:
                request.unscored = False
            yield keeping.kept
