"""What a load came to: percentiles, errors by code, rates. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from aua_runtime.loadtest.sample import UNFINISHED, Sample

SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
LATE_S = 0.05
"""A load whose p99 leaves later than this was not the load that was asked for."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds; percentiles by nearest rank, so that each is a value that was measured. Without values all are None."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """The requests of one field or specialist, as the router named it."""

    answered: int
    ttft: Spread
    itl: Spread
    total: Spread


@dataclass(frozen=True, slots=True)
class Summary:
    """A load in figures. Times to the first token and to the end are counted from when a request was due.

    What timed out or was still open when the load ended counts in them with the time it was waited for: it took at least as long.
    """

    requests: int
    answered: int
    unfinished: int
    error_share: float
    errors: dict[str, int]
    duration_s: float
    sent_per_s: float
    answered_per_s: float
    tokens_in: int
    tokens_out: int
    tokens_out_per_s: float
    ttft: Spread
    itl: Spread
    total: Spread
    late: Spread
    by_field: dict[str, Part]
    by_specialist: dict[str, Part]

    @property
    def kept_up(self) -> bool:
        """Whether the requests left when they were due."""
        return self.late.p99 is None or self.late.p99 <= LATE_S


def spread(values: Iterable[float]) -> Spread:
    """The distribution of values.

    >>> spread([3.0, 1.0, 2.0]).p50
    2.0
    """
    ordered = sorted(values)
    if not ordered:
        return Spread(0, None, None, None, None, None, None)
    ranks = {name: _rank(ordered, share) for name, share in SHARES.items()}
    return Spread(len(ordered), math.fsum(ordered) / len(ordered), max=ordered[-1], **ranks)


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(samples: Sequence[Sample], now_s: float = 0.0) -> Summary:
    """The figures of all requests that were due until `now_s`, as far as that is known then."""
    answered = [sample for sample in samples if sample.outcome == "ok"]
    duration_s = max((sample.ended_s or sample.sent_s for sample in samples), default=0.0)
    outcomes = Counter(sample.outcome for sample in samples)
    unfinished, done = outcomes.pop(UNFINISHED, 0), outcomes.pop("ok", 0)
    tokens_out = sum(sample.tokens_out for sample in answered)
    sent = sum(sample.outcome != "not_sent" for sample in samples)
    return Summary(
        requests=len(samples),
        answered=done,
        unfinished=unfinished,
        error_share=outcomes.total() / (len(samples) - unfinished) if len(samples) > unfinished else 0.0,
        errors=dict(sorted(outcomes.items())),
        duration_s=duration_s,
        sent_per_s=_per(sent, max((sample.due_s for sample in samples), default=0.0)),
        answered_per_s=_per(len(answered), duration_s),
        tokens_in=sum(sample.tokens_in for sample in answered),
        tokens_out=tokens_out,
        tokens_out_per_s=_per(tokens_out, duration_s),
        **_times(samples, now_s),
        late=spread(sample.late_s for sample in samples),
        by_field=_parts(samples, now_s, lambda sample: sample.field),
        by_specialist=_parts(samples, now_s, lambda sample: sample.specialist),
    )


def _times(samples: Sequence[Sample], now_s: float) -> dict[str, Spread]:
    return {
        "ttft": spread(after_s for sample in samples if (after_s := sample.first_after_s(now_s)) is not None),
        "itl": spread(gap for sample in samples if sample.outcome == "ok" for gap in sample.gaps_s),
        "total": spread(after_s for sample in samples if (after_s := sample.ended_after_s(now_s)) is not None),
    }


def _parts(samples: Sequence[Sample], now_s: float, name_of: Callable[[Sample], str]) -> dict[str, Part]:
    """The requests by a name that the head of the answer told; the most answers first."""
    named: dict[str, list[Sample]] = {}
    for sample in samples:
        if name := name_of(sample):
            named.setdefault(name, []).append(sample)
    parts = {name: Part(sum(sample.outcome == "ok" for sample in of), **_times(of, now_s)) for name, of in named.items()}
    return dict(sorted(parts.items(), key=lambda each: (-each[1].answered, each[0])))


def _per(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0
