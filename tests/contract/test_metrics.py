"""What the router writes on `/metrics`, against the contract and against promtool."""

import re
import subprocess

import pytest
from aua_runtime.contract.metrics import METRICS, Metric
from aua_runtime.metrics import Metrics

from tests.tools import require


def filled() -> str:
    """A page on which every metric of the contract has a sample."""
    metrics = Metrics(("swe",))
    for metric in METRICS:
        values = [(label.values or ("some",))[0] for label in metric.labels]
        match metric.type:
            case "counter":
                metrics.count(metric, *values)
            case "gauge":
                metrics.set(metric, 1.0, *values)
            case "histogram":
                metrics.observe(metric, metric.buckets[0], *values)
    return metrics.text().decode()


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_is_written_with_its_type_help_labels_and_buckets(metric: Metric) -> None:
    text = filled()
    samples = [line for line in text.splitlines() if re.match(rf"({'|'.join(metric.series)})[{{ ]", line)]

    assert f"# TYPE {metric.name} {metric.type}\n" in text
    assert f"# HELP {metric.name} " in text
    assert {re.split(r"[{ ]", line)[0] for line in samples} == set(metric.series)
    for line in samples:
        expected = (*metric.label_names, *(("le",) if "_bucket" in line else ()))
        assert tuple(re.findall(r'(\w+)="', line)) == expected
    if metric.buckets:
        bounds = {float(found) for line in samples for found in re.findall(r'le="([^"]+)"', line)}
        assert bounds == {*metric.buckets, float("inf")}


def test_nothing_else_is_written() -> None:
    known = {series for metric in METRICS for series in metric.series}

    assert {re.split(r"[{ ]", line)[0] for line in filled().splitlines() if not line.startswith("#")} == known


def test_prometheus_finds_nothing_to_remark() -> None:
    promtool = require("promtool")

    done = subprocess.run([promtool, "check", "metrics"], input=filled(), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
