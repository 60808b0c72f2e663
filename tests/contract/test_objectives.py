"""Objectives in what real deployments meet, judged by promtool: no traffic, restarts, gaps, a budget that burns and recovers."""

from pathlib import Path

import pytest

from aua_compile.render import to_yaml
from aua_compile.targets import prometheus
from tests.contract.test_prometheus import run, written
from tests.observe.test_objectives import promised
from tests.tools import require

JOB = 'job="coding-router"'
ANSWERED, FAILED = (f'aua_query_total{{{JOB},outcome="{outcome}"}}' for outcome in ("answered", "failed"))
WITHIN, COUNT = f'aua_query_latency_seconds_bucket{{{JOB},le="10.0"}}', f"aua_query_latency_seconds_count{{{JOB}}}"
FAST, SLOW = "AUA_AvailabilityBudgetBurn", "AUA_AvailabilityBudgetBurnSlow"
LATENCY = "AUA_LatencyBudgetBurn"
HOURLY = " ".join(["0+60x58 _"] * 4)
"""A router that is started anew each hour: its counters begin at nothing, and one scrape is missed."""
HOURLY_FAILING = " ".join(["0+3x58 _"] * 4)
EVERYTHING_FAILS = {ANSWERED: "0+60x59 3600+0x29 3600+60x420", FAILED: "0+0x59 0+60x30 1800+0x420"}


@pytest.mark.parametrize(
    ("series", "alert", "states"),
    [
        ({}, FAST, {"2h": 0}),
        ({ANSWERED: "0+0x120", FAILED: "0+0x120"}, FAST, {"2h": 0}),
        ({ANSWERED: HOURLY, FAILED: "0+0x240"}, FAST, {"30m": 0, "59m": 0, "1h5m": 0, "3h50m": 0}),
        ({ANSWERED: HOURLY, FAILED: HOURLY_FAILING}, FAST, {"2h30m": 1, "3h50m": 1}),
        ({ANSWERED: "0+60x60 _x120 0+60x60", FAILED: "0+0x60 _x120 0+0x60"}, FAST, {"2h": 0, "3h1m": 0, "4h": 0}),
        ({ANSWERED: "0+60x180", FAILED: "0+0x60 1 2 2+0x120"}, FAST, {"1h10m": 0, "3h": 0}),
        (EVERYTHING_FAILS, FAST, {"55m": 0, "1h25m": 1, "3h": 0}),
        (EVERYTHING_FAILS, SLOW, {"55m": 0, "2h50m": 1, "8h30m": 0}),
        ({WITHIN: "0+60x180", COUNT: "0+60x180"}, LATENCY, {"1h": 0, "3h": 0}),
        ({WITHIN: "0+60x60 3600+0x30 3600+60x150", COUNT: "0+60x240"}, LATENCY, {"55m": 0, "1h30m": 1, "3h50m": 0}),
    ],
    ids=["no series", "no requests", "restarts", "failures through restarts", "a gap", "two failures", "fast", "slow", "quick", "latency"],
)
def test_a_burning_budget_is_told_and_nothing_else_is(series: dict[str, str], alert: str, states: dict[str, int], tmp_path: Path) -> None:
    promtool = require("promtool")
    folder = written(promised(availability=0.999, fast=0.99, within_s=10.0), tmp_path)
    firing = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    checks = [{"expr": firing, "eval_time": at, "exp_samples": [{"labels": "{}", "value": 1}] if on else []} for at, on in states.items()]
    (folder / "hard.yaml").write_text(
        to_yaml(
            {
                "rule_files": list(prometheus.RULES),
                "evaluation_interval": "1m",
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": [{"series": name, "values": values} for name, values in series.items()],
                        "promql_expr_test": checks,
                    }
                ],
            }
        )
    )
    assert "SUCCESS" in run(promtool, "test", "rules", folder / "hard.yaml")
