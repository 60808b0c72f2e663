"""Made-up pictures of deployments, for tests of the screen."""

from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics
from aua_runtime.status.figures import figures
from aua_runtime.status.machines import machines
from aua_runtime.status.reading import Reading
from aua_runtime.status.samples import Samples, parsed
from aua_runtime.status.watch import Moment, Picture, Router

PLAN = {
    "ledgers": [
        {
            "device": 0,
            "accelerator": "rtx-4090",
            "total_gib": 24.0,
            "free_gib": 2.0,
            "entries": [{"instance": "s0", "service": "s0", "weights_gib": 20.0, "kv_pool_gib": 2.0}],
        }
    ],
    "fields": [{"name": f"field_{at}", "specialists": [f"s{at}"]} for at in range(3)],
    "instances": [{"name": "s0", "engine": "vllm", "engine_version": "0.33.0", "port": 9001, "metrics_path": "/metrics"}],
}
ENGINE = """vllm:kv_cache_usage_perc{model_name="m"} 0.97
vllm:num_requests_running{model_name="m"} 3
vllm:num_requests_waiting{model_name="m"} 2
"""


def counted(specialists: int, fields: int) -> Metrics:
    names = tuple(f"s{number}" for number in range(specialists))
    found = Metrics(names)
    found.set(metrics.START_TIME, 100.0)
    for at in range(fields):
        for times in range(at + 1):
            found.count(metrics.QUERIES, f"field_{at}", "single", "answered" if times else "failed")
            found.observe(metrics.QUERY_LATENCY, 0.2, f"field_{at}", "single")
    for at, name in enumerate(names):
        found.count(metrics.UPSTREAM_CALLS, name, by=10.0 * at + 2)
        found.count(metrics.UPSTREAM_FAILED, name)
    found.count(metrics.ERRORS, "AUA_BACKEND_ERROR", by=3)
    found.count(metrics.VERDICTS, "field_0", "both", "judge")
    return found


def picture(
    specialists: int = 3, fields: int = 3, *, samples: bool = True, deployment: str = "shop", url: str = "http://127.0.0.1:8001"
) -> Picture:
    """A deployment that was looked at twice."""
    names = [f"s{number}" for number in range(specialists)]
    about = {"deployment": deployment, "status": "ready", "plan": "5f" * 32, "state": True, "breakers": dict.fromkeys(names, "closed")}
    made = counted(specialists, fields)
    readings = []
    for at_s in (0.0, 2.0):
        readings.append(Reading(url, at_s, ready=True, about=about, samples=parsed(made.text().decode()) if samples else None))
        made.count(metrics.QUERIES, "field_0", "single", "answered", by=4)
    scrapes: dict[str, Samples | None] = {"s0": parsed(ENGINE)}
    return Picture(
        wall_s=3_700_000.0,
        routers=(Router(url, readings[-1]),),
        figures=figures([readings], 3_700_000.0),
        machines=machines(PLAN, scrapes) if samples else None,
        no_machines="",
        restarts=(),
        trail=(Moment(1.0, 0.1), Moment(2.0, 0.3)),
    )
