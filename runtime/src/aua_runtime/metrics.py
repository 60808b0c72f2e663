"""Counts what the contract names, and writes it for whoever scrapes it."""

from bisect import bisect_left
from itertools import product

from aua_runtime.contract import labels, metrics
from aua_runtime.contract.metrics import Metric
from aua_runtime.contract.prices import PICO, PlacePrice, Price, Prices
from aua_runtime.cost.amount import amount_pico, refused
from aua_runtime.exposition import END, Format, exemplar, family, histogram, sample
from aua_runtime.request import Call, Score

_ZERO_AT_START = (
    metrics.IN_FLIGHT,
    metrics.STREAMS_OPEN,
    metrics.STATE_ROWS_BEHIND,
    metrics.STATE_ROWS_WRITTEN,
    metrics.STATE_ROWS_DROPPED,
    metrics.RELOADS,
    metrics.PROBES,
)
"""All their series are there from the start: a counter that first appears with its first event has no rate for it."""
_ZERO_FOR_EACH = (metrics.UPSTREAM_CANCELLED, metrics.UPSTREAM_RETRIES, metrics.UPSTREAM_FALLBACKS)
"""So are these of each specialist."""

_SHARED_BY = {metrics.QUERIES: labels.OUTCOME, metrics.COMPARISONS: labels.COMPARISON, metrics.VERDICTS: labels.VERDICT}
"""Counters of whose events a share is taken, and by which label: all its values appear with the first, for the same reason."""


class Series:
    """One series of a counter or a gauge."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0  # stays an integer as long as what is added is one


class Histogram:
    """One series of a histogram: one count per bucket, and the sum of what was observed. `exemplars` are the latest, by bucket."""

    __slots__ = ("_bounds", "counts", "exemplars", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0
        self.exemplars: dict[int, str] | None = None  # until a recorded request falls into one

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def exemplify(self, value: float, trace_id: str, at_s: float) -> None:
        """Name the trace of a value that was observed."""
        if self.exemplars is None:
            self.exemplars = {}
        self.exemplars[bisect_left(self._bounds, value)] = exemplar(trace_id, value, at_s)


class Calls:
    """The series of calls to one specialist: every request touches them, so they are looked up once."""

    __slots__ = (
        "_carried_pico",
        "_metrics",
        "completion_tokens",
        "cost",
        "failed",
        "in_flight",
        "inter_token",
        "latency",
        "prompt_tokens",
        "specialist",
        "total",
        "unpriced",
        "up",
    )

    def __init__(self, counted: "Metrics", specialist: str) -> None:
        self._metrics = counted
        self.specialist = specialist
        self.total = counted.series(metrics.UPSTREAM_CALLS, specialist)
        self.failed = counted.series(metrics.UPSTREAM_FAILED, specialist)
        self.in_flight = counted.series(metrics.UPSTREAM_IN_FLIGHT, specialist)
        self.up: Series | None = None  # not told before the first call
        self.latency = counted.histogram(metrics.UPSTREAM_LATENCY, specialist)
        self.prompt_tokens = counted.series(metrics.PROMPT_TOKENS, specialist)
        self.completion_tokens = counted.series(metrics.COMPLETION_TOKENS, specialist)
        self.inter_token: Histogram | None = None  # not every server's answers are streamed
        self.unpriced = counted.series(metrics.UNPRICED, specialist)
        self.cost: Series | None = None  # not every specialist has a price
        self._carried_pico = 0  # less than a millionth, of calls that were noted

    def heard(self, *, healthy: bool) -> None:
        """Note whether the server is alive."""
        if self.up is None:
            self.up = self._metrics.series(metrics.SPECIALIST_UP, self.specialist)
        self.up.value = float(healthy)

    def ended(self, call: Call) -> None:
        """Note a call that has ended, and what it cost."""
        self.in_flight.value -= 1
        code = call.error
        if code == labels.CANCELLED:
            self._metrics.count(metrics.UPSTREAM_CANCELLED, self.specialist)
        else:
            self.total.value += 1
            if code is not None:
                self.failed.value += 1
                self._metrics.count(metrics.UPSTREAM_ERRORS, code)
            if call.ended_s is not None:
                self.latency.observe(call.ended_s - call.started_s)
        self.prompt_tokens.value += call.prompt_tokens
        self.completion_tokens.value += call.completion_tokens

    def charge(self, price: Price | None, call: Call, field: str) -> int | None:
        """Note a call's cost in millionths of the currency, with what was carried over to it; None where nobody knows it."""
        amount = None if price is None else amount_pico(price, call)
        if amount is None:
            if price is not None or not refused(call):
                self.unpriced.value += 1
            return None
        micro, self._carried_pico = divmod(self._carried_pico + amount, PICO)
        if self.cost is None:
            self.cost = self._metrics.series(metrics.COST, self.specialist)
        self.cost.value += micro
        self._metrics.count(metrics.FIELD_COST, field, by=micro)
        return micro

    def streamed(self, call: Call) -> None:
        """Note the pace of a streamed answer that has ended well, where its server told how many tokens it has."""
        if call.completion_tokens > 1 and call.first_token_s is not None and call.ended_s is not None:
            if self.inter_token is None:
                self.inter_token = self._metrics.histogram(metrics.INTER_TOKEN, self.specialist)
            self.inter_token.observe((call.ended_s - call.first_token_s) / (call.completion_tokens - 1))


class Scores:
    """The series of the scores of one specialist's answers in one field."""

    __slots__ = ("_counted", "_specialist", "confidence", "curiosity", "efficacy", "of_specialist", "utility")

    def __init__(self, counted: "Metrics", field: str, specialist: str) -> None:
        self._counted = counted
        self._specialist = specialist
        self.utility = counted.histogram(metrics.UTILITY, field)
        self.of_specialist = counted.histogram(metrics.SPECIALIST_UTILITY, specialist)
        self.efficacy = counted.histogram(metrics.EFFICACY, specialist)
        self.curiosity = counted.histogram(metrics.CURIOSITY, specialist)
        self.confidence: Histogram | None = None  # not every server gives log-probabilities

    def note(self, score: Score) -> None:
        self.utility.observe(score.utility)
        self.of_specialist.observe(score.utility)
        self.efficacy.observe(score.efficacy)
        self.curiosity.observe(score.curiosity)
        if score.confidence is not None:
            if self.confidence is None:
                self.confidence = self._counted.histogram(metrics.CONFIDENCE, self._specialist)
            self.confidence.observe(score.confidence)


class Queries:
    """The series of the questions that went one way and ended alike. Those that were given up have no latency."""

    __slots__ = ("answers", "latency", "total")

    def __init__(self, counted: "Metrics", field: str, specialist: str | None, mode: str, outcome: str) -> None:
        self.total = counted.series(metrics.QUERIES, field, mode, outcome)
        self.answers = counted.series(metrics.ANSWERS, specialist) if specialist is not None and outcome == "answered" else None
        self.latency = counted.histogram(metrics.QUERY_LATENCY, field, mode) if outcome != labels.CANCELLED else None

    def note(self, seconds: float) -> None:
        self.total.value += 1
        if self.answers is not None:
            self.answers.value += 1
        if self.latency is not None:
            self.latency.observe(seconds)


def _together(metric: Metric, values: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The label values of a series and of those that appear with it."""
    shared = _SHARED_BY.get(metric)
    if shared is None:
        return [values]
    at = metric.labels.index(shared)
    return [(*values[:at], value, *values[at + 1 :]) for value in shared.values]


class Metrics:
    """The values of all metrics. Used on the event loop only."""

    __slots__ = (
        "_calls",
        "_histograms",
        "_queries",
        "_scores",
        "_series",
        "_worker",
        "calling",
        "classifying",
        "in_flight",
        "scoring",
    )

    def __init__(self, specialists: tuple[str, ...] = (), worker: int | None = None) -> None:
        self._worker = None if worker is None else str(worker)
        self._series: dict[str, dict[tuple[str, ...], Series]] = {
            metric.name: {} for metric in metrics.METRICS if metric.type != "histogram"
        }
        self._histograms: dict[str, dict[tuple[str, ...], Histogram]] = {
            metric.name: {} for metric in metrics.METRICS if metric.type == "histogram"
        }
        for metric in _ZERO_AT_START:
            for values in product(*(label.values for label in metric.labels)):
                self.series(metric, *values)
        self.in_flight = self.series(metrics.IN_FLIGHT)
        self.classifying = self.histogram(metrics.STAGE_DURATION, "classify")
        self.calling = self.histogram(metrics.STAGE_DURATION, "call")
        self.scoring = self.histogram(metrics.STAGE_DURATION, "score")
        self._scores: dict[tuple[str, str], Scores] = {}
        self._queries: dict[tuple[str, str | None, str, str], Queries] = {}
        self._calls = {name: Calls(self, name) for name in specialists}
        for name in specialists:
            self.breaker(name, "closed")
            for metric in _ZERO_FOR_EACH:
                self.series(metric, name)

    def series(self, metric: Metric, *values: str) -> Series:
        """One series of a counter or a gauge, from now on shown; the label values in the contract's order."""
        found = self._series[metric.name]
        series = found.get(values)
        if series is None:
            for together in _together(metric, values):
                found.setdefault(together, Series())
            series = found[values]
        return series

    def histogram(self, metric: Metric, *values: str) -> Histogram:
        """One series of a histogram, from now on shown."""
        found = self._histograms[metric.name]
        series = found.get(values)
        if series is None:
            series = found[values] = Histogram(metric.buckets)
        return series

    def calls(self, specialist: str) -> Calls:
        """The series of calls to one specialist."""
        found = self._calls.get(specialist)
        if found is None:
            found = self._calls[specialist] = Calls(self, specialist)
        return found

    def scores(self, field: str, specialist: str) -> Scores:
        """The series of the scores of one specialist's answers in one field."""
        found = self._scores.get((field, specialist))
        if found is None:
            found = self._scores[field, specialist] = Scores(self, field, specialist)
        return found

    def queries(self, field: str, specialist: str | None, mode: str, outcome: str) -> Queries:
        """The series of the questions that went this way."""
        way = field, specialist, mode, outcome
        found = self._queries.get(way)
        if found is None:
            found = self._queries[way] = Queries(self, *way)
        return found

    def count(self, metric: Metric, *values: str, by: float = 1) -> None:
        """Add to a counter or a gauge."""
        self.series(metric, *values).value += by

    def set(self, metric: Metric, value: float, *values: str) -> None:
        """Set a gauge."""
        self.series(metric, *values).value = value

    def drop(self, metric: Metric) -> None:
        """Forget all series of a metric, as an info metric must when its labels change."""
        self._series[metric.name].clear()

    def observe(self, metric: Metric, value: float, *values: str) -> None:
        """Note a value in a histogram."""
        self.histogram(metric, *values).observe(value)

    def prices(self, currency: str, prices: Prices) -> None:
        """Note the prices that are in force."""
        self.drop(metrics.PRICES_INFO)
        self.drop(metrics.RENT)
        self.set(metrics.PRICES_INFO, 1, currency, prices.id)
        for name, price in prices.of.items():
            self.series(metrics.COST, name)  # a counter that first appears with its first call has no rate for it
            if isinstance(price, PlacePrice):
                self.set(metrics.RENT, price.hour_micro, name)

    def breaker(self, specialist: str, state: str) -> None:
        """Note a breaker's state, by its place among the states."""
        self.set(metrics.BREAKER_STATE, labels.BREAKER_STATES.index(state), specialist)

    def text(self, form: Format = "prometheus") -> bytes:
        """All families that have a sample, in the contract's order."""
        lines: list[str] = []
        for metric in metrics.METRICS:
            samples = self._samples(metric, exemplars=form == "openmetrics")
            if samples:
                lines += (*family(metric.name, metric.type, metric.help, form), *samples)
        return ("\n".join(lines) + "\n" + END[form]).encode()

    def _samples(self, metric: Metric, *, exemplars: bool) -> list[str]:
        """Several workers say which of them counted: one that starts again must not look like all of them."""
        name, names = metric.name, metric.label_names
        worker: tuple[str, ...] = ()
        if self._worker is not None:
            names, worker = (*names, labels.WORKER), (self._worker,)
        if metric.type != "histogram":
            return [sample(name, names, values + worker, one.value) for values, one in self._series[name].items()]
        return [
            line
            for values, found in self._histograms[name].items()
            for line in histogram(
                name, names, values + worker, metric.buckets, found.counts, found.total, found.exemplars if exemplars else None
            )
        ]
