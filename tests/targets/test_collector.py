"""The collector in compose and in Kubernetes: who reaches it, whom it reaches, what it may, and which secrets are its own."""

from itertools import product
from typing import Any

import yaml

from aua_compile.plan.model import Plan
from aua_compile.targets import compose, grafana, kubernetes, prometheus
from tests.targets.plans import collected, single_4090, traced_elsewhere
from tests.targets.pod_security import findings, pod_specs
from tests.targets.reachability import Pod, may_connect, may_leave

PUBLIC, PRIVATE, METADATA, TEMPO = "93.184.215.14", "10.9.8.7", "169.254.169.254", "2001:db8::7"
PROMETHEUS = Pod("monitoring", {"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/managed-by": "prometheus-operator"})


def objects(plan: Plan) -> list[dict[str, Any]]:
    """The objects of the base, the component and the overlays; the collector's own config is none."""
    texts = [artifact.text for artifact in kubernetes.emit(plan) if artifact.path.endswith(".yaml")]
    return [one for text in texts for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if "kind" in one]


def composed(plan: Plan) -> dict[str, Any]:
    text = next(artifact.text for artifact in compose.emit(plan) if artifact.path == "compose/compose.yaml")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader)["services"])


def pods(plan: Plan) -> dict[str, Pod]:
    found = [one for one in objects(plan) if one["kind"] in {"Deployment", "Job"}]
    return {one["metadata"]["name"]: Pod(plan.kubernetes.namespace, one["spec"]["template"]["metadata"]["labels"]) for one in found}


def test_only_the_router_sends_spans_and_only_prometheus_reads_metrics() -> None:
    plan = collected()
    policies = [one for one in objects(plan) if one["kind"] == "NetworkPolicy"]
    known = pods(plan) | {"prometheus": PROMETHEUS}
    reached = {
        (source, port)
        for (source, one), port in product(known.items(), (4317, 4318, 8888, 8889, 13133))
        if source != "collector" and may_connect(policies, one, known["collector"], port)
    }
    assert reached == {("router", 4318), ("prometheus", 8888), ("prometheus", 8889)}


def test_the_collector_goes_where_its_exports_are_and_the_router_does_not() -> None:
    plan = collected()
    policies = [one for one in objects(plan) if one["kind"] == "NetworkPolicy"]
    of = pods(plan)
    assert may_leave(policies, of["collector"], TEMPO, 4317)
    assert may_leave(policies, of["collector"], PUBLIC, 443)
    assert may_connect(policies, of["collector"], Pod("tracing", {"app": "jaeger"}), 4317)
    assert not may_leave(policies, of["collector"], PUBLIC, 80)
    assert not may_leave(policies, of["collector"], METADATA, 443)
    assert not may_leave(policies, of["router"], PUBLIC, 443)


def test_a_router_that_sends_its_spans_away_may_go_there_and_nowhere_else() -> None:
    policies = [one for one in objects(traced_elsewhere()) if one["kind"] == "NetworkPolicy"]
    router = pods(traced_elsewhere())["router"]
    assert may_leave(policies, router, PUBLIC, 443)
    assert may_leave(policies, router, PRIVATE, 443)
    assert not may_leave(policies, router, METADATA, 443)
    assert not may_leave(policies, router, PUBLIC, 4318)


def test_no_pod_beside_a_collector_has_a_finding_under_pod_security_restricted() -> None:
    specs = [spec for one in objects(collected()) if one["kind"] == "Deployment" for spec in pod_specs(one)]
    assert "collector" in [spec["containers"][0]["name"] for spec in specs]
    assert [finding for spec in specs for finding in findings(spec)] == []


def test_the_collectors_secrets_are_its_own() -> None:
    plan = collected()
    services = composed(plan)
    assert services["collector"]["environment"] == {"DATADOG_KEY": None}
    assert "DATADOG_KEY" not in plan.router.secret_env
    containers = {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]["containers"] for one in objects(plan) if one["kind"] == "Deployment"
    }
    secret = containers["collector"][0]["env"][0]["valueFrom"]["secretKeyRef"]
    assert (secret["name"], secret["key"]) == ("aua-collector-secrets", "DATADOG_KEY")
    assert "DATADOG_KEY" not in str(containers["router"])
    told = {artifact.path: artifact.text for emit in (compose.emit, kubernetes.emit) for artifact in emit(plan)}
    assert "DATADOG_KEY=" in told["compose/.env.example"]
    assert "aua-collector-secrets" in told["kubernetes/README.md"]


def test_containers_send_spans_to_the_collector_by_its_name() -> None:
    plan = collected()
    assert composed(plan)["router"]["environment"]["AUA_TRACES_URL"] == "http://collector:4318"
    router = next(one for one in objects(plan) if (one["kind"], one["metadata"]["name"]) == ("Deployment", "router"))
    assert {"name": "AUA_TRACES_URL", "value": "http://collector:4318"} in router["spec"]["template"]["spec"]["containers"][0]["env"]


def test_prometheus_scrapes_what_the_collector_says_and_was_told() -> None:
    text = next(artifact.text for artifact in prometheus.emit(collected()) if artifact.path.endswith("prometheus.yaml"))
    jobs = {job["job_name"]: job for job in yaml.load(text, Loader=yaml.CSafeLoader)["scrape_configs"]}
    targets = [target for group in jobs["coding-collector"]["static_configs"] for target in group["targets"]]
    assert targets == ["collector:8888", "collector:8889"]
    assert "--enable-feature=exemplar-storage" in composed(collected())["prometheus"]["command"]


def test_in_compose_the_collector_reaches_whoever_keeps_traces_on_this_machine_or_elsewhere() -> None:
    collector = composed(collected())["collector"]
    assert collector["extra_hosts"] == {"host.docker.internal": "host-gateway"}
    assert "edge" in collector["networks"]
    assert "engines" not in collector["networks"]


def test_a_dot_of_a_latency_leads_to_its_trace() -> None:
    text = next(artifact.text for artifact in grafana.emit(collected()) if artifact.path.endswith("datasources/prometheus.yaml"))
    (source,) = yaml.load(text, Loader=yaml.CSafeLoader)["datasources"]
    (leads,) = source["jsonData"]["exemplarTraceIdDestinations"]
    assert (leads["name"], leads["url"]) == ("trace_id", "https://traces.example.org/trace/$${__value.raw}")
    assert "exemplarTraceIdDestinations" not in "".join(artifact.text for artifact in grafana.emit(traced_elsewhere()))


def test_without_tracing_nothing_of_it_is_written() -> None:
    plan = single_4090()
    written = [artifact for emit in (compose.emit, kubernetes.emit, prometheus.emit) for artifact in emit(plan)]
    assert [artifact.path for artifact in written if "collector" in artifact.path or "otel" in artifact.text] == []
    assert "exemplar" not in str(composed(plan))
