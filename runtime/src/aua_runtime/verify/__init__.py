"""Checks of what an answer claims, by parsing alone. Nothing in an answer is ever executed, and nothing is fetched.

`code`: Python and JSON blocks parse. `schema`: an answer that was asked for as JSON fits the schema that came with the question, and calls
of tools fit the tools'. `arithmetic`: sums hold, solutions solve, forms are equal. `citation`: quotations and numbered sources stand in the
conversation. At most 16 kB of an answer are read, in a thread of their own and within a time bound, and only where something looks
checkable: most prose is not touched.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from aua_runtime.verify import arithmetic, citation, code, schema

CHARACTERS_MAX = 16 * 1024
BOUND_S = 1.0
"""Longest wait for the checks of one request: 16 kB take some milliseconds, the worst that is known 0.1 s."""
WAITING_MAX = 64
"""Requests whose checks may wait at once; those of a further one are left out."""


@dataclass(frozen=True, slots=True)
class Checks:
    """How many verifiable claims hold, and how many do not."""

    passed: int
    failed: int

    @property
    def total(self) -> int:
        return self.passed + self.failed


NOTHING = Checks(0, 0)

Shape = Mapping[str, Any]
"""A JSON Schema."""
ANY_OBJECT: Shape = {"type": "object"}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool as an answer holds it; the arguments are JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Claim:
    """An answer as far as it can be checked."""

    text: str
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What answers are held against; `shape` is None for free text."""

    question: str = ""
    context: str = ""  # the conversation, at most `citation.CONTEXT_CHARACTERS` of it
    shape: Shape | None = None
    tools: Mapping[str, Any] = field(default_factory=dict)  # name -> schema of its arguments


class Verifier:
    """One thread that checks, made when it is first needed: no answer can hold up the event loop, or the threads that resolve names."""

    __slots__ = ("_threads", "_waiting")

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._waiting = 0

    async def checks_of(self, claims: Sequence[Claim], given: Given) -> list[Checks]:
        """The checks of each answer, within `BOUND_S`; those that were not made in time, or for which too many wait, are `NOTHING`."""
        if self._waiting >= WAITING_MAX:
            return [NOTHING] * len(claims)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, thread_name_prefix="aua-verify")
        self._waiting += 1
        try:
            made = self._threads.submit(_all_checked, tuple(claims), given)
            return await asyncio.wait_for(asyncio.wrap_future(made), BOUND_S)
        except TimeoutError:
            return [NOTHING] * len(claims)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Give the thread back; what it still checks ends by its own bounds."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


_NUMBERS = re.compile(r"[=\u2248]\s*[-\u2212+(\[$\\{]{0,4}\s*(?:\d|[A-Za-z]\b|\(|\\)")


def checkable(text: str, given: Given) -> bool:
    """Whether an answer holds anything that looks as if it could be checked. Cheap, and most prose says no."""
    if given.shape is not None or "```" in text:
        return True
    if ("=" in text or "\u2248" in text) and _NUMBERS.search(text, 0, CHARACTERS_MAX) is not None:
        return True
    return ('"' in text or "[" in text or "\u201c" in text or "\n>" in text) and citation.may_give_sources(given.context)


def check(claim: Claim, given: Given) -> Checks:
    """Check one answer.

    >>> check(Claim("It is 2 + 2 = 5, not 2 * 3 = 6."), Given())
    Checks(passed=1, failed=1)
    """
    results = list(_results(claim.text[:CHARACTERS_MAX], claim.calls, given))
    passed = sum(results)
    return Checks(passed, len(results) - passed)


def _all_checked(claims: tuple[Claim, ...], given: Given) -> list[Checks]:
    return [check(claim, given) for claim in claims]


def _results(text: str, calls: tuple[ToolCall, ...], given: Given) -> Iterator[bool]:
    for call in calls:
        holds = _call_fits(call, given.tools)
        if holds is not None:
            yield holds
    if given.shape is not None:
        if text and (holds := _has_shape(text, given.shape)) is not None:
            yield holds
        return
    if "```" in text:
        yield from code.results(text)
        text = code.BLOCK.sub("\n", text)
    if "=" in text or "\u2248" in text:
        yield from arithmetic.results(text, given.question)
    if citation.gives_sources(given.context):
        yield from citation.results(text, given.context)


def _call_fits(call: ToolCall, tools: Mapping[str, Any]) -> bool | None:
    if not tools:
        return None
    if call.name not in tools:
        return False
    value = code.value_of(call.arguments[:CHARACTERS_MAX] or "{}")
    if value is None:
        return False if len(call.arguments) <= CHARACTERS_MAX else None
    return schema.fits(value[0], tools[call.name])


def _has_shape(text: str, shape: Shape) -> bool | None:
    """Whether a text is one JSON value of the shape that was asked for; None for one that was cut at the bound."""
    value = code.value_of(text)
    if value is None:
        return False if len(text) < CHARACTERS_MAX else None
    return schema.fits(value[0], shape)
