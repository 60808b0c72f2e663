"""Every metric that the router exports: name, type, help, unit, labels, buckets. Nothing else is exported, and nothing here is left out.

Names keep to Prometheus' rules: base units, counters end in `_total`, and a ratio is never exported but computed in recording rules.
What users of earlier releases know by name (`aua_query_total`, `aua_query_latency_seconds`, `aua_utility_score`) keeps that name.

A label whose values a plan names has few others beside it, and `specialist` stands alone: with a thousand specialists each of its metrics
still has a thousand series. What would need two such labels is two metrics.
"""

from typing import Literal

from aua_runtime.contract import labels
from aua_runtime.contract.frozen import dataclass
from aua_runtime.contract.labels import Label

MetricType = Literal["counter", "gauge", "histogram"]
Unit = Literal["", "seconds", "tokens", "ratio", "bytes"]

SERIES_LIMIT = 2000
"""How many series a metric of one router may have, buckets not counted: the product of its labels' numbers of values."""

ANSWER_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""From what a cached prefix can do to what a long answer of a large model takes; a factor of about two each, so p95 is good to that."""
FIRST_TOKEN_BUCKETS_S = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
"""People notice a second; beyond that only the order of magnitude matters."""
INTER_TOKEN_BUCKETS_S = (0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0)
"""From a small model alone on a large card to one that people read along with, a twentieth of a second, and beyond."""
WAIT_BUCKETS_S = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
"""From a place that is free at once to most of a request's deadline."""
STAGE_BUCKETS_S = (0.00005, 0.0001, 0.00025, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0)
"""Our own stages take tens of microseconds, a judge model takes seconds."""
COMMIT_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.5)
"""Around the 20 ms that the writer may be behind."""
SHARE_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""For values from 0 to 1; finer where thresholds lie."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family. `buckets` are upper bounds without `+Inf`, in `unit`; empty unless the type is histogram."""

    name: str
    type: MetricType
    help: str
    unit: Unit = ""
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of the labels, in the order in which values are given."""
        return tuple(label.name for label in self.labels)

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which its samples appear."""
        return tuple(self.name + suffix for suffix in ("_bucket", "_sum", "_count")) if self.type == "histogram" else (self.name,)


QUERIES = Metric(
    "aua_query_total",
    "counter",
    "Requests for an answer that have ended.",
    labels=(labels.FIELD, labels.MODE, labels.OUTCOME),
)
ANSWERS = Metric(
    "aua_answers_total", "counter", "Requests that ended with an answer of a specialist, by which.", labels=(labels.SPECIALIST,)
)
QUERY_LATENCY = Metric(
    "aua_query_latency_seconds",
    "histogram",
    "From a request's first byte to the last byte of its response; requests that a client gave up are left out.",
    unit="seconds",
    labels=(labels.FIELD, labels.MODE),
    buckets=ANSWER_BUCKETS_S,
)
FIRST_TOKEN = Metric(
    "aua_time_to_first_token_seconds",
    "histogram",
    "From a request's first byte to the first content of its answer; streamed answers only.",
    unit="seconds",
    labels=(labels.SPECIALIST,),
    buckets=FIRST_TOKEN_BUCKETS_S,
)
INTER_TOKEN = Metric(
    "aua_inter_token_seconds",
    "histogram",
    "Mean time between two tokens of a streamed answer, one value for each answer: from its first content to its end, by its tokens.",
    unit="seconds",
    labels=(labels.SPECIALIST,),
    buckets=INTER_TOKEN_BUCKETS_S,
)
STAGE_DURATION = Metric(
    "aua_stage_duration_seconds",
    "histogram",
    "Time that a request spent in a stage of its life; `call` is spent waiting for specialists, `arbitrate` includes the judge model.",
    unit="seconds",
    labels=(labels.STAGE,),
    buckets=STAGE_BUCKETS_S,
)
IN_FLIGHT = Metric("aua_queries_in_flight", "gauge", "Requests for an answer that have begun and not ended.")
STREAMS_OPEN = Metric("aua_streams_open", "gauge", "Streamed answers that are open; `api.limits.streams` bounds them.")
ERRORS = Metric("aua_errors_total", "counter", "Responses that carried an error, by its code.", labels=(labels.ERROR_CODE,))
CLASSIFIER_CONFIDENCE = Metric(
    "aua_classifier_confidence",
    "histogram",
    "Probability that the classifier gave the field it chose; requests that name a specialist or a field are left out.",
    unit="ratio",
    labels=(labels.FIELD,),
    buckets=SHARE_BUCKETS,
)
UPSTREAM_CALLS = Metric(
    "aua_upstream_calls_total",
    "counter",
    "Calls to a specialist that have ended, each attempt counted; those that were given up are left out.",
    labels=(labels.SPECIALIST,),
)
UPSTREAM_FAILED = Metric("aua_upstream_failed_total", "counter", "Those of them that failed.", labels=(labels.SPECIALIST,))
UPSTREAM_CANCELLED = Metric(
    "aua_upstream_cancelled_total",
    "counter",
    "Calls to a specialist that were given up, because the client left or another call answered first.",
    labels=(labels.SPECIALIST,),
)
UPSTREAM_ERRORS = Metric(
    "aua_upstream_errors_total", "counter", "Calls to specialists that failed, by the code of the error.", labels=(labels.ERROR_CODE,)
)
UPSTREAM_LATENCY = Metric(
    "aua_upstream_latency_seconds",
    "histogram",
    "From sending a call to the end of its answer, each attempt on its own; calls that a client gave up are left out.",
    unit="seconds",
    labels=(labels.SPECIALIST,),
    buckets=ANSWER_BUCKETS_S,
)
UPSTREAM_IN_FLIGHT = Metric("aua_upstream_in_flight", "gauge", "Calls to a specialist that are open.", labels=(labels.SPECIALIST,))
UPSTREAM_QUEUED = Metric(
    "aua_upstream_queued",
    "gauge",
    "Calls that wait because a specialist has as many open as its limit allows.",
    labels=(labels.SPECIALIST,),
)
UPSTREAM_QUEUE_LIMIT = Metric(
    "aua_upstream_queue_limit",
    "gauge",
    "Calls that may wait for a specialist; one more is refused. Absent where the plan bounds no calls to it.",
    labels=(labels.SPECIALIST,),
)
UPSTREAM_WAIT = Metric(
    "aua_upstream_wait_seconds",
    "histogram",
    "Time that a call waited for its specialist; calls that did not have to wait are left out.",
    unit="seconds",
    labels=(labels.SPECIALIST,),
    buckets=WAIT_BUCKETS_S,
)
UPSTREAM_RETRIES = Metric(
    "aua_upstream_retries_total", "counter", "Calls that repeated one that failed at the same specialist.", labels=(labels.SPECIALIST,)
)
UPSTREAM_FALLBACKS = Metric(
    "aua_upstream_fallbacks_total",
    "counter",
    "Calls that went to another specialist because this one, which was chosen, failed.",
    labels=(labels.SPECIALIST,),
)
UPSTREAM_HEDGES = Metric(
    "aua_upstream_hedges_total", "counter", "Second calls that were sent because the first took long.", labels=(labels.SPECIALIST,)
)
UPSTREAM_HEDGES_WON = Metric("aua_upstream_hedges_won_total", "counter", "Those of them that answered first.", labels=(labels.SPECIALIST,))
BREAKER_STATE = Metric(
    "aua_breaker_state",
    "gauge",
    "A specialist's circuit breaker: 0 closed, 1 half open, 2 open; of several servers' breakers the one that lets most through.",
    labels=(labels.SPECIALIST,),
)
SPECIALIST_UP = Metric(
    "aua_specialist_up",
    "gauge",
    "1 if the latest call or probe reached a server of the specialist, 0 if not; absent before the first.",
    labels=(labels.SPECIALIST,),
)
SERVER_UP = Metric(
    "aua_server_up",
    "gauge",
    "Of a specialist with several servers: 1 if the latest call or probe reached this one, 0 if not; absent before the first.",
    labels=(labels.SERVER,),
)
SERVER_IN_FLIGHT = Metric(
    "aua_server_in_flight", "gauge", "Of a specialist with several servers: calls to this one that are open.", labels=(labels.SERVER,)
)
PROBES = Metric(
    "aua_upstream_probes_total",
    "counter",
    "Servers that carried no calls and were asked whether they are there.",
    labels=(labels.PROBE_RESULT,),
)
PROMPT_TOKENS = Metric(
    "aua_prompt_tokens_total", "counter", "Tokens that a specialist read, as it reported them.", unit="tokens", labels=(labels.SPECIALIST,)
)
COMPLETION_TOKENS = Metric(
    "aua_completion_tokens_total",
    "counter",
    "Tokens that a specialist wrote, as it reported them.",
    unit="tokens",
    labels=(labels.SPECIALIST,),
)
COST = Metric(
    "aua_cost_micro_total",
    "counter",
    "What calls to a specialist cost, each attempt counted, in millionths of the currency of `aua_prices_info`; absent without a price.",
    labels=(labels.SPECIALIST,),
)
FIELD_COST = Metric(
    "aua_field_cost_micro_total",
    "counter",
    "The same by the field of the request that the calls were made for.",
    labels=(labels.FIELD,),
)
UNPRICED = Metric(
    "aua_unpriced_calls_total",
    "counter",
    "Calls that cost something nobody can say: the specialist has no price, or its server did not tell the tokens.",
    labels=(labels.SPECIALIST,),
)
RENT = Metric(
    "aua_rent_micro_per_hour",
    "gauge",
    "What the devices that a specialist runs on cost by the hour, used or not, in millionths of the currency; its part of shared ones.",
    labels=(labels.SPECIALIST,),
)
PRICES_INFO = Metric(
    "aua_prices_info",
    "gauge",
    "1; the labels say which prices are in force.",
    labels=(labels.CURRENCY, labels.PRICES),
)
UTILITY = Metric(
    "aua_utility_score",
    "histogram",
    "Utility of an answer, U = w_e*E + w_c*C + w_k*K with the field's weights, from 0 to 1.",
    unit="ratio",
    labels=(labels.FIELD,),
    buckets=SHARE_BUCKETS,
)
SPECIALIST_UTILITY = Metric(
    "aua_specialist_utility",
    "histogram",
    "Utility of a specialist's answers, from 0 to 1.",
    unit="ratio",
    labels=(labels.SPECIALIST,),
    buckets=SHARE_BUCKETS,
)
EFFICACY = Metric(
    "aua_specialist_efficacy",
    "histogram",
    "E of a specialist's answers: whether they are finished and pass their checks, from 0 to 1.",
    unit="ratio",
    labels=(labels.SPECIALIST,),
    buckets=SHARE_BUCKETS,
)
CONFIDENCE = Metric(
    "aua_specialist_confidence",
    "histogram",
    "C of a specialist's answers: how sure they are, where a model server or another answer tells, from 0 to 1.",
    unit="ratio",
    labels=(labels.SPECIALIST,),
    buckets=SHARE_BUCKETS,
)
CURIOSITY = Metric(
    "aua_specialist_curiosity",
    "histogram",
    "K of a specialist's answers: what asking it may teach about it, from 0 to 1.",
    unit="ratio",
    labels=(labels.SPECIALIST,),
    buckets=SHARE_BUCKETS,
)
COMPARISONS = Metric(
    "aua_comparisons_total",
    "counter",
    "Pairs of answers to one question that were compared, and whether they contradict each other.",
    labels=(labels.FIELD, labels.COMPARISON),
)
VERDICTS = Metric(
    "aua_arbiter_verdicts_total",
    "counter",
    "Decisions of the arbiter.",
    labels=(labels.FIELD, labels.VERDICT, labels.BASIS),
)
ABSTENTIONS = Metric(
    "aua_abstentions_total",
    "counter",
    "Requests that were answered with an abstention.",
    labels=(labels.FIELD, labels.ABSTENTION_REASON),
)
STATE_ROWS_BEHIND = Metric("aua_state_rows_behind", "gauge", "Rows that wait to be written to the state store.")
STATE_ROWS_LIMIT = Metric("aua_state_rows_limit", "gauge", "Rows that may wait; a row beyond that is dropped.")
STATE_ROWS_WRITTEN = Metric("aua_state_rows_written_total", "counter", "Rows that the state store has committed.")
STATE_ROWS_DROPPED = Metric("aua_state_rows_dropped_total", "counter", "Rows that were lost: too many waited, or the store refused them.")
STATE_DELAY = Metric(
    "aua_state_delay_seconds",
    "histogram",
    "From recording the first row of a group to its commit; 20 ms unless the store is slow.",
    unit="seconds",
    buckets=COMMIT_BUCKETS_S,
)
STATE_COMMIT = Metric(
    "aua_state_commit_seconds",
    "histogram",
    "Time that one commit to the state store took.",
    unit="seconds",
    buckets=COMMIT_BUCKETS_S,
)
SPANS = Metric("aua_spans_total", "counter", "Spans of recorded requests; only with tracing on.", labels=(labels.SPAN_OUTCOME,))
RELOADS = Metric(
    "aua_settings_reloads_total", "counter", "Settings files that were read on request, by outcome.", labels=(labels.RELOAD_OUTCOME,)
)
RELOAD_SUCCESSFUL = Metric(
    "aua_settings_last_reload_successful", "gauge", "0 if the latest settings file was refused and older settings are in force, else 1."
)
LOG_LINES_DROPPED = Metric(
    "aua_log_lines_dropped_total", "counter", "Lines of the log that were lost, because nobody reads them or they cannot be written."
)
WEBHOOKS = Metric(
    "aua_webhook_messages_total",
    "counter",
    "Messages of webhooks by what became of them; absent without webhooks.",
    labels=(labels.WEBHOOK_OUTCOME,),
)
PLAN_INFO = Metric(
    "aua_plan_info",
    "gauge",
    "1; the labels say which plan this router was made from.",
    labels=(labels.DEPLOYMENT, labels.DIGEST, labels.ROUTER),
)
DEVICE_PLANNED = Metric(
    "aua_device_memory_planned_bytes", "gauge", "Memory of a device that the plan gives to engines.", unit="bytes", labels=(labels.DEVICE,)
)
DEVICE_MEMORY = Metric("aua_device_memory_bytes", "gauge", "Memory that a device has.", unit="bytes", labels=(labels.DEVICE,))
ENGINE_PLANNED = Metric(
    "aua_engine_memory_planned_bytes",
    "gauge",
    "Memory that the plan gives to an engine, of all devices together.",
    unit="bytes",
    labels=(labels.ENGINE,),
)
BUILD_INFO = Metric("aua_build_info", "gauge", "1; the labels say what runs.", labels=(labels.VERSION, labels.PYTHON))
START_TIME = Metric("process_start_time_seconds", "gauge", "When this process started, in seconds since 1970-01-01 UTC.", unit="seconds")

METRICS = (
    QUERIES,
    ANSWERS,
    QUERY_LATENCY,
    FIRST_TOKEN,
    INTER_TOKEN,
    STAGE_DURATION,
    IN_FLIGHT,
    STREAMS_OPEN,
    ERRORS,
    CLASSIFIER_CONFIDENCE,
    UPSTREAM_CALLS,
    UPSTREAM_FAILED,
    UPSTREAM_CANCELLED,
    UPSTREAM_ERRORS,
    UPSTREAM_LATENCY,
    UPSTREAM_IN_FLIGHT,
    UPSTREAM_QUEUED,
    UPSTREAM_QUEUE_LIMIT,
    UPSTREAM_WAIT,
    UPSTREAM_RETRIES,
    UPSTREAM_FALLBACKS,
    UPSTREAM_HEDGES,
    UPSTREAM_HEDGES_WON,
    BREAKER_STATE,
    SPECIALIST_UP,
    SERVER_UP,
    SERVER_IN_FLIGHT,
    PROBES,
    PROMPT_TOKENS,
    COMPLETION_TOKENS,
    COST,
    FIELD_COST,
    UNPRICED,
    RENT,
    PRICES_INFO,
    UTILITY,
    SPECIALIST_UTILITY,
    EFFICACY,
    CONFIDENCE,
    CURIOSITY,
    COMPARISONS,
    VERDICTS,
    ABSTENTIONS,
    STATE_ROWS_BEHIND,
    STATE_ROWS_LIMIT,
    STATE_ROWS_WRITTEN,
    STATE_ROWS_DROPPED,
    STATE_DELAY,
    STATE_COMMIT,
    SPANS,
    RELOADS,
    RELOAD_SUCCESSFUL,
    LOG_LINES_DROPPED,
    WEBHOOKS,
    PLAN_INFO,
    DEVICE_PLANNED,
    DEVICE_MEMORY,
    ENGINE_PLANNED,
    BUILD_INFO,
    START_TIME,
)
