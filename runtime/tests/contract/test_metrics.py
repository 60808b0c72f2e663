import re
from itertools import pairwise

import pytest
from aua_runtime.contract.metrics import METRICS, Metric

metrics = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def test_no_two_metrics_share_a_series() -> None:
    series = [name for metric in METRICS for name in metric.series]

    assert len(set(series)) == len(series)


@metrics
def test_names_keep_to_the_rules_of_prometheus(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert metric.name.endswith("_total") == (metric.type == "counter")
    assert metric.unit in {"", "ratio"} or metric.unit in metric.name
    assert not re.search(r"_(ms|milliseconds|percent|kb|mb|count|sum|bucket|rate|ratio)(_|$)", metric.name)
    assert metric.help.endswith(".")


@metrics
def test_only_histograms_have_buckets_and_they_rise(metric: Metric) -> None:
    assert bool(metric.buckets) == (metric.type == "histogram")
    assert all(lower < upper for lower, upper in pairwise(metric.buckets))


@metrics
def test_the_values_of_every_label_are_bounded(metric: Metric) -> None:
    assert len(set(metric.label_names)) == len(metric.label_names)
    assert not {"le", "job", "instance", "service", "quantile"} & set(metric.label_names)
    for label in metric.labels:
        assert label.values or label.names_of or label.free
        assert not label.free or metric.name.endswith("_info")
