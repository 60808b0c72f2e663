"""What has happened between two looks at a router's metrics: a function of what was seen and what is seen now. No I/O."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace

from aua_runtime.contract import labels, metrics
from aua_runtime.contract.errors import AUTH_REQUIRED
from aua_runtime.contract.notices import (
    ABSTAINED,
    CONTRADICTING,
    LEAST_SAMPLES,
    NEITHER,
    REFUSED_KEYS,
    SHARE_WINDOW_S,
    Facts,
)
from aua_runtime.status.samples import Sample, Samples

WATCHED = tuple(
    metric.name
    for metric in (
        metrics.BREAKER_STATE,
        metrics.RELOADS,
        metrics.STATE_ROWS_DROPPED,
        metrics.COMPARISONS,
        metrics.VERDICTS,
        metrics.QUERIES,
        metrics.ERRORS,
    )
)
_CLOSED, _OPEN = (labels.BREAKER_STATES.index(state) for state in ("closed", "open"))

Told = tuple[str, Facts]
"""A notice's name and its facts."""


class Watch:
    """What was seen. The first look tells nothing of what lies behind it."""

    def __init__(self) -> None:
        self._steady = _Steady()
        self._down: set[str] = set()
        self._before: dict[str, float] = {}
        self._rates = {
            "contradiction_threshold_exceeded": _Rate(CONTRADICTING),
            "arbiter_inconclusive_spike": _Rate(NEITHER),
            "abstention_spike": _Rate(ABSTAINED),
            "security_auth_failure_spike": _Rate(1.0, REFUSED_KEYS),
        }

    def look(self, now: Samples, at_s: float) -> Iterator[Told]:
        """What has happened since the look before."""
        now = self._steady.of(now)
        yield from self._specialists(now)
        counts = {
            "settings_reloaded": now.total(metrics.RELOADS.name, outcome="applied"),
            "settings_refused": now.total(metrics.RELOADS.name, outcome="refused"),
            "state_lost": now.total(metrics.STATE_ROWS_DROPPED.name),
        }
        for name, count in counts.items():
            grown = count - self._before.get(name, count)
            if grown > 0:
                yield name, {"rows": int(grown)} if name == "state_lost" else {}
        self._before = counts
        for name, (part, whole) in _shares(now).items():
            found = self._rates[name].risen(at_s, part, whole)
            if found is not None:
                samples, percent = found
                yield name, {"samples": samples} if name == "security_auth_failure_spike" else {"percent": percent, "samples": samples}

    def _specialists(self, now: Samples) -> Iterator[Told]:
        """A specialist is down when a worker keeps calls from it, and up when all call it again."""
        states: dict[str, set[int]] = {}
        for sample in now.of(metrics.BREAKER_STATE.name):
            states.setdefault(sample.labels["specialist"], set()).add(int(sample.value))
        for name, seen in states.items():
            if _OPEN in seen and name not in self._down:
                self._down.add(name)
                yield "specialist_down", {"specialist": name}
            elif seen == {_CLOSED} and name in self._down:
                self._down.discard(name)
                yield "specialist_up", {"specialist": name}


class _Steady:
    """What all workers count, also while one of them does not answer: its series stay as they were, and go on where it begins anew."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, Sample]] = {}
        self._ended: dict[str, float] = {}  # what a counter had come to before it began anew

    def of(self, now: Samples) -> Samples:
        """The samples of a look, with those that are away."""
        for name, samples in now.by_name.items():
            for sample in samples:
                series = sample.series
                if name != metrics.BREAKER_STATE.name and series in self._last and sample.value < self._last[series][1].value:
                    self._ended[series] = self._ended.get(series, 0.0) + self._last[series][1].value
                self._last[series] = name, sample
        found: dict[str, list[Sample]] = {}
        for series, (name, sample) in self._last.items():
            found.setdefault(name, []).append(replace(sample, value=sample.value + self._ended.get(series, 0.0)))
        return Samples(found)


class _Rate:
    """A share over a sliding window, that is told when it rises above a bound and again only after it was below it."""

    def __init__(self, bound: float, least: int = LEAST_SAMPLES) -> None:
        self._bound = bound
        self._least = least
        self._seen: deque[tuple[float, float, float]] = deque()
        self._above = False

    def risen(self, at_s: float, part: float, whole: float) -> tuple[int, int] | None:
        """Samples and percent where the share has just risen above the bound."""
        seen = self._seen
        seen.append((at_s, part, whole))
        while len(seen) > 1 and seen[1][0] <= at_s - SHARE_WINDOW_S:
            seen.popleft()
        parts, wholes = part - seen[0][1], whole - seen[0][2]
        above = wholes >= self._least and parts >= self._bound * wholes
        risen, self._above = above and not self._above, above
        return (int(wholes), round(100 * parts / wholes)) if risen else None


def _shares(now: Samples) -> Mapping[str, tuple[float, float]]:
    """The part and the whole of each share, as counted since the start."""
    abstained, answered = (now.total(metrics.QUERIES.name, outcome=outcome) for outcome in ("abstained", "answered"))
    keyless = now.total(metrics.ERRORS.name, code=AUTH_REQUIRED.name)
    return {
        "contradiction_threshold_exceeded": (
            now.total(metrics.COMPARISONS.name, result="contradict"),
            now.total(metrics.COMPARISONS.name),
        ),
        "arbiter_inconclusive_spike": (now.total(metrics.VERDICTS.name, verdict="neither"), now.total(metrics.VERDICTS.name)),
        "abstention_spike": (abstained, abstained + answered),
        "security_auth_failure_spike": (keyless, keyless),
    }
