"""Counts what the contract names, and writes it in the Prometheus text format, version 0.0.4."""

from bisect import bisect_left

from aua_runtime.contract import labels, metrics
from aua_runtime.contract.metrics import Metric
from aua_runtime.request import Call

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ZERO_AT_START = (
    metrics.IN_FLIGHT,
    metrics.STREAMS_OPEN,
    metrics.STATE_ROWS_BEHIND,
    metrics.STATE_ROWS_WRITTEN,
    metrics.STATE_ROWS_DROPPED,
)
"""Those without labels: a counter that first appears with its first event has no rate for it."""


class Metrics:
    """The values of all metrics. Used on the event loop only."""

    __slots__ = ("_histograms", "_values")

    def __init__(self, specialists: tuple[str, ...] = ()) -> None:
        self._values: dict[str, dict[tuple[str, ...], float]] = {metric.name: {} for metric in metrics.METRICS}
        self._histograms: dict[str, dict[tuple[str, ...], list[float]]] = {
            metric.name: {} for metric in metrics.METRICS if metric.type == "histogram"
        }
        for metric in _ZERO_AT_START:
            self._values[metric.name][()] = 0.0
        for specialist in specialists:
            self._values[metrics.UPSTREAM_CALLS.name][specialist, labels.OK] = 0.0
            self._values[metrics.UPSTREAM_IN_FLIGHT.name][(specialist,)] = 0.0
            self.breaker(specialist, "closed")

    def count(self, metric: Metric, *values: str, by: float = 1.0) -> None:
        """Add to a counter or a gauge; the label values in the contract's order."""
        series = self._values[metric.name]
        series[values] = series.get(values, 0.0) + by

    def set(self, metric: Metric, value: float, *values: str) -> None:
        """Set a gauge."""
        self._values[metric.name][values] = value

    def drop(self, metric: Metric) -> None:
        """Forget all series of a metric, as an info metric must when its labels change."""
        self._values[metric.name].clear()

    def observe(self, metric: Metric, value: float, *values: str) -> None:
        """Note a value in a histogram: one count per bucket, then the sum."""
        series = self._histograms[metric.name]
        found = series.get(values)
        if found is None:
            found = series[values] = [0.0] * (len(metric.buckets) + 2)
        found[bisect_left(metric.buckets, value)] += 1
        found[-1] += value

    def breaker(self, specialist: str, state: str) -> None:
        """Note a breaker's state: 1 for it, 0 for the others."""
        for name in labels.BREAKER_STATES:
            self.set(metrics.BREAKER_STATE, float(name == state), specialist, name)

    def call_ended(self, call: Call) -> None:
        """Note a call to a specialist that has ended, and what it cost."""
        code = labels.OK if call.error is None else call.error
        self.count(metrics.UPSTREAM_CALLS, call.specialist, code)
        if call.ended_s is not None and code != labels.CANCELLED:
            self.observe(metrics.UPSTREAM_LATENCY, call.ended_s - call.started_s, call.specialist)
        if call.prompt_tokens:
            self.count(metrics.TOKENS, call.specialist, "prompt", by=call.prompt_tokens)
        if call.completion_tokens:
            self.count(metrics.TOKENS, call.specialist, "completion", by=call.completion_tokens)

    def text(self) -> bytes:
        """All families that have a sample, in the contract's order."""
        lines: list[str] = []
        for metric in metrics.METRICS:
            samples = self._samples(metric)
            if samples:
                lines += (f"# HELP {metric.name} {_escaped(metric.help)}", f"# TYPE {metric.name} {metric.type}", *samples)
        return ("\n".join(lines) + "\n").encode()

    def _samples(self, metric: Metric) -> list[str]:
        names = metric.label_names
        if metric.type != "histogram":
            return [f"{metric.name}{_labels(names, values)} {_number(value)}" for values, value in self._values[metric.name].items()]
        lines = []
        for values, found in self._histograms[metric.name].items():
            running = 0.0
            for bound, count in zip((*map(_number, metric.buckets), "+Inf"), found, strict=False):
                running += count
                lines.append(f"{metric.name}_bucket{_labels((*names, 'le'), (*values, bound))} {_number(running)}")
            lines.append(f"{metric.name}_sum{_labels(names, values)} {_number(found[-1])}")
            lines.append(f"{metric.name}_count{_labels(names, values)} {_number(running)}")
        return lines


def _labels(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    if not names:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + pairs + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
