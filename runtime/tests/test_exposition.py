"""The two text formats of metrics, judged by Prometheus' own client library."""

import asyncio
from pathlib import Path

import pytest
from aua_runtime import siblings
from aua_runtime.contract import metrics
from aua_runtime.contract.metrics import METRICS
from aua_runtime.exposition import CONTENT_TYPES, wanted
from aua_runtime.metrics import Metrics
from harness import ask, models, says, streams, two_fields
from prometheus_client import parser as plain
from prometheus_client.openmetrics import parser as openmetrics
from tracing_sink import traced

TRACE = "0af7651916cd43dd8448eb211c80319c"
OF_PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
OF_PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "prometheus"),
        ("*/*", "prometheus"),
        (OF_PROMETHEUS_2, "openmetrics"),
        (OF_PROMETHEUS_3, "openmetrics"),
        ("application/openmetrics-text", "openmetrics"),
        ('Application/OpenMetrics-Text; Version="1.0.0"', "openmetrics"),
        ("application/openmetrics-text;version=0.0.1", "prometheus"),
        ("application/openmetrics-text;version=2.0.0,text/plain", "prometheus"),
        ("application/openmetrics-text;q=0,text/plain;q=0.1", "prometheus"),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.9", "prometheus"),
        ("application/openmetrics-text;q=nan", "prometheus"),
        ("application/openmetrics-text;q=-1", "prometheus"),
        (";;;,,,=", "prometheus"),
    ],
)
def test_who_scrapes_gets_the_format_that_it_prefers(accept: str, form: str) -> None:
    assert wanted(accept) == form


def filled(worker: int | None = None) -> Metrics:
    counted = Metrics(("a",), worker)
    for metric in METRICS:
        values = [label.values[0] if label.values else "a" for label in metric.labels]
        if metric.type == "histogram":
            counted.observe(metric, 0.3, *values)
            counted.histogram(metric, *values).exemplify(0.3, TRACE, 1.5)
        else:
            counted.count(metric, *values, by=2.5 if metric.type == "gauge" else 3)
    return counted


def test_both_formats_hold_the_same_samples_and_are_what_they_say() -> None:
    text = {sample for family in plain.text_string_to_metric_families(filled().text().decode()) for sample in family_samples(family)}
    families = list(openmetrics.text_string_to_metric_families(filled().text("openmetrics").decode()))
    assert {sample for family in families for sample in family_samples(family)} == text
    assert {family.type for family in families} == {"counter", "gauge", "histogram"}
    assert len(families) == len(METRICS)


def family_samples(family: object) -> list[tuple[str, frozenset[tuple[str, str]], float]]:
    samples = family.samples  # type: ignore[attr-defined]  # a family of either parser
    return [(sample.name, frozenset(sample.labels.items()), sample.value) for sample in samples]


def test_several_workers_are_one_document_with_one_end() -> None:
    merged = siblings.merged([filled(0).text("openmetrics"), filled(1).text("openmetrics")]).decode()
    families = {family.name: family for family in openmetrics.text_string_to_metric_families(merged)}
    assert merged.endswith("\n# EOF\n")
    assert merged.count("# EOF") == 1
    latency = families[metrics.QUERY_LATENCY.name].samples
    assert {sample.labels["worker"] for sample in latency} == {"0", "1"}
    assert [sample.exemplar.labels for sample in latency if sample.exemplar] == [{"trace_id": TRACE}] * 2


def test_latencies_of_recorded_requests_name_their_traces(tmp_path: Path) -> None:
    async def inner() -> None:
        async with models(says(), streams()) as alpha, traced(two_fields(alpha, alpha), tmp_path) as it:
            ids = [(await it.router.chat(stream=stream)).headers["x-aua-trace-id"] for stream in (False, True)]
            shown = await ask(it.router.management, "GET", "/metrics", None, {"accept": OF_PROMETHEUS_2})
            assert shown.headers["content-type"] == CONTENT_TYPES["openmetrics"]
            found = {
                family.name: {sample.exemplar.labels["trace_id"] for sample in family.samples if sample.exemplar}
                for family in openmetrics.text_string_to_metric_families(shown.body.decode())
            }
            latencies = {metrics.QUERY_LATENCY.name, metrics.FIRST_TOKEN.name, metrics.UPSTREAM_LATENCY.name}
            assert {name for name, traces in found.items() if traces} == latencies
            assert set.union(*found.values()) <= set(ids)
            assert found[metrics.FIRST_TOKEN.name] == {ids[1]}
            text = await ask(it.router.management, "GET", "/metrics")
            assert (text.headers["content-type"], b"trace_id" in text.body) == (CONTENT_TYPES["prometheus"], False)

    asyncio.run(asyncio.wait_for(inner(), 20))
