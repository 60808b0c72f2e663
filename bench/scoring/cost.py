"""What scoring costs the event loop: `score.scored`, as the pipeline calls it, on answers of several kinds."""

import asyncio
import gc
import tempfile
import time
from pathlib import Path

from aua_runtime import score
from aua_runtime.request import Answer

from bench.asked import asked

ROUNDS, CALLS = 60, 200
_SENTENCE = (
    "a linked list keeps its values in nodes and each of them knows where the next one is so that adding to the front takes the same time "
    "for every length while finding a place in the middle means following the chain from its head one step after another"
)
_WORDS = _SENTENCE.split()
_CODE = "Take this:\n```python\ndef front(items):\n    if not items:\n        return None\n    return items[0]\n```\nIt looks at one item."


def prose(words: int) -> str:
    """A text of so many words with nothing in it to check."""
    return " ".join(_WORDS[index * 7 % len(_WORDS)] + ("." if index % 12 == 11 else "") for index in range(words))


KINDS = {
    "60 words of prose": prose(60),
    "150 words of prose": prose(150),
    "400 words of prose": prose(400),
    "prose with a quotation": 'She said "that is quite enough of it" and left. ' + prose(60),
    "a short program": _CODE,
}


async def _best_us(text: str) -> tuple[float, float]:
    """The least time of a call over the rounds, and the mean CPU time of the process, in microseconds."""
    answer = Answer(None, text, "stop")
    best_s = float("inf")
    with tempfile.TemporaryDirectory() as folder:
        async with asked([prose(60)], Path(folder)) as (request,):
            request.answered_s = None
            cpu_s = time.process_time()
            for _ in range(ROUNDS):
                started_s = time.perf_counter()
                for _ in range(CALLS):
                    await score.scored(request, [answer])
                best_s = min(best_s, (time.perf_counter() - started_s) / CALLS)
            cpu_s = (time.process_time() - cpu_s) / (ROUNDS * CALLS)
    return 1e6 * best_s, 1e6 * cpu_s


def costs() -> list[tuple[str, str, str]]:
    """A row for each kind of answer."""
    gc.collect()
    gc.disable()
    try:
        found = [(kind, *asyncio.run(_best_us(text))) for kind, text in KINDS.items()]
    finally:
        gc.enable()
    return [(kind, f"{best:.1f}", f"{cpu:.1f}") for kind, best, cpu in found]
