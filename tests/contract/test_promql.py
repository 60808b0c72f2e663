"""The check of queries finds what it is there to find."""

import pytest

from tests.promql import faults_of, known_of
from tests.targets.plans import single_4090
from tests.tools import require_module


@pytest.mark.parametrize(
    ("expr", "fault"),
    [
        ("sum(aua_queries_total)", "no series `aua_queries_total`"),
        ('aua_query_total{outcom="failed"}', "`aua_query_total` has no label `outcom`"),
        ('rate(aua_query_total{outcome=~"answered|fail"}[5m])', "`outcome` is never `fail`"),
        ("sum by (stage) (rate(aua_query_total[5m]))", "no label `stage` to aggregate by"),
        ("aua_query_total * on (stage) aua_query_total", "no label `stage` to match on"),
        ("sum by (field) (sum by (mode) (aua_query_total))", "no label `field` to aggregate by"),
        ("aua_query_latency_seconds", "no series `aua_query_latency_seconds`"),
        ("vllm:gpu_cache_usage_perc", "no series `vllm:gpu_cache_usage_perc`"),
    ],
)
def test_what_is_not_exported_is_found(expr: str, fault: str) -> None:
    require_module("promql_parser")

    assert faults_of(expr, known_of(single_4090())) == [fault]
