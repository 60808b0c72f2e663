"""What the engines export, by engine and version, and what each metric means to us. Only metrics that rules or dashboards use are listed.

Sources: vLLM 0.33.0, `vllm/v1/metrics/loggers.py` (its Prometheus client adds `_total` to counters); llama.cpp's server,
`tools/server/README.md`, section "GET /metrics", which needs `--metrics`; SGLang 0.5.23,
`srt/observability/metrics_collector.py`, which needs `--enable-metrics`. Ollama has no metrics endpoint, hence no entry.
"""

import re
from collections.abc import Mapping
from typing import Literal

from aua_runtime.contract.frozen import dataclass

Meaning = Literal[
    "requests_running",
    "requests_waiting",
    "kv_cache_usage",
    "prompt_tokens",
    "generation_tokens",
    "preemptions",
    "prefix_cache_queries",
    "prefix_cache_hits",
    "time_to_first_token",
    "inter_token_latency",
    "queue_time",
]


@dataclass(frozen=True, slots=True)
class EngineMetric:
    """A metric of an engine. `labels` are its own, besides those that the scrape adds; `name` of a histogram is without `_bucket`."""

    name: str
    type: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which its samples appear."""
        return tuple(self.name + suffix for suffix in ("_bucket", "_sum", "_count")) if self.type == "histogram" else (self.name,)


_OF_MODEL = ("model_name", "engine")

VLLM_0_33: Mapping[Meaning, EngineMetric] = {
    "requests_running": EngineMetric("vllm:num_requests_running", "gauge", _OF_MODEL),
    "requests_waiting": EngineMetric("vllm:num_requests_waiting", "gauge", _OF_MODEL),
    "kv_cache_usage": EngineMetric("vllm:kv_cache_usage_perc", "gauge", _OF_MODEL),  # 0 to 1, whatever its name says
    "prompt_tokens": EngineMetric("vllm:prompt_tokens_total", "counter", _OF_MODEL),
    "generation_tokens": EngineMetric("vllm:generation_tokens_total", "counter", _OF_MODEL),
    "preemptions": EngineMetric("vllm:num_preemptions_total", "counter", _OF_MODEL),
    "prefix_cache_queries": EngineMetric("vllm:prefix_cache_queries_total", "counter", _OF_MODEL),
    "prefix_cache_hits": EngineMetric("vllm:prefix_cache_hits_total", "counter", _OF_MODEL),
    "time_to_first_token": EngineMetric("vllm:time_to_first_token_seconds", "histogram", _OF_MODEL),
    "inter_token_latency": EngineMetric("vllm:inter_token_latency_seconds", "histogram", _OF_MODEL),
    "queue_time": EngineMetric("vllm:request_queue_time_seconds", "histogram", _OF_MODEL),
}

LLAMACPP: Mapping[Meaning, EngineMetric] = {
    "requests_running": EngineMetric("llamacpp:requests_processing", "gauge", ()),
    "requests_waiting": EngineMetric("llamacpp:requests_deferred", "gauge", ()),
    "prompt_tokens": EngineMetric("llamacpp:prompt_tokens_total", "counter", ()),
    "generation_tokens": EngineMetric("llamacpp:tokens_predicted_total", "counter", ()),
}


_OF_SCHEDULER = ("model_name", "engine_type", "tp_rank", "pp_rank", "moe_ep_rank")
_OF_REQUESTS = ("model_name", "engine_type")

SGLANG_0_5: Mapping[Meaning, EngineMetric] = {
    "requests_running": EngineMetric("sglang:num_running_reqs", "gauge", _OF_SCHEDULER),
    "requests_waiting": EngineMetric("sglang:num_queue_reqs", "gauge", _OF_SCHEDULER),
    "kv_cache_usage": EngineMetric("sglang:token_usage", "gauge", _OF_SCHEDULER),  # 0 to 1
    "prompt_tokens": EngineMetric("sglang:prompt_tokens_total", "counter", _OF_REQUESTS),
    "generation_tokens": EngineMetric("sglang:generation_tokens_total", "counter", _OF_REQUESTS),
    "preemptions": EngineMetric("sglang:num_retracted_requests_total", "counter", _OF_SCHEDULER),
    "time_to_first_token": EngineMetric("sglang:time_to_first_token_seconds", "histogram", _OF_REQUESTS),
    "inter_token_latency": EngineMetric("sglang:inter_token_latency_seconds", "histogram", _OF_REQUESTS),
    "queue_time": EngineMetric("sglang:queue_time_seconds", "histogram", _OF_SCHEDULER),
}


_TABLES: tuple[tuple[str, tuple[int, ...], Mapping[Meaning, EngineMetric]], ...] = (
    ("llamacpp", (0,), LLAMACPP),
    ("sglang", (0, 5), SGLANG_0_5),
    ("vllm", (0, 33), VLLM_0_33),
)
"""Which table holds for an engine from which version on; within an engine in ascending order."""


def engine_metrics(engine: str, version: str) -> Mapping[Meaning, EngineMetric]:
    """What this version of an engine exports, by meaning; empty where it has no metrics endpoint or is older than what was read.

    >>> engine_metrics("vllm", "0.33.0")["kv_cache_usage"].name
    'vllm:kv_cache_usage_perc'
    """
    found: Mapping[Meaning, EngineMetric] = {}
    numbers = tuple(int(number) for number in re.findall(r"\d+", version))
    for name, since, table in _TABLES:
        if name == engine and numbers >= since:
            found = table
    return found
