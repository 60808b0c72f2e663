"""The OpenTelemetry collector of a plan: its config, and where it listens. It takes OTLP, and hands traces on and metrics to Prometheus.

Environment variables are put in by the collector itself where it reads `${env:NAME}`; every other `$` is written twice, as it wants it.
"""

from typing import Any
from urllib.parse import urlsplit

from aua_compile.plan.model import Collector, Plan, TraceExport
from aua_compile.plan.ports import OTLP_PORT

PORTS = {"otlp-grpc": 4317, "otlp-http": OTLP_PORT, "own-metrics": 8888, "metrics": 8889}
"""Where it listens, by names that Kubernetes takes for ports too."""
HEALTH_PORT = 13133
MEMORY_GIB = 0.5
"""A thousand traces a second wait in a tenth of it."""


def collector_of(plan: Plan) -> Collector | None:
    """The collector, where the plan has one."""
    return plan.observability.tracing.collector if plan.observability.tracing is not None else None


def config(collector: Collector) -> dict[str, Any]:
    """What it reads when it starts. Memory is looked at first, and batches are made last, as its makers advise."""
    exporters = {f"otlp_{export.protocol}/{export.name}": _sending(export) for export in collector.exports}
    steps = ["memory_limiter", "batch"]
    return {
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": f"0.0.0.0:{PORTS['otlp-grpc']}"},
                    "http": {"endpoint": f"0.0.0.0:{PORTS['otlp-http']}"},
                }
            }
        },
        "processors": {"memory_limiter": {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 20}, "batch": {}},
        "exporters": {**exporters, "prometheus": {"endpoint": f"0.0.0.0:{PORTS['metrics']}"}},
        "extensions": {"health_check": {"endpoint": f"0.0.0.0:{HEALTH_PORT}"}},
        "service": {
            "extensions": ["health_check"],
            "pipelines": {
                "traces": {"receivers": ["otlp"], "processors": steps, "exporters": list(exporters)},
                "metrics": {"receivers": ["otlp"], "processors": steps, "exporters": ["prometheus"]},
            },
            "telemetry": {
                "metrics": {"readers": [{"pull": {"exporter": {"prometheus": {"host": "0.0.0.0", "port": PORTS["own-metrics"]}}}}]}  # noqa: S104 - inside its container
            },
        },
    }


def _sending(export: TraceExport) -> dict[str, Any]:
    literal = {name: value.replace("$", "$$") for name, value in export.headers.items()}
    headers = {**literal, **{name: f"${{env:{variable}}}" for name, variable in export.header_env.items()}}
    sent = {"headers": headers} if headers else {}
    if export.protocol == "http":
        return {"endpoint": export.endpoint, **sent}
    url = urlsplit(export.endpoint)
    port = url.port or (443 if url.scheme == "https" else 80)
    host = f"[{url.hostname}]" if ":" in str(url.hostname) else url.hostname
    return {"endpoint": f"{host}:{port}", "tls": {"insecure": url.scheme == "http"}, **sent}
