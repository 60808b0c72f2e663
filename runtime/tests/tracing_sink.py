"""A collector that keeps what it is sent, a router that sends to it, and spans as tests look at them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aua_runtime.contract.prices import TokenPrice, prices
from aua_runtime.contract.settings import TracingSettings
from aua_runtime.plan import Tracing
from harness import DEFAULT_SETTINGS, SOON_S, Hand, Models, Router, Wire, models, router

ALL = TracingSettings(sample_ratio=1.0, max_per_s=1000, trust_caller=True)


async def takes(wire: Wire) -> None:
    """Takes what it is sent."""
    await wire.whole({})


@dataclass(slots=True)
class Span:
    """One span as it was exported."""

    trace_id: str
    id: str
    parent_id: str
    name: str
    kind: int
    started_ns: int
    ended_ns: int
    attributes: dict[str, Any]
    events: dict[str, dict[str, Any]]
    failed: bool
    state: str


@dataclass(slots=True)
class Traced:
    """A running router and the collector that it sends to."""

    router: Router
    sink: Models
    resources: list[dict[str, Any]] = field(default_factory=list)

    async def spans(self, enough: Callable[[list[Span]], bool] = bool) -> list[Span]:
        """All that have arrived, as soon as they are enough."""
        until = asyncio.get_running_loop().time() + 2 * SOON_S
        while not enough(found := self.seen()) and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - nothing can tell it
            await asyncio.sleep(0.02)
        return found

    def seen(self) -> list[Span]:
        """All that have arrived."""
        found = []
        self.resources.clear()
        for request in self.sink.seen:
            for of_resource in request.body["resourceSpans"]:
                self.resources.append(of_resource)
                found += [_span(span) for scope in of_resource["scopeSpans"] for span in scope["spans"]]
        return found


def _span(told: dict[str, Any]) -> Span:
    return Span(
        told["traceId"],
        told["spanId"],
        told.get("parentSpanId", ""),
        told["name"],
        told["kind"],
        int(told["startTimeUnixNano"]),
        int(told["endTimeUnixNano"]),
        attributes(told["attributes"]),
        {event["name"]: attributes(event["attributes"]) for event in told.get("events", ())},
        told.get("status") == {"code": 2},
        told.get("traceState", ""),
    )


def attributes(told: list[dict[str, Any]]) -> dict[str, Any]:
    """Attributes by name, each value in the type that it is sent as."""
    return {one["key"]: _value(one["value"]) for one in told}


def _value(told: dict[str, Any]) -> Any:
    ((kind, value),) = told.items()
    if kind == "arrayValue":
        return [_value(one) for one in value["values"]]
    return int(value) if kind == "intValue" else value


@asynccontextmanager
async def traced(
    hand: Hand, folder: Path, *, tracing: TracingSettings = ALL, sink: Models | None = None, where: Tracing | None = None, **more: Any
) -> AsyncIterator[Traced]:
    """A router that records, and its collector."""
    priced = prices("USD", "test@1", {"a": TokenPrice(2_000_000, 4_000_000, 2_000_000)})
    settings = replace(more.pop("settings", DEFAULT_SETTINGS), tracing=tracing, prices=priced)
    async with models(takes) as own:
        collector = sink or own
        async with router(hand, folder, settings=settings, traces=where or Tracing(collector.url), **more) as it:
            yield Traced(it, collector)


def named(spans: list[Span], name: str) -> list[Span]:
    """Those of one name."""
    return [span for span in spans if span.name == name]
