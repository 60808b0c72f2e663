"""What is exported is documented and used, and what is used is exported, as a running router and engines that are simulated tell it."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from aua_runtime.cli.sim.tasks import tasks
from aua_runtime.contract.engine_metrics import LLAMACPP, VLLM_0_33
from aua_runtime.contract.metrics import METRICS
from aua_runtime.status.samples import Samples, parsed

from aua_compile.observe import scrape
from aua_compile.observe.alerts import alerts
from aua_compile.observe.recording import deployed, records
from aua_compile.plan.model import CallLimits, Hedge, Listener, Plan
from aua_compile.plan.series import names
from aua_compile.targets import grafana
from aua_compile.targets.router import PACKAGE
from tests.contract.test_router import free_ports, process, written
from tests.promql import known_of, selected
from tests.targets.plans import PLANS, single_4090, traced_elsewhere
from tests.tools import ROOT, require_module

SCRAPED = frozenset({"job", "instance", "service", "le"})
"""Labels that are not the exporter's own words."""
MADE_BY_PROMETHEUS = frozenset({"up", "ALERTS"})
FAST = ("--first-token-ms", "1", "--token-ms", "1", "--tokens", "20")


@dataclass(frozen=True)
class Watched:
    """A plan that runs, and what its processes told of themselves after a load."""

    plan: Plan
    router: Samples
    engines: dict[str, Samples]


def plan() -> Plan:
    """Fan-out with an arbiter, a specialist with two servers, few places, and second calls: nearly everything that can be counted."""
    plan = single_4090()
    public, management = free_ports(2)
    swe, math = (replace(specialist, limits=CallLimits(1, 99)) for specialist in plan.specialists)
    return replace(
        plan,
        fields=tuple(replace(field, stream_mode="direct", high_risk=field.name == "mathematics") for field in plan.fields),
        specialists=(replace(swe, replicas=("http://127.0.0.1:1",), hedge=Hedge(0.001, 1.0)), math),
        routing=replace(plan.routing, single_threshold=1.0, fanout_threshold=0.0, deadline_s=20.0),
        api=replace(plan.api, public=Listener("127.0.0.1", public), management=Listener("127.0.0.1", management)),
    )


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Everything is asked that makes a metric appear: whole and streamed, compared and judged, wrong, with a server that fails."""
    made, folder = plan(), tmp_path_factory.mktemp("closure")
    package = written(made, folder)
    with ExitStack() as stack:
        options = ("--neither", "0.5", "--log-probabilities", "calibrated", *FAST)
        vllm, llamacpp = (simulated(stack, folder, "--engine", engine, *options) for engine in ("vllm", "llamacpp"))
        failing = simulated(stack, folder, "--failed", "0.25", *FAST)
        urls = {"SWE": f"{vllm} {failing}", "MATH": llamacpp, "ARBITER": vllm}
        environment = {f"AUA_SPECIALIST_{name}_URL": url for name, url in urls.items()}
        command = [sys.executable, "-m", PACKAGE]
        stack.enter_context(process(command, folder, folder / "router.log", PYTHONPATH=str(package), **environment))
        management = f"http://127.0.0.1:{made.api.management.port}"
        until(lambda: httpx.get(f"{management}/health/ready", trust_env=False).status_code == 200)
        asked(f"http://127.0.0.1:{made.api.public.port}")
        until(lambda: samples(f"{management}/metrics").total("aua_state_rows_behind") == 0)
        yield Watched(made, samples(f"{management}/metrics"), {url: samples(f"{url}/metrics") for url in (vllm, llamacpp)})


def simulated(stack: ExitStack, folder: Path, *options: str) -> str:
    ran = stack.enter_context(process([sys.executable, "-m", "aua_runtime.cli", "sim", *options], folder))
    assert ran.stdout is not None
    return ran.stdout.readline().split()[-1]


def samples(url: str) -> Samples:
    return parsed(httpx.get(url, trust_env=False).text)


def until(holds: Callable[[], bool]) -> None:
    end = monotonic() + 30
    while True:
        try:
            if holds():
                return
        except httpx.HTTPError:
            pass
        assert monotonic() < end
        sleep(0.05)


def asked(public: str) -> None:
    with httpx.Client(base_url=public, trust_env=False, timeout=20) as client:
        bodies = [{**task.body, "model": model} for task in tasks()[::9] for model in ("aua", "swe", "math")]
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda body: client.post("/v1/chat/completions", json={**body, "stream": body["model"] != "aua"}), bodies))
        for body in bodies[1:30:3]:  # one after another, so that there is a place for a second call
            client.post("/v1/chat/completions", json=body)
        client.post("/v1/chat/completions", json={"model": "nobody", "messages": [{"role": "user", "content": "hello"}]})


def queries(of: Plan) -> Iterator[str]:
    """Every query of a plan's dashboards, alerts, runbooks and rules."""
    for artifact in grafana.emit(of):
        if artifact.path.endswith(".json"):
            for expr in re.findall(r'"expr": ("(?:[^"\\]|\\.)*")', artifact.text):
                yield re.sub(r"\$__rate_interval", "5m", json.loads(expr))
    for alert in alerts(of):
        yield from (alert.expr, alert.query, *(query for step in alert.steps for query in step.queries))
    yield from (record.expr for record in (*deployed(of), *records(of)))


def test_what_a_router_exports_is_of_the_contract_with_its_labels_and_values(watched: Watched) -> None:
    metrics = {series: metric for metric in METRICS for series in metric.series}
    known = names(watched.plan)
    faults = []
    for series in watched.router.by_name:
        for sample in watched.router.of(series):
            assert series in metrics, series
            metric = metrics[series]
            assert set(sample.labels) - {"le"} == set(metric.label_names), series
            faults += [
                f"{series}: {label.name}={sample.labels[label.name]}"
                for label in metric.labels
                if not label.free and sample.labels[label.name] not in {*label.values, *(known[label.names_of] if label.names_of else ())}
            ]
    assert faults == []


def test_what_an_engine_exports_and_we_use_is_what_the_contract_lists(watched: Watched) -> None:
    for shown, table in zip(watched.engines.values(), (VLLM_0_33, LLAMACPP), strict=True):
        assert set(shown.by_name) == {series for metric in table.values() for series in metric.series}
        for metric in table.values():
            assert {frozenset(sample.labels) - {"le"} for series in metric.series for sample in shown.of(series)} == {
                frozenset(metric.labels)
            }


def test_what_this_plan_uses_is_exported_with_those_labels(watched: Watched) -> None:
    require_module("promql_parser")
    recorded = {record.name for record in (*deployed(watched.plan), *records(watched.plan))}
    seen: dict[str, set[str]] = {}
    for shown in (watched.router, *watched.engines.values()):
        for series in shown.by_name:
            seen[series] = {name for sample in shown.of(series) for name in sample.labels}
    missing = []
    for query in queries(watched.plan):
        for series, used in selected(query, known_of(watched.plan)):
            if series not in recorded | MADE_BY_PROMETHEUS and not used - SCRAPED <= seen.get(series, {series}):
                missing.append(f"{series} {sorted(used - SCRAPED)}")
            elif series not in recorded | MADE_BY_PROMETHEUS | seen.keys():
                missing.append(series)
    assert not missing, "\n".join(sorted(set(missing)))


def test_what_can_be_exported_is_documented() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")

    assert [metric.name for metric in METRICS if f"| `{metric.name}` |" not in page] == []


def test_what_can_be_exported_is_used_by_a_panel_an_alert_or_a_rule_of_some_plan() -> None:
    require_module("promql_parser")
    plans = [*(make() for make in PLANS.values()), traced_elsewhere(), plan()]
    used = {series for of in plans for query in queries(of) for series, _ in selected(query, known_of(of))}

    assert [metric.name for metric in METRICS if not used & set(metric.series)] == []


def test_what_is_read_of_engines_is_used_by_a_panel_or_an_alert() -> None:
    require_module("promql_parser")
    of = PLANS["everything"]()
    used = {series for query in queries(of) for series, _ in selected(query, known_of(of))}

    assert scrape.engine_targets(of)
    assert [metric.name for table in (VLLM_0_33, LLAMACPP) for metric in table.values() if not used & set(metric.series)] == []
