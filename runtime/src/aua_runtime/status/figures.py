"""What metrics say, as figures: totals since the start, and what happened lately.

Lately is the time between two readings. Where there is only one, percentiles, shares and means are those since the start.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aua_runtime.contract import labels, metrics
from aua_runtime.contract.metrics import Metric
from aua_runtime.status.reading import Reading, per_second
from aua_runtime.status.samples import Samples, joined, quantile


@dataclass(frozen=True, slots=True)
class Field:
    """Requests that were taken to be about one subject. `confidence` and `utility` are means."""

    name: str
    queries: int
    queries_per_s: float | None
    share: float | None  # of all requests
    confidence: float | None
    utility: float | None
    abstained: int


@dataclass(frozen=True, slots=True)
class Specialist:
    """One specialist's calls. `breakers` counts the processes whose breaker is in a state, `breaker` is the worst of them."""

    name: str
    breaker: str
    breakers: Mapping[str, int]
    up: bool | None  # None: nobody has called it yet
    in_flight: int
    queued: int
    calls: int
    failed: int
    answers: int
    calls_per_s: float | None
    failed_share: float | None
    latency_p50_s: float | None
    latency_p95_s: float | None
    first_token_p95_s: float | None
    inter_token_p95_s: float | None
    utility: float | None  # the mean of its answers'
    retries: int
    fallbacks: int
    hedges: int
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_per_s: float | None
    completion_tokens_per_s: float | None
    cost_micro: int | None  # None: no price is known


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is shown of a router. Maps are of totals by name, the largest first."""

    queries: int
    queries_per_s: float | None
    outcomes: Mapping[str, int]
    failed_share: float | None
    latency_p50_s: float | None
    latency_p95_s: float | None
    latency_p99_s: float | None
    first_token_p50_s: float | None
    first_token_p95_s: float | None
    first_token_p99_s: float | None
    inter_token_p50_s: float | None
    inter_token_p95_s: float | None
    inter_token_p99_s: float | None
    in_flight: int
    streams: int
    prompt_tokens_per_s: float | None
    completion_tokens_per_s: float | None
    cost_micro: int | None  # None: no price is known
    cost_micro_per_s: float | None
    rows_behind: int
    rows_dropped: int
    processes: int
    up_s: float | None  # of the process that has run longest
    errors: Mapping[str, int]
    errors_per_s: Mapping[str, float]
    verdicts: Mapping[str, int]
    bases: Mapping[str, int]  # what decided
    contradictions: Mapping[str, int]
    abstentions: Mapping[str, int]
    fields: tuple[Field, ...]
    specialists: tuple[Specialist, ...]


def figures(routers: Sequence[Sequence[Reading]], wall_s: float) -> Figures | None:
    """The figures of all routers' readings, oldest first, the last ones being now; None where none tells its metrics.

    `wall_s` is the time of day, since 1970.
    """
    told = [readings for readings in routers if readings and readings[-1].samples is not None]
    if not told:
        return None
    rates = [found for readings in told if (found := per_second(readings)) is not None]
    now = _Now(joined(samples for readings in told if (samples := readings[-1].samples) is not None), joined(rates) if rates else None)
    starts = [sample.value for sample in now.samples.of(metrics.START_TIME.name)]
    outcomes = now.samples.totals(metrics.QUERIES.name, "outcome")
    names = dict.fromkeys(name for readings in told for name in readings[-1].about["breakers"])
    return Figures(
        queries=now.total(metrics.QUERIES),
        queries_per_s=now.rate(metrics.QUERIES),
        outcomes={outcome: int(outcomes.get(outcome, 0)) for outcome in labels.OUTCOMES},
        failed_share=now.share(metrics.QUERIES, outcome="failed"),
        latency_p50_s=now.quantile(0.5, metrics.QUERY_LATENCY),
        latency_p95_s=now.quantile(0.95, metrics.QUERY_LATENCY),
        latency_p99_s=now.quantile(0.99, metrics.QUERY_LATENCY),
        first_token_p50_s=now.quantile(0.5, metrics.FIRST_TOKEN),
        first_token_p95_s=now.quantile(0.95, metrics.FIRST_TOKEN),
        first_token_p99_s=now.quantile(0.99, metrics.FIRST_TOKEN),
        inter_token_p50_s=now.quantile(0.5, metrics.INTER_TOKEN),
        inter_token_p95_s=now.quantile(0.95, metrics.INTER_TOKEN),
        inter_token_p99_s=now.quantile(0.99, metrics.INTER_TOKEN),
        in_flight=now.total(metrics.IN_FLIGHT),
        streams=now.total(metrics.STREAMS_OPEN),
        prompt_tokens_per_s=now.rate(metrics.PROMPT_TOKENS),
        completion_tokens_per_s=now.rate(metrics.COMPLETION_TOKENS),
        cost_micro=now.total_if_any(metrics.COST),
        cost_micro_per_s=now.rate(metrics.COST),
        rows_behind=now.total(metrics.STATE_ROWS_BEHIND),
        rows_dropped=now.total(metrics.STATE_ROWS_DROPPED),
        processes=len(starts),
        up_s=max(0.0, wall_s - min(starts)) if starts else None,
        errors=now.counts(metrics.ERRORS, "code"),
        errors_per_s=_falling(now.rates.totals(metrics.ERRORS.name, "code")) if now.rates is not None else {},
        verdicts=now.counts(metrics.VERDICTS, "verdict"),
        bases=now.counts(metrics.VERDICTS, "basis"),
        contradictions=now.counts(metrics.COMPARISONS, "result"),
        abstentions=now.counts(metrics.ABSTENTIONS, "reason"),
        fields=tuple(_field(name, now) for name in now.samples.totals(metrics.QUERIES.name, "field") if name != labels.NONE),
        specialists=tuple(_specialist(name, now) for name in names),
    )


class _Now:
    """What is counted now, and the rates at which it rises; None where nothing is known of them."""

    def __init__(self, samples: Samples, rates: Samples | None) -> None:
        self.samples = samples
        self.rates = rates
        self._lately = rates if rates is not None else samples

    def total(self, metric: Metric, **chosen: str) -> int:
        return int(self.samples.total(metric.name, **chosen))

    def total_if_any(self, metric: Metric, **chosen: str) -> int | None:
        return int(self.samples.total(metric.name, **chosen)) if any(self.samples.of(metric.name, **chosen)) else None

    def counts(self, metric: Metric, by: str) -> dict[str, int]:
        return {name: int(count) for name, count in _falling(self.samples.totals(metric.name, by)).items()}

    def rate(self, metric: Metric, **chosen: str) -> float | None:
        return self.rates.total(metric.name, **chosen) if self.rates is not None else None

    def share(self, metric: Metric, **chosen: str) -> float | None:
        """Of what a counter counted lately, what has these labels."""
        whole = self._lately.total(metric.name)
        return self._lately.total(metric.name, **chosen) / whole if whole > 0 else None

    def part(self, metric: Metric, of: Metric, **chosen: str) -> float | None:
        """Of what one counter counted lately, what another one did."""
        whole = self._lately.total(of.name, **chosen)
        return self._lately.total(metric.name, **chosen) / whole if whole > 0 else None

    def mean(self, metric: Metric, **chosen: str) -> float | None:
        return self._lately.mean(metric.name, **chosen)

    def quantile(self, share: float, metric: Metric, **chosen: str) -> float | None:
        return quantile(share, self._lately.buckets(metric.name, **chosen))


def _field(name: str, now: _Now) -> Field:
    return Field(
        name=name,
        queries=now.total(metrics.QUERIES, field=name),
        queries_per_s=now.rate(metrics.QUERIES, field=name),
        share=now.share(metrics.QUERIES, field=name),
        confidence=now.mean(metrics.CLASSIFIER_CONFIDENCE, field=name),
        utility=now.mean(metrics.UTILITY, field=name),
        abstained=now.total(metrics.ABSTENTIONS, field=name),
    )


def _specialist(name: str, now: _Now) -> Specialist:
    one = {"specialist": name}
    states = [int(sample.value) for sample in now.samples.of(metrics.BREAKER_STATE.name, **one)]
    reached = [sample.value for sample in now.samples.of(metrics.SPECIALIST_UP.name, **one)]
    return Specialist(
        name=name,
        breaker=labels.BREAKER_STATES[max(states, default=0)],
        breakers={labels.BREAKER_STATES[state]: count for state, count in sorted(Counter(states).items(), reverse=True)},
        up=any(reached) if reached else None,
        in_flight=now.total(metrics.UPSTREAM_IN_FLIGHT, **one),
        queued=now.total(metrics.UPSTREAM_QUEUED, **one),
        calls=now.total(metrics.UPSTREAM_CALLS, **one),
        failed=now.total(metrics.UPSTREAM_FAILED, **one),
        answers=now.total(metrics.ANSWERS, **one),
        calls_per_s=now.rate(metrics.UPSTREAM_CALLS, **one),
        failed_share=now.part(metrics.UPSTREAM_FAILED, metrics.UPSTREAM_CALLS, **one),
        latency_p50_s=now.quantile(0.5, metrics.UPSTREAM_LATENCY, **one),
        latency_p95_s=now.quantile(0.95, metrics.UPSTREAM_LATENCY, **one),
        first_token_p95_s=now.quantile(0.95, metrics.FIRST_TOKEN, **one),
        inter_token_p95_s=now.quantile(0.95, metrics.INTER_TOKEN, **one),
        utility=now.mean(metrics.SPECIALIST_UTILITY, **one),
        retries=now.total(metrics.UPSTREAM_RETRIES, **one),
        fallbacks=now.total(metrics.UPSTREAM_FALLBACKS, **one),
        hedges=now.total(metrics.UPSTREAM_HEDGES, **one),
        prompt_tokens=now.total(metrics.PROMPT_TOKENS, **one),
        completion_tokens=now.total(metrics.COMPLETION_TOKENS, **one),
        prompt_tokens_per_s=now.rate(metrics.PROMPT_TOKENS, **one),
        completion_tokens_per_s=now.rate(metrics.COMPLETION_TOKENS, **one),
        cost_micro=now.total_if_any(metrics.COST, **one),
    )


def _falling(totals: Mapping[str, float]) -> dict[str, float]:
    return {name: count for name, count in sorted(totals.items(), key=lambda item: -item[1]) if count}
