"""What a router's metrics say, as figures: totals since it started, and rates since the reading before."""

from dataclasses import dataclass
from typing import Any

from aua_runtime.contract import labels, metrics
from aua_runtime.status.samples import Samples, quantile


@dataclass(frozen=True, slots=True)
class Reading:
    """What a router said at one moment. `samples` is None where it does not tell its metrics."""

    at_s: float
    ready: bool
    about: dict[str, Any]  # `/version` and `/health/ready` together
    samples: Samples | None


@dataclass(frozen=True, slots=True)
class Specialist:
    """One specialist's calls."""

    name: str
    breaker: str
    in_flight: int
    calls: int
    failed: int  # those that the client gave up are left out
    calls_per_s: float | None
    latency_p95_s: float | None
    prompt_tokens: int
    completion_tokens: int
    cost_micro: int | None  # None: no price is known


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is shown. Percentiles are of the time since the reading before, where there was one, else since the start."""

    queries: int
    queries_per_s: float | None
    outcomes: dict[str, int]
    latency_p50_s: float | None
    latency_p95_s: float | None
    in_flight: int
    streams: int
    rows_behind: int
    rows_dropped: int
    up_s: float | None
    specialists: tuple[Specialist, ...]


def figures(now: Reading, before: Reading | None, wall_s: float) -> Figures | None:
    """The figures of a reading; None where the router does not tell its metrics. `wall_s` is the time of day, since 1970."""
    samples = now.samples
    if samples is None:
        return None
    earlier = before.samples if before is not None else None
    elapsed_s = now.at_s - before.at_s if before is not None and earlier is not None else None

    def rate(name: str, **chosen: str) -> float | None:
        if earlier is None or not elapsed_s:
            return None
        return max(0.0, samples.total(name, **chosen) - earlier.total(name, **chosen)) / elapsed_s

    def latency_s(share: float, name: str, **chosen: str) -> float | None:
        buckets = samples.buckets(name, **chosen)
        if earlier is not None:
            old = earlier.buckets(name, **chosen)
            since = {bound: upto - old.get(bound, 0.0) for bound, upto in buckets.items()}
            if min(since.values(), default=0.0) >= 0:  # else the router has started anew
                buckets = since
        return quantile(share, buckets)

    started = samples.total(metrics.START_TIME.name)
    calls, cost = metrics.UPSTREAM_CALLS.name, metrics.COST.name
    return Figures(
        queries=int(samples.total(metrics.QUERIES.name)),
        queries_per_s=rate(metrics.QUERIES.name),
        outcomes={outcome: int(samples.total(metrics.QUERIES.name, outcome=outcome)) for outcome in labels.OUTCOMES},
        latency_p50_s=latency_s(0.5, metrics.QUERY_LATENCY.name),
        latency_p95_s=latency_s(0.95, metrics.QUERY_LATENCY.name),
        in_flight=int(samples.total(metrics.IN_FLIGHT.name)),
        streams=int(samples.total(metrics.STREAMS_OPEN.name)),
        rows_behind=int(samples.total(metrics.STATE_ROWS_BEHIND.name)),
        rows_dropped=int(samples.total(metrics.STATE_ROWS_DROPPED.name)),
        up_s=max(0.0, wall_s - started) if started else None,
        specialists=tuple(
            Specialist(
                name=name,
                breaker=str(breaker),
                in_flight=int(samples.total(metrics.UPSTREAM_IN_FLIGHT.name, specialist=name)),
                calls=int(samples.total(calls, specialist=name)),
                failed=int(samples.total(metrics.UPSTREAM_FAILED.name, specialist=name)),
                calls_per_s=rate(calls, specialist=name),
                latency_p95_s=latency_s(0.95, metrics.UPSTREAM_LATENCY.name, specialist=name),
                prompt_tokens=int(samples.total(metrics.PROMPT_TOKENS.name, specialist=name)),
                completion_tokens=int(samples.total(metrics.COMPLETION_TOKENS.name, specialist=name)),
                cost_micro=next((int(sample.value) for sample in samples.of(cost, specialist=name)), None),
            )
            for name, breaker in now.about["breakers"].items()
        ),
    )
