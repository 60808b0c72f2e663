"""What a router said at one moment, and how fast its counters rose since.

Counters are compared process by process: a worker that started anew counts from zero, and one that did not answer for a while has not
done all its work at once when it is back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aua_runtime.contract import labels, metrics
from aua_runtime.status.samples import Sample, Samples

_RISING = ("_total", "_bucket", "_sum", "_count")
"""Ends of the names of series that only rise."""


@dataclass(frozen=True)
class Reading:
    """What a router said at one moment. `samples` is None where it does not tell its metrics."""

    url: str
    at_s: float  # of a clock that only runs forward
    ready: bool
    about: Mapping[str, Any]  # `/version` and `/health/ready` together
    samples: Samples | None

    @cached_property
    def processes(self) -> Mapping[str, "Process"]:
        """The processes that counted, by the number of the worker; one that runs alone has an empty one."""
        return _processes(self.samples) if self.samples is not None else {}


@dataclass(frozen=True, slots=True)
class Process:
    """One process, what it counts, and when it started, in seconds since 1970."""

    started_s: float
    counters: Mapping[str, Sequence[Sample]]

    @property
    def values(self) -> Mapping[str, float]:
        """Series -> value."""
        return {sample.series: sample.value for samples in self.counters.values() for sample in samples}


def _processes(samples: Samples) -> Mapping[str, Process]:
    counters: dict[str, dict[str, list[Sample]]] = {
        sample.labels.get(labels.WORKER, ""): {} for sample in samples.of(metrics.START_TIME.name)
    }
    for name, found in samples.by_name.items():
        if name.endswith(_RISING):
            for sample in found:
                counters.setdefault(sample.labels.get(labels.WORKER, ""), {}).setdefault(name, []).append(sample)
    started = samples.totals(metrics.START_TIME.name, labels.WORKER)
    return {worker: Process(started.get(worker, 0.0), found) for worker, found in counters.items()}


def per_second(readings: Sequence[Reading]) -> Samples | None:
    """How fast each counter rose from the first of one router's readings to the last; None where nothing can be said yet.

    What a histogram's buckets rose by has the percentiles of that time.
    """
    if len(readings) <= 1:
        return None
    now = readings[-1]
    by_name: dict[str, list[Sample]] = {}
    compared = False
    for worker, process in now.processes.items():
        start = _start(worker, process, readings[:-1])
        if start is None:
            continue
        since_s, before = start
        elapsed_s = now.at_s - since_s
        if elapsed_s <= 0:
            continue
        compared = True
        for name, samples in process.counters.items():
            risen = (Sample(one.series, one.labels, max(0.0, one.value - before.get(one.series, 0.0)) / elapsed_s) for one in samples)
            by_name.setdefault(name, []).extend(risen)
    return Samples(by_name) if compared else None


def _start(worker: str, process: Process, earlier: Sequence[Reading]) -> tuple[float, Mapping[str, float]] | None:
    """From when on a process' counters are compared, and what they were then; None for one that was never seen before."""
    seen = [(reading.at_s, known) for reading in earlier if (known := reading.processes.get(worker)) is not None]
    same = next(((at_s, known.values) for at_s, known in seen if known.started_s == process.started_s), None)
    if same is not None or not seen:
        return same
    return seen[-1][0], {}  # it started anew after that


def restarted(readings: Sequence[Reading]) -> tuple[str, ...]:
    """The workers that started anew between these readings of one router; an empty name for one that runs alone."""
    seen: dict[str, float] = {}
    found = {}
    for reading in readings:
        for worker, process in reading.processes.items():
            if process.started_s > seen.get(worker, process.started_s):
                found[worker] = True
            seen[worker] = process.started_s
    return tuple(found)
