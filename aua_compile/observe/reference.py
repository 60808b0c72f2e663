"""The page docs/metrics.md: every metric and label of the router, and what is read from engines, as the contract says it."""

from aua_runtime.contract.engine_metrics import LLAMACPP, VLLM_0_33
from aua_runtime.contract.labels import Label
from aua_runtime.contract.metrics import METRICS, SERIES_LIMIT, Metric

_NAME_SETS = {
    "fields": "the plan's fields",
    "specialists": "the plan's specialists",
    "servers": "the servers of specialists that have several",
    "devices": "the plan's devices",
    "engines": "the plan's engines",
    "errors": "the router's error codes",
}


def page() -> str:
    """The whole page."""
    labels = dict.fromkeys(label for metric in METRICS for label in metric.labels)
    return "\n".join(
        [
            "<!-- Made from aua_runtime.contract by `make schemas`; edits are lost. -->",
            "",
            "# Metrics",
            "",
            "The router exports these on `/metrics` of its management listener, and no others. No label holds what a client typed.",
            "",
            f"`aua compile` refuses a plan of which a metric could have more than {SERIES_LIMIT:,} series (AUA0760): the product of how",
            "many values each of its labels can have. Not counted are the buckets of a histogram, and the label `worker` that says which",
            "process counted where `deploy.workers` starts several: like Prometheus' own `instance` it tells sources apart.",
            "",
            "| metric | type | labels | meaning |",
            "|---|---|---|---|",
            *(f"| `{metric.name}` | {metric.type} | {_labels(metric)} | {metric.help} |" for metric in METRICS),
            "",
            "## Labels",
            "",
            "| label | of | values | meaning |",
            "|---|---|---|---|",
            *(f"| `{label.name}` | {_users(label)} | {_values(label)} | {label.meaning} |" for label in labels),
            "",
            "## Engines",
            "",
            "Rules and dashboards read these from engines that a plan starts. Ollama exports none.",
            "",
            "| meaning | vLLM from 0.33 | llama.cpp |",
            "|---|---|---|",
            *(
                f"| {meaning.replace('_', ' ')} | `{metric.name}` | {f'`{LLAMACPP[meaning].name}`' if meaning in LLAMACPP else ''} |"
                for meaning, metric in VLLM_0_33.items()
            ),
            "",
        ]
    )


def _labels(metric: Metric) -> str:
    return ", ".join(f"`{name}`" for name in metric.label_names)


def _users(label: Label) -> str:
    """The metrics that have it; a name alone does not tell two labels apart."""
    users = [metric.name for metric in METRICS if label in metric.labels]
    return "<br>".join(f"`{name}`" for name in users)


def _values(label: Label) -> str:
    found = [f"`{value}`" for value in label.values]
    if label.names_of:
        found.append(_NAME_SETS[label.names_of])
    return ", ".join(found)
